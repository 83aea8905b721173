/** Shows and changes the settings in the database. */
import { Hono } from "hono"
import { runAfterCommit } from "../after-commit/purge.ts"
import { markAllClustersPending, resolveDuplicates } from "../articles/jobs/resolve-duplicates.ts"
import { batch, type Db } from "../db/client.ts"
import { pendingDuplicates, wire } from "../db/schema.ts"
import type { AppEnv } from "../env.ts"
import { insertAudit } from "./audit.ts"
import { readBody } from "./body.ts"
import { ChangeWire } from "./request-schemas.ts"

export const wireSettings = new Hono<AppEnv>()
  .get("/wire", async (c) => c.json(await readWireSettings(c.var.db)))

  .patch("/wire", async (c) => {
    const { db } = c.var
    const { duplicate_policy: duplicatePolicy } = await readBody(c.req.raw, ChangeWire)
    if (duplicatePolicy !== undefined) {
      await batch(db, [
        insertAudit(c, { action: "wire.change", subject: "wire", detail: { duplicate_policy: duplicatePolicy } }),
        db.update(wire).set({ duplicatePolicy }),
        markAllClustersPending,
      ])
      await resolveDuplicates(db, c.var.now)
      await runAfterCommit(c.executionCtx, db, undefined, c.var.now)
    }
    return c.json(await readWireSettings(db))
  })

/** Reads the settings and the number of duplicates that the sweep must still resolve. */
async function readWireSettings(db: Db) {
  const [settings] = await db
    .select({ duplicate_policy: wire.duplicatePolicy, pending_duplicates: db.$count(pendingDuplicates) })
    .from(wire)
  return settings
}
