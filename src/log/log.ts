/**
 * Contains all code that writes the log. The message of an error may contain text of users. So the log has only the
 * class of the error, known codes and phrases, names of our tables, and the lines of the stack trace.
 */
import { ConfigurationError, causesOf } from "./error-causes.ts"
import { TABLE_NAMES } from "./table-names.ts"

/** Values may be constants of the code, ids and numbers, but no text of a user. */
type LogMembers = Record<string, string | number | string[] | undefined>

const MAX_FRAMES = 10
const MAX_FRAME_LENGTH = 300

/** Writes one line of JSON. @param event is a constant by which operators search the log */
export function log(level: "info" | "warn" | "error", event: string, members: LogMembers): void {
  console[level === "info" ? "log" : level](JSON.stringify({ level, event, ...members }))
}

export function logError(event: string, error: unknown, members: LogMembers = {}): void {
  log("error", event, { ...members, error: describeError(error), frames: framesOf(error) })
}

/** Logs a failure of work after the answer. Without this function, the platform would log the error's message. */
export const logRejection = (work: Promise<unknown>, event: string, members: LogMembers = {}): Promise<void> =>
  work.then(
    () => undefined,
    (error: unknown) => logError(event, error, members),
  )

/** Returns the class of the innermost cause, and all known codes and phrases: `Error SQLITE_NOMEM (out of memory)`. */
export function describeError(error: unknown): string {
  const causes = causesOf(error)
  const codes = new Set(causes.flatMap(codesOf))
  const phrases = new Set(causes.flatMap(phrasesOf))
  return [classOf(causes.at(-1)), ...codes, ...(phrases.size === 0 ? [] : [`(${[...phrases].join("; ")})`])].join(" ")
}

function classOf(error: unknown): string {
  if (!(error instanceof Error)) return `a thrown ${error === null ? "null" : typeof error}`
  const { name } = error.constructor
  const className = name === "Error" || name === "DOMException" ? error.name : name
  return /^[A-Za-z_$][\w$]{0,63}$/.test(className) ? className : "Error"
}

const CODES = [
  /^D1_[A-Z]+(?:_[A-Z]+)?(?=:)/,
  // https://www.sqlite.org/rescode.html
  /\bSQLITE_(?:ERROR|INTERNAL|PERM|ABORT|BUSY|LOCKED|NOMEM|READONLY|INTERRUPT|IOERR|CORRUPT|NOTFOUND|FULL|CANTOPEN|PROTOCOL|SCHEMA|TOOBIG|CONSTRAINT|MISMATCH|MISUSE|AUTH|RANGE|NOTADB)/,
  // R2 writes "put: We encountered an internal error. (10001)".
  /(?<=^(?:get|head|put|delete|list): [^(]*\()\d{1,6}(?=\)$)/,
]

function codesOf(error: unknown): string[] {
  if (!(error instanceof Error)) return []
  const own = "code" in error && typeof error.code === "string" && /^\w{1,64}$/.test(error.code) ? [error.code] : []
  const text = removeQuotations(error.message)
  return [...own, ...CODES.flatMap((pattern) => pattern.exec(text)?.[0] ?? [])]
}

/** Parts of messages of SQLite, D1 and the runtime, without names. */
const PHRASES =
  /out of memory|syntax error|unterminated string|parser stack overflow|(?:UNIQUE|NOT NULL|CHECK|FOREIGN KEY|PRIMARY KEY) constraint failed|no such (?:table|column|function|index|module)|too (?:many|big|large|complex|long)|malformed JSON|database is locked|disk I\/O error|datatype mismatch|integer overflow|exceeded its (?:CPU time|memory|size) limit|overloaded|timed? ?out|Network connection lost|internal error/i

function phrasesOf(error: unknown): string[] {
  if (!(error instanceof Error)) return []
  const text = removeQuotations(error.message)
  if (error instanceof ConfigurationError) return [text]
  const phrase = PHRASES.exec(text)
  if (!phrase) return []
  // Only names of our own tables are logged, because any other name may be text of a user.
  const table = /^no such table: (?:main\.)?(\w+)/.exec(text.slice(phrase.index))?.[1] ?? ""
  return TABLE_NAMES.has(table) ? [`${phrase[0]}: ${table}`] : [phrase[0]]
}

const removeQuotations = (text: string): string => text.replace(/"[^"]*"?/g, "…")

/** Returns the lines of the stack trace after the message, which may have several lines. */
function framesOf(error: unknown): string[] {
  if (!(error instanceof Error) || typeof error.stack !== "string") return []
  const head = error.stack.indexOf(error.message)
  if (head === -1) return []
  return error.stack
    .slice(head + error.message.length)
    .split("\n")
    .flatMap((line) => (/^\s+at /.test(line) ? [line.trim().slice(0, MAX_FRAME_LENGTH)] : []))
    .slice(0, MAX_FRAMES)
}
