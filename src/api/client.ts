/**
 * A client of this API for programs in this repository, typed by the chain of its routes:
 * `import { createClient } from "feedwire/client"`. It is no part of the Worker. Everybody else makes a client of /openapi.json.
 */
import { type ApplyGlobalResponse, type ClientRequestOptions, hc } from "hono/client"
import type { api } from "./routes.ts"
import type { ProblemDetails } from "./schema.ts"

interface Problems {
  json: ProblemDetails
}

/**
 * Every route may answer with a problem, which is `ok: false`, and with 304 whoever sends `If-None-Match`: that is not `ok`
 * either, and has no body. Redirects (301 from old names, 302 from /r/:id) are followed by fetch and never seen, unless it is
 * told otherwise.
 */
type Api = ApplyGlobalResponse<
  typeof api,
  {
    304: { text: "" }
    400: Problems
    401: Problems
    403: Problems
    404: Problems
    410: Problems
    413: Problems
    415: Problems
    429: Problems
    500: Problems
    503: Problems
  }
>

export interface ClientOptions {
  /** A partner's key, where the operator has closed the API. */
  key?: string
  /** Carries the requests out instead of the global one. */
  fetch?: NonNullable<ClientRequestOptions["fetch"]>
}

/**
 * Makes a client: `createClient(wire).v1.articles.$get({ query: { lang: "ar" } })`. Look at `ok` before the body: it tells the
 * types apart. Lists are typed as they are without `format=ninjs`; with it, their articles are of the type Ninjs of schema.ts.
 * @param origin of the wire, such as https://wire.example
 */
export function createClient(origin: string, options: ClientOptions = {}) {
  return hc<Api>(origin, {
    ...(options.key !== undefined && { headers: { authorization: `Bearer ${options.key}` } }),
    ...(options.fetch && { fetch: options.fetch }),
  })
}
