/** Defines the variables of each request of the API. */
import type { AppEnv } from "../../env.ts"
import type { Audience } from "./audience.ts"

export type ApiEnv = AppEnv & {
  Variables: {
    audience: Audience
    /** The name under which requests are counted together: a partner or, without a key, a block of IP addresses. */
    caller: string
    /**
     * Counts the request once, even if called again. An answer from a cache is not counted. @throws too_many_requests
     */
    charge: () => Promise<void>
  }
}
