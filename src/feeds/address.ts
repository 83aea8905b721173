/** Feed addresses ⇄ canonical URLs: no other file knows the form of feed URLs. */
import { normalizeName } from "../articles/model/scope.ts"
import { EVERYTHING, MAX_VALUES, type Selection } from "../articles/read/selection-terms.ts"
import type { Format, UrlByFormat } from "../formats/feed.ts"
import { parseLanguage } from "../http/parameters.ts"
import { Problem } from "../http/problem.ts"
import { didYouMean } from "../text/near-matches.ts"
import { isTrackingParameter, TRACKING_PARAMETERS } from "../text/tracking-parameters.ts"

/** RFC 5005: the document that readers subscribe to, a page of older entries (§3), or an archive (§4). */
export type DocumentPart = { kind: "subscription" } | { kind: "page"; after: string } | { kind: "archive"; no: number }

export interface FeedAddress {
  selection: Selection
  part: DocumentPart
  format: Format
  limit: number
  content: "full" | "summary"
}

/** A document of a feed in any format. */
export type FeedDocument = Omit<FeedAddress, "format">

export type ParsedAddress = { address: FeedAddress } | { redirectTo: string } | undefined

export const DEFAULT_ENTRIES = 50
const MAX_ENTRIES = 100
/** Characters. No slug is as long; a longer text would be too much for the statement that looks it up. */
const MAX_SLUG_LENGTH = 200

const PATH_PATTERN =
  /^(?:\/(sections|publishers|languages)\/([a-z0-9-]{1,64}))?(?:\/archives\/([1-9]\d{0,8}))?\/feed\.(rss|atom|json)$/

/** A segment of a path: `..` would lead to another feed. */
const SEGMENT_PATTERN = /^[a-z0-9-]{1,64}$/

/** Selections of exactly one value have a path. */
const FOLDERS = { section: "sections", publisher: "publishers", lang: "languages" } as const

export const FEED_PARAMETERS = [
  "after",
  "author",
  "content",
  "lang",
  "limit",
  "not",
  "publisher",
  "section",
  "tag",
] as const
type FeedParameter = (typeof FEED_PARAMETERS)[number]

/**
 * @returns the address; the canonical path and query if the URL is another spelling of it; undefined if it is not the URL of a feed.
 * @throws Problem unknown_parameter, invalid_parameter
 */
export function parseAddress(url: URL): ParsedAddress {
  const match = PATH_PATTERN.exec(normalizePath(url.pathname))
  if (!match) return undefined
  const [, folder, name, archive, format] = match
  const parameters = parametersOf(url.searchParams)
  if (folder !== undefined && name !== undefined) parameters[memberOf(folder)].unshift(name)
  const selection: Selection = {
    section: parameters.section.map(normalizeSlug),
    not: parameters.not.map(normalizeSlug),
    publisher: parameters.publisher.map(normalizeSlug),
    lang: parameters.lang.map(parseLanguage),
    tag: parameters.tag.map((value) => parseName("tag", value, 100)),
    author: parameters.author.map((value) => parseName("author", value, 200)),
  }
  for (const member of Object.keys(selection) as (keyof Selection)[]) {
    selection[member] = [...new Set(selection[member])].sort()
    if (selection[member].length > MAX_VALUES) throw invalidParameter(member, `has more than ${MAX_VALUES} values`)
  }
  for (const member of ["section", "not", "publisher"] as const) {
    if (selection[member].some((slug) => slug.length > MAX_SLUG_LENGTH))
      throw invalidParameter(member, `has a slug of more than ${MAX_SLUG_LENGTH} characters: none is as long`)
  }
  const excludedSlug = selection.section.find((slug) => selection.not.includes(slug))
  if (excludedSlug !== undefined) throw invalidParameter("not", `excludes ${excludedSlug}, which section includes`)
  const address: FeedAddress = {
    selection,
    part: partOf(parameters.after, archive),
    format: format as Format,
    limit: limitOf(parameters.limit),
    content: contentOf(parameters.content),
  }
  if (address.part.kind === "archive" && !hasArchives({ ...address, part: SUBSCRIPTION })) {
    const detail = "a selection by parameters has no archives: follow the next links of its feed instead"
    throw new Problem("invalid_parameter", `${feedPath(address)}: ${detail}.`, [{ parameter: "archives", detail }])
  }
  const canonical = feedPath(address)
  return canonical === url.pathname + url.search ? { address } : { redirectTo: canonical }
}

/** The path decoded, in lower case, without empty segments. */
function normalizePath(pathname: string): string {
  try {
    const path = decodeURIComponent(pathname).toLowerCase()
    return path.replace(/\/{2,}/g, "/").replace(/(.)\/$/, "$1")
  } catch {
    // It cannot be decoded, so it is not the path of a feed.
    return pathname
  }
}

const memberOf = (folder: string): keyof typeof FOLDERS =>
  folder === "sections" ? "section" : folder === "publishers" ? "publisher" : "lang"

/** Slugs and languages may be lists with commas; names may contain commas, so each name is a parameter of its own. */
function parametersOf(search: URLSearchParams): Record<FeedParameter, string[]> {
  const parameters = Object.fromEntries(FEED_PARAMETERS.map((name) => [name, []])) as unknown as Record<
    FeedParameter,
    string[]
  >
  for (const [name, value] of search) {
    if (isTrackingParameter(name)) continue
    if (!(FEED_PARAMETERS as readonly string[]).includes(name)) {
      throw new Problem(
        "unknown_parameter",
        `The parameter ${JSON.stringify(name)} is not known here.${didYouMean(name, [...FEED_PARAMETERS, ...TRACKING_PARAMETERS])}`,
        [{ parameter: name, detail: "unknown parameter" }],
      )
    }
    const isList = name === "section" || name === "not" || name === "publisher" || name === "lang"
    const values = (isList ? value.split(",") : [value]).map((part) => part.trim())
    if (values.includes("")) throw invalidParameter(name, "is empty: give it a value or leave it out")
    parameters[name as FeedParameter].push(...values)
  }
  return parameters
}

const normalizeSlug = (value: string): string => value.toLowerCase()

/** @throws Problem invalid_parameter */
function parseName(parameter: string, value: string, limit: number): string {
  const name = normalizeName(value)
  if (name.length > 0 && name.length <= limit) return name
  throw invalidParameter(parameter, `must have 1 to ${limit} characters`)
}

const SUBSCRIPTION: DocumentPart = { kind: "subscription" }

function partOf(after: string[], archive: string | undefined): DocumentPart {
  if (after.length > 1) throw invalidParameter("after", "must be given once")
  if (archive !== undefined && after.length > 0) throw invalidParameter("after", "has no meaning in an archive")
  if (archive !== undefined) return { kind: "archive", no: Number(archive) }
  return after[0] === undefined ? SUBSCRIPTION : { kind: "page", after: after[0] }
}

function limitOf(values: string[]): number {
  if (values.length > 1) throw invalidParameter("limit", "must be given once")
  const [value] = values
  if (value === undefined) return DEFAULT_ENTRIES
  const limit = /^\d{1,6}$/.test(value) ? Number(value) : 0
  if (limit >= 1 && limit <= MAX_ENTRIES) return limit
  throw invalidParameter("limit", `${JSON.stringify(value)} must be a number from 1 to ${MAX_ENTRIES}`)
}

function contentOf(values: string[]): FeedAddress["content"] {
  if (values.length > 1) throw invalidParameter("content", "must be given once")
  const value = (values[0] ?? "full").toLowerCase()
  if (value === "full" || value === "summary") return value
  const suggestion = didYouMean(value, ["full", "summary"])
  throw invalidParameter("content", `${JSON.stringify(values[0])} must be full or summary.${suggestion}`)
}

function invalidParameter(parameter: string, detail: string): Problem {
  return new Problem("invalid_parameter", `${parameter} ${detail}`, [{ parameter, detail }])
}

/** Whether the feed has archives: it has a path and the default number of entries. */
export function hasArchives(address: FeedDocument): boolean {
  return folderOf(address.selection) !== undefined && address.limit === DEFAULT_ENTRIES && address.part.kind !== "page"
}

/** The path of a selection, "" for everything; undefined if the selection needs parameters. */
function folderOf(selection: Selection): string | undefined {
  const terms = Object.entries(selection).filter(([, values]) => values.length > 0)
  if (terms.length === 0) return ""
  const [[member, values]] = terms as [[string, string[]]]
  const [value = ""] = values
  if (terms.length > 1 || values.length > 1 || !Object.hasOwn(FOLDERS, member)) return undefined
  return SEGMENT_PATTERN.test(value) ? `/${FOLDERS[member as keyof typeof FOLDERS]}/${value}` : undefined
}

/** The canonical path and query of a feed. */
export function feedPath(address: FeedAddress): string {
  const { selection, part, limit, content } = address
  const folder = folderOf(selection)
  const archive = part.kind === "archive" ? `/archives/${part.no}` : ""
  const parameters: [FeedParameter, string][] = [
    ...(part.kind === "page" ? ([["after", part.after]] as [FeedParameter, string][]) : []),
    ...(folder === undefined ? selectionParameters(selection) : []),
    ...(content === "full" ? [] : ([["content", content]] as [FeedParameter, string][])),
    ...(limit === DEFAULT_ENTRIES ? [] : ([["limit", String(limit)]] as [FeedParameter, string][])),
  ]
  const query = parameters
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([name, value]) => `${name}=${encodeValue(value)}`)
    .join("&")
  return `${folder ?? ""}${archive}/feed.${address.format}${query === "" ? "" : `?${query}`}`
}

/** Encodes a value as the URL parser does; lists keep their commas. */
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

/** The document's canonical URL in every format. */
export function feedUrls(origin: string, address: FeedDocument): UrlByFormat {
  const urlIn = (format: Format) => origin + feedPath({ ...address, format })
  return { rss: urlIn("rss"), atom: urlIn("atom"), json: urlIn("json") }
}

/** The document of a selection that readers subscribe to. */
export function subscriptionTo(selection: Partial<Selection>): FeedDocument {
  return { selection: { ...EVERYTHING, ...selection }, part: SUBSCRIPTION, limit: DEFAULT_ENTRIES, content: "full" }
}

/** The path of the HTML page of the selection; that of the whole wire if the selection has no path. */
export function pagePath(selection: Selection): string {
  return folderOf(selection) || "/"
}
