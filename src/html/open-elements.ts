/** The elements that are open while the media of a body are searched, and what is shown of them at their end. Pure. */
import { LATE_ATTRIBUTE } from "./late-attributes.ts"
import { embeddedOf, type Found, isFlash, textLinkOf } from "./media-markup.ts"
import type { Place } from "./media-places.ts"
import { isNewFormat } from "./picture-names.ts"
import { pictureAddress, playerAddress, type Resolve } from "./pictures.ts"
import type { Attributes } from "./visibility.ts"

/** Elements that show a picture by an attribute for late loading, unless they contain another picture. */
export const LATE_CONTAINERS: ReadonlySet<string> = new Set("div span figure section p li td a".split(" "))
/** The sanitizer removes these elements, but their media are kept. */
export const COLLECTORS: ReadonlySet<string> = new Set(["noscript", "object"])
export const SOURCE_PARENTS: ReadonlySet<string> = new Set(["picture", "video", "audio"])
export const AMP_IMAGES: ReadonlySet<string> = new Set(["amp-img", "amp-anim"])

export interface MediaOptions {
  /** The elements that are removed together with their content. */
  removed: ReadonlySet<string>
  /** Receives the texts of links that are the addresses of frames without a title. */
  frames: Set<string>
}

export interface OpenMediaElement {
  name: string
  attributes: Attributes
  from: number
  /** The index after the start tag. */
  to: number
  base: string | undefined
  resolve: Resolve
  /** The number of pictures and players before the element. */
  before: number
  /** The number of texts before the element. */
  textCount: number
  /** The media in a `noscript` or `object`. `text` is its text, and `parameter` is the address in a `param`. */
  found: Found[]
  text: string
  /** What is written if only the tags of an `object` are removed, or the links that are written after a link. */
  content: Place[]
  /** The number of characters before a link in the text of its `noscript` or `object`. */
  textBefore: number
  /** Whether AMP shows the element only until its parent is loaded. */
  isCopy: boolean
  parameter?: string | undefined
  sources: OpenMediaElement[]
  /** The image in a `picture`; `place` is undefined if the image is not in the body. */
  image?: { attributes: Attributes; place: Place | undefined }
}

/** Objects that are nested deeper lose their content, because each level copies the places of the levels below it. */
const MAX_OBJECTS = 8
/** The text of a link is cut here, because links may be nested. */
const MAX_LINK_TEXT = 300

/** Whether a body may have an element that embedded-media.ts reads. Other bodies, which are most, are not parsed for it. */
export const mayHaveMedia = (html: string): boolean =>
  /<(?:noscript|object|embed|i?frame|picture|video|amp-|lite-|[a-z]{1,20}-(?:video|audio|player|embed)|[a-z-]{0,20}(?:youtube|vimeo))/i.test(
    html,
  ) || LATE_ATTRIBUTE.test(html)

type Collected = "found" | "text" | "content" | "sources"

export const openElement = (stated: Omit<OpenMediaElement, Collected>): OpenMediaElement => ({
  ...stated,
  found: [],
  text: "",
  content: [],
  sources: [],
})

const AMP_PLAYERS = new Set(["amp-video", "amp-audio"])

/**
 * Whether AMP shows an element only until its parent is loaded, or if it cannot load it.
 * @param hasMedia whether media of the parent were found before
 */
export function isAmpPlaceholder(
  attributes: Attributes,
  parent: OpenMediaElement | undefined,
  hasMedia: boolean,
): boolean {
  if (attributes.placeholder === undefined && attributes.fallback === undefined) return false
  if (!parent?.name.startsWith("amp-")) return false
  const isPlayer = AMP_PLAYERS.has(parent.name) && playerAddress(parent.attributes, parent.resolve) !== undefined
  return isPlayer || hasMedia
}

/** The text of an `object` for Flash often says only that Flash is missing. */
const ABOUT_FLASH = /flash|plug-?in|adobe/i

/**
 * Returns what is shown of an `object`: the media, and the places of its content if it loses only its tags. Without a
 * useful file it does, because browsers show its content then.
 * @param depth the number of elements around it of which the media are collected
 */
export function shownOf(element: OpenMediaElement, depth: number): { media: Found[]; content?: Place[] } {
  const { attributes, from, to, resolve, found, parameter, text } = element
  const address = playerAddress({ ...attributes, src: attributes.data ?? parameter ?? "" }, resolve)
  const own = address === undefined ? undefined : embeddedOf(attributes, address)
  const isUseless = address === undefined || isFlash(attributes, address)
  const others = found.filter((each) => !isFlash({}, each.address))
  const media = isUseless && others.length > 0 ? others : own !== undefined ? [own] : found
  const isOwn = own !== undefined && media[0] === own
  if (!isUseless || depth > MAX_OBJECTS || (isOwn && (text.trim() === "" || ABOUT_FLASH.test(text)))) return { media }
  const shown = new Set(media)
  const places = element.content.filter((place) => place.media === undefined || shown.has(place.media))
  const ownPlaces: Place[] = isOwn ? [{ kind: "picture", from: to, to, address, html: own.html, media: own }] : []
  return { media, content: [...ownPlaces, { kind: "text", from, to, html: "" }, ...places] }
}

/** Returns a link with a text that is removed with an element around it. */
export function textLinkIn(parent: OpenMediaElement | undefined, link: OpenMediaElement): Found | undefined {
  const text = parent?.text.slice(link.textBefore, link.textBefore + MAX_LINK_TEXT).trim() ?? ""
  const address = link.resolve(link.attributes.href ?? "")
  return text === "" || address === undefined ? undefined : textLinkOf(address, text)
}

/** Returns the source of a picture that most readers can show. They show JPEG and PNG, but not all newer formats. */
export function bestSource(sources: readonly OpenMediaElement[]): [OpenMediaElement, address: string] | undefined {
  const usable = sources.flatMap((source): [OpenMediaElement, string][] => {
    const address = pictureAddress(source.attributes, source.resolve)
    return address === undefined ? [] : [[source, address]]
  })
  return usable.find(([{ attributes }, address]) => !isNewFormat(address, attributes.type)) ?? usable[0]
}
