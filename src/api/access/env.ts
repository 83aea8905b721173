/** The variables of each request of the API. */
import type { AppEnv } from "../../env.ts"
import type { Audience } from "./audience.ts"

export type ApiEnv = AppEnv & {
  Variables: {
    audience: Audience
    /** Requests of one caller are counted together: it is a partner or, without a key, a block of addresses. */
    caller: string
    /** Counts the request once, even if called again. Answers from a cache do not call it. @throws too_many_requests */
    charge: () => Promise<void>
  }
}
