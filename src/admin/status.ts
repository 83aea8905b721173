/** The routes that say whether all is well, and what happened by hour. */
import { Hono } from "hono"
import { number } from "../http/parameter-types.ts"
import { readQuery } from "../http/parameters.ts"
import { listHours, readStatus } from "../operations/status.ts"
import type { AdminEnv } from "./env.ts"
import { operationContext } from "./operation-context.ts"

/** Hours are kept for 90 days. */
const HOUR_PARAMETERS = { limit: number(1, 2160, 48) }

export const status = new Hono<AdminEnv>()
  .get("/status", async (c) => c.json(await readStatus(operationContext(c))))
  .get("/hours", async (c) => c.json(await listHours(operationContext(c), readQuery(c, HOUR_PARAMETERS))))
