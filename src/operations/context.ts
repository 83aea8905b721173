/** The context of an operation: what an operator does by the admin API or the console. */
import type { WorkContext } from "../env.ts"

export interface OperationContext extends WorkContext {
  now: number
}
