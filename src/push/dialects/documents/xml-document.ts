/**
 * RSS 0.90 to 2.0, Atom 0.3 and 1.0, and a single Atom entry → drafts. Our own scan refuses what is dangerous, fast-xml-parser
 * what is not well-formed, feedsmith reads the rest. Pure: bytes in, drafts or a problem out.
 */
import { XMLValidator } from "fast-xml-parser"
import { type AtomFeed, parseAtomFeed, parseRdfFeed, parseRssFeed } from "feedsmith"
import { TAG_LIMIT } from "../../../articles/sanitize.ts"
import { readTime } from "../dates.ts"
import type { Draft } from "../item.ts"
import { type Reading, type ReadingProblem, tooMany } from "../message.ts"
import { atomEntry, inheritedOfAtom } from "./atom-entries.ts"
import { decodeText } from "./encoding.ts"
import { inheritedOfRss, type RssItem, rssItem } from "./rss-items.ts"
import { type Scanned, scanXml } from "./xml-scan.ts"

/** What feedsmith found, and how it becomes an item. */
interface Found {
  entries: { xml?: { id?: string } }[]
  map: (at: number, origLink: string | undefined, warn: (warning: string) => void) => Record<string, unknown>
}

/**
 * All entries of a document, also where it has more than a message may have.
 *
 * @param contentType of the message, with its charset
 * @param limits `tags`: how many `<` the document may have; 20,000 if nothing is said. `articles`: how many of them
 * @returns problems invalid_document, with line and column, and body_too_large
 */
export function readXmlDocument(
  bytes: Uint8Array,
  contentType: string | undefined,
  limits: { tags: number; articles?: number } = { tags: TAG_LIMIT },
): Reading {
  const decoded = decodeText(bytes, contentType)
  if ("problem" in decoded) return decoded
  const { text } = decoded
  const scanned = scanXml(text, limits.tags)
  if ("problem" in scanned) return scanned
  const refused = tooMany(scanned.items.length, limits.articles ?? Number.POSITIVE_INFINITY)
  if (refused !== undefined) return refused
  const fault = faultOf(text)
  if (fault !== undefined) return { problem: fault }
  const found = parse(scanned)
  if (found === undefined) {
    const detail = "The document is well-formed XML, but there is no RSS channel, RDF channel or Atom feed in it."
    return { problem: { code: "invalid_document", detail } }
  }
  return { drafts: [...draftsOf(found, scanned), ...withdrawalsOf(scanned)] }
}

/**
 * Blank lines before the declaration are a frequent mistake that hurts nobody, so the declaration is not shown to the
 * validator: it was read by decodeText().
 */
function faultOf(text: string): ReadingProblem | undefined {
  const declaration = /^\s{0,1000}<\?xml\s[^>]{0,1000}\?>/.exec(text)?.[0] ?? ""
  const blank = declaration.replace(/[^\n]/g, " ")
  const result = XMLValidator.validate(blank + text.slice(declaration.length))
  if (result === true) return undefined
  const { line, col, msg } = result.err
  return { code: "invalid_document", detail: `Line ${line}, column ${col ?? 1}: ${msg.replace(/\.$/, "")}.` }
}

function parse({ root, items, plain }: Scanned): Found | undefined {
  try {
    if (root === "rss" || root === "rdf") {
      const feed = root === "rss" ? parseRssFeed(plain) : parseRdfFeed(plain)
      const inherited = inheritedOfRss(feed)
      const entries: RssItem[] = feed.items ?? []
      return { entries, map: (at, origLink, warn) => rssItem(entries[at] ?? {}, inherited, origLink, warn) }
    }
    const feed: AtomFeed.Feed<string> = items.length === 0 ? {} : parseAtomFeed(plain)
    const inherited = inheritedOfAtom(feed)
    const entries = feed.entries ?? []
    return { entries, map: (at, origLink, warn) => atomEntry(entries[at] ?? {}, inherited, origLink, warn) }
  } catch (error) {
    // feedsmith's own, all named so; anything else is a mistake of ours.
    if (error instanceof Error && /^(?:Detect|Malformed|Parse)Error$/.test(error.name)) return undefined
    throw error
  }
}

function draftsOf({ entries, map }: Found, { items }: Scanned): Draft[] {
  const places = new Map(entries.map(({ xml }, at) => [xml?.id, at]))
  // In the order of the document. What feedsmith does not take for an entry has nothing, and will be refused for that.
  return items.map(({ pointer, origLink, warnings }, id) => {
    const at = places.get(String(id))
    const value = at === undefined ? {} : map(at, origLink, (warning) => warnings.push(warning))
    return { pointer, raw: JSON.stringify(value), value, deleted: false, warnings }
  })
}

/** RFC 6721 §3 */
function withdrawalsOf({ withdrawals }: Scanned): Draft[] {
  return withdrawals.map(({ pointer, ref, when }) => {
    const time = when === undefined ? undefined : readTime(when)?.time
    const value = { ...(ref !== "" && { id: ref }), ...(time !== undefined && { date_modified: time }) }
    return { pointer, raw: JSON.stringify(value), value, deleted: true }
  })
}
