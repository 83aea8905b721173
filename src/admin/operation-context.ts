/** Makes the context of an operation from a request. */
import type { Context } from "hono"
import { type AppEnv, workContext } from "../env.ts"
import type { OperationContext } from "../operations/context.ts"

export const operationContext = (c: Context<AppEnv>): OperationContext => ({ ...workContext(c), now: c.var.now })
