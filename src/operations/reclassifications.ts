/** Shows the progress of reclassifications, which look up the sections of articles again after a change of sections. */
import { type Reclassification, readReclassifications } from "../articles/jobs/reclassify.ts"
import type { OperationContext } from "./context.ts"
import { isoTime } from "./iso-time.ts"

export async function listReclassifications({ db }: OperationContext) {
  const { waiting, finished } = await readReclassifications(db)
  return { waiting: waiting.map(reclassificationJson), finished: finished.map(reclassificationJson) }
}

/** `total` is the count at the start. If articles come or go later, the last `processed` differs from `total`. */
export const reclassificationJson = ({ startedAt, finishedAt, ...reclassification }: Reclassification) => ({
  ...reclassification,
  started_at: isoTime(startedAt),
  finished_at: isoTime(finishedAt),
})
