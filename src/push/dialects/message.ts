/** What every dialect makes of a body. */
import type { ProblemCode, ProblemError } from "../../http/problem.ts"
import type { Draft, ParsedItem } from "./item.ts"

/** Articles of one message. */
export const MAX_ARTICLES = 100

/** A message whose articles have been checked, each for itself. */
export interface Message {
  /** When the sender says that this happened, milliseconds UTC. */
  timestamp: number
  items: ParsedItem[]
}

/** What a dialect read: articles that are still to be checked, or why the whole body cannot be understood. */
export type Reading = { drafts: Draft[] } | { problem: ReadingProblem }

export interface ReadingProblem {
  code: Extract<ProblemCode, "invalid_json" | "invalid_message" | "invalid_document" | "body_too_large">
  detail: string
  errors?: ProblemError[]
}

/** Before any article is looked at: a body holds hundreds of thousands that are nothing but two braces. */
export function tooMany(length: number, most: number): { problem: ReadingProblem } | undefined {
  if (length <= most) return undefined
  const detail = `The body has ${length} articles; at most ${most} are accepted. Split it.`
  return { problem: { code: "body_too_large", detail } }
}
