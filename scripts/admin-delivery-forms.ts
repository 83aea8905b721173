/** How the log of deliveries, replays and the audit are shown to a person. Pure. */
import type { AuditEntry, Delivery, Fault, ReplayResult, Replays } from "./admin-client.ts"
import { type Form, table, time } from "./admin-forms.ts"

/** Characters of a text in a table; `show` has all of it. */
const MAX_CELL_LENGTH = 100

export const deliveryForms = {
  deliveries: ((answer) => {
    const { deliveries, next } = answer as { deliveries: Delivery[]; next?: number }
    const rows = deliveries.map((each) => [
      String(each.id),
      time(each.at),
      each.publisher,
      each.endpoint || "native",
      each.signature,
      String(each.bytes),
      `${each.ms} ms`,
      String(each.status),
      each.dead_letter ?? "",
      each.code ?? "",
    ])
    const head = ["ID", "AT", "PUBLISHER", "ENDPOINT", "SIGNED", "BYTES", "TOOK", "STATUS", "DEAD LETTER", "CODE"]
    return withMore(table(head, rows, "No delivery."), next)
  }) satisfies Form,

  deadLetters: ((answer) => {
    const { dead_letters, open, next } = answer as { dead_letters: Delivery[]; open: number; next?: number }
    const rows = dead_letters.map((each) => [
      String(each.id),
      time(each.at),
      each.publisher,
      each.endpoint || "native",
      String(each.status),
      why(each),
    ])
    const text = table(["ID", "AT", "PUBLISHER", "ENDPOINT", "STATUS", "WHY"], rows, "No dead letter is open.")
    return withMore(rows.length < open ? `${text}\n${open} are open.` : text, next)
  }) satisfies Form,

  delivery: ((answer) => {
    const each = answer as Delivery
    const { headers = {}, errors = [] } = each
    const deadLetter =
      each.dead_letter && `${each.dead_letter}${each.closed_at ? ` since ${time(each.closed_at)}` : ""}`
    const facts: [string, unknown][] = [
      ["publisher", each.publisher],
      ["received", time(each.at)],
      ["sent", time(each.message_at)],
      ["endpoint", each.endpoint || "native"],
      ["delivery id", each.delivery],
      ["signed", each.signature],
      ["key", each.key],
      ["content type", each.content_type],
      ["body", `${each.bytes} bytes, SHA-256 ${each.body_sha256}`],
      ["answered", `${each.status} in ${each.ms} ms`],
      ["dead letter", deadLetter],
      ["replay of", each.replay_of],
      ["code", each.code],
      ["detail", each.detail],
    ]
    const pairs = Object.entries(headers)
    return [
      `Delivery ${each.id}`,
      ...facts.flatMap(([name, value]) => (value ? [`  ${name.padEnd(12)}  ${value}`] : [])),
      ...(errors.length > 0 ? ["Errors", ...errors.map(fault)] : []),
      ...(pairs.length > 0 ? ["Headers", ...pairs.map(([name, value]) => `  ${name}: ${value}`)] : []),
    ].join("\n")
  }) satisfies Form,

  replays: ((answer) => {
    const replays = replaysIn(answer)
    return replays.length === 0 ? "Nothing is left to replay." : replays.flatMap(replayLines).join("\n")
  }) satisfies Form,

  audit: ((answer) => {
    const { entries, next } = answer as { entries: AuditEntry[]; next?: number }
    const rows = entries.map(({ id, at, action, subject, detail }) => [
      String(id),
      time(at),
      action,
      subject,
      cut(typeof detail === "string" ? detail : JSON.stringify(detail)),
    ])
    return withMore(table(["ID", "AT", "ACTION", "SUBJECT", "DETAIL"], rows, "Nothing was done yet."), next)
  }) satisfies Form,
}

/** The results in an answer: of one delivery, or of a range. */
export function replaysIn(answer: unknown): ReplayResult[] {
  const { replays } = answer as Partial<Replays>
  return replays ?? [answer as ReplayResult]
}

function replayLines({ id, publisher, delivery, outcome, code, detail, errors = [] }: ReplayResult): string[] {
  const reason = code === undefined ? "" : `: ${code}: ${detail}`
  return [`${id}  ${publisher}  ${delivery}  ${outcome}${reason}`, ...errors.map(fault)]
}

function fault({ pointer, detail }: Fault): string {
  return `  ${pointer || "/"}: ${detail ?? "not accepted"}`
}

/** A dead letter of which only some articles were rejected has no code of its own. */
function why({ code, detail, errors = [] }: Delivery): string {
  if (code !== null) return cut(`${code}: ${detail}`)
  const [first] = errors
  return first === undefined ? "some articles were rejected" : cut(fault(first).trim())
}

function cut(text: string): string {
  const characters = [...text]
  return characters.length > MAX_CELL_LENGTH ? `${characters.slice(0, MAX_CELL_LENGTH - 1).join("")}…` : text
}

function withMore(text: string, next: number | undefined): string {
  return next === undefined ? text : `${text}\nThere are more: the same with --before ${next}`
}
