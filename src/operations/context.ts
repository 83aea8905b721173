/** The context of an operation: what an operator does by the admin API or the console. */
import type { WorkContext } from "../env.ts"
import type { Actor } from "./roles.ts"

export interface OperationContext extends WorkContext {
  now: number
  /** The audit names the actor of each change. */
  actor: Actor
}
