/** FeedAddress ⇄ canonical URL: the only place that knows what feed URLs look like. */
import { normalizeName } from "../articles/scope.ts"
import { LANGUAGE_TAG } from "../formats/content.ts"
import { FORMATS, type Format, type Urls } from "../formats/feed.ts"
import { didYouMean, near } from "../http/near.ts"
import { Problem } from "../http/problem.ts"
import { isTracking, TRACKING } from "../http/tracking.ts"

/**
 * What a feed shows. Values of one member are alternatives, members narrow each other, `not` takes sections away; nothing
 * named means everything. Lists are sorted and without repetition.
 */
export interface Selection {
  section: string[]
  not: string[]
  publisher: string[]
  lang: string[]
  tag: string[]
  author: string[]
}

/** RFC 5005: the document that readers subscribe to, a page of older entries (§3), or an archive (§4). */
export type Part = { kind: "subscription" } | { kind: "page"; after: string } | { kind: "archive"; no: number }

export interface FeedAddress {
  selection: Selection
  part: Part
  format: Format
  limit: number
  content: "full" | "summary"
}

export type ParsedAddress = { address: FeedAddress } | { moved: string } | undefined

export const EVERYTHING: Selection = { section: [], not: [], publisher: [], lang: [], tag: [], author: [] }
export const DEFAULT_LIMIT = 50
const MAX_LIMIT = 100
/** Values of one parameter: every one is a list to be merged or a place to look. */
export const MAX_VALUES = 10

const PATH =
  /^(?:\/(sections|publishers|languages)\/([a-z0-9-]{1,64}))?(?:\/archives\/([1-9]\d{0,8}))?\/feed\.(rss|atom|json)$/

/** What can be a segment of a path: `..` would lead to another feed. */
const SEGMENT = /^[a-z0-9-]{1,64}$/

/** The selections that are paths: exactly one value and nothing beside it. */
const FOLDERS = { section: "sections", publisher: "publishers", lang: "languages" } as const

export const PARAMETERS = ["after", "author", "content", "lang", "limit", "not", "publisher", "section", "tag"] as const
type Parameter = (typeof PARAMETERS)[number]

/**
 * @returns the address, the canonical path and query if the URL is another spelling of it, or undefined if it is no feed's.
 * @throws Problem unknown_parameter, invalid_parameter
 */
export function parseAddress(url: URL): ParsedAddress {
  const match = PATH.exec(plainPath(url.pathname))
  if (!match) return undefined
  const [, folder, name, archive, format] = match
  const given = parametersOf(url.searchParams)
  if (folder !== undefined && name !== undefined) given[memberOf(folder)].unshift(name)
  const selection: Selection = {
    section: given.section.map(slug),
    not: given.not.map(slug),
    publisher: given.publisher.map(slug),
    lang: given.lang.map(language),
    tag: given.tag.map((value) => words("tag", value, 100)),
    author: given.author.map((value) => words("author", value, 200)),
  }
  for (const member of Object.keys(selection) as (keyof Selection)[]) {
    selection[member] = [...new Set(selection[member])].sort()
    if (selection[member].length > MAX_VALUES) throw invalid(member, `has more than ${MAX_VALUES} values`)
  }
  const both = selection.section.find((wanted) => selection.not.includes(wanted))
  if (both !== undefined) throw invalid("not", `takes away ${both}, which section asks for`)
  const address: FeedAddress = {
    selection,
    part: partOf(given.after, archive),
    format: format as Format,
    limit: limitOf(given.limit),
    content: contentOf(given.content),
  }
  if (address.part.kind === "archive" && !hasArchives({ ...address, part: SUBSCRIPTION })) {
    const detail = "a selection by parameters has no archives: follow the next links of its feed instead"
    throw new Problem("invalid_parameter", `${feedPath(address)}: ${detail}.`, [{ parameter: "archives", detail }])
  }
  const canonical = feedPath(address)
  return canonical === url.pathname + url.search ? { address } : { moved: canonical }
}

/** Decoded, in small letters, without empty segments. */
function plainPath(pathname: string): string {
  try {
    const path = decodeURIComponent(pathname).toLowerCase()
    return path.replace(/\/{2,}/g, "/").replace(/(.)\/$/, "$1")
  } catch {
    // Not decodable, therefore no feed's path.
    return pathname
  }
}

const memberOf = (folder: string): keyof typeof FOLDERS =>
  folder === "sections" ? "section" : folder === "publishers" ? "publisher" : "lang"

/** Slugs and languages may stand in lists between commas; names may hold commas, so each is a parameter of its own. */
function parametersOf(search: URLSearchParams): Record<Parameter, string[]> {
  const given = Object.fromEntries(PARAMETERS.map((name) => [name, []])) as unknown as Record<Parameter, string[]>
  for (const [name, value] of search) {
    if (isTracking(name)) continue
    if (!(PARAMETERS as readonly string[]).includes(name)) {
      throw new Problem(
        "unknown_parameter",
        `The parameter ${JSON.stringify(name)} is not known here.${didYouMean(name, [...PARAMETERS, ...TRACKING])}`,
        [{ parameter: name, detail: "unknown parameter" }],
      )
    }
    const listed = name === "section" || name === "not" || name === "publisher" || name === "lang"
    const values = (listed ? value.split(",") : [value]).map((part) => part.trim())
    if (values.includes("")) throw invalid(name, "is empty: give it a value or leave it out")
    given[name as Parameter].push(...values)
  }
  return given
}

const slug = (value: string): string => value.toLowerCase()

/** @throws Problem invalid_parameter */
export function language(value: string): string {
  const tag = value.toLowerCase()
  if (tag.length <= 35 && LANGUAGE_TAG.test(tag)) return tag
  throw invalid("lang", `${JSON.stringify(value)} must be a BCP 47 language tag such as ar or fr-ca.${meant(tag)}`)
}

/** Languages that people write out: "arabic" for ar. */
const WRITTEN_OUT = ["ar", "de", "en", "es", "fa", "fr", "he", "hi", "it", "pt", "ru", "tr", "ur", "zh"]

function meant(language: string): string {
  const english = new Intl.DisplayNames(["en"], { type: "language" })
  const [name] = near(
    language,
    WRITTEN_OUT.map((tag) => english.of(tag) ?? tag),
  )
  const tag = WRITTEN_OUT.find((each) => english.of(each) === name)
  return tag === undefined ? "" : ` Did you mean ${tag}?`
}

/** @throws Problem invalid_parameter */
function words(parameter: string, value: string, limit: number): string {
  const name = normalizeName(value)
  if (name.length > 0 && name.length <= limit) return name
  throw invalid(parameter, `must have 1 to ${limit} characters`)
}

const SUBSCRIPTION: Part = { kind: "subscription" }

function partOf(after: string[], archive: string | undefined): Part {
  if (after.length > 1) throw invalid("after", "must be given once")
  if (archive !== undefined && after.length > 0) throw invalid("after", "has no meaning in an archive")
  if (archive !== undefined) return { kind: "archive", no: Number(archive) }
  return after[0] === undefined ? SUBSCRIPTION : { kind: "page", after: after[0] }
}

function limitOf(values: string[]): number {
  if (values.length > 1) throw invalid("limit", "must be given once")
  const [value] = values
  if (value === undefined) return DEFAULT_LIMIT
  const limit = /^\d{1,6}$/.test(value) ? Number(value) : 0
  if (limit >= 1 && limit <= MAX_LIMIT) return limit
  throw invalid("limit", `${JSON.stringify(value)} must be a number from 1 to ${MAX_LIMIT}`)
}

function contentOf(values: string[]): FeedAddress["content"] {
  if (values.length > 1) throw invalid("content", "must be given once")
  const value = (values[0] ?? "full").toLowerCase()
  if (value === "full" || value === "summary") return value
  const meant = didYouMean(value, ["full", "summary"])
  throw invalid("content", `${JSON.stringify(values[0])} must be full or summary.${meant}`)
}

function invalid(parameter: string, detail: string): Problem {
  return new Problem("invalid_parameter", `${parameter} ${detail}`, [{ parameter, detail }])
}

/** Whether the address is that of a feed with archives: one that is a path, at its usual length. */
export function hasArchives(address: Omit<FeedAddress, "format">): boolean {
  return folderOf(address.selection) !== undefined && address.limit === DEFAULT_LIMIT && address.part.kind !== "page"
}

/** The folder of a selection that is a path, "" for everything; undefined for one that takes parameters. */
function folderOf(selection: Selection): string | undefined {
  const named = Object.entries(selection).filter(([, values]) => values.length > 0)
  if (named.length === 0) return ""
  const [[member, values]] = named as [[string, string[]]]
  const [value = ""] = values
  if (named.length > 1 || values.length > 1 || !Object.hasOwn(FOLDERS, member)) return undefined
  return SEGMENT.test(value) ? `/${FOLDERS[member as keyof typeof FOLDERS]}/${value}` : undefined
}

/** The canonical path and query of a feed. */
export function feedPath(address: FeedAddress): string {
  const { selection, part, limit, content } = address
  const folder = folderOf(selection)
  const archive = part.kind === "archive" ? `/archives/${part.no}` : ""
  const parameters: [Parameter, string][] = [
    ...(part.kind === "page" ? ([["after", part.after]] as [Parameter, string][]) : []),
    ...(folder === undefined ? selected(selection) : []),
    ...(content === "full" ? [] : ([["content", content]] as [Parameter, string][])),
    ...(limit === DEFAULT_LIMIT ? [] : ([["limit", String(limit)]] as [Parameter, string][])),
  ]
  const query = parameters
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([name, value]) => `${name}=${encoded(value)}`)
    .join("&")
  return `${folder ?? ""}${archive}/feed.${address.format}${query === "" ? "" : `?${query}`}`
}

/** As the URL parser writes a query; lists keep their commas. */
const encoded = (value: string): string => encodeURIComponent(value).replaceAll("%2C", ",").replaceAll("'", "%27")

function selected({ section, not, publisher, lang, tag, author }: Selection): [Parameter, string][] {
  const lists: [Parameter, string[]][] = [
    ["lang", lang],
    ["not", not],
    ["publisher", publisher],
    ["section", section],
  ]
  return [
    ...author.map((name): [Parameter, string] => ["author", name]),
    ...lists.flatMap(([name, values]): [Parameter, string][] => (values.length ? [[name, values.join(",")]] : [])),
    ...tag.map((name): [Parameter, string] => ["tag", name]),
  ]
}

/** The document's canonical URL in every format. */
export function feedUrls(origin: string, address: Omit<FeedAddress, "format">): Urls {
  const of = (format: Format) => origin + feedPath({ ...address, format })
  return { rss: of("rss"), atom: of("atom"), json: of("json") }
}

/** The document that is subscribed to, of a selection. */
export function subscriptionTo(selection: Partial<Selection>): Omit<FeedAddress, "format"> {
  return { selection: { ...EVERYTHING, ...selection }, part: SUBSCRIPTION, limit: DEFAULT_LIMIT, content: "full" }
}

/** Path of the page for people that shows the same; that of everything for a selection by parameters. */
export function pagePath(selection: Selection): string {
  return folderOf(selection) || "/"
}

export const alternates = (format: Format): Format[] => FORMATS.filter((other) => other !== format)
