/** Reads ids, addresses, times, languages and categories of one entry, for the RSS and Atom dialects. Pure. */
import { LANGUAGE_TAG } from "../../text/language.ts"
import { personName } from "../../text/person-name.ts"
import { localeOf } from "../../text/script.ts"
import { parseUrl } from "../../text/uri.ts"
import { firstTime, NO_RULES, type TimeRules } from "../dates.ts"
import { toText, withoutDirectionMarks } from "./markup.ts"
import { MAX_BASE } from "./xml-base.ts"

/** How many section names an article may have. Further names become tags. */
const MAX_SECTIONS = 10
/** Limits in characters of members that each item inherits: rights, and others as JSON. */
const MAX_RIGHTS = 500
const MAX_INHERITED = 2000
/** No language tag needs more characters (RFC 5646 §4.4.1). */
const MAX_LANGUAGE = 35

/** Receives a warning about an entry if a member was left out or changed. */
export type Warn = (warning: string) => void

export interface InheritedMembers {
  /** The base outside of all elements: the address of the document, else of a page that it links to. */
  base?: string | undefined
  language?: string | undefined
  rights?: string | undefined
  /** The licence of all entries that state none (RFC 4946 §2.4). */
  license?: string | undefined
  /** The title of the document. A document that states itself as the source of its entries gives them no source. */
  title?: string | undefined
}

/** What the scan of the document knows about an entry. */
export interface EntryOptions {
  /** The base of the addresses in its elements. */
  base: string | undefined
  /** The article's own address, if a service such as FeedBurner replaced it. */
  origLink: string | undefined
  warn: Warn
  rules: TimeRules
}

/** The members of an item, and the name of the element that contains its body. */
export interface ReadEntry {
  item: Record<string, unknown>
  bodyElement?: string | undefined
  /** The times as they are written. */
  writtenTimes: unknown[]
}

/** The texts of an article. */
export interface Texts {
  /** The name of the element that contains content_html. */
  element?: string | undefined
  content_html?: string | undefined
  content_text?: string | undefined
  summary?: string | undefined
}

/** Returns undefined if the value is too long to be repeated in each item: 60 KB could become 500 MB. */
export function inheritable<T>(value: T | undefined, name: string, warn: Warn): T | undefined {
  if (value === undefined || JSON.stringify(value).length <= MAX_INHERITED) return value
  warn(`${name} of the whole feed was left out: it has more than ${MAX_INHERITED} characters`)
  return undefined
}

/** Cuts rights to one character more than the schema allows, so that each article still gets the warning. */
export const truncateRights = (rights: string | undefined): string | undefined => rights?.slice(0, MAX_RIGHTS + 1)

/** Copies the members that are not empty. Returns undefined if all are empty. */
export function nonEmpty(members: Record<string, unknown>): Record<string, unknown> | undefined {
  const entries = Object.entries(members).filter(
    ([, value]) => value !== undefined && value !== "" && !(Array.isArray(value) && value.length === 0),
  )
  return entries.length === 0 ? undefined : Object.fromEntries(entries)
}

/** Makes an address absolute (RFC 3986 §5). Without a base, the address stays as it is. */
export function resolveUrl(address: string | undefined, base: string | undefined): string | undefined {
  const trimmedAddress = address?.trim()
  if (trimmedAddress === undefined || trimmedAddress === "") return undefined
  // A longer address is refused later. Resolving many of them would waste time.
  if (trimmedAddress.length > MAX_BASE) return trimmedAddress
  return parseUrl(trimmedAddress, base)?.href ?? trimmedAddress
}

/** Returns the absolute address of the web, or leaves it out with a warning. */
export function webAddress(
  address: string | undefined,
  base: string | undefined,
  name: string,
  warn: Warn,
): string | undefined {
  const url = resolveUrl(address, base)
  const isUsable: boolean = isHttp(url)
  if (url === undefined || isUsable) return url
  warn(`${name} was left out: ${JSON.stringify(url.slice(0, 60))} is no absolute http or https address`)
  return undefined
}

/** Returns the first address that is absolute, or becomes absolute by one of the later ones. */
export function baseOf(...addresses: (string | undefined)[]): string | undefined {
  const [first, ...others] = addresses
  if (addresses.length === 0) return undefined
  const usable = (first?.length ?? 0) > MAX_BASE || !first?.trim() ? undefined : first
  const url = usable === undefined ? undefined : resolveUrl(usable, isHttp(usable) ? undefined : baseOf(...others))
  return isHttp(url) && url.length <= MAX_BASE && URL.canParse(url) ? url : baseOf(...others)
}

interface Link {
  href?: string
  rel?: string
  type?: string
  hreflang?: string
}

/** Returns the link to the page. HTML wins first, then the language of the entry, then a link without a language. */
export function alternateOf<L extends Link>(links: L[] | undefined, language: string | undefined): L | undefined {
  const alternates = (links ?? []).filter(({ rel, href }) => href !== undefined && (rel ?? "alternate") === "alternate")
  const pages = alternates.filter(({ type }) => type === undefined || /html/i.test(type))
  const candidates = pages.length > 0 ? pages : alternates
  if (candidates.length < 2) return candidates[0]
  const own = language === undefined ? undefined : tagForms(language)
  const languages = candidates.slice(0, MAX_ALTERNATES).map(({ hreflang }) => {
    const tag = hreflang?.trim().replaceAll("_", "-") || undefined
    return tag === undefined || tag.toLowerCase() === "x-default" ? undefined : tagForms(tag)
  })
  const tests: ((forms: string[] | undefined) => boolean)[] = [
    ...[0, 1, 2].map((form) => (forms: string[] | undefined) => forms !== undefined && forms[form] === own?.[form]),
    (forms) => forms === undefined,
    () => true,
  ]
  const index = tests.map((test) => languages.findIndex(test)).find((at) => at !== -1)
  return candidates[index ?? 0]
}

/** Of so many links the right page is looked for. */
const MAX_ALTERNATES = 200

/** Norwegian has two codes for its usual written form. */
const SAME_LANGUAGES: Record<string, string> = { nb: "no" }

/**
 * Returns a tag without old codes (iw is he), its language with the usual script, and its language. A Web browser
 * compares tags in these steps (RFC 4647 §3.4).
 */
function tagForms(tag: string): string[] {
  if (tag.length > MAX_LANGUAGE || !LANGUAGE_TAG.test(tag)) return [tag.toLowerCase(), "", ""]
  const locale = localeOf(tag)
  if (locale === undefined) return [tag.toLowerCase(), "", ""]
  const { language, script } = locale.maximize()
  const main = SAME_LANGUAGES[language] ?? language
  return [locale.toString().replace(/^[a-z]+/, (own) => SAME_LANGUAGES[own] ?? own), `${main}-${script}`, main]
}

export const isHttp = (address: string | undefined): address is string => /^https?:\/\//i.test(address ?? "")

/** Returns the first text that is a language tag. `_` becomes `-`, because Java and WordPress write `en_US`. */
export function languageOf(...tags: (string | undefined)[]): string | undefined {
  return tags
    .map((tag) => tag?.trim().replaceAll("_", "-") ?? "")
    .find((tag) => tag.length <= MAX_LANGUAGE && LANGUAGE_TAG.test(tag))
}

/**
 * Splits categories into sections and tags. Most categories may be sections or keywords, so they are read as section
 * names, and unknown names become tags later. A vocabulary of tags becomes tags at once.
 */
export function splitCategories(categories: { name: string | undefined; scheme: string | undefined }[]): {
  sections: string[]
  tags: string[]
} {
  // Blogger uses categories with this scheme for the kind of an entry, so they are left out.
  const contentCategories = categories.filter(({ scheme }) => !scheme?.startsWith("http://schemas.google.com/g/2005#"))
  const isTag = (scheme: string | undefined) => /\/(?:tags?|post_tag)\/?$/i.test(scheme ?? "")
  const names = (areTags: boolean) =>
    contentCategories.flatMap(({ name, scheme }) => (name !== undefined && isTag(scheme) === areTags ? [name] : []))
  const sections = [...new Set(names(false))]
  return {
    sections: sections.slice(0, MAX_SECTIONS),
    tags: [...new Set([...names(true), ...sections.slice(MAX_SECTIONS)])],
  }
}

/**
 * Makes an id for an article without an id, from its title and time of publication. If it lacks one of these, its text
 * is in the id too, because other articles may have the same title. The time is read without the publisher's settings
 * and without the clock, because the id must not change with them.
 */
export function fallbackId(
  title: string | undefined,
  { content_html, content_text, summary }: Texts,
  published: (string | undefined)[],
  warn: Warn,
): string | undefined {
  const html = (content_html ?? content_text ?? summary ?? "").trim()
  const time = firstTime(published, { name: "", rules: NO_RULES, warn: () => {} })
  const hasTitleAndTime = title !== undefined && title !== "" && time !== undefined
  // A text of pictures alone has no words.
  const name = hasTitleAndTime ? title : [title, toText(html) || html].filter(Boolean).join(" ")
  if (name === "") return undefined
  const source = hasTitleAndTime ? "its title and date are" : "its content is"
  warn(`it has neither an id nor an address, so ${source} its id: a change makes another article`)
  const unique = name.length > MAX_NAME ? `${name.slice(0, MAX_NAME)} ${digestOf(name)}` : name
  return `${unique} ${time ?? ""}`.trim()
}

/** How many characters of a text are in an id that is made from it. A digest stands for a longer text. */
const MAX_NAME = 800

/** A digest of 128 bits. It is not cryptographic: nobody gains anything from two equal ids in a feed of their own. */
function digestOf(text: string): string {
  const states = [0x811c9dc5, 0x01234567, 0x89abcdef, 0x5bd1e995]
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    for (let no = 0; no < states.length; no++)
      states[no] = Math.imul((states[no] ?? 0) ^ (code + no), 0x01000193 + 2 * no)
  }
  return states.map((state) => (state >>> 0).toString(36)).join("")
}

export const oneLine = (text: string | undefined): string | undefined =>
  text === undefined ? undefined : withoutDirectionMarks(text.replace(/\s+/g, " ").trim())

interface PersonInFeed {
  name?: string | undefined
  uri?: string | undefined
}

/**
 * Returns the authors of the first list that has names. An e-mail address is no name.
 * @param read makes one line of text from a name
 */
export function firstPeople(
  lists: PersonInFeed[][],
  { read, base, warn }: { read: (text: string) => string | undefined; base: string | undefined; warn: Warn },
): Record<string, unknown>[] {
  const namedLists = lists.map((people) =>
    people.map(({ name = "", uri }) => ({ name: personName(read(name) ?? ""), uri })).filter(({ name }) => name !== ""),
  )
  const people = namedLists.find((list) => list.length > 0) ?? []
  return people.map(
    ({ name, uri }) => nonEmpty({ name, url: webAddress(uri, base, "an author's address", warn) }) ?? {},
  )
}
