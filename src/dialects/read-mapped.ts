/** Reads the JSON of other systems by a mapping. It never throws, whatever the body is. Pure. */
import { firstTime, NO_RULES, publishedTime, type TimeRules, withLatest } from "./dates.ts"
import type { Draft } from "./item-schema.ts"
import {
  asText,
  entriesOf,
  type LocatedValue,
  MAX_VALUES,
  ownMember,
  resolvePointer,
  withoutEmpty,
} from "./json-values.ts"
import type { Mapping, MappingCondition, MappingPlace } from "./mapping-schema.ts"
import { MAX_ARTICLES, type ParseResult } from "./message.ts"
import { hasTestFlag, hasTestHeader, isArticleOfTest, isTestBody } from "./test-events.ts"

/**
 * All articles that a mapping reads from one message may have this many characters together, as JSON. Only a mapping that
 * copies one long member of the message into many articles reaches this limit.
 */
const MAX_CHARACTERS = 4 * 1024 * 1024

/** An article, and the message that contains it. */
interface Origin {
  article: unknown
  body: unknown
  headers: Headers
}

/** @returns a draft for each article; none for a test, or if the mapping finds that the message has another subject */
export function readMapped(
  body: unknown,
  headers: Headers,
  mapping: Mapping,
  rules: TimeRules = NO_RULES,
): ParseResult {
  const result = readArticles(body, headers, mapping, rules)
  const namesTest = hasTestHeader(headers)
  const isFlagged = hasTestFlag(body) && "drafts" in result && result.drafts.some(({ deleted }) => deleted)
  if (!namesTest && !isFlagged && !isTestBody(body)) return result
  const articles = findArticles(body, headers, mapping)
  const isArticle =
    "drafts" in result &&
    result.drafts.some(({ deleted, value }) => {
      // Only a type such as "test" may be that of an article. A test event deletes none.
      if (deleted) return !namesTest && !isFlagged && !isTestBody(body, false)
      return isArticleOfTest(body, value, articles.length === 1 ? ownMember(articles[0]?.value, "name") : undefined)
    })
  return isArticle ? result : { drafts: [] }
}

function readArticles(body: unknown, headers: Headers, mapping: Mapping, rules: TimeRules): ParseResult {
  if (typeof body !== "object" || body === null)
    return invalidMessage("The body is neither a JSON object nor an array.")
  const articles = findArticles(body, headers, mapping)
  if (articles.length === 0) {
    const places = pointersOf(mapping.items).map(describePointer).join(", ")
    return invalidMessage(
      places === ""
        ? "No article was found: the whole body was read."
        : `No article was found; these pointers were read: ${places}.`,
    )
  }
  if (articles.length > MAX_ARTICLES) {
    const detail = `The message holds more than ${MAX_ARTICLES} articles. Split it.`
    return { problem: { code: "body_too_large", detail } }
  }
  const drafts: Draft[] = []
  let characters = 0
  for (const { pointer, value } of articles) {
    const origin = { article: value, body, headers }
    if (mapping.only && !matchesAny(origin, mapping.only)) continue
    const draft = draftOf(origin, pointer, mapping, rules)
    characters += draft.raw.length
    if (characters > MAX_CHARACTERS) {
      const detail = `With the members that they have in common, the articles have more than ${MAX_CHARACTERS} characters. Split the message.`
      return { problem: { code: "body_too_large", detail } }
    }
    drafts.push(draft)
  }
  return { drafts }
}

const invalidMessage = (detail: string): ParseResult => ({ problem: { code: "invalid_message", detail } })
const pointersOf = (place: MappingPlace | undefined): string[] => (place === undefined ? [] : [place].flat())
const describePointer = (pointer: string): string => (pointer === "" ? "the whole body" : pointer)

/** Finds the articles of a message. A pointer may lead to a list or to the entries of a list. */
function findArticles(body: unknown, headers: Headers, mapping: Mapping): LocatedValue[] {
  let fallback: LocatedValue[] = []
  for (const place of pointersOf(mapping.items ?? "")) {
    const values = resolvePointer(body, bodyPointer(place) ?? place).flatMap((value) =>
      Array.isArray(value.value) ? entriesOf(value) : [value],
    )
    const objects = values.filter(({ value }) => typeof value === "object" && value !== null)
    if (objects.some(({ value }) => firstUsable({ article: value, body, headers }, mapping.id, asText) !== undefined)) {
      return values
    }
    if (fallback.length === 0 && objects.length > 0) fallback = values
  }
  return fallback
}

const bodyPointer = (pointer: string): string | undefined =>
  pointer.startsWith("#") ? decodeURIComponent(pointer.slice(1)) : undefined

/** Null and blank texts count as missing. */
const hasContent = (value: unknown): boolean => value !== null && (typeof value !== "string" || value.trim() !== "")

function valuesAt({ article, body }: Origin, pointer: string): unknown[] {
  const top = bodyPointer(pointer)
  const values = top === undefined ? resolvePointer(article, pointer) : resolvePointer(body, top)
  return values.map(({ value }) => value)
}

const nonEmptyValuesAt = (origin: Origin, pointer: string): unknown[] => valuesAt(origin, pointer).filter(hasContent)

function matchesAny(origin: Origin, conditions: MappingCondition[]): boolean {
  return conditions.some((condition) => {
    const values =
      "header" in condition
        ? [origin.headers.get(condition.header) ?? undefined]
        : pointersOf(condition.pointer).flatMap((pointer) => valuesAt(origin, pointer))
    // null often means that a date is not set, so it is not compared with the text "null".
    const texts = condition.equals.filter((each) => each !== null).map(String)
    return values.some((value) =>
      value === null ? condition.equals.includes(null) : typeof value !== "object" && texts.includes(String(value)),
    )
  })
}

/** Returns the first usable value. An unusable value gets a warning only if no value is usable. */
function firstUsable(
  origin: Origin,
  place: MappingPlace | undefined,
  read: (value: unknown) => string | undefined,
  warn?: (pointer: string, value: unknown) => void,
): string | undefined {
  const unusableValues: [pointer: string, value: unknown][] = []
  for (const pointer of pointersOf(place)) {
    for (const value of nonEmptyValuesAt(origin, pointer)) {
      const usableValue = read(value)
      if (usableValue !== undefined) return usableValue
      unusableValues.push([pointer, value])
    }
  }
  const [firstUnusable] = unusableValues
  if (firstUnusable !== undefined) warn?.(...firstUnusable)
  return undefined
}

/** Returns the usable entries, without repetitions, at the first pointer that has usable entries. */
function allUsable(
  origin: Origin,
  place: MappingPlace | undefined,
  warn: (pointer: string, value: unknown) => void,
): string[] {
  let unusableValue: [pointer: string, value: unknown] | undefined
  for (const pointer of pointersOf(place)) {
    const values = nonEmptyValuesAt(origin, pointer)
      .flatMap((value) => (Array.isArray(value) ? entriesOf({ pointer, value }).map((entry) => entry.value) : [value]))
      .filter(hasContent)
      .slice(0, MAX_VALUES)
    const usableTexts = values.flatMap((value) => asText(value) ?? [])
    const otherValue = values.find((value) => asText(value) === undefined)
    if (usableTexts.length > 0) {
      if (otherValue !== undefined) warn(pointer, otherValue)
      return [...new Set(usableTexts)]
    }
    if (otherValue !== undefined) unusableValue ??= [pointer, otherValue]
  }
  if (unusableValue !== undefined) warn(...unusableValue)
  return []
}

function draftOf(origin: Origin, pointer: string, mapping: Mapping, rules: TimeRules): Draft {
  const warnings: string[] = []
  const warn = (member: string, kind: string) => (pointer: string, value: unknown) => {
    warnings.push(`${member}: ${describePointer(pointer)} holds ${describeValue(value)}, not ${kind}; it was left out`)
  }
  const text = (member: TextMember) => firstUsable(origin, mapping[member], asText, warn(member, "text"))
  const valuesOf = (place: MappingPlace | undefined) =>
    pointersOf(place).flatMap((pointer) => nonEmptyValuesAt(origin, pointer))
  const warnAboutTime = (warning: string) => warnings.push(warning)
  const moment = (name: string, values: unknown[]) =>
    firstTime(values, { name, rules, warn: warnAboutTime, isExact: true })
  const list = (member: ListMember) => allUsable(origin, mapping[member], warn(member, "text"))

  const id = text("id")
  if (id === undefined) warnings.push(`No id was found; these pointers were read: ${pointersOf(mapping.id).join(", ")}`)
  const deleted = mapping.deletion !== undefined && matchesAny(origin, mapping.deletion)
  // `false` and 0 mean that there is no embargo.
  const embargoes = valuesOf(mapping.embargo).filter((value) => value !== false && value !== 0)
  const embargo = moment("embargo", embargoes)
  // An article with an unreadable embargo must not be published.
  const unreadableEmbargo = embargo === undefined ? embargoes[0] : undefined
  if (unreadableEmbargo !== undefined && !deleted) {
    const refusal = `has an embargo that cannot be read: ${describeValue(unreadableEmbargo)} is not a time with its zone`
    return { pointer, raw: refusal, value: withoutEmpty({ id }), deleted, refusal, warnings }
  }
  const dateModified = moment("date_modified", valuesOf(mapping.updated))
  const value = deleted
    ? withoutEmpty({ id, date_modified: dateModified })
    : withoutEmpty({
        id,
        url: absoluteUrl(text("url"), mapping.url_base),
        title: text("title"),
        content_html: text("html"),
        content_text: text("text"),
        summary: text("summary"),
        image: absoluteUrl(text("image"), mapping.image_base),
        date_published: publishedTime(valuesOf(mapping.published), dateModified, {
          rules: withLatest(rules, embargo),
          warn: warnAboutTime,
        }),
        date_modified: dateModified,
        authors: list("authors").map((name) => ({ name })),
        tags: list("tags"),
        language: text("language"),
        _feedwire: withoutEmpty({
          sections: list("sections"),
          subtitle: text("subtitle"),
          dateline: text("dateline"),
          license: text("license"),
          image: withoutEmpty({
            caption: text("image_caption"),
            credit: text("image_credit"),
            alt: text("image_alt"),
          }),
          embargo,
        }),
      })
  // The hash is made from the item and not from the bytes, so that the same bytes are new after a change of the
  // mapping.
  const contentPointers = [mapping.title, mapping.html, mapping.text, mapping.summary].flatMap(pointersOf)
  if (!deleted && contentPointers.length > 0 && valuesOf(contentPointers).length === 0)
    warnings.push(`No title and no text was found; these pointers were read: ${contentPointers.join(", ")}`)
  return { pointer, raw: JSON.stringify(value), value, deleted, ...(warnings.length > 0 && { warnings }) }
}

type ListMember = "sections" | "tags" | "authors"
type TextMember = Exclude<
  keyof Mapping,
  ListMember | "published" | "updated" | "embargo" | "items" | "only" | "deletion" | "url_base" | "image_base"
>

function describeValue(value: unknown): string {
  if (Array.isArray(value)) return "an array"
  if (typeof value === "object") return "an object"
  if (typeof value === "number" && asText(value) === undefined) return "a number too large to be exact"
  return typeof value === "string" ? `“${value.slice(0, 40)}”` : String(value)
}

function absoluteUrl(text: string | undefined, base: string | undefined): string | undefined {
  if (text === undefined || base === undefined || /^https?:\/\//i.test(text)) return text
  return base.replace("{value}", () => text.replace(/^\/+/, ""))
}
