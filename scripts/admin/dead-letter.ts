/** The commands for dead letters: attempts whose message the wire could not understand or store. */

import {
  type Attempt,
  dryRunFlag,
  periodFlags,
  publisherFlag,
  replayMembers,
  replayRequests,
  showCommand,
} from "./attempt.ts"
import { type Command, pageFlags, parseId, queryString } from "./command.ts"
import { faultLine, shorten, table, withNextPage } from "./forms.ts"

export const deadLetterCommands: Command[] = [
  {
    words: ["dead-letter", "list"],
    args: [],
    flags: { publisher: publisherFlag, ...pageFlags },
    summary: "list open dead letters: messages that could not be understood or stored",
    examples: ["dead-letter list --publisher nahar"],
    request: (_, values) => ({
      method: "GET",
      path: `/dead-letters${queryString(values, "publisher", "before", "limit")}`,
    }),
    form: listForm,
  },
  showCommand("dead-letter", "show a dead letter with its headers and errors"),
  {
    words: ["dead-letter", "replay"],
    args: ["[ID…]"],
    flags: {
      publisher: { value: "SLUG", help: "all open dead letters of this publisher" },
      ...periodFlags,
      "dry-run": dryRunFlag,
    },
    summary: "process dead letters again; those that succeed are closed",
    examples: [
      "dead-letter replay --since 2026-11-23T08:00:00Z --dry-run",
      "dead-letter replay --publisher nahar",
      "dead-letter replay 4711",
    ],
    request: (ids, values) => replayRequests(ids, values, true),
    ...replayMembers(),
  },
  {
    words: ["dead-letter", "dismiss"],
    args: ["ID…"],
    flags: {},
    summary: "close dead letters without replaying them",
    examples: ["dead-letter dismiss 4711", "dead-letter dismiss 4711 4712 4713"],
    request: (ids) =>
      ids.map((id) => ({ method: "POST" as const, path: `/dead-letters/${parseId("the dead letter", id)}/dismiss` })),
    form: (answer) => `Dismissed dead letter ${(answer as { id: number }).id}`,
  },
]

function listForm(answer: unknown): string {
  const { dead_letters, open, next } = answer as { dead_letters: Attempt[]; open: number; next?: number }
  const rows = dead_letters.map((each) => [
    String(each.id),
    each.received_at,
    each.publisher,
    each.endpoint || "native",
    String(each.status),
    reason(each),
  ])
  const text = table(["ID", "RECEIVED", "PUBLISHER", "ENDPOINT", "STATUS", "REASON"], rows, "No dead letter is open.")
  return withNextPage(rows.length < open ? `${text}\n${open} are open.` : text, next)
}

/** A dead letter has no code if the wire rejected only some articles of its message. */
function reason({ code, detail, errors = [] }: Attempt): string {
  if (code !== null) return shorten(`${code}: ${detail}`)
  const [first] = errors
  return first === undefined ? "some articles were rejected" : shorten(faultLine(first).trim())
}
