/** Makes drafts from RSS and Atom by feedsmith, after xml-scan.ts and fast-xml-parser checked the document. Pure. */
import { XMLValidator } from "fast-xml-parser"
import { type AtomFeed, parseAtomFeed, parseRdfFeed, parseRssFeed } from "feedsmith"
import { TAG_LIMIT } from "../../html/sanitize.ts"
import { firstTime, NO_RULES, type TimeRules } from "../dates.ts"
import type { Draft } from "../item-schema.ts"
import { MAX_ARTICLES, type ParseProblem, type ParseResult, tooManyArticles } from "../message.ts"
import { atomEntry, inheritedMembersOfAtom } from "./atom-entries.ts"
import { decodeText } from "./encoding.ts"
import { baseOfBody, removeDirectionWrapper, statedLanguage } from "./markup.ts"
import { inheritedMembersOfRss, type RssItem, rssItem } from "./rss-items.ts"
import { baseIn } from "./xml-base.ts"
import type { EntryOptions, ReadEntry } from "./xml-members.ts"
import { type ScannedXml, scanXml } from "./xml-scan.ts"

/** The entries that feedsmith has read. */
interface ParsedFeed {
  entries: { xml?: { id?: string } }[]
  language: string | undefined
  /** Warnings about the document, which every article gets. */
  warnings: string[]
  /** The base outside of all elements. */
  base?: string | undefined
  toItem: (at: number, context: Omit<EntryOptions, "rules">) => ReadEntry
}

export interface XmlOptions {
  /** How many `<` the document may have. */
  tags?: number
  /** How many articles the document may have. */
  articles?: number
  rules?: TimeRules
  /** The address from which the document was fetched. */
  address?: string | undefined
}

/** @returns the problem invalid_document, with line and column, or body_too_large */
export function readXmlDocument(
  bytes: Uint8Array,
  contentType: string | undefined,
  { tags = TAG_LIMIT, articles = MAX_ARTICLES, rules = NO_RULES, address }: XmlOptions = {},
): ParseResult {
  const decoding = decodeText(bytes, contentType)
  if ("problem" in decoding) return decoding
  const { text, warning } = decoding
  const scan = scanXml(text, tags)
  if ("problem" in scan) return scan
  const limitProblem = tooManyArticles(scan.items.length + scan.withdrawals.length, articles)
  if (limitProblem) return limitProblem
  const problem = wellFormednessProblem(text)
  if (problem !== undefined) return { problem }
  const feed = parseFeed(scan, rules, address)
  if (feed === undefined) {
    const detail = scan.hasChannel
      ? "The first RSS channel of the document is empty."
      : "The document has no RSS channel."
    return { problem: { code: "invalid_document", detail } }
  }
  if (warning !== undefined) feed.warnings.unshift(warning)
  feed.warnings.push(...scan.warnings)
  return { drafts: [...draftsOf(feed, scan), ...withdrawalsOf(scan, rules)] }
}

/** Checks that XML is well-formed. The declaration is not checked: blank lines before it are frequent and harmless. */
function wellFormednessProblem(text: string): ParseProblem | undefined {
  const declaration = /^\s{0,1000}<\?xml\s[^>]{0,1000}\?>/.exec(text)?.[0] ?? ""
  const blank = declaration.replace(/[^\n]/g, " ")
  const result = XMLValidator.validate(blank + text.slice(declaration.length))
  if (result === true) return undefined
  const { line, col, msg } = result.err
  return { code: "invalid_document", detail: `Line ${line}, column ${col ?? 1}: ${msg.replace(/\.$/, "")}.` }
}

/** @returns undefined if the channel is missing, or is empty while items stand outside of it */
function parseFeed(
  { root, hasChannel, items, base: rootBase, plainXml }: ScannedXml,
  rules: TimeRules,
  address: string | undefined,
): ParsedFeed | undefined {
  const isAtom = root === "feed" || root === "entry"
  if (items.length === 0)
    return isAtom || hasChannel
      ? { entries: [], language: undefined, warnings: [], toItem: () => ({ item: {}, writtenTimes: [] }) }
      : undefined
  try {
    if (!isAtom) {
      const feed = root === "rss" ? parseRssFeed(plainXml) : parseRdfFeed(plainXml)
      const warnings: string[] = []
      const inheritedMembers = inheritedMembersOfRss(feed, rootBase, address, (warning) => warnings.push(warning))
      const entries: RssItem[] = feed.items ?? []
      return {
        entries,
        language: inheritedMembers.language,
        base: inheritedMembers.base,
        warnings,
        toItem: (at, context) => rssItem(entries[at] ?? {}, inheritedMembers, { ...context, rules }),
      }
    }
    const feed: AtomFeed.Feed<string> = parseAtomFeed(plainXml)
    const warnings: string[] = []
    const inheritedMembers = inheritedMembersOfAtom(feed, rootBase, address, (warning) => warnings.push(warning))
    const entries = feed.entries ?? []
    return {
      entries,
      language: inheritedMembers.language,
      base: inheritedMembers.base,
      warnings,
      toItem: (at, context) => atomEntry(entries[at] ?? {}, inheritedMembers, { ...context, rules }),
    }
  } catch (error) {
    // feedsmith throws errors with these names if it cannot read a feed. Any other error is a bug.
    if (error instanceof Error && /^(?:Detect|Malformed|Parse)Error$/.test(error.name)) return undefined
    throw error
  }
}

function draftsOf(feed: ParsedFeed, { items }: ScannedXml): Draft[] {
  const { entries, warnings: sharedWarnings } = feed
  const indexById = new Map(entries.map(({ xml }, at) => [xml?.id, at]))
  // The drafts are in the order of the document. If feedsmith does not return an entry, its draft is empty and
  // rejected.
  return items.map(
    ({ pointer, origLink, isInLaterChannel, base: ownBase, bodyBases, innerBases = [], warnings: ownWarnings }, id) => {
      const warnings = [...ownWarnings, ...sharedWarnings]
      const warn = (warning: string) => warnings.push(warning)
      const at = indexById.get(String(id))
      const base = baseIn(ownBase, feed.base)
      const {
        item: value,
        bodyElement = "",
        writtenTimes,
      }: ReadEntry = at === undefined
        ? { item: {}, writtenTimes: [] }
        : feed.toItem(at, { base: base.url, origLink, warn })
      const direction = removeDirectionWrapper(value)
      const stated = statedLanguage(direction, feed.language, value)
      const bodyBase = baseIn(bodyBases?.get(bodyElement) ?? ownBase, feed.base)
      const innerProblems = innerBases.flatMap((each) => baseIn(each, feed.base).problems)
      for (const problem of new Set([...bodyBase.problems, ...innerProblems])) warn(problem)
      const draftBase = baseOfBody(value, bodyBase.url, bodyBase.isStated)
      return {
        pointer,
        raw: JSON.stringify(value),
        writtenTimes,
        value,
        deleted: false,
        ...stated,
        ...(draftBase !== undefined && { base: draftBase }),
        ...(isInLaterChannel && { refusal: "is in a second channel: send each channel as a document of its own" }),
        warnings,
      }
    },
  )
}

/** Makes withdrawals from the elements `at:deleted-entry` (RFC 6721 §3). */
function withdrawalsOf({ withdrawals }: ScannedXml, rules: TimeRules): Draft[] {
  return withdrawals.map(({ pointer, ref, when }) => {
    const warnings: string[] = []
    const warn = (warning: string) => warnings.push(warning)
    const time = firstTime([when], { name: "date_modified", rules, warn })
    const value = { ...(ref !== "" && { id: ref }), ...(time !== undefined && { date_modified: time }) }
    return {
      pointer,
      raw: JSON.stringify(value),
      writtenTimes: [when],
      value,
      deleted: true,
      ...(warnings.length > 0 && { warnings }),
    }
  })
}
