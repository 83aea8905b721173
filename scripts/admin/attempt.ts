/** The commands for attempts (the log of incoming messages) and for their replays. */
import { Remedy } from "../terminal.ts"
import type { Fault } from "./client.ts"
import {
  type Command,
  definedMembers,
  type Flag,
  pageFlags,
  parseId,
  queryString,
  type Request,
  type Values,
} from "./command.ts"
import { faultLine, shorten, table, withNextPage } from "./forms.ts"

export interface Attempt {
  id: number
  publisher: string
  received_at: string
  endpoint: string
  query: string | null
  delivery_id: string
  authentication: string
  key_id: string | null
  message_at: string
  content_type: string | null
  size_in_bytes: number
  outcome: "stored" | "failed" | "refused" | "notified"
  status: number
  ms: number
  code: string | null
  detail: string | null
  dead_letter: "open" | "replayed" | "dismissed" | "superseded" | null
  closed_at: string | null
  replay_of: number | null
  headers?: Record<string, string>
  errors?: Fault[]
  body_sha256?: string
}

interface ReplayResult {
  id: number
  publisher: string
  delivery_id: string
  outcome: "replayed" | "replayable" | "refused"
  code?: string
  detail?: string
  errors?: Fault[]
}

interface ReplayPage {
  replays: ReplayResult[]
  /** How many attempts follow this page. */
  remaining: number
  /** The id of the attempt with which the next page begins. */
  next?: number
}

export const publisherFlag: Flag = { value: "SLUG", help: "only messages of this publisher" }

export const dryRunFlag: Flag = { help: "only say which of them would succeed, and change nothing" }

export const periodFlags: Record<string, Flag> = {
  since: { value: "TIME", help: "only messages from this time on, for example 2026-11-23T08:00:00Z" },
  until: { value: "TIME", help: "only messages before this time" },
}

const attemptPath = (id: Values[string]) => `/attempts/${parseId("the attempt", id)}`

export const attemptCommands: Command[] = [
  {
    words: ["attempt", "list"],
    args: [],
    flags: {
      publisher: publisherFlag,
      outcome: { value: "OUTCOME", help: "stored, failed, refused (by its sender or form) or notified (no articles)" },
      status: { value: "STATUS", help: "only messages answered with this status: 422, or 4xx for 400 to 499" },
      ...periodFlags,
      ...pageFlags,
    },
    summary: "list incoming messages, the newest first",
    examples: ["attempt list --publisher nahar --outcome refused", "attempt list --since 2026-11-23T08:00:00Z"],
    request: (_, values) => ({
      method: "GET",
      path: `/attempts${queryString(values, "publisher", "outcome", "status", "since", "until", "before", "limit")}`,
    }),
    form: listForm,
  },
  showCommand("attempt", "show an attempt with its headers and errors"),
  {
    words: ["attempt", "body"],
    args: ["ID"],
    flags: { out: { value: "FILE", help: "write the bytes to this file (standard output)" } },
    summary: "print the bytes of an attempt as they were received",
    examples: ["attempt body 4711 --out message.json"],
    request: ([id]) => ({ method: "GET", path: `${attemptPath(id)}/body` }),
    form: (_, [id]) => `The bytes of attempt ${id}`,
    isRaw: true,
  },
  {
    words: ["attempt", "replay"],
    args: ["[ID…]"],
    flags: {
      publisher: publisherFlag,
      ...periodFlags,
      from: { value: "ID", help: "only this attempt and later ones" },
      to: { value: "ID", help: "only this attempt and earlier ones" },
      "dry-run": dryRunFlag,
    },
    summary: "process attempts again with today's settings, each with its original time",
    examples: [
      "attempt replay 4711 4712",
      "attempt replay --publisher nahar --since 2026-11-23T08:00:00Z --until 2026-11-23T12:00:00Z",
    ],
    request: (ids, values) => replayRequests(ids, values, false),
    ...replayMembers(),
  },
]

/** Makes the command `show`. A dead letter is an attempt too, so `show` prints the same text for both. */
export function showCommand(noun: "attempt" | "dead-letter", summary: string): Command {
  return {
    words: [noun, "show"],
    args: ["ID"],
    flags: {},
    summary,
    examples: [`${noun} show 4711`],
    request: ([id]) => ({ method: "GET", path: attemptPath(id) }),
    form: attemptForm,
  }
}

export function replayRequests(ids: string[], values: Values, deadLettersOnly: boolean): Request | Request[] {
  const range = definedMembers({
    publisher: values.publisher,
    since: values.since,
    until: values.until,
    from: optionalId("from", values.from),
    to: optionalId("to", values.to),
  })
  const isDryRun = values["dry-run"] === true
  const isRange = Object.keys(range).length > 0
  if (isRange === ids.length > 0) {
    throw new Remedy(
      `name ${deadLettersOnly ? "dead letters" : "attempts"} either by their IDs or by flags (--help lists them).`,
    )
  }
  if (isRange)
    return {
      method: "POST",
      path: "/attempts/replay",
      body: { ...range, dead_letters: deadLettersOnly, ...(isDryRun && { dry_run: true }) },
    }
  if (isDryRun) throw new Remedy("--dry-run needs a range of messages, such as --since.")
  return ids.map((id) => ({ method: "POST" as const, path: `${attemptPath(id)}/replay` }))
}

export function replayMembers(): Pick<Command, "form" | "next" | "failed"> {
  return {
    form: replayForm,
    next: (answer, previous) => {
      const { next } = answer as Partial<ReplayPage>
      if (next === undefined) return undefined
      const from = previous.body?.from
      if (typeof from === "number" && next <= from) throw new Remedy(`the wire does not get past attempt ${from}.`)
      return { ...previous, body: { ...previous.body, from: next } }
    },
    failed: (answer) => replaysOf(answer).some(({ outcome }) => outcome === "refused"),
  }
}

function optionalId(flag: string, value: Values[string]): number | undefined {
  return value === undefined ? undefined : parseId(`--${flag}`, value)
}

function listForm(answer: unknown): string {
  const { attempts, next } = answer as { attempts: Attempt[]; next?: number }
  const rows = attempts.map((each) => [
    String(each.id),
    each.received_at,
    each.publisher,
    each.endpoint || "native",
    each.authentication,
    String(each.size_in_bytes),
    `${each.ms} ms`,
    String(each.status),
    each.dead_letter ?? each.outcome,
    shorten(each.code === null ? "" : `${each.code}: ${each.detail ?? ""}`),
  ])
  const head = [
    "ID",
    "RECEIVED",
    "PUBLISHER",
    "ENDPOINT",
    "AUTHENTICATED BY",
    "BYTES",
    "TOOK",
    "STATUS",
    "OUTCOME",
    "REASON",
  ]
  return withNextPage(table(head, rows, "No attempt."), next)
}

function attemptForm(answer: unknown): string {
  const each = answer as Attempt
  const { headers = {}, errors = [] } = each
  const deadLetter = each.dead_letter && `${each.dead_letter}${each.closed_at ? ` since ${each.closed_at}` : ""}`
  const members: [string, unknown][] = [
    ["publisher", each.publisher],
    ["received", each.received_at],
    ["sent", each.message_at],
    ["endpoint", each.endpoint || "native"],
    ["query", each.query],
    ["delivery id", each.delivery_id],
    ["authenticated by", each.authentication],
    ["key id", each.key_id],
    ["content type", each.content_type],
    ["body", `${each.size_in_bytes} bytes, SHA-256 ${each.body_sha256}`],
    ["answered", `${each.status} in ${each.ms} ms`],
    ["dead letter", deadLetter],
    ["replay of", each.replay_of],
    ["code", each.code],
    ["detail", each.detail],
  ]
  const pairs = Object.entries(headers)
  return [
    `Attempt ${each.id}`,
    ...members.flatMap(([name, value]) => (value ? [`  ${name.padEnd(16)}  ${value}`] : [])),
    ...(errors.length > 0 ? ["Errors", ...errors.map(faultLine)] : []),
    ...(pairs.length > 0 ? ["Headers", ...pairs.map(([name, value]) => `  ${name}: ${value}`)] : []),
  ].join("\n")
}

function replayForm(answer: unknown): string {
  const replays = replaysOf(answer)
  const { remaining = 0 } = answer as Partial<ReplayPage>
  return replays.length === 0
    ? "Nothing more to replay: a correction can change the result of no message in this range. Name others by their IDs."
    : [...replays.flatMap(replayLines), ...(remaining > 0 ? [`${remaining} more to go`] : [])].join("\n")
}

/** Returns the results in an answer about one attempt or several attempts. */
function replaysOf(answer: unknown): ReplayResult[] {
  const { replays } = answer as Partial<ReplayPage>
  return replays ?? [answer as ReplayResult]
}

function replayLines({ id, publisher, delivery_id, outcome, code, detail, errors = [] }: ReplayResult): string[] {
  const reason = code === undefined ? "" : `: ${code}: ${detail}`
  return [`${id}  ${publisher}  ${delivery_id}  ${outcome}${reason}`, ...errors.map(faultLine)]
}
