/** Makes drafts from a JSON Feed document, of version 1.1 or similar: https://www.jsonfeed.org/version/1.1/. Pure. */
import { escapeText } from "../../formats/xml.ts"
import { personName } from "../../text/person-name.ts"
import { firstTime, NO_RULES, publishedTime, type TimeRules, withLatest } from "../dates.ts"
import type { Draft } from "../item-schema.ts"
import { MAX_ARTICLES, type ParseProblem, type ParseResult, tooManyArticles } from "../message.ts"
import { baseOfBody, statedLanguage, withoutDirectionMarks, withoutDirectionWrapper } from "./markup.ts"
import { baseOf, inheritable, isHttp, languageOf, resolveUrl, splitCategories, type Warn } from "./xml-members.ts"

/** How deep arrays and objects of an item may be nested. No known member is nested deeper. */
const MAX_DEPTH = 6

const VERSIONS = ["https://jsonfeed.org/version/1.1", "https://jsonfeed.org/version/1"]

/** Members that only our own feeds have. They are ignored if a publisher pushes such a feed. */
const WIRE_MEMBERS = ["guid", "version", "source", "direction", "duplicates"]

type Members = Record<string, unknown>

/** Whether a body is a JSON Feed of any version. Messages of other formats have a type, or no list of items. */
export function isJsonFeed(value: unknown): boolean {
  if (!isObject(value)) return false
  const { version, items, type, data } = value
  if (typeof version === "string" && /\bjson\s?feed\b/i.test(version)) return true
  return Array.isArray(items) && type === undefined && data === undefined
}

/**
 * @param value parsed JSON, whose depth is already limited
 * @param options how many articles the document may have, and the address from which it was fetched
 */
export function readJsonFeed(
  value: unknown,
  rules: TimeRules = NO_RULES,
  { articles: limit = MAX_ARTICLES, address }: { articles?: number; address?: string | undefined } = {},
): ParseResult {
  if (!isObject(value)) return documentProblem("", "must be a JSON Feed, which is an object with items")
  const { items } = value
  if (!Array.isArray(items)) return documentProblem("/items", items === undefined ? "is missing" : "must be an array")
  const withdrawals = withdrawalsOf(value, rules)
  const limitProblem = tooManyArticles(items.length + withdrawals.length, limit)
  if (limitProblem) return limitProblem
  const warnings = versionWarnings(value.version)
  const inheritedMembers = inheritedMembersOf(value, (warning) => warnings.push(warning))
  const base = baseOf(textOf(value.home_page_url), textOf(value.feed_url), address)
  const drafts = items.map((item, at) => draftOf(item, at, { inheritedMembers, base, rules, warnings }))
  return { drafts: [...drafts, ...withdrawals] }
}

function documentProblem(pointer: string, detail: string): { problem: ParseProblem } {
  const problem = { code: "invalid_document" as const, detail: `${pointer || "The body"} ${detail}` }
  return { problem: { ...problem, errors: [{ pointer, detail }] } }
}

/** An unknown version gives only a warning, because later versions may only add members. */
function versionWarnings(version: unknown): string[] {
  if (typeof version === "string" && VERSIONS.includes(version)) return []
  if (version === undefined) return [`version is missing: the feed was read as ${VERSIONS[0]}`]
  return [`version ${(JSON.stringify(version) ?? "").slice(0, 100)} is unknown: the feed was read as ${VERSIONS[0]}`]
}

/** Returns the members of the feed that its items inherit: authors and language (JSON Feed 1.1, "Top-level"). */
function inheritedMembersOf({ authors, author, language }: Members, warn: Warn): Members {
  const feedMembers = copyWithoutEmpty({ authors, author, language }, 4) as Members
  const authorList = inheritable(
    feedMembers.authors ?? (feedMembers.author === undefined ? undefined : [feedMembers.author]),
    "authors",
    warn,
  )
  const feedLanguage = inheritable(feedMembers.language, "language", warn)
  return {
    ...(authorList !== undefined && { authors: authorList }),
    ...(feedLanguage !== undefined && { language: feedLanguage }),
  }
}

interface FeedContext {
  inheritedMembers: Members
  /** The base of relative addresses. */
  base: string | undefined
  rules: TimeRules
  /** Warnings that every article gets. */
  warnings: string[]
}

function draftOf(
  item: unknown,
  at: number,
  { inheritedMembers, base, rules, warnings: sharedWarnings }: FeedContext,
): Draft {
  const pointer = `/items/${at}`
  const copy = copyWithoutEmpty(item, MAX_DEPTH)
  const warnings = [...sharedWarnings]
  const itemWithTimes = isObject(copy) ? withTimes(itemOf(copy, inheritedMembers, base), rules, warnings) : undefined
  const value = itemWithTimes ?? copy ?? null
  const direction = isObject(copy) && hasDirectionWrapper(copy) ? ("rtl" as const) : undefined
  const feedLanguage = languageOf(textOf(inheritedMembers.language))
  const bodyBase = isObject(value) ? baseOfBody(value, base, false) : undefined
  const hasLostEmbargo = isObject(copy) && embargoOf(copy) !== undefined && embargoOf(value) === undefined
  return {
    ...{ pointer, raw: JSON.stringify(value), writtenTimes: writtenTimesOf(copy), value, deleted: false },
    ...statedLanguage(direction, feedLanguage, isObject(value) ? value : {}),
    ...(bodyBase !== undefined && { base: bodyBase }),
    // An article whose embargo cannot be read must not be published.
    ...(hasLostEmbargo && { refusal: "has an embargo that cannot be read: it is not a time with its zone" }),
    ...(warnings.length > 0 && { warnings }),
  }
}

const textOf = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined)

/** Returns the embargo of an item. `false` and 0 mean that there is no embargo. */
function embargoOf(item: unknown): unknown {
  const { embargo } = isObject(item) && isObject(item._feedwire) ? item._feedwire : {}
  return embargo === false || embargo === 0 ? undefined : embargo
}

function writtenTimesOf(item: unknown): unknown[] {
  if (!isObject(item)) return []
  const { embargo, correction } = isObject(item._feedwire) ? item._feedwire : {}
  return [item.date_published, item.date_modified, embargo, isObject(correction) ? correction.at : undefined]
}

/** Replaces the times by times of RFC 3339. A time that cannot be read is left out. */
function withTimes(item: Members, rules: TimeRules, warnings: string[]): Members {
  const warn = (warning: string) => warnings.push(warning)
  const { _feedwire: extension } = item
  const embargo = firstTime([embargoOf(item)], { name: "_feedwire.embargo", rules, warn, isExact: true })
  const dateModified = firstTime([item.date_modified], { name: "date_modified", rules, warn })
  const datePublished = publishedTime([item.date_published], dateModified, { rules: withLatest(rules, embargo), warn })
  for (const [name, time] of Object.entries({ date_published: datePublished, date_modified: dateModified })) {
    if (typeof item[name] === "number" && time !== undefined) warn(`${name} is a number; it was read as ${time}`)
  }
  const itemWithTimes = withMember(withMember(item, "date_published", datePublished), "date_modified", dateModified)
  if (!isObject(extension)) return itemWithTimes
  const { correction } = extension
  const at = isObject(correction)
    ? firstTime([correction.at], { name: "_feedwire.correction.at", rules, warn })
    : undefined
  return {
    ...itemWithTimes,
    _feedwire: {
      ...withMember(extension, "embargo", embargo),
      ...(isObject(correction) && { correction: withMember(correction, "at", at) }),
    },
  }
}

/** Copies the members, and replaces one of them or leaves it out. */
function withMember(members: Members, name: string, value: unknown): Members {
  const others = omitMembers(members, [name])
  return value === undefined ? others : { ...others, [name]: value }
}

function itemOf(item: Members, inheritedMembers: Members, base: string | undefined): Members {
  const ownItem = withoutFeedAdditions(item)
  const { authors } = inheritedMembers
  const ownLanguage = ownItem.language ?? inheritedMembers.language
  const language = typeof ownLanguage === "string" ? ownLanguage.replaceAll("_", "-") : ownLanguage
  const ownAuthors = [ownItem.authors, ownItem.author].flat()
  const hasAuthors = ownAuthors.some((each) => isObject(each) && personName(textOf(each.name) ?? "") !== "")
  const members = {
    ...withSections(ownItem),
    ...(authors !== undefined && !hasAuthors && { authors }),
    ...(language !== undefined && { language }),
    // "If an id is presented as a number or other type, a JSON Feed reader should coerce it to a string" ("Items").
    ...(ownItem.id !== undefined && { id: typeof ownItem.id === "object" ? ownItem.id : String(ownItem.id) }),
  }
  return base === undefined ? members : (withAbsoluteAddresses(members, base) as Members)
}

const ADDRESS_MEMBERS = new Set(["url", "external_url", "image", "banner_image", "avatar", "license"])

/** Resolves the relative addresses of an item, its authors and its attachments. */
function withAbsoluteAddresses(value: unknown, base: string): unknown {
  if (Array.isArray(value)) return value.map((each) => withAbsoluteAddresses(each, base))
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => {
      const isRelative = ADDRESS_MEMBERS.has(name) && typeof member === "string" && !isHttp(member.trim())
      return [name, isRelative ? resolveUrl(member, base) : withAbsoluteAddresses(member, base)]
    }),
  )
}

/** JSON Feed has no sections, so tags are also read as section names, unless the item has `_feedwire.sections`. */
function withSections({ tags, _feedwire: extension, ...item }: Members): Members {
  const ownExtension = isObject(extension) ? extension : {}
  if (!Array.isArray(tags) || ownExtension.sections !== undefined) {
    return { ...item, ...(tags !== undefined && { tags }), ...(extension !== undefined && { _feedwire: extension }) }
  }
  const names = tags.filter((tag): tag is string => typeof tag === "string")
  const { sections, tags: rest } = splitCategories(names.map((name) => ({ name, scheme: undefined })))
  return { ...item, ...(rest.length > 0 && { tags: rest }), _feedwire: { ...ownExtension, sections } }
}

/** Removes additions of our own feeds: direction marks, pictures of the body, and the text of a correction. */
function withoutFeedAdditions(item: Members): Members {
  const text = repeatsSummary(item) ? omitMembers(item, ["content_text"]) : item
  const extension = text._feedwire
  if (!isObject(extension)) return text
  const { correction } = extension
  const note = isObject(correction) && typeof correction.note === "string" ? correction.note : undefined
  const { content_html: html, title, summary } = text
  const isDerived = isObject(extension.image) && extension.image.derived === true
  const noteHtml = note === undefined ? "" : `\n<p><em>${escapeText(note)}</em></p>`
  const body = typeof html === "string" && hasDirectionWrapper(item) ? withoutDirectionWrapper(html) : html
  return {
    ...(isDerived ? omitMembers(text, ["image"]) : text),
    ...(typeof title === "string" && { title: withoutDirectionMarks(title) }),
    ...(typeof summary === "string" && {
      summary: withoutEnd(withoutDirectionMarks(summary), html === undefined ? (note ?? "") : ""),
    }),
    ...(typeof body === "string" && { content_html: withoutEnd(body, noteHtml) }),
    _feedwire: membersWithoutMarks(omitMembers(extension, isDerived ? [...WIRE_MEMBERS, "image"] : WIRE_MEMBERS)),
  }
}

/** Whether our own feed has put an element with the direction around the body. */
function hasDirectionWrapper({ content_html: html, _feedwire: extension }: Members): boolean {
  const isOurs = isObject(extension) && extension.direction === "rtl"
  return isOurs && typeof html === "string" && withoutDirectionWrapper(html) !== html
}

/** Whether the text only repeats the summary or the title, as our own feeds do if an article has no body. */
function repeatsSummary({ content_html, content_text, summary, title }: Members): boolean {
  return content_html === undefined && content_text !== undefined && [summary ?? title, title].includes(content_text)
}

function withoutEnd(text: string, end: string): string {
  return end !== "" && text.endsWith(end) ? text.slice(0, -end.length).trimEnd() : text
}

function omitMembers(members: Members, names: string[]): Members {
  return Object.fromEntries(Object.entries(members).filter(([name]) => !names.includes(name)))
}

function membersWithoutMarks(members: Members): Members {
  return Object.fromEntries(
    Object.entries(members).map(([name, value]) => {
      if (typeof value === "string") return [name, withoutDirectionMarks(value)]
      return [name, isObject(value) ? membersWithoutMarks(value) : value]
    }),
  )
}

/**
 * Withdraws the deleted articles that our own feeds list. Articles that only moved to other feeds are not deleted, so
 * they are left out.
 */
function withdrawalsOf({ _feedwire: extension }: Members, rules: TimeRules): Draft[] {
  if (!isObject(extension) || !Array.isArray(extension.deleted)) return []
  return extension.deleted.flatMap((each: unknown, at): Draft[] => {
    if (!isObject(each) || typeof each.id !== "string" || each.reason === "moved") return []
    const warnings: string[] = []
    const warn = (warning: string) => warnings.push(warning)
    const time = firstTime([each.date_deleted], { name: "date_deleted", rules, warn })
    const value = { id: each.id, ...(time !== undefined && { date_modified: time }) }
    const pointer = `/_feedwire/deleted/${at}`
    const writtenTimes = [each.date_deleted]
    return [
      {
        pointer,
        raw: JSON.stringify(value),
        writtenTimes,
        value,
        deleted: true,
        ...(warnings.length > 0 && { warnings }),
      },
    ]
  })
}

function isObject(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

/** Copies a value without levels below `depth`, and without null and empty texts, which stand for missing members. */
function copyWithoutEmpty(value: unknown, depth: number): unknown {
  if (value === null || value === "") return undefined
  if (typeof value !== "object") return value
  if (depth === 0) return undefined
  if (Array.isArray(value))
    return value.map((each) => copyWithoutEmpty(each, depth - 1)).filter((each) => each !== undefined)
  return Object.fromEntries(
    Object.entries(value)
      .map(([name, member]) => [name, copyWithoutEmpty(member, depth - 1)])
      .filter(([, member]) => member !== undefined),
  )
}
