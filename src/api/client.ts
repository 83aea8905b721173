/**
 * Makes a client of this API for programs in this repository, which import createClient from "feedwire/client". The
 * types come from the routes. The Worker does not contain this file. Other programs can generate a client from
 * /openapi.json.
 */
import { type ApplyGlobalResponse, type ClientRequestOptions, hc } from "hono/client"
import type { ProblemDetails } from "./json/schema.ts"
import type { api } from "./routes.ts"

/**
 * Every route may answer with a problem, or with a 304 without a body if `If-None-Match` was sent; then `ok` is false.
 * fetch follows redirects (301 from old slugs, 302 from /r/:id) unless its options forbid it.
 */
type ApiWithProblems = ApplyGlobalResponse<
  typeof api,
  { 304: { text: "" } } & Record<400 | 401 | 403 | 404 | 410 | 413 | 415 | 429 | 500 | 503, { json: ProblemDetails }>
>

export interface ClientOptions {
  /** A partner's key. It is needed if the operator has closed the API. */
  key?: string
  /** Sends the requests in place of the global fetch. */
  fetch?: NonNullable<ClientRequestOptions["fetch"]>
}

/**
 * Makes a client: `createClient(wire).v1.articles.$get({ query: { lang: "ar" } })`. Check `ok` before the body, because
 * `ok` narrows the type. Lists have the types of `format=json`; with `format=ninjs` their articles have the type Ninjs.
 */
export function createClient(origin: string, options: ClientOptions = {}) {
  return hc<ApiWithProblems>(origin, {
    ...(options.key !== undefined && { headers: { authorization: `Bearer ${options.key}` } }),
    ...(options.fetch && { fetch: options.fetch }),
  })
}
