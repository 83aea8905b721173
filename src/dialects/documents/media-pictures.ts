/** The pictures of an entry of Media RSS: the lead picture, and the others of a gallery, each once. Pure. */
import type { MediaNs } from "feedsmith"
import { toText } from "./markup.ts"
import { nonEmpty } from "./xml-members.ts"

export interface MediaContent {
  content: MediaNs.Content
  /** The address, which is absolute. */
  url: string
  /** The type, or application/octet-stream. */
  type: string
  /** The number of its group. A group has one thing in several forms (Media RSS, media:group). */
  group?: number
  /** The enclosing elements, whose metadata it inherits (Media RSS, "Optional Elements": inner elements win). */
  outer: (MediaNs.Group | MediaNs.ItemOrFeed)[]
}

export function isPicture({ content: { medium }, type }: MediaContent): boolean {
  return medium === undefined ? type.startsWith("image/") : medium === "image"
}

/**
 * Returns each picture in its largest form, in the order of the document. The author's portrait, which WordPress.com
 * adds, is left out.
 */
export function picturesOf(contents: MediaContent[]): MediaContent[] {
  const keys = new Map<string, string>()
  const forms = new Map<string, number>()
  const pictures = new Map<string, MediaContent>()
  for (const picture of contents) {
    if (!isPicture(picture) || /\bgravatar\.com\//.test(picture.url)) continue
    const address = addressKey(picture)
    const key = keys.get(address) ?? groupKey(picture, forms) ?? address
    keys.set(address, key)
    const other = pictures.get(key)
    if (other === undefined || compare(picture, other) < 0) pictures.set(key, picture)
  }
  return [...pictures.values()]
}

/**
 * Returns the key of a picture in a group. A group should have one picture in several forms, but some senders write a
 * whole gallery into it: there, forms repeat, or captions differ.
 * @param forms counts how often each form was found
 */
function groupKey({ group, content, type }: MediaContent, forms: Map<string, number>): string | undefined {
  if (group === undefined) return undefined
  const caption = `${group} ${content.title?.value ?? ""} ${content.description?.value ?? ""}`
  const form = `${content.width}x${content.height} ${type} ${caption}`
  const repeated = forms.get(form) ?? 0
  forms.set(form, repeated + 1)
  return `group ${repeated} ${caption}`
}

/** Orders the default or the larger picture first. */
export function compare({ content: a }: MediaContent, { content: b }: MediaContent): number {
  return Number(b.isDefault ?? false) - Number(a.isDefault ?? false) || (b.width ?? 0) - (a.width ?? 0)
}

/** Two files are one picture if their addresses differ only in their own widths and heights and in a query of sizes. */
function addressKey({ url, content: { width, height } }: MediaContent): string {
  const sizes = new Set([width, height].map(String))
  const numbers = url.slice(withoutQuery(url).length).match(/\d+/g) ?? []
  const isSize = SIZE_QUERY.test(url) || numbers.some((number) => sizes.has(number))
  return (isSize && PICTURE_FILE.test(url) ? withoutQuery(url) : url)
    .split(/(\d+)/)
    .map((part) => (sizes.has(part) ? "#" : part))
    .join("")
}

const SIZE_QUERY = /[?&;](?:w|h|width|height|size|resize|fit)=/i
const PICTURE_FILE = /^[^?#]*\.(?:jpe?g|png|gif|webp|avif)(?:[?#]|$)/i

const withoutQuery = (url: string): string => url.split(/[?#]/, 1)[0] ?? ""
const withoutScheme = (url: string): string => url.replace(/^https?:/i, "")

/** The addresses of pictures in a body, without scheme and query. */
export function picturesIn(html: string | undefined): Set<string> {
  const words = html?.split(/[\s"'<>=,()]+/) ?? []
  return new Set(words.map((word) => withoutScheme(withoutQuery(word))).filter((word) => PICTURE_FILE.test(word)))
}

export const isIn = (body: ReadonlySet<string>, { url }: MediaContent): boolean =>
  body.size > 0 && (body.has(withoutScheme(withoutQuery(url))) || body.has(new URL(url).pathname))

/** Returns the members of `_feedwire.image`. */
export function pictureDetails({ content, outer }: MediaContent): Record<string, unknown> | undefined {
  const credits = [content, ...outer].map((each) => each.credits ?? []).find((each) => each.length > 0) ?? []
  const description = content.description ?? outer.find((each) => each.description)?.description
  return nonEmpty({
    caption: toText(description?.value ?? ""),
    credit: credits.flatMap(({ value }) => (value === undefined ? [] : [toText(value)])).join(", "),
    alt: toText(content.title?.value ?? ""),
    width: positiveInteger(content.width),
    height: positiveInteger(content.height),
  })
}

/** Returns a positive number only. RSS requires a length, so feeds write 0 for an unknown length. */
export function positiveInteger(count: number | undefined): number | undefined {
  return count !== undefined && Number.isSafeInteger(count) && count > 0 ? count : undefined
}
