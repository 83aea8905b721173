/** Switches the outputs of rights on and off. */
import type { Context } from "hono"
import { ALL_SCOPE } from "../articles/model/scope.ts"
import { wire } from "../db/schema.ts"
import type { AppEnv } from "../env.ts"
import type { RightsSettings } from "../formats/rights.ts"
import { applyChange } from "./taxonomy-change.ts"

/** Every answer depends on the outputs, so the change is a commit. Mirrors get all articles again if these change. */
export async function changeRightsOutputs(c: Context<AppEnv>, outputs: RightsSettings): Promise<void> {
  const { db } = c.var
  await applyChange(c, (before) => {
    const { rightsOutputs = {} } = before.directory
    const changesArticles = outputs.json !== undefined && outputs.json !== (rightsOutputs.json ?? true)
    return {
      statements: [db.update(wire).set({ rightsOutputs: Object.assign({}, rightsOutputs, outputs) })],
      after: before,
      touch: changesArticles ? [ALL_SCOPE] : [],
      reason: "outputs of rights changed",
      changesFeeds: true,
      audit: { action: "wire.change", subject: "wire", detail: { rights_outputs: outputs } },
    }
  })
}
