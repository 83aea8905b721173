/**
 * Makes a client of this API for programs in this repository, which import createClient from "feedwire/client". The
 * types come from the routes. The Worker does not contain this file.
 */
import { type ApplyGlobalResponse, type ClientRequestOptions, hc } from "hono/client"
import type { ProblemDetails } from "./json/schema.ts"
import type { api } from "./routes.ts"

/**
 * Every route may answer with a problem or, if the request has `If-None-Match`, with a 304 without a body. Then `ok` is
 * false. fetch follows redirects (301 from old slugs, 302 from /r/:id) unless its options forbid it.
 */
type ApiWithProblems = ApplyGlobalResponse<
  typeof api,
  { 304: { text: "" } } & Record<400 | 401 | 403 | 404 | 410 | 413 | 415 | 429 | 500 | 503, { json: ProblemDetails }>
>

export interface ClientOptions {
  /** A partner's key, for an API that is open only to partners. */
  key?: string
  /** Sends the requests in place of the global fetch. */
  fetch?: NonNullable<ClientRequestOptions["fetch"]>
}

/**
 * Makes a client: `createClient(wire).v1.articles.$get({ query: { lang: "ar" } })`. Check `ok` before the body, because
 * this check narrows the type. Lists have the types of `format=json`; with `format=ninjs` use the type Ninjs.
 */
export function createClient(origin: string, options: ClientOptions = {}) {
  return hc<ApiWithProblems>(origin, {
    ...(options.key !== undefined && { headers: { authorization: `Bearer ${options.key}` } }),
    ...(options.fetch && { fetch: options.fetch }),
  })
}
