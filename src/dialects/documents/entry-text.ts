/** Chooses the text of an entry of RSS or Atom that has no full text. Pure. */
import type { MediaNs } from "feedsmith"
import { escapeText } from "../../formats/xml.ts"
import { isPictureFile } from "../../html/picture-names.ts"
import { isMarkup, toText } from "./markup.ts"
import { nonEmpty, type Texts } from "./xml-members.ts"

/** A plain text is the summary up to this number of characters, and the whole article if it is longer. */
const MAX_SUMMARY_CHARACTERS = 500

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
  const [beginning, words] = [toText(description), toText(spoken)]
  // Markup in one text may be words in the other, such as the addresses of links.
  const length = words.replace(/https?:\/\/\S+/g, "").length
  const minimum = isMarkup(description) && !isMarkup(spoken) ? 2 * beginning.length : beginning.length + 1
  if (length < minimum) return undefined
  if (MEDIA.test(description)) return { content_html: `${description}\n${toHtml(spoken)}` }
  if (words.includes(beginning)) return textOrSummary(spoken)
  return { ...contentOf(spoken), summary: beginning }
}

function textOrSummary(text: string): Texts {
  if (isMarkup(text)) return { content_html: text }
  const words = toText(text)
  return nonEmpty(words.length > MAX_SUMMARY_CHARACTERS ? { content_text: text } : { summary: words }) ?? {}
}

const contentOf = (text: string) => (isMarkup(text) ? { content_html: text } : { content_text: text })

const isBlank = (text: string): boolean => toText(text) === "" && !MEDIA.test(text)

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
  return texts.find((text) => text !== undefined && !isBlank(text))
}

const isOfPicture = ({ medium, type = "", url = "" }: MediaNs.Content): boolean =>
  medium === undefined ? /^image\//i.test(type) || (type === "" && isPictureFile(url)) : medium === "image"

/** Returns the title of the whole or of a group, for an entry that has none of its own. */
export function mediaTitle(media: MediaNs.ItemOrFeed | undefined): string | undefined {
  return [media, ...(media?.groups ?? [])].map((each) => each?.title?.value).find((title) => title !== undefined)
}
