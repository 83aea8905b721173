/** The route that lists the audit. */
import { Hono } from "hono"
import { readQuery } from "../http/parameters.ts"
import { listAudit } from "../operations/audit.ts"
import { PAGE_PARAMETERS } from "../operations/parameters.ts"
import type { AdminEnv } from "./env.ts"
import { operationContext } from "./operation-context.ts"

export const audit = new Hono<AdminEnv>().get("/audit", async (c) =>
  c.json(await listAudit(operationContext(c), readQuery(c, PAGE_PARAMETERS))),
)
