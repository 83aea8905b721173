/** Converts feed addresses to canonical URLs and back. Only this file knows the form of feed URLs. */
import { exclusionDetail, SELECTION_PARAMETERS } from "../articles/read/selection-parameters.ts"
import type { Selection } from "../articles/read/selection-terms.ts"
import { canonicalSearch } from "../articles/search/query-parameter.ts"
import type { Format, UrlByFormat } from "../formats/feed.ts"
import { number, oneOf, singleValue } from "../http/parameter-types.ts"
import { parameterProblem, readParameters } from "../http/parameters.ts"
import { Problem } from "../http/problem.ts"
import { isSlug } from "../text/slug.ts"

/** The document to which readers subscribe, a page of older entries (RFC 5005 §3), or an archive (RFC 5005 §4). */
export type DocumentPart = { kind: "subscription" } | { kind: "page"; after: string } | { kind: "archive"; no: number }

export interface FeedAddress {
  selection: Selection
  /** The search whose results are in the feed, in its canonical text. */
  query?: string
  part: DocumentPart
  format: Format
  limit: number
  content: "full" | "summary"
}

export type FeedDocument = Omit<FeedAddress, "format">

export type ParsedAddress = { address: FeedAddress } | { redirectTo: string } | undefined

export const DEFAULT_ENTRIES = 50
const MAX_ENTRIES = 100

const PATH_PATTERN =
  /^(?:\/(sections|publishers|languages)\/([^/]+))?(?:\/archives\/([1-9]\d{0,8}))?\/feed\.(rss|atom|json)$/

/** A selection of exactly one of these values has a path. */
const FOLDERS = { section: "sections", publisher: "publishers", lang: "languages" } as const

export const FEED_PARAMETERS = {
  ...SELECTION_PARAMETERS,
  after: singleValue,
  content: oneOf(["full", "summary"], "full"),
  limit: number(1, MAX_ENTRIES, DEFAULT_ENTRIES),
  q: canonicalSearch,
}
type FeedParameter = keyof typeof FEED_PARAMETERS

/**
 * @returns undefined if the URL is not the URL of a feed; a redirect for another spelling of a feed's URL
 * @throws Problem unknown_parameter, invalid_parameter
 */
export function parseAddress(url: URL): ParsedAddress {
  const [match, folder, name, archive, format] = PATH_PATTERN.exec(normalizePath(url.pathname)) ?? []
  if (match === undefined || (name !== undefined && !isSlug(name))) return undefined
  const search = new URLSearchParams(url.search)
  // The path and the parameters together are one selection.
  if (folder !== undefined && name !== undefined) search.append(memberOf(folder), name)
  const { after, content, limit, q: query, ...selection } = readParameters(search, FEED_PARAMETERS)
  const exclusion = exclusionDetail(selection)
  if (exclusion !== undefined) throw parameterProblem([{ parameter: "not", detail: exclusion }])
  const address: FeedAddress = {
    ...{ selection, part: partOf(after, archive), format: format as Format, limit, content },
    ...(query !== undefined && { query }),
  }
  if (address.part.kind === "archive" && !hasArchives({ ...address, part: SUBSCRIPTION })) {
    const detail = "a selection by parameters has no archives: follow the next links of its feed instead"
    throw new Problem("invalid_parameter", `${feedPath(address)}: ${detail}.`, [{ parameter: "archives", detail }])
  }
  const canonical = feedPath(address)
  return canonical === url.pathname + url.search ? { address } : { redirectTo: canonical }
}

/** Returns the decoded path in lower case, without empty segments. */
function normalizePath(pathname: string): string {
  try {
    const path = decodeURIComponent(pathname).toLowerCase()
    return path.replace(/\/{2,}/g, "/").replace(/(.)\/$/, "$1")
  } catch {
    return pathname
  }
}

const memberOf = (folder: string): keyof typeof FOLDERS =>
  folder === "sections" ? "section" : folder === "publishers" ? "publisher" : "lang"

const SUBSCRIPTION: DocumentPart = { kind: "subscription" }

function partOf(after: string | undefined, archive: string | undefined): DocumentPart {
  if (archive === undefined) return after === undefined ? SUBSCRIPTION : { kind: "page", after }
  if (after !== undefined)
    throw parameterProblem([{ parameter: "after", detail: "has no meaning in an archive: leave it out" }])
  return { kind: "archive", no: Number(archive) }
}

/** Whether the feed has archives. Only feeds with a path and the default number of entries have archives. */
export function hasArchives(address: FeedDocument): boolean {
  return folderOfFeed(address) !== undefined && address.limit === DEFAULT_ENTRIES && address.part.kind !== "page"
}

/** The path of a selection: "" for everything, and undefined if the selection needs parameters. */
function folderOf(selection: Selection): string | undefined {
  const terms = Object.entries(selection).filter(([, values]) => values.length > 0)
  if (terms.length === 0) return ""
  const [[member, values]] = terms as [[string, string[]]]
  const [value = ""] = values
  if (terms.length > 1 || values.length > 1 || !Object.hasOwn(FOLDERS, member)) return undefined
  return isSlug(value) ? `/${FOLDERS[member as keyof typeof FOLDERS]}/${value}` : undefined
}

/** A search has no path of its own. */
const folderOfFeed = ({ selection, query }: FeedDocument): string | undefined =>
  query === undefined ? folderOf(selection) : undefined

export function feedPath(address: FeedAddress): string {
  const { selection, query, part, limit, content } = address
  const folder = folderOfFeed(address)
  const archive = part.kind === "archive" ? `/archives/${part.no}` : ""
  const parameters: [FeedParameter, string][] = [
    ...(part.kind === "page" ? ([["after", part.after]] as [FeedParameter, string][]) : []),
    ...(folder === undefined ? selectionParameters(selection) : []),
    ...(content === "full" ? [] : ([["content", content]] as [FeedParameter, string][])),
    ...(limit === DEFAULT_ENTRIES ? [] : ([["limit", String(limit)]] as [FeedParameter, string][])),
    ...(query === undefined ? [] : ([["q", query]] as [FeedParameter, string][])),
  ]
  return withParameters(`${folder ?? ""}${archive}/feed.${address.format}`, parameters)
}

/** Adds parameters in the order of their names. */
function withParameters(path: string, parameters: [string, string][]): string {
  const query = parameters
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([name, value]) => `${name}=${encodeValue(value)}`)
    .join("&")
  return query === "" ? path : `${path}?${query}`
}

/** Path and query of the page of a search, as a form writes them. @param more further parameters with their values */
export function searchPath(selection: Selection, more: Record<string, string>): string {
  const query = new URLSearchParams([...selectionParameters(selection), ...Object.entries(more)])
  query.sort()
  return query.size === 0 ? "/search" : `/search?${query}`
}

/**
 * Path and query of a page about a feed, from which builder-address.ts reads the feed's address again.
 * @param more further parameters with their values
 */
export const feedChoicePath = (
  path: string,
  { selection, query, content, format }: FeedAddress,
  more: Record<string, string> = {},
): string =>
  withParameters(path, [
    ...Object.entries(more),
    ...selectionParameters(selection),
    ...(content === "full" ? [] : ([["content", content]] as [string, string][])),
    ...(format === "rss" ? [] : ([["format", format]] as [string, string][])),
    ...(query === undefined ? [] : ([["q", query]] as [string, string][])),
  ])

/** Path and query of the page with the articles of a feed: see pagePath(). */
export const homePath = ({ selection, query }: FeedDocument): string =>
  query === undefined ? pagePath(selection) : searchPath(selection, { q: query })

/** Encodes a value like the URL parser, but keeps the commas of lists. */
const encodeValue = (value: string): string => encodeURIComponent(value).replaceAll("%2C", ",").replaceAll("'", "%27")

function selectionParameters({ section, not, publisher, lang, tag, author }: Selection): [FeedParameter, string][] {
  const lists: [FeedParameter, string[]][] = [
    ["lang", lang],
    ["not", not],
    ["publisher", publisher],
    ["section", section],
  ]
  return [
    ...author.map((name): [FeedParameter, string] => ["author", name]),
    ...lists.flatMap(([name, values]): [FeedParameter, string][] => (values.length ? [[name, values.join(",")]] : [])),
    ...tag.map((name): [FeedParameter, string] => ["tag", name]),
  ]
}

/** The canonical URLs of the document. */
export function feedUrls(origin: string, address: FeedDocument): UrlByFormat {
  const urlIn = (format: Format) => origin + feedPath({ ...address, format })
  return { rss: urlIn("rss"), atom: urlIn("atom"), json: urlIn("json") }
}

/** Returns the document to which readers of a selection subscribe. */
export function subscriptionTo({
  section = [],
  not = [],
  publisher = [],
  lang = [],
  tag = [],
  author = [],
}: Partial<Selection>): FeedDocument {
  const selection = { section, not, publisher, lang, tag, author }
  return { selection, part: SUBSCRIPTION, limit: DEFAULT_ENTRIES, content: "full" }
}

/** A page is of at most one of these values, in all languages or in one. */
const PAGE_FOLDERS = { section: "sections", publisher: "publishers", tag: "tags", author: "authors" } as const

/** Path and query of the HTML page of a selection, or of the whole wire if the selection has no page. */
export function pagePath(selection: Selection): string {
  const folder = folderOf(selection)
  if (folder !== undefined) return folder || "/"
  const { not, lang } = selection
  const [choice, ...others] = PAGE_MEMBERS.flatMap((member) => selection[member].map((value) => ({ member, value })))
  // URLs cannot have a segment of only dots.
  if (choice === undefined || others.length + not.length > 0 || lang.length > 1 || /^\.\.?$/.test(choice.value))
    return "/"
  const path = `/${PAGE_FOLDERS[choice.member]}/${encodeURIComponent(choice.value)}`
  return lang.length === 0 ? path : `${path}?lang=${lang[0]}`
}

const PAGE_MEMBERS = Object.keys(PAGE_FOLDERS) as (keyof typeof PAGE_FOLDERS)[]

/** Path and query of the page of a tag or an author; undefined for a name of dots, which has no page. */
export function namePath(member: "tag" | "author", name: string, lang: string[] = []): string | undefined {
  const path = pagePath(subscriptionTo({ [member]: [name], lang }).selection)
  return path === "/" ? undefined : path
}

/** Whether all articles of a selection are on a page of their own. */
export const hasPage = (selection: Selection): boolean =>
  pagePath(selection) !== "/" || Object.values(selection).every((values) => values.length === 0)
