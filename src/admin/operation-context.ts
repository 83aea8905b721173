/** Makes the context of an operation from a request. */
import type { Context } from "hono"
import { workContext } from "../env.ts"
import type { OperationContext } from "../operations/context.ts"
import type { AdminEnv } from "./env.ts"

export const operationContext = (c: Context<AdminEnv>): OperationContext => ({
  ...workContext(c),
  now: c.var.now,
  actor: c.var.actor,
})
