/** Plans how outputs of rights are switched on and off. */
import { ALL_SCOPE } from "../articles/model/scope.ts"
import type { Directory } from "../articles/taxonomy/directory.ts"
import type { Db, Statement } from "../db/client.ts"
import { wire } from "../db/schema.ts"
import { RIGHTS_OUTPUTS, type RightsSettings } from "../formats/rights.ts"

/** Every answer depends on the outputs, so a change is a commit. Mirrors get all articles again if these change. */
export function rightsOutputsChange(
  db: Db,
  { rightsOutputs = {} }: Directory,
  outputs: RightsSettings,
): { statements: Statement[]; touch: string[] } {
  const changed = RIGHTS_OUTPUTS.filter(
    (output) => outputs[output] !== undefined && outputs[output] !== (rightsOutputs[output] ?? true),
  )
  if (changed.length === 0) return { statements: [], touch: [] }
  return {
    statements: [db.update(wire).set({ rightsOutputs: Object.assign({}, rightsOutputs, outputs) })],
    touch: changed.includes("json") ? [ALL_SCOPE] : [],
  }
}
