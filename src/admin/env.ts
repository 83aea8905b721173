/** Defines the variables of each request of the admin API. */
import type { AppEnv } from "../env.ts"
import type { Actor } from "../operations/roles.ts"

export type AdminEnv = AppEnv & { Variables: { actor: Actor } }
