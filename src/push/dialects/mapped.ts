/**
 * Messages of systems that send JSON of their own, read by a mapping. Pure: a parsed body and its headers in, drafts or a
 * problem out. It never throws, whatever the body holds.
 */
import type { Draft } from "./item.ts"
import type { Condition, Mapping, Place } from "./mapping.ts"
import { MAX_ARTICLES, type Reading } from "./message.ts"
import { asDate, asMoment, asText, entriesOf, type Found, MOST, present, resolve } from "./values.ts"

/**
 * Characters of all drafts of a message, as JSON: what stands at its top may be repeated in each, and 100 articles that repeat
 * 1 MiB are more than a Worker can hold. No message has as many that repeats nothing.
 */
const MAX_CHARACTERS = 4 * 1024 * 1024

/** One article in its message. */
interface Origin {
  article: unknown
  body: unknown
  headers: Headers
}

/** @returns a draft for each article; none if the message tells of something else, by what the mapping says. */
export function readMapped(body: unknown, headers: Headers, mapping: Mapping): Reading {
  if (typeof body !== "object" || body === null) return invalid("The body is neither a JSON object nor an array.")
  const articles = articlesIn(body, headers, mapping)
  if (articles.length === 0) {
    const tried = listed(mapping.items).map(named).join(", ")
    return invalid(`No article was found: ${tried || "the whole body"} was tried.`)
  }
  if (articles.length > MAX_ARTICLES) {
    const detail = `The message holds more than ${MAX_ARTICLES} articles. Split it.`
    return { problem: { code: "body_too_large", detail } }
  }
  const drafts: Draft[] = []
  let characters = 0
  for (const { pointer, value } of articles) {
    const origin = { article: value, body, headers }
    if (mapping.only && !fulfils(origin, mapping.only)) continue
    const draft = draftOf(origin, pointer, mapping)
    characters += draft.raw.length
    if (characters > MAX_CHARACTERS) {
      const detail = `With what they share, the articles come to more than ${MAX_CHARACTERS} characters. Split the message.`
      return { problem: { code: "body_too_large", detail } }
    }
    drafts.push(draft)
  }
  return { drafts }
}

const invalid = (detail: string): Reading => ({ problem: { code: "invalid_message", detail } })
const listed = (place: Place | undefined): string[] => (place === undefined ? [] : [place].flat())
const named = (pointer: string): string => (pointer === "" ? "the whole body" : pointer)

/** A list may be named by itself or by its entries. */
function articlesIn(body: unknown, headers: Headers, mapping: Mapping): Found[] {
  let other: Found[] = []
  for (const place of listed(mapping.items ?? "")) {
    const found = resolve(body, fromTop(place) ?? place).flatMap((one) =>
      Array.isArray(one.value) ? entriesOf(one) : [one],
    )
    const objects = found.filter(({ value }) => typeof value === "object" && value !== null)
    if (objects.some(({ value }) => first({ article: value, body, headers }, mapping.id, asText) !== undefined)) {
      return found
    }
    if (other.length === 0 && objects.length > 0) other = found
  }
  return other
}

const fromTop = (pointer: string): string | undefined =>
  pointer.startsWith("#") ? decodeURIComponent(pointer.slice(1)) : undefined

/** null and blanks say as little as a member that is not there. */
const says = (value: unknown): boolean => value !== null && (typeof value !== "string" || value.trim() !== "")

function standingAt({ article, body }: Origin, pointer: string): unknown[] {
  const top = fromTop(pointer)
  const found = top === undefined ? resolve(article, pointer) : resolve(body, top)
  return found.map(({ value }) => value)
}

const valuesAt = (origin: Origin, pointer: string): unknown[] => standingAt(origin, pointer).filter(says)

function fulfils(origin: Origin, conditions: Condition[]): boolean {
  return conditions.some((condition) => {
    const values =
      "header" in condition
        ? [origin.headers.get(condition.header) ?? undefined]
        : listed(condition.pointer).flatMap((pointer) => standingAt(origin, pointer))
    // null is a date that was not set, and is not the text "null".
    const wanted = condition.equals.filter((each) => each !== null).map(String)
    return values.some((value) =>
      value === null ? condition.equals.includes(null) : typeof value !== "object" && wanted.includes(String(value)),
    )
  })
}

/** The first usable value. What stands in its place is worth a word only if there is none. */
function first(
  origin: Origin,
  place: Place | undefined,
  read: (value: unknown) => string | undefined,
  complain?: (pointer: string, value: unknown) => void,
): string | undefined {
  const unusable: [pointer: string, value: unknown][] = []
  for (const pointer of listed(place)) {
    for (const value of valuesAt(origin, pointer)) {
      const usable = read(value)
      if (usable !== undefined) return usable
      unusable.push([pointer, value])
    }
  }
  const [one] = unusable
  if (one !== undefined) complain?.(...one)
  return undefined
}

/** All usable entries of the first place that has any, each once. */
function all(origin: Origin, place: Place | undefined, complain: (pointer: string, value: unknown) => void): string[] {
  let unusable: [pointer: string, value: unknown] | undefined
  for (const pointer of listed(place)) {
    const values = valuesAt(origin, pointer)
      .flatMap((value) => (Array.isArray(value) ? entriesOf({ pointer, value }).map((entry) => entry.value) : [value]))
      .filter(says)
      .slice(0, MOST)
    const usable = values.flatMap((value) => asText(value) ?? [])
    const other = values.find((value) => asText(value) === undefined)
    if (usable.length > 0) {
      if (other !== undefined) complain(pointer, other)
      return [...new Set(usable)]
    }
    if (other !== undefined) unusable ??= [pointer, other]
  }
  if (unusable !== undefined) complain(...unusable)
  return []
}

function draftOf(origin: Origin, pointer: string, mapping: Mapping): Draft {
  const warnings: string[] = []
  const complain = (member: string, kind: string) => (pointer: string, value: unknown) => {
    warnings.push(`${member}: ${named(pointer)} holds ${described(value)}, not ${kind}; it was left out`)
  }
  const text = (member: TextMember) => first(origin, mapping[member], asText, complain(member, "text"))
  const date = (member: "published") => first(origin, mapping[member], asDate, complain(member, "a time"))
  const moment = (member: "updated" | "embargo") =>
    first(origin, mapping[member], asMoment, complain(member, "a time with its zone"))
  const list = (member: ListMember) => all(origin, mapping[member], complain(member, "text"))

  const id = text("id")
  if (id === undefined) warnings.push(`No id was found: ${listed(mapping.id).join(", ")} was tried`)
  const deleted = mapping.deletion !== undefined && fulfils(origin, mapping.deletion)
  const embargo = moment("embargo")
  // Nobody shall read before its time what says that it has one. `false` and 0 are a box that was not ticked.
  const unread = embargo === undefined ? embargoes(origin, mapping.embargo)[0] : undefined
  if (unread !== undefined && !deleted) {
    const refused = `has an embargo that cannot be read: ${described(unread)} is no time with its zone`
    return { pointer, raw: refused, value: present({ id }), deleted, refused, warnings }
  }
  const value = deleted
    ? present({ id, date_modified: moment("updated") })
    : present({
        id,
        url: address(text("url"), mapping.url_base),
        title: text("title"),
        content_html: text("html"),
        content_text: text("text"),
        summary: text("summary"),
        image: address(text("image"), mapping.image_base),
        date_published: date("published"),
        date_modified: moment("updated"),
        authors: list("authors").map((name) => ({ name })),
        tags: list("tags"),
        language: text("language"),
        _feedwire: present({
          sections: list("sections"),
          subtitle: text("subtitle"),
          dateline: text("dateline"),
          image: present({
            caption: text("image_caption"),
            credit: text("image_credit"),
            alt: text("image_alt"),
          }),
          embargo,
        }),
      })
  // The item and not what was sent: a mended mapping makes another article of the same bytes.
  return { pointer, raw: JSON.stringify(value), value, deleted, ...(warnings.length > 0 && { warnings }) }
}

const embargoes = (origin: Origin, place: Place | undefined): unknown[] =>
  listed(place)
    .flatMap((pointer) => valuesAt(origin, pointer))
    .filter((value) => value !== false && value !== 0)

type ListMember = "sections" | "tags" | "authors"
type TextMember = Exclude<
  keyof Mapping,
  ListMember | "published" | "updated" | "embargo" | "items" | "only" | "deletion" | "url_base" | "image_base"
>

function described(value: unknown): string {
  if (Array.isArray(value)) return "an array"
  if (typeof value === "object") return "an object"
  if (typeof value === "number" && asText(value) === undefined) return "a number too large to be exact"
  return typeof value === "string" ? `“${value.slice(0, 40)}”` : String(value)
}

function address(text: string | undefined, base: string | undefined): string | undefined {
  if (text === undefined || base === undefined || /^https?:\/\//i.test(text)) return text
  return base.replace("{value}", () => text.replace(/^\/+/, ""))
}
