/** Sends a message for `publisher preview`, and shows how the wire would store it. */
import { Remedy } from "../terminal.ts"
import type { Fault } from "./client.ts"
import { definedMembers, readInput, readJson, type Values } from "./command.ts"
import { faultLine } from "./forms.ts"

/** How many characters of a text are shown. --json prints the whole text. */
const MAX_TEXT_LENGTH = 2000

interface PreviewAnswer {
  results: PreviewResult[]
  warnings?: string[]
  /** The reason why the wire cannot understand the whole message. */
  problem?: { code: string; detail: string; errors?: Fault[] }
}

interface PreviewResult {
  pointer: string
  guid?: string
  id?: string
  outcome: string
  detail?: string
  feeds?: { rss: string }[]
  warnings?: string[]
  errors?: Fault[]
  /** The version as the wire would store it. */
  article?: Record<string, unknown>
}

export function previewBody(file: string, values: Values): Record<string, unknown> {
  const { source, sender, event } = values
  if (event !== undefined && (source !== undefined || sender !== undefined)) {
    throw new Remedy("--event is only for Ghost: leave out --source and --sender.")
  }
  const body = readInput(file)
  return definedMembers({
    body: body.toString("base64"),
    content_type: values["content-type"] ?? contentTypeOf(body),
    endpoint: event === undefined ? undefined : `ghost/${event}`,
    source,
    sender,
    mapping: readJson("mapping", values.mapping),
    headers: headersOf(values.header),
  })
}

function headersOf(pairs: Values[string]): Record<string, string> | undefined {
  if (!Array.isArray(pairs)) return undefined
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, name, value] = /^([A-Za-z0-9-]+)[=:] ?(.*)$/s.exec(String(pair)) ?? []
      if (name === undefined || value === undefined) throw new Remedy(`--header ${pair}: write NAME=VALUE.`)
      return [name, value]
    }),
  )
}

/** Guesses the content type from the first visible character, after byte order marks and zeros of UTF-16. */
function contentTypeOf(body: Buffer): string {
  const first = body.find((byte) => byte > 0x20 && ![0xef, 0xbb, 0xbf, 0xfe, 0xff].includes(byte))
  return first === 0x3c ? "application/xml" : "application/json"
}

export function previewForm(answer: unknown): string {
  const { results, warnings = [], problem } = answer as PreviewAnswer
  return [
    ...results.map(block),
    ...(problem
      ? [[`Not understood: ${problem.code}: ${problem.detail}`, ...(problem.errors ?? []).map(faultLine)].join("\n")]
      : []),
    ...(warnings.length > 0 ? [warnings.map((each) => `Warning: ${each}`).join("\n")] : []),
    "Nothing was stored.",
  ].join("\n\n")
}

/** Whether the wire would refuse the message or one of its articles. */
export function isPreviewRefused(answer: unknown): boolean {
  const { results, problem } = answer as PreviewAnswer
  return problem !== undefined || results.some(({ outcome }) => outcome === "rejected")
}

function block({ pointer, guid, id, outcome, detail, feeds = [], warnings = [], errors = [], article }: PreviewResult) {
  const members = Object.entries(article ?? {}).filter(([name]) => name !== "guid")
  return [
    `${pointer || "/"}: ${outcome}`,
    ...[["guid", guid] as const, ["id", id] as const, ["detail", detail] as const, ...members].flatMap(
      ([name, value]) => lines(name, value),
    ),
    ...lines("feeds", feeds.length === 0 ? undefined : feeds.map(({ rss }) => ({ rss }))),
    ...warnings.map((each) => `  warning: ${each}`),
    ...errors.map((error) => faultLine(error).replace("  ", "  error: ")),
  ].join("\n")
}

/** Writes a member on the line of its name, or on the next lines if it is too long. Leaves out empty members. */
function lines(name: string, value: unknown): string[] {
  const texts = textsOf(value)
  if (texts.length === 0) return []
  const [only = ""] = texts
  if (texts.length === 1 && !only.includes("\n") && only.length <= 160) return [`  ${name}: ${only}`]
  return [`  ${name}:`, ...texts.flatMap((text) => shortened(text).split("\n")).map((line) => `    ${line}`)]
}

function textsOf(value: unknown): string[] {
  if (value === undefined || value === null || value === "") return []
  if (!Array.isArray(value)) return [textOf(value)].filter((text) => text !== "")
  return value.every((each) => typeof each !== "object") ? textsOf(value.join(", ")) : value.flatMap(textsOf)
}

function textOf(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value)
  const members = Object.entries(value)
    .map(([name, member]) => [name, textsOf(member).join(", ")] as const)
    .filter(([, text]) => text !== "")
  return members.map(([name, text]) => (members.length === 1 ? text : `${name} ${text}`)).join("; ")
}

function shortened(text: string): string {
  const characters = [...text]
  const left = characters.length - MAX_TEXT_LENGTH
  return left > 0
    ? `${characters.slice(0, MAX_TEXT_LENGTH).join("")}\n… and ${left} characters more (--json shows all)`
    : text
}
