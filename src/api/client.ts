/**
 * A client of this API, typed by the chain of its routes: `import { createClient } from "feedwire/client"`. It is no part of the
 * Worker. Whoever does not have this repository makes a client from /openapi.json.
 */
import { type ApplyGlobalResponse, type ClientRequestOptions, hc } from "hono/client"
import type { api } from "./routes.ts"
import type { ProblemDetails } from "./schema.ts"

interface Problems {
  json: ProblemDetails
}

/** Every route may answer with a problem, which is `ok: false`. */
type Api = ApplyGlobalResponse<
  typeof api,
  {
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
 * Makes a client: `createClient(wire).v1.articles.$get({ query: { lang: "ar" } })`.
 * @param origin of the wire, such as https://wire.example
 */
export function createClient(origin: string, options: ClientOptions = {}) {
  return hc<Api>(origin, {
    ...(options.key !== undefined && { headers: { authorization: `Bearer ${options.key}` } }),
    ...(options.fetch && { fetch: options.fetch }),
  })
}
