/** How `publisher preview` shows what would be stored: a block for each article. Pure. */
import type { Fault } from "./admin-client.ts"
import type { Form } from "./admin-forms.ts"

/** Characters of one text that are shown; --json has all of it. */
const MAX_TEXT_LENGTH = 2000

interface PreviewAnswer {
  results: PreviewResult[]
  warnings?: string[]
  /** Why the message cannot be understood at all. */
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
  /** The version as it would be stored. */
  article?: Record<string, unknown>
}

export const previewForm: Form = (answer) => {
  const { results, warnings = [], problem } = answer as PreviewAnswer
  return [
    ...results.map(block),
    ...(problem
      ? [[`Not understood: ${problem.code}: ${problem.detail}`, ...(problem.errors ?? []).map(fault)].join("\n")]
      : []),
    ...(warnings.length > 0 ? [warnings.map((each) => `Warning: ${each}`).join("\n")] : []),
    "Nothing was stored.",
  ].join("\n\n")
}

/** Whether anything of the message would be refused. */
export function isRefused(answer: unknown): boolean {
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
    ...errors.map((error) => fault(error).replace("  ", "  error: ")),
  ].join("\n")
}

function fault({ pointer, detail }: Fault): string {
  return `  ${pointer || "/"}: ${detail ?? "not accepted"}`
}

/** One member: in its line if it fits there, else below its name. What is empty is left out. */
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
