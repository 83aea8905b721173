/** The routes for push keys of publishers. */
import { Hono } from "hono"
import { CreateKey } from "../operations/input-schemas.ts"
import { createKey, listKeys, reencryptKeys, revokeKey } from "../operations/keys.ts"
import { readBody } from "./body.ts"
import type { AdminEnv } from "./env.ts"
import { operationContext } from "./operation-context.ts"

export const keys = new Hono<AdminEnv>()
  .get("/publishers/:slug/keys", async (c) =>
    c.json({ keys: await listKeys(operationContext(c), c.req.param("slug")) }),
  )
  .post("/publishers/:slug/keys", async (c) => {
    const { slug } = c.req.param()
    return c.json(await createKey(operationContext(c), slug, await readBody(c.req.raw, CreateKey)), 201)
  })
  .delete("/publishers/:slug/keys/:id", async (c) => {
    const { slug, id } = c.req.param()
    await revokeKey(operationContext(c), slug, id)
    return c.body(null, 204)
  })
  .post("/keys/reencrypt", async (c) => c.json(await reencryptKeys(operationContext(c))))
