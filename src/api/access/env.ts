/** What the Worker knows of each request of the API. */
import type { AppEnv } from "../../env.ts"
import type { Audience } from "./audience.ts"

export type ApiEnv = AppEnv & {
  Variables: {
    audience: Audience
    /** Whose requests are counted together: a partner's, or without a key those of a block of addresses. */
    caller: string
    /** Counts the request, once however often it is called; not for answers from a cache. @throws Problem too_many_requests */
    charge: () => Promise<void>
  }
}
