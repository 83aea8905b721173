/** The routes for publishers and their removal. */
import { Hono } from "hono"
import { listPublishers } from "../operations/find-by-slug.ts"
import { ChangePublisher, CreatePublisher } from "../operations/input-schemas.ts"
import { changePublisher, createPublisher } from "../operations/publishers.ts"
import { listRemovals, removePublisher } from "../operations/removals.ts"
import { readBody } from "./body.ts"
import type { AdminEnv } from "./env.ts"
import { operationContext } from "./operation-context.ts"

export const publishers = new Hono<AdminEnv>()
  .get("/publishers", async (c) => c.json({ publishers: await listPublishers(c.var.db) }))
  .post("/publishers", async (c) =>
    c.json(await createPublisher(operationContext(c), await readBody(c.req.raw, CreatePublisher)), 201),
  )
  .patch("/publishers/:slug", async (c) => {
    const { slug } = c.req.param()
    return c.json(await changePublisher(operationContext(c), slug, await readBody(c.req.raw, ChangePublisher)))
  })
  .delete("/publishers/:slug", async (c) =>
    c.json({ removal: await removePublisher(operationContext(c), c.req.param("slug")) }, 202),
  )
  .get("/removals", async (c) => c.json({ removals: await listRemovals(operationContext(c)) }))
