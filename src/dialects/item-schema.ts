/** Defines the schema of an article in a message: a JSON Feed 1.1 item with our own members in `_feedwire`. Pure. */
import * as v from "valibot"
import { hasRelativeAddress } from "../html/relative-addresses.ts"
import { balanceDirections, type Direction } from "../text/direction.ts"
import { LANGUAGE_TAG } from "../text/language.ts"
import { textFromSender } from "../text/legal-text.ts"
import { nearMatches } from "../text/near-matches.ts"
import { parseTime } from "../text/rfc3339.ts"
import { parseUrl, toUri } from "../text/uri.ts"
import { unknownMembers } from "./unknown-members.ts"

const MAX_ID_CHARACTERS = 1000
/** How many entries each list of an article may have. */
export const LIMITS = { authors: 50, tags: 32, attachments: 20, _feedwire: { sections: 10, related: 20 } } as const
/** How many entries of a list are validated, because a body of 1 MiB may contain half a million. */
const MAX_ENTRIES = 1000
/** How many problems and unknown members of an article are listed. The others are only counted. */
const MAX_PROBLEMS = 50
const MAX_NAMED_MEMBERS = 10

export interface StatedLanguage {
  /** The language of the feed, if the article has another one. */
  feedLanguage?: string | undefined
  /** The direction of the element around the body, which the dialect removed. */
  direction?: Direction | undefined
}

/** An article that a dialect has read and that is not yet validated. */
export interface Draft {
  /** The place in the body: a JSON Pointer (RFC 6901), or in XML a path such as /rss/channel/item[3]. */
  pointer: string
  /** The part of the body that can change the article. Its hash shows whether the article changed. */
  raw: string
  /** The times of an entry of a document as they are written, because their meaning depends on the publisher's settings. */
  writtenTimes?: unknown[]
  /** A JSON Feed item. Its times have the form of RFC 3339. */
  value: unknown
  /** The value after its validation, if fitDraft() has validated it. */
  item?: Item | undefined
  deleted: boolean
  /** What the message says about the language and direction of the article besides its members. */
  stated?: StatedLanguage
  /** The base of relative addresses in the body, if it is not the article's own address. */
  base?: string
  /** The reason why the article must be rejected, even if its other members are valid. */
  refusal?: string
  /** One sentence for each member that the dialect left out or changed. */
  warnings?: string[]
}

export interface BodyError {
  /** The same place as in Draft. */
  pointer: string
  detail: string
}

/** An article that is valid, or rejected with all its errors. */
export interface ParsedItem {
  pointer: string
  raw: string
  /** See Draft. Only entries of documents have it. */
  writtenTimes?: unknown[] | undefined
  deleted: boolean
  guid: string | undefined
  stated: StatedLanguage
  base?: string | undefined
  item?: Item
  errors: BodyError[]
  warnings: string[]
}

/** Removes characters that no feed can contain: NUL, other control characters, and lone surrogates. */
const cleanText = v.pipe(v.string("must be a string"), v.transform(textFromSender))
const text = (limit: number) => v.pipe(cleanText, v.maxLength(limit, `must have at most ${limit} characters`))
const nonEmptyText = (limit: number) =>
  v.pipe(
    text(limit),
    v.check((value) => value.trim() !== "", "must not be empty"),
  )
/** Text for readers, in which every direction mark is closed: otherwise it would reorder the text beside it. */
const words = (limit: number) => v.pipe(text(limit), v.transform(balanceDirections))
const nonEmptyWords = (limit: number) => v.pipe(nonEmptyText(limit), v.transform(balanceDirections))
const url = v.pipe(
  text(2048),
  v.check((value) => {
    const parsed = parseUrl(value)
    return parsed !== undefined && /^https?:$/.test(parsed.protocol) && parsed.username === "" && parsed.password === ""
  }, "must be an absolute http or https URL without credentials"),
  v.transform((value) => toUri(value)),
)

export const time = v.pipe(
  v.string("must be a string: an RFC 3339 time such as 2026-11-23T08:30:00Z"),
  v.check((value) => !Number.isNaN(parseTime(value)), "must be an RFC 3339 time such as 2026-11-23T08:30:00Z"),
  v.transform(parseTime),
  v.minValue(0, "must not be before 1970"),
)
const language = v.pipe(text(35), v.regex(LANGUAGE_TAG, "must be a BCP 47 language tag such as ar or fr-CA"))
// Only safe integers are allowed: a larger number is written as 1e+21, which no feed reader reads as a number.
const NUMBER = "must be a number below 2^53"
const integer = v.pipe(
  v.number(NUMBER),
  v.check(
    (value: number) => Number.isSafeInteger(value),
    ({ input }) => (Math.abs(input) > Number.MAX_SAFE_INTEGER ? NUMBER : "must be whole"),
  ),
)
const positive = v.pipe(integer, v.minValue(1, "must be at least 1"))
const nonNegative = v.pipe(integer, v.minValue(0, "must not be negative"))
// JSON allows 1e999, which JSON.parse reads as Infinity and JSON.stringify writes as null.
const seconds = v.pipe(v.number(NUMBER), v.finite("must be finite"), v.minValue(0, "must not be negative"))
const list = <const S extends v.GenericSchema>(schema: S, limit: number) =>
  v.pipe(
    v.array(v.unknown(), "must be an array"),
    v.maxLength(MAX_ENTRIES, `must have at most ${limit} entries`),
    v.array(schema),
    v.maxLength(limit, `must have at most ${limit} entries`),
  )
const object = <const E extends v.ObjectEntries>(entries: E) => v.object(entries, "must be an object")

const ExtensionSchema = object({
  sections: v.optional(list(nonEmptyWords(100), LIMITS._feedwire.sections)),
  subtitle: v.optional(words(1000)),
  dateline: v.optional(words(300)),
  image: v.optional(
    object({
      caption: v.optional(words(2000)),
      credit: v.optional(words(300)),
      alt: v.optional(words(2000)),
      width: v.optional(positive),
      height: v.optional(positive),
    }),
  ),
  episode: v.optional(object({ number: v.optional(positive), season: v.optional(positive) })),
  embargo: v.optional(time),
  related: v.optional(list(object({ url, title: v.optional(words(500)) }), LIMITS._feedwire.related)),
  correction: v.optional(object({ note: nonEmptyWords(2000), at: v.optional(time) })),
  attribution: v.optional(object({ name: nonEmptyWords(200), url: v.optional(url) })),
  // Our own JSON Feeds have the notice and the license in an object.
  rights: v.optional(
    v.lazy((input) =>
      typeof input === "string" ? words(500) : object({ notice: v.optional(words(500)), license: v.optional(url) }),
    ),
  ),
  license: v.optional(url),
  backfill: v.optional(v.boolean("must be true or false")),
})

const author = object({ name: nonEmptyWords(200), url: v.optional(url), avatar: v.optional(url) })

const ItemSchema = object({
  id: nonEmptyText(MAX_ID_CHARACTERS),
  url: v.optional(url),
  external_url: v.optional(url),
  title: v.optional(words(1000)),
  content_html: v.optional(cleanText),
  content_text: v.optional(cleanText),
  summary: v.optional(words(5000)),
  image: v.optional(url),
  banner_image: v.optional(url),
  date_published: v.optional(time),
  date_modified: v.optional(time),
  authors: v.optional(list(author, LIMITS.authors)),
  /** A member of JSON Feed 1.0. Readers of 1.1 should accept it too ("Items"). */
  author: v.optional(author),
  tags: v.optional(list(nonEmptyWords(100), LIMITS.tags)),
  language: v.optional(language),
  attachments: v.optional(
    list(
      object({
        url,
        mime_type: v.pipe(text(127), v.regex(/^[\w.+-]+\/[\w.+-]+$/, "must be a media type such as audio/mpeg")),
        title: v.optional(words(500)),
        size_in_bytes: v.optional(nonNegative),
        duration_in_seconds: v.optional(seconds),
      }),
      LIMITS.attachments,
    ),
  ),
  _feedwire: v.optional(ExtensionSchema),
})

export type Item = v.InferOutput<typeof ItemSchema>

const DeletedSchema = object({ id: nonEmptyText(MAX_ID_CHARACTERS), date_modified: v.optional(time) })

const ITEM_MEMBERS = Object.keys(ItemSchema.entries)

/** Returns the valid item, or all issues. If a list is far too long, the issues of its entries are left out. */
export function validateItem(value: unknown, deleted: boolean): { item: Item } | { issues: v.BaseIssue<unknown>[] } {
  const result = v.safeParse(deleted ? DeletedSchema : ItemSchema, value)
  return result.success ? { item: result.output as Item } : { issues: result.issues }
}

/** Validates a draft strictly, because senders of our own format can correct it. fitDraft() fits other drafts first. */
export function checkDraft({
  pointer,
  raw,
  writtenTimes,
  value,
  item,
  deleted,
  stated = {},
  base,
  refusal,
  warnings = [],
}: Draft): ParsedItem {
  const result = item ? { item } : validateItem(value, deleted)
  const guid = (value as { id?: unknown } | null)?.id
  const commonMembers = {
    pointer,
    raw,
    writtenTimes,
    deleted,
    stated,
    base,
    // The row of the delivery stores the id even if the item is rejected, so the id is cleaned and cut here too.
    guid: typeof guid === "string" ? textFromSender(guid.slice(0, MAX_ID_CHARACTERS)) : undefined,
    warnings: [...warnings, ...unknownMemberWarnings(value)],
  }
  if (refusal !== undefined) return { ...commonMembers, errors: [{ pointer, detail: refusal }] }
  if (!("item" in result)) return { ...commonMembers, errors: problemsOf(result.issues, pointer) }
  const { url, external_url, content_html = "" } = result.item
  if ((base ?? url ?? external_url) === undefined && hasRelativeAddress(content_html)) {
    commonMembers.warnings.push("relative addresses in the body were removed, because the article has no url")
  }
  return { ...commonMembers, errors: [], item: result.item }
}

/** Warns about unknown members, which JSON Feed 1.1 §extensions allows, if their name is close to a known name. */
function unknownMemberWarnings(value: unknown): string[] {
  const members = unknownMembers(ItemSchema, value)
  const namesIn = (place: string) => members.filter(({ path }) => path.join("/") === place).map(({ name }) => name)
  return [
    ...misspellingWarnings(
      namesIn("").filter((name) => !name.startsWith("_")),
      ITEM_MEMBERS,
      "",
    ),
    ...misspellingWarnings(namesIn("_feedwire"), Object.keys(ExtensionSchema.entries), "_feedwire."),
  ]
}

function misspellingWarnings(unknownNames: string[], knownNames: string[], prefix: string): string[] {
  const warnings = unknownNames.slice(0, MAX_NAMED_MEMBERS).flatMap((name) => {
    const [suggestion] = nearMatches(name, knownNames)
    // JSON Feed allows other members, so only members of _feedwire and names close to a known name give a warning.
    if (suggestion === undefined && prefix === "") return []
    const hint = suggestion === undefined ? "" : `; did you mean ${prefix}${suggestion}?`
    return [`${prefix}${name.slice(0, 100)} is unknown and was ignored${hint}`]
  })
  if (unknownNames.length > MAX_NAMED_MEMBERS)
    warnings.push(`${unknownNames.length - MAX_NAMED_MEMBERS} more unknown members were ignored`)
  return warnings
}

export function problemsOf(issues: v.BaseIssue<unknown>[], base: string): BodyError[] {
  const problems = issues.slice(0, MAX_PROBLEMS).map((issue) => problemOf(issue, base))
  if (issues.length > MAX_PROBLEMS) {
    problems.push({ pointer: base, detail: `has ${issues.length - MAX_PROBLEMS} more problems` })
  }
  return problems
}

function problemOf(issue: v.BaseIssue<unknown>, base: string): BodyError {
  const path = (issue.path ?? []).map((step) => String(step.key).replaceAll("~", "~0").replaceAll("/", "~1"))
  // JSON has no undefined, so this means that the member is missing.
  return { pointer: [base, ...path].join("/"), detail: issue.received === "undefined" ? "is missing" : issue.message }
}
