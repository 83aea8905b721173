/** How far the wire is with placing articles anew after a change of sections. */
import { Hono } from "hono"
import { type Restanding, readRestandings } from "../articles/restand.ts"
import { client } from "../db/client.ts"
import type { AppEnv } from "../env.ts"
import { iso } from "./registry.ts"

export const restandings = new Hono<AppEnv>().get("/restandings", async (c) => {
  const { waiting, finished } = await readRestandings(client(c.env.DB))
  return c.json({ waiting: waiting.map(restandingOf), finished: finished.map(restandingOf) })
})

/** `total` is what stood there at first: articles that come or go meanwhile make `seen` end higher or lower. */
export function restandingOf({ reason, scope, total, seen, changed, createdAt, finishedAt }: Restanding) {
  return { reason, scope, total, seen, changed, started_at: iso(createdAt), finished_at: iso(finishedAt) }
}
