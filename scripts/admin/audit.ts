/** The commands for the audit, which lists the actions of operators. */
import { type Command, pageFlags, queryString } from "./command.ts"
import { shorten, table, withNextPage } from "./forms.ts"

interface AuditEntry {
  id: number
  at: string
  actor: string
  action: string
  subject: string
  detail: unknown
}

export const auditCommands: Command[] = [
  {
    words: ["audit", "list"],
    args: [],
    flags: pageFlags,
    summary: "list the actions of operators, the newest first",
    examples: ["audit list"],
    request: (_, values) => ({ method: "GET", path: `/audit${queryString(values, "before", "limit")}` }),
    form: (answer) => {
      const { entries, next } = answer as { entries: AuditEntry[]; next?: number }
      const rows = entries.map(({ id, at, actor, action, subject, detail }) => [
        String(id),
        at,
        actor,
        action,
        subject,
        shorten(typeof detail === "string" ? detail : JSON.stringify(detail)),
      ])
      return withNextPage(
        table(["ID", "AT", "WHO", "ACTION", "SUBJECT", "DETAIL"], rows, "There is no entry yet."),
        next,
      )
    },
  },
]
