/** The commands for removals, which withdraw the articles of removed publishers in batches. */
import type { Command, Request } from "./command.ts"
import { type Form, table } from "./forms.ts"

/** The progress of the removal of a publisher, in articles. */
interface Removal {
  publisher: string
  total: number
  processed: number
  started_at: string
  finished_at: string | null
}

const listRequest: Request = { method: "GET", path: "/removals" }

export const removalCommands: Command[] = [
  {
    words: ["removal", "list"],
    args: [],
    flags: {},
    summary: "show how many articles of removed publishers are withdrawn, until all are withdrawn",
    examples: ["removal list"],
    request: () => listRequest,
    form: (answer) => {
      const rows = removalsOf(answer).map((each) => [
        each.publisher,
        `${each.processed}/${each.total}`,
        each.started_at,
        each.finished_at ?? "not yet",
      ])
      return table(["PUBLISHER", "ARTICLES WITHDRAWN", "STARTED", "FINISHED"], rows, "No publisher was removed.")
    },
    watch: (answer) => (isUnfinished(answer) ? listRequest : undefined),
  },
]

export const removalForm: Form = (answer) =>
  removalsOf(answer)
    .map(({ publisher, total, processed, finished_at }) => {
      const state = finished_at ? "done" : "the sweep does the rest"
      return `Removing ${publisher}: ${processed} of ${total} articles withdrawn; ${state}`
    })
    .join("\n")

/** Whether an answer contains an unfinished removal. */
export function isUnfinished(answer: unknown): boolean {
  return removalsOf(answer).some(({ finished_at }) => finished_at === null)
}

/** Returns the removals in an answer, which has one removal or a list. */
function removalsOf(answer: unknown): Removal[] {
  const { removal, removals = [] } = answer as { removal?: Removal; removals?: Removal[] }
  return removal ? [removal] : removals
}
