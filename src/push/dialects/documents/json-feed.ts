/**
 * A JSON Feed 1.0 or 1.1 document → drafts. Its items are what drafts are, so they go through nearly as they are. Pure.
 * https://www.jsonfeed.org/version/1.1/
 */
import { escapeText } from "../../../formats/xml.ts"
import type { Draft } from "../item.ts"
import { type Reading, type ReadingProblem, tooMany } from "../message.ts"
import { unmarked, unwrapped } from "./markup.ts"
import { filedUnder, inheritable } from "./members.ts"

/** Arrays and objects inside of an item. Nothing that the wire knows is deeper. */
const DEPTH = 6

const VERSION = /^https?:\/\/(?:www\.)?jsonfeed\.org\/version\/1(?:\.[01])?\/?$/

/** What the wire's own feeds say of an article and nobody else can: pushing it again changes nothing of it. */
const OURS = ["guid", "version", "source", "direction", "also"]

type Members = Record<string, unknown>

/** Whether a body calls itself a JSON Feed, of whatever version. */
export function isJsonFeed(value: unknown): boolean {
  return isObject(value) && typeof value.version === "string" && /\bjsonfeed\.org\/version\//.test(value.version)
}

/**
 * All items of a document, also where it has more than a message may have.
 * @param value parsed JSON; the caller has refused what is nested too deep
 */
export function readJsonFeed(value: unknown, { articles }: { articles?: number } = {}): Reading {
  if (!isObject(value) || !isJsonFeed(value)) return refuse("/version", "must be https://jsonfeed.org/version/1.1")
  if (!VERSION.test(String(value.version))) return refuse("/version", "is a version that is unknown here; send 1.1")
  const { items } = value
  if (!Array.isArray(items)) return refuse("/items", items === undefined ? "is missing" : "must be an array")
  const refused = tooMany(items.length, articles ?? Number.POSITIVE_INFINITY)
  if (refused !== undefined) return refused
  const inherited = inheritedOf(value)
  return { drafts: [...items.map((item, at) => draftOf(item, at, inherited)), ...withdrawalsOf(value)] }
}

function refuse(pointer: string, detail: string): { problem: ReadingProblem } {
  return { problem: { code: "invalid_document", detail: `${pointer} ${detail}`, errors: [{ pointer, detail }] } }
}

/** Items that name no author or language have those of the feed ("Top-level"). */
function inheritedOf(feed: Members): Members {
  const { authors, author, language } = copied(feed, 4) as Members
  const named = authors ?? (author === undefined ? undefined : [author])
  const [kept] = inheritable([Array.isArray(named) ? inheritable(named) : named].filter((each) => each !== undefined))
  const [spoken] = inheritable([language].filter((each) => each !== undefined))
  return { ...(kept !== undefined && { authors: kept }), ...(spoken !== undefined && { language: spoken }) }
}

function draftOf(given: unknown, at: number, inherited: Members): Draft {
  const pointer = `/items/${at}`
  const copy = copied(given, DEPTH)
  const value = isObject(copy) ? itemOf(copy, inherited) : (copy ?? null)
  return { pointer, raw: JSON.stringify(value), value, deleted: false }
}

function itemOf(item: Members, inherited: Members): Members {
  const ours = own(item)
  const { authors, ...rest } = inherited
  const language = typeof ours.language === "string" ? ours.language.replaceAll("_", "-") : ours.language
  return {
    ...rest,
    ...(authors !== undefined && ours.author === undefined && { authors }),
    ...filed(ours),
    ...(language !== undefined && { language }),
    // "If an id is presented as a number or other type, a JSON Feed reader should coerce it to a string" ("Items").
    ...(ours.id !== undefined && { id: typeof ours.id === "object" ? ours.id : String(ours.id) }),
  }
}

/** JSON Feed has no other word for sections: tags are looked up as their names, unless the item names them apart. */
function filed({ tags, _feedwire: extension, ...item }: Members): Members {
  const own = isObject(extension) ? extension : {}
  if (!Array.isArray(tags) || own.sections !== undefined) {
    return { ...item, ...(tags !== undefined && { tags }), ...(extension !== undefined && { _feedwire: extension }) }
  }
  const names = tags.filter((tag): tag is string => typeof tag === "string")
  const { sections, tags: rest } = filedUnder(names.map((name) => ({ name, scheme: undefined })))
  return { ...item, ...(rest.length > 0 && { tags: rest }), _feedwire: { ...own, sections } }
}

/**
 * An article as it was pushed, where this is what the wire's own feed makes of one: without the marks of its direction, and
 * without the correction that closes its text, which stands beside it as well.
 */
function own(item: Members): Members {
  const text = repeats(item) ? without(item, ["content_text"]) : item
  const extension = text._feedwire
  if (!isObject(extension)) return text
  const { correction, direction } = extension
  const note = isObject(correction) && typeof correction.note === "string" ? correction.note : undefined
  const { content_html: html, title, summary } = text
  const closing = note === undefined ? "" : `\n<p><em>${escapeText(note)}</em></p>`
  const body = typeof html === "string" && direction === "rtl" ? unwrapped(html) : html
  return {
    ...text,
    ...(typeof title === "string" && { title: unmarked(title) }),
    ...(typeof summary === "string" && {
      summary: withoutEnd(unmarked(summary), html === undefined ? (note ?? "") : ""),
    }),
    ...(typeof body === "string" && { content_html: withoutEnd(body, closing) }),
    _feedwire: unmarkedMembers(without(extension, OURS)),
  }
}

/** A feed must say something where it has no body, and says its summary or its headline twice. */
function repeats({ content_html, content_text, summary, title }: Members): boolean {
  return content_html === undefined && content_text !== undefined && [summary ?? title, title].includes(content_text)
}

function withoutEnd(text: string, end: string): string {
  return end !== "" && text.endsWith(end) ? text.slice(0, -end.length).trimEnd() : text
}

function without(members: Members, names: string[]): Members {
  return Object.fromEntries(Object.entries(members).filter(([name]) => !names.includes(name)))
}

function unmarkedMembers(members: Members): Members {
  return Object.fromEntries(
    Object.entries(members).map(([name, value]) => {
      if (typeof value === "string") return [name, unmarked(value)]
      return [name, isObject(value) ? unmarkedMembers(value) : value]
    }),
  )
}

/** The wire's own list of articles that left it; those that only moved still stand elsewhere on it. */
function withdrawalsOf({ _feedwire: extension }: Members): Draft[] {
  if (!isObject(extension) || !Array.isArray(extension.deleted)) return []
  return extension.deleted.flatMap((each: unknown, at): Draft[] => {
    if (!isObject(each) || typeof each.id !== "string" || each.reason === "moved") return []
    const value = {
      id: each.id,
      ...(typeof each.date_deleted === "string" && { date_modified: each.date_deleted }),
    }
    return [{ pointer: `/_feedwire/deleted/${at}`, raw: JSON.stringify(value), value, deleted: true }]
  })
}

function isObject(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

/** Without null and empty texts, which many programs write where they have nothing to say, and not deeper than `depth`. */
function copied(value: unknown, depth: number): unknown {
  if (value === null || value === "") return undefined
  if (typeof value !== "object") return value
  if (depth === 0) return undefined
  if (Array.isArray(value)) return value.map((each) => copied(each, depth - 1)).filter((each) => each !== undefined)
  return Object.fromEntries(
    Object.entries(value)
      .map(([name, member]) => [name, copied(member, depth - 1)])
      .filter(([, member]) => member !== undefined),
  )
}
