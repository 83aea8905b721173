/** The commands for reclassifications, which look up the sections of articles again after a change of sections. */
import { withPort } from "../worker-url.ts"
import type { Command, Request } from "./command.ts"
import { table } from "./forms.ts"

/** The reclassification of all articles of a scope (a list of articles, such as a section). */
export interface Reclassification {
  reason: string
  scope: string
  total: number
  processed: number
  changed: number
  started_at: string
  finished_at: string | null
}

interface ReclassificationList {
  waiting: Reclassification[]
  finished: Reclassification[]
}

const listRequest: Request = { method: "GET", path: "/reclassifications" }

export const reclassificationCommands: Command[] = [
  {
    words: ["reclassification", "list"],
    args: [],
    flags: {},
    summary: "show the progress of reclassifications after changes of sections, until all are done",
    examples: ["reclassification list"],
    request: () => listRequest,
    form: (answer) => {
      const { waiting, finished } = answer as ReclassificationList
      const rows = [...waiting, ...finished].map((each) => [
        each.reason,
        each.scope,
        `${each.processed}/${each.total}`,
        String(each.changed),
        each.started_at,
        each.finished_at ?? "not yet",
      ])
      const head = ["CHANGE", "ARTICLES OF", "SEEN", "CHANGED", "STARTED", "FINISHED"]
      return table(head, rows, "Nothing was reclassified yet.")
    },
    watch: (answer) => ((answer as ReclassificationList).waiting.length > 0 ? listRequest : undefined),
  },
]

/** Returns a line about a change, and the progress of the reclassifications after it. */
export function withProgress(line: string, answer: unknown): string {
  const { reclassifications = [] } = (answer ?? {}) as { reclassifications?: Reclassification[] }
  const hint = reclassifications.some((each) => !each.finished_at)
    ? [`To follow the progress: ${withPort("npm run admin -- reclassification list")}`]
    : []
  return [line, ...reclassifications.map(progress), ...hint].join("\n")
}

function progress({ scope, total, processed, changed, finished_at }: Reclassification): string {
  const state = finished_at ? "done" : "the sweep does the rest"
  return `  articles of ${scope}: ${processed} of ${total} checked, ${changed} changed; ${state}`
}
