/** The pictures of an entry of Media RSS: the lead picture, and the others of a gallery, each once. Pure. */
import type { MediaNs } from "feedsmith"
import { haveOtherNames, PictureIndex } from "../../html/picture-index.ts"
import { isPictureFile } from "../../html/picture-names.ts"
import { isSamePicture } from "../../html/same-picture.ts"
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
  const shown = contents.filter((each) => isPicture(each) && !/\bgravatar\.com\//.test(each.url))
  const galleries = galleriesIn(shown)
  const index = new PictureIndex()
  const keys = new Map<string, string>()
  const forms = new Map<string, number>()
  const pictures = new Map<string, MediaContent>()
  for (const picture of shown) {
    const address = index.add(withoutOwnSize(picture))
    const groupKey = galleries.has(captionOf(picture)) ? undefined : keyInGroup(picture, forms)
    const key = keys.get(address) ?? groupKey ?? address
    keys.set(address, key)
    const other = pictures.get(key)
    if (other === undefined || compare(picture, other) < 0) pictures.set(key, picture)
  }
  return [...pictures.values()]
}

/** Two forms of a picture differ by more in their width. */
const LEAST_RATIO = 1.3

/** Returns the captions of groups that have a whole gallery, because neighbours have other names or similar sizes. */
function galleriesIn(pictures: MediaContent[]): Set<string> {
  const last = new Map<string, MediaContent>()
  const galleries = new Set<string>()
  for (const picture of pictures) {
    const caption = captionOf(picture)
    const before = last.get(caption)
    last.set(caption, picture)
    if (picture.group === undefined || before === undefined || areFormsOfOne(before, picture)) continue
    galleries.add(caption)
  }
  return galleries
}

function areFormsOfOne(one: MediaContent, other: MediaContent): boolean {
  const [a, b] = [withoutOwnSize(one), withoutOwnSize(other)]
  if (isSamePicture(a, b)) return true
  if (haveOtherNames(a, b)) return false
  const [small = 0, large = 0] = [one.content.width ?? 0, other.content.width ?? 0].toSorted((x, y) => x - y)
  return small === 0 || small === large || large >= LEAST_RATIO * small
}

const captionOf = ({ group, content }: MediaContent): string =>
  `${group} ${content.title?.value ?? ""} ${content.description?.value ?? ""}`

/**
 * Returns the key of a picture in a group. A group should have one picture in several forms, but some senders write a
 * whole gallery into it: there, forms repeat, or captions differ.
 * @param forms counts how often each form was found
 */
function keyInGroup(picture: MediaContent, forms: Map<string, number>): string | undefined {
  const { group, content, type } = picture
  if (group === undefined) return undefined
  const caption = captionOf(picture)
  const form = `${content.width}x${content.height} ${type} ${caption}`
  const repeated = forms.get(form) ?? 0
  forms.set(form, repeated + 1)
  return `group ${repeated} ${caption}`
}

/** Orders the default or the larger picture first. */
export function compare({ content: a }: MediaContent, { content: b }: MediaContent): number {
  return Number(b.isDefault ?? false) - Number(a.isDefault ?? false) || (b.width ?? 0) - (a.width ?? 0)
}

/** Writes a size that isSamePicture() knows in the place of the width and height that the document states, in the path. */
function withoutOwnSize({ url, content: { width, height } }: MediaContent): string {
  const sizes = new Set([width, height].map(String))
  const [path = "", ...query] = url.split("?")
  const unsized = path.replace(/\d+(?:x\d+)*/g, (numbers) =>
    numbers.split("x").every((each) => sizes.has(each)) ? "0x0" : numbers,
  )
  return [unsized, ...query].join("?")
}

/** Writes every address of the Web with the same scheme. */
const withOneScheme = (url: string): string => url.replace(/^(?:https?:)?\/\//i, "https://")

/** The pictures in a body. */
export function picturesIn(html: string | undefined): PictureIndex {
  const index = new PictureIndex()
  for (const word of html?.split(/[\s"'<>()]+/) ?? []) {
    const address = word.replace(/^[\w-]{0,20}[=,](?=https?:|\/)/i, "").replace(/,$/, "")
    if (isPictureFile(address)) index.add(withOneScheme(address.replaceAll("&amp;", "&")))
  }
  return index
}

/** Whether a body has a picture. Its address may be written there without its host. */
export function isIn(body: PictureIndex, { url }: MediaContent): boolean {
  const { pathname, search } = new URL(url)
  return (body.find(withOneScheme(url)) ?? body.find(pathname + search)) !== undefined
}

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
