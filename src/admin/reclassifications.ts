/** Shows the progress of reclassifications, which look up the sections of articles again after a change of sections. */
import { Hono } from "hono"
import { type Reclassification, readReclassifications } from "../articles/jobs/reclassify.ts"
import type { AppEnv } from "../env.ts"
import { isoTime } from "./iso-time.ts"

export const reclassifications = new Hono<AppEnv>().get("/reclassifications", async (c) => {
  const { waiting, finished } = await readReclassifications(c.var.db)
  return c.json({ waiting: waiting.map(reclassificationJson), finished: finished.map(reclassificationJson) })
})

/** `total` is the count at the start. If articles come or go later, the last `processed` differs from `total`. */
export const reclassificationJson = ({ startedAt, finishedAt, ...reclassification }: Reclassification) => ({
  ...reclassification,
  started_at: isoTime(startedAt),
  finished_at: isoTime(finishedAt),
})
