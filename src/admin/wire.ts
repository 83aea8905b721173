/** The routes for the settings of the wire that are in the database. */
import { Hono } from "hono"
import { ChangeWire, changeWire, readWireSettings } from "../operations/wire.ts"
import { readBody } from "./body.ts"
import type { AdminEnv } from "./env.ts"
import { operationContext } from "./operation-context.ts"

export const wireSettings = new Hono<AdminEnv>()
  .get("/wire", async (c) => c.json(await readWireSettings(operationContext(c))))
  .patch("/wire", async (c) => c.json(await changeWire(operationContext(c), await readBody(c.req.raw, ChangeWire))))
