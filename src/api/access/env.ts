/** Defines the variables of each request of the API. */
import type { AppEnv } from "../../env.ts"
import type { Audience } from "./audience.ts"

export type ApiEnv = AppEnv & {
  Variables: {
    audience: Audience
    /** A partner or, without a key, a block of IP addresses. Rate limits count the requests of each caller. */
    caller: string
    /** Counts the request once, even if called twice. Answers from a cache do not count. @throws too_many_requests */
    charge: () => Promise<void>
  }
}
