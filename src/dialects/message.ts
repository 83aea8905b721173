/** The result of every dialect: drafts or a problem; and the message that is made of them. */
import type { BodyError, Draft, ParsedItem } from "./item-schema.ts"

/** Articles of one message. */
export const MAX_ARTICLES = 100
/** Articles of a fetched feed. XML has hardly more within the limit of tags; JSON could have half a million in 4 MiB. */
export const MAX_FEED_ARTICLES = 5000

/** A message whose articles have been validated one by one. */
export interface Message {
  /** The time of the event according to the sender, milliseconds UTC. */
  timestamp: number
  items: ParsedItem[]
}

/** What a dialect returns: drafts that are not validated yet, or why the whole body cannot be read. */
export type ParseResult = { drafts: Draft[] } | { problem: ParseProblem }

export interface ParseProblem {
  code: "invalid_json" | "invalid_message" | "invalid_document" | "body_too_large"
  detail: string
  errors?: BodyError[]
}

/** The problem of a document with too many articles, before they are read. @param limit MAX_ARTICLES or MAX_FEED_ARTICLES */
export function tooManyArticles(articles: number, limit: number): { problem: ParseProblem } | undefined {
  if (articles <= limit) return undefined
  const remedy = limit === MAX_ARTICLES ? "Split it." : "Ask its publisher for a feed of the newest articles only."
  const detail = `The body has ${articles} articles; at most ${limit} are accepted. ${remedy}`
  return { problem: { code: "body_too_large", detail } }
}

/** How far a publisher's clock may run ahead of ours. */
export const CLOCK_TOLERANCE_MS = 5 * 60_000
