/** Contains the table of error codes, and writes problems (RFC 9457). */
import { messageMatches } from "../log/error-causes.ts"

/** Maps each code to [status, title, remedy]. docs/errors.md explains each code; a test compares the two. */
export const PROBLEMS = {
  invalid_parameter: [400, "Invalid parameter", "Correct the parameter that the detail names."],
  unknown_parameter: [400, "Unknown parameter", "Remove the parameter or correct its name."],
  invalid_json: [400, "The body is not valid JSON", "Send UTF-8 encoded JSON (RFC 8259)."],
  invalid_document: [400, "The document is invalid", "Correct the place that the detail names."],
  invalid_message: [400, "The message cannot be understood", "Correct the members that the pointers name."],
  unauthorized: [
    401,
    "Not authorised",
    "Sign the raw body with a live key of this publisher, or send the right token or key.",
  ],
  publisher_disabled: [403, "This publisher is disabled", "Ask the operator of the wire."],
  partner_disabled: [403, "This partner is disabled", "Ask the operator of the wire."],
  forbidden: [403, "Your role does not allow this", "Ask an owner of the wire."],
  not_found: [404, "Not found", "Check the address; /feeds lists the feeds."],
  unknown_section: [404, "Unknown section", "Use a section of this wire."],
  unknown_publisher: [404, "Unknown publisher", "Use a publisher of this wire."],
  method_not_allowed: [405, "This method is not allowed here", "Use one of the methods in the Allow header."],
  conflict: [409, "This name is taken", "Choose another name."],
  last_owner: [409, "This is the last owner", "Make another operator an owner first."],
  too_many_keys: [409, "There are already two live keys", "Name the key to end, or end all others."],
  delivery_id_reused: [409, "This delivery id was used for another body", "Give each message its own id."],
  not_replayable: [409, "This attempt cannot be replayed", "Ask the publisher to send it again."],
  publisher_removed: [410, "This publisher was removed", "Stop sending, or unsubscribe; /feeds lists the feeds."],
  section_retired: [410, "This section was retired", "Unsubscribe; /feeds lists the feeds."],
  withdrawn: [410, "This article was withdrawn", "Stop showing it, and delete your copy."],
  expired_cursor: [410, "This cursor is too old", "Start again without a cursor, or with a snapshot."],
  foreign_cursor: [410, "This cursor is not valid here", "Start again without a cursor."],
  body_too_large: [413, "The body is too large", "Send at most 1 MiB; split the batch."],
  unsupported_media_type: [
    415,
    "Unsupported media type",
    "Send a media type that the Accept header of the answer names.",
  ],
  invalid_request: [422, "The request cannot be carried out", "Correct the members that the pointers name."],
  all_articles_rejected: [
    422,
    "Every article of this message was rejected",
    "Correct the members that the pointers name.",
  ],
  too_many_requests: [429, "Too many requests", "Wait as long as Retry-After says."],
  internal_error: [500, "Internal error", "Try again later; if you report it, name the request id."],
  storage_unavailable: [503, "The storage is unavailable", "Nothing was acknowledged: send it again later."],
} as const satisfies Record<string, readonly [status: number, title: string, remedy: string]>

export type ProblemCode = keyof typeof PROBLEMS

export interface ProblemError {
  /** A JSON Pointer (RFC 6901) into the request's body. */
  pointer?: string
  /** The name of a query parameter or path segment. */
  parameter?: string
  detail: string
}

/** The error by which routes refuse a request. problemResponse() makes the answer. */
export class Problem extends Error {
  readonly code: ProblemCode
  readonly errors: ProblemError[]
  readonly headers: Record<string, string>
  /** Extension members of the problem (RFC 9457 §3.2). */
  readonly members: Record<string, unknown>

  constructor(
    code: ProblemCode,
    detail: string,
    errors: ProblemError[] = [],
    headers: Record<string, string> = {},
    members: Record<string, unknown> = {},
  ) {
    super(detail)
    this.code = code
    this.errors = errors
    this.headers = headers
    this.members = members
  }
}

/** Joins all errors to one text, with semicolons except after a full stop. */
export const joinErrors = (errors: ProblemError[]): string =>
  errors
    .map(({ pointer, parameter, detail }) => `${parameter ?? (pointer || "The body")} ${detail}`)
    .reduce((text, next) => `${text}${/[.?]$/.test(text) ? "" : ";"} ${next}`)

/** The safe methods (RFC 9110 §9.2.1) that routes answer. */
export const SAFE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD"])

/** Makes the problem with the allowed methods, as RFC 9110 §15.5.6 requires. */
export function methodNotAllowed(method: string, methods: Iterable<string>): Problem {
  const allow = [...methods].join(", ")
  return new Problem("method_not_allowed", `${method} is not allowed here: use one of ${allow}.`, [], { allow })
}

/** @param base is the origin; /problems/{code} below it explains the code */
export function problemResponse(problem: Problem, base: string, requestId: string): Response {
  const [status, title] = PROBLEMS[problem.code]
  const body = {
    type: `${base}/problems/${problem.code}`,
    title,
    status,
    detail: problem.message,
    code: problem.code,
    request_id: requestId,
    ...(problem.errors.length > 0 && { errors: problem.errors }),
    ...problem.members,
  }
  return new Response(`${JSON.stringify(body, null, 2)}\n`, {
    status,
    headers: { "content-type": "application/problem+json; charset=utf-8", ...problem.headers },
  })
}

/** Whether D1 or R2 failed. Only the message of the error shows this, such as "put: … (10001)". */
export function isStorageFailure(error: unknown): boolean {
  const pattern =
    /\bD1_|\bSQLITE_[A-Z]|\bR2\b|\bstorage\b|internal error; reference|^(get|head|put|delete|list): .* \(\d+\)$/i
  return messageMatches(error, pattern)
}
