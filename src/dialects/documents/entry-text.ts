/** Chooses the text of an entry of RSS or Atom that has no full text. Pure. */
import type { MediaNs } from "feedsmith"
import { escapeText } from "../../formats/xml.ts"
import { htmlToText } from "../../html/excerpt.ts"
import { isPictureFile } from "../../html/picture-names.ts"
import { sanitizeHtml } from "../../html/sanitize.ts"
import { isMarkup, toText } from "./markup.ts"
import { nonEmpty, type Texts } from "./xml-members.ts"

/** A plain text is the summary up to this number of characters, and the whole article if it is longer. */
const MAX_SUMMARY_CHARACTERS = 500

/** How many characters of a text are read. A longer one is not blank. */
const MAX_READ = 16_384
/** How many parts of a spoken text are read. */
const MAX_PARTS = 1000

const MEDIA = /<(?:a\s|img|picture|video|audio|iframe|embed|object|amp-)/i

/** The texts of an entry, each of which may be HTML. */
export interface EntryTexts {
  title: string
  description: string | undefined
  /** Whether the description is plain text, and a summary at any length. */
  isSummary?: boolean
  /** The description for players of podcasts. It is often a copy, and often longer. */
  spoken: string | undefined
  media: MediaNs.ItemOrFeed | undefined
}

/** @returns content_html or content_text, summary, or both */
export function entryText({ title, description = "", isSummary = false, spoken, media }: EntryTexts): Texts {
  const other = spoken !== undefined && !isBlank(spoken) ? spoken : mediaDescription(media)
  const ownText = () => (isSummary ? (nonEmpty({ summary: description }) ?? {}) : textOrSummary(description))
  if (other === undefined) return ownText()
  if (isBlank(description) || toText(description) === title) return textOrSummary(other)
  return (other === spoken ? withLonger(description, spoken) : undefined) ?? ownText()
}

/** Returns the longer description as the text, and undefined if it says no more than the other description. */
function withLonger(description: string, spoken: string): Texts | undefined {
  const [beginning, words] = [wordsOf(description), wordsOf(spoken)]
  // Markup in one text may be words in the other, such as the addresses of links.
  const length = words.replace(ADDRESS, "").length
  const minimum = isMarkup(description) && !isMarkup(spoken) ? 2 * beginning.length : beginning.length + 1
  if (length < minimum) return undefined
  const hasMedia = MEDIA.test(description)
  if (!bareText(words).includes(bareText(beginning)))
    return hasMedia
      ? { content_html: `${description}\n${toHtml(spoken)}` }
      : { ...contentOf(spoken), summary: beginning }
  if (!hasMedia || (isMarkup(spoken) && MEDIA.test(spoken))) return textOrSummary(spoken)
  const rest = restAfter(spoken, beginning)
  return { content_html: rest === undefined ? mediaIn(description) + toHtml(spoken) : description + toHtml(rest) }
}

/** Returns the words of a text. Unlike in a title, every tag in a text with markup is a tag. */
function wordsOf(text: string): string {
  if (!isMarkup(text)) return toText(text)
  // The sanitizer writes a player as a link whose text is its address.
  const html = sanitizeHtml(text.slice(0, MAX_READ), undefined).replace(/<a [^<>]*>https?:[^<>\s]*<\/a>/g, " ")
  return htmlToText(html).replace(/\s+/g, " ").trim()
}

const ADDRESS = /https?:\/\/\S+/g
const bareText = (text: string): string => text.replace(ADDRESS, "").replace(/[^\p{L}\p{N}]+/gu, "")

/** Returns what follows a beginning in a text; undefined if the text begins in another way, or is not plain. */
function restAfter(text: string, beginning: string): string | undefined {
  const bare = bareText(beginning)
  if (isMarkup(text) || text.includes("&")) return undefined
  let at = 0
  for (const { 0: found, index } of text.matchAll(/https?:\/\/\S+|[\p{L}\p{N}]/gu)) {
    if (at >= bare.length) return text.slice(index)
    if (found.startsWith("http") && found.length > 4) continue
    if (!bare.startsWith(found, at)) return undefined
    at += found.length
  }
  return at >= bare.length ? "" : undefined
}

/** The pictures and players of a text, without its words. */
function mediaIn(html: string): string {
  const tags = html.match(/<(?:img|iframe|video|audio|embed|amp-\w{1,20})\s[^<>]*>/gi) ?? []
  return tags.map((tag) => `${tag}${/^<(?:img|embed)/i.test(tag) ? "" : `</${/^<([\w-]+)/.exec(tag)?.[1]}>`}`).join("")
}

function textOrSummary(text: string): Texts {
  if (isMarkup(text)) return { content_html: text }
  const words = toText(text)
  return nonEmpty(words.length > MAX_SUMMARY_CHARACTERS ? { content_text: text } : { summary: words }) ?? {}
}

const contentOf = (text: string) => (isMarkup(text) ? { content_html: text } : { content_text: text })

/** Elements of which the text is not shown. */
const UNSHOWN = /<(?:style|script|title|head|template|noscript|object|textarea|select|xmp|!--)/i
/** Stands for the base of a text, so that its pictures are not blank. */
const ANY_BASE = "https://feedwire.invalid/"

/** Whether people see nothing of a text: it has no letter, picture or player, or only programs that count readers. */
export function isBlank(text: string): boolean {
  if (text.length > MAX_READ) return false
  if (!UNSHOWN.test(text) && hasVisibleText(text)) return false
  const html = isMarkup(text) || /<[a-z]/i.test(text) ? sanitizeHtml(text, ANY_BASE) : text
  return !/<(?:img|video|audio)\s/.test(html) && !VISIBLE.test(toText(html))
}
/** No format character, such as a zero-width blank, and no other character that shows nothing. */
const VISIBLE = /[^\s\p{Cf}\p{Cc}\u115F\u1160\u2800\u3164\uFFA0]/u
const TAG_REFERENCE_OR_VISIBLE = new RegExp(`<[^<>]*>|&[#\\w]{1,32};|(${VISIBLE.source})`, "gu")

/** Whether a text has a visible character outside of tags and references. It is read only up to the first. */
function hasVisibleText(text: string): boolean {
  for (const [, visible] of text.matchAll(TAG_REFERENCE_OR_VISIBLE)) if (visible !== undefined) return true
  return false
}

function toHtml(text: string): string {
  if (isMarkup(text)) return text
  const paragraphs = escapeText(text.trim()).split(/\n\s*\n/)
  return paragraphs.map((paragraph) => `<p>${paragraph.replaceAll("\n", "<br>")}</p>`).join("\n")
}

/**
 * Returns the description of the whole, then of a group, such as a film of YouTube, then of a single file. That of a
 * picture is its caption.
 */
function mediaDescription(media: MediaNs.ItemOrFeed | undefined): string | undefined {
  const groups = media?.groups ?? []
  const files = [...(media?.contents ?? []), ...groups.flatMap(({ contents }) => contents ?? [])]
  const others = files.filter((file) => !isOfPicture(file))
  const texts = [media, ...groups, ...others].map((each) => each?.description?.value)
  return texts.find((text) => text !== undefined && !isBlank(text)) ?? spokenText([media, ...groups, ...others])
}

/** Returns what is said in a film or sound, if its parts have texts (Media RSS, "media:text"), in the first language. */
function spokenText(elements: (MediaNs.CommonElements | undefined)[]): string | undefined {
  const texts = elements
    .map((each) => each?.texts ?? [])
    .find((each) => each.some(({ value }) => !isBlank(value ?? "")))
  const parts = (texts ?? []).filter(({ lang }) => lang === texts?.[0]?.lang).map(({ value = "" }) => value)
  return parts.length === 0 ? undefined : parts.slice(0, MAX_PARTS).join(parts.some(isMarkup) ? "<br>\n" : "\n")
}

const isOfPicture = ({ medium, type = "", url = "" }: MediaNs.Content): boolean =>
  medium === undefined ? /^image\//i.test(type) || (type === "" && isPictureFile(url)) : medium === "image"

/** Returns the title of the whole or of a group, for an entry that has none of its own. */
export function mediaTitle(media: MediaNs.ItemOrFeed | undefined): string | undefined {
  return [media, ...(media?.groups ?? [])].map((each) => each?.title?.value).find((title) => title !== undefined)
}
