/** The route that lists the audit. */
import { Hono } from "hono"
import type { AppEnv } from "../env.ts"
import { readQuery } from "../http/parameters.ts"
import { listAudit } from "../operations/audit.ts"
import { operationContext } from "./operation-context.ts"
import { PAGE_PARAMETERS } from "./parameters.ts"

export const audit = new Hono<AppEnv>().get("/audit", async (c) =>
  c.json(await listAudit(operationContext(c), readQuery(c, PAGE_PARAMETERS))),
)
