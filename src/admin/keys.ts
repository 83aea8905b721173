/** Push keys of publishers. */
import { and, eq, gt, isNull, or } from "drizzle-orm"
import { Hono } from "hono"
import { client } from "../db/client.ts"
import { publisherKeys } from "../db/schema.ts"
import type { AppEnv } from "../env.ts"
import { Problem } from "../http/problem.ts"
import { createKey, DEFAULT_OVERLAP_HOURS, masterKeys } from "../push/publishers.ts"
import { iso, mustFindPublisher } from "./registry.ts"
import { CreateKey, readBody } from "./requests.ts"

export const keys = new Hono<AppEnv>()
  .get("/publishers/:slug/keys", async (c) => {
    const db = client(c.env.DB)
    const { uid } = await mustFindPublisher(db, c.req.param("slug"))
    const live = or(isNull(publisherKeys.expiresAt), gt(publisherKeys.expiresAt, c.var.now))
    const keys = await db
      .select()
      .from(publisherKeys)
      .where(and(eq(publisherKeys.publisherUid, uid), live))
    return c.json({
      keys: keys.map(({ id, createdAt, expiresAt }) => ({
        id,
        created_at: iso(createdAt),
        expires_at: iso(expiresAt),
      })),
    })
  })

  .post("/publishers/:slug/keys", async (c) => {
    const db = client(c.env.DB)
    const { overlap_hours: overlap } = await readBody(c.req.raw, CreateKey)
    const { uid } = await mustFindPublisher(db, c.req.param("slug"))
    const key = await createKey(db, await masterKeys(c.env), uid, overlap ?? DEFAULT_OVERLAP_HOURS, c.var.now)
    return c.json({ id: key.id, secret: key.secret, created_at: iso(key.createdAt) }, 201)
  })

  .delete("/publishers/:slug/keys/:id", async (c) => {
    const db = client(c.env.DB)
    const { uid } = await mustFindPublisher(db, c.req.param("slug"))
    const gone = await db
      .delete(publisherKeys)
      .where(and(eq(publisherKeys.publisherUid, uid), eq(publisherKeys.id, c.req.param("id"))))
      .returning({ id: publisherKeys.id })
    if (gone.length === 0) throw new Problem("not_found", `${c.req.param("slug")} has no key ${c.req.param("id")}.`)
    return c.body(null, 204)
  })
