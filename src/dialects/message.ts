/** Defines the result of every dialect: drafts or a problem. A message is made from drafts. */
import type { BodyError, Draft, ParsedItem } from "./item-schema.ts"

/** How many articles a message may have. */
export const MAX_ARTICLES = 100
/** How many articles a fetched feed may have, because JSON of 4 MiB could have half a million. */
export const MAX_FEED_ARTICLES = 5000

/** A message in which every article was validated on its own. */
export interface Message {
  /** The time of the event as the sender states it, in milliseconds UTC. */
  timestamp: number
  /** The name of its source: "native", "document", "ghost", or the endpoint of a registered source. */
  source: string
  items: ParsedItem[]
}

/** Drafts that are not yet validated, or the reason why the body cannot be read. */
export type ParseResult = { drafts: Draft[] } | { problem: ParseProblem }

export interface ParseProblem {
  code: "invalid_json" | "invalid_message" | "invalid_document" | "body_too_large"
  detail: string
  errors?: BodyError[]
}

/** Returns a problem if a document has too many articles. The articles themselves are not read for this check. */
export function tooManyArticles(articles: number, limit: number): { problem: ParseProblem } | undefined {
  if (articles <= limit) return undefined
  const remedy = limit === MAX_ARTICLES ? "Split it." : "Ask its publisher for a feed of the newest articles only."
  const detail = `The body has ${articles} articles; at most ${limit} are accepted. ${remedy}`
  return { problem: { code: "body_too_large", detail } }
}

/** How far the clock of a publisher may be ahead of ours. */
export const CLOCK_TOLERANCE_MS = 5 * 60_000
