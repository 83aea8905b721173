/**
 * Checks whether a document is valid. The rules come from the specifications and from validator.w3.org/feed, each with
 * its source; they share no code with the renderers. Pure, so that unit tests and flows in workerd run the same checks.
 */
import { ATOM_RULES, atomDocument } from "./atom.ts"
import { JSON_FEED_RULES, JSON_READABLE, jsonDocument } from "./json-feed.ts"
import { RSS_RULES, rssDocument } from "./rss.ts"
import { type Rule, type Violation, violationsOf } from "./rule.ts"
import { type Element, Malformed, readXml } from "./xml.ts"
import type { XmlDocument } from "./xml-document.ts"
import { WELL_FORMED } from "./xml-rules.ts"

export interface Found {
  url: string
  /** The URL to subscribe to, if the document is a page or an archive. */
  subscription?: string
}

export function validateRss(text: string, { url }: Found): Violation[] {
  return validateXml(text, RSS_RULES, (root) => rssDocument(text, url, root))
}

export function validateAtom(text: string, { url }: Found): Violation[] {
  return validateXml(text, ATOM_RULES, (root) => atomDocument(text, url, root))
}

export function validateJsonFeed(text: string, { url, subscription = url }: Found): Violation[] {
  const document = jsonDocument(text, url, subscription)
  return document === undefined ? violationsOf([JSON_READABLE], document) : violationsOf(JSON_FEED_RULES, document)
}

function validateXml(
  text: string,
  rules: readonly Rule<XmlDocument>[],
  documentOf: (root: Element) => XmlDocument,
): Violation[] {
  try {
    return violationsOf(rules, documentOf(readXml(text)))
  } catch (fault) {
    if (!(fault instanceof Malformed)) throw fault
    return violationsOf(WELL_FORMED, fault)
  }
}

const VALIDATORS: Record<string, (text: string, found: Found) => Violation[]> = {
  "application/rss+xml": validateRss,
  "application/atom+xml": validateAtom,
  "application/feed+json": validateJsonFeed,
}

/** Rules that the wire breaks on purpose, with the reasons. */
export const DEPARTURES: ReadonlyMap<string, string> = new Map([
  ...["rss-category", "atom-category", "json-tags"].map((id): [string, string] => [
    id,
    "a tag with commas is one tag: it is the publisher's word and not taken apart",
  ]),
])

/** The last valid text of each URL, because flows read the same documents repeatedly. */
const valid = new Map<string, string>()
const VALID_LIMIT = 50

/**
 * Checks that every answer of a flow that claims to be a feed is valid. Answers of other types pass.
 *
 * @param url of the answer, absolute; pages (`after`) and archives belong to a subscription document
 * @throws Error that lists the violated rules
 */
export function assertValid(contentType: string | null, text: string, url: string): void {
  const validate = VALIDATORS[(contentType ?? "").replace(/;.*/s, "").trim().toLowerCase()]
  if (validate === undefined || valid.get(url) === text) return
  const violations = validate(text, { url, subscription: subscriptionOf(url) }).filter(
    ({ rule }) => !DEPARTURES.has(rule),
  )
  if (violations.length === 0) {
    if (valid.size >= VALID_LIMIT) valid.clear()
    valid.set(url, text)
    return
  }
  const lines = violations.map(({ rule, where, says, cites }) => `  ${rule} at ${where}\n    ${says} (${cites})`)
  throw new Error(`${url} is not valid:\n${lines.join("\n")}`)
}

function subscriptionOf(url: string): string {
  const [path = "", query = ""] = url.replace(/\/archives\/\d+(?=\/feed\.)/, "").split("?")
  const rest = query.split("&").filter((parameter) => parameter !== "" && !parameter.startsWith("after="))
  return rest.length === 0 ? path : `${path}?${rest.join("&")}`
}
