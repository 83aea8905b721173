/**
 * Finds the pictures and players in elements that the sanitizer removes, and writes images and links beside these
 * elements. It copies only addresses and titles, and sanitize.ts cleans the whole body afterwards. Pure.
 */
import { Parser } from "htmlparser2"
import { absoluteUrl, baseInside, MEDIA_SCHEMES } from "./addresses.ts"
import { embeddedOf, type Found, imageOf, isFlash, isPictureFile, linkOf, playerOf } from "./media-markup.ts"
import { extractNoscripts, type Place, writePlaces } from "./media-places.ts"
import { type Attributes, isInvisible, lateAddress, pictureAddress, playerAddress, type Resolve } from "./pictures.ts"
import { playerLink } from "./players.ts"

/** Whether a body may have such an element. Other bodies, which are most, are not parsed here. */
const MAY_HAVE_MEDIA =
  /<(?:noscript|object|embed|i?frame|picture|video|amp-|lite-)|<(?:div|span|figure|section|p|li|td|a)(?=\s)[^<>]*\sdata-[\w-]*(?:src|original|echo|image|lazy)/i

/** Elements that show a picture by an attribute for late loading, unless they contain another picture. */
const LATE_CONTAINERS = new Set("div span figure section p li td a".split(" "))
/** The sanitizer removes these elements, but their media are kept. */
const COLLECTORS = new Set(["noscript", "object"])
const SOURCE_PARENTS = new Set(["picture", "video", "audio"])
const AMP_IMAGES = new Set(["amp-img", "amp-anim"])

/** How many pictures and links of one element are kept, because the elements may be nested. */
const MAX_FOUND = 50
/** How many characters of a `noscript` are searched for escaped markup. */
const MAX_ESCAPED = 16_384

interface OpenMediaElement {
  name: string
  attributes: Attributes
  from: number
  /** The index after the start tag. */
  to: number
  base: string | undefined
  resolve: Resolve
  /** The number of pictures and players before the element. */
  before: number
  /** The media in a `noscript` or `object`. `text` is its text, and `parameter` is the address in a `param`. */
  found: Found[]
  text: string
  parameter?: string | undefined
  sources: OpenMediaElement[]
  /** The image in a `picture`; `place` is undefined if the image is not in the body. */
  image?: { attributes: Attributes; place: Place | undefined }
}

/**
 * @param removed the elements that are removed together with their content
 * @returns the body with the images and links
 */
export function withEmbeddedMedia(html: string, base: string | undefined, removed: ReadonlySet<string>): string {
  if (!MAY_HAVE_MEDIA.test(html)) return html
  const edits = new MediaSearch(base, removed).placesToWrite(html)
  return edits.length === 0 ? html : writePlaces(html, edits)
}

class MediaSearch {
  private readonly base: string | undefined
  private readonly removed: ReadonlySet<string>
  /** Whether the markup is the text of a `noscript` in another body. */
  private readonly isText: boolean
  private readonly places: Place[] = []
  private readonly links: Place[] = []
  private readonly players = new Set<string>()
  private readonly elements: OpenMediaElement[] = []
  private readonly collectors: OpenMediaElement[] = []
  private readonly pictures: OpenMediaElement[] = []
  private readonly sourceParents: OpenMediaElement[] = []
  /** Counts the open elements whose media are not kept, and the open images of AMP, which contain the image twice. */
  private removedDepth = 0
  private imageDepth = 0
  private mediaCount = 0

  constructor(base: string | undefined, removed: ReadonlySet<string>, isText = false) {
    this.base = base
    this.removed = removed
    this.isText = isText
  }

  placesToWrite(html: string): Place[] {
    this.read(html)
    const extracted = extractNoscripts(this.places, this.players)
    return [...this.places.filter((place) => place.html !== undefined), ...this.links, ...extracted]
  }

  private read(html: string): void {
    // The parser's own start index is wrong after an end tag with attributes.
    let from = 0
    const parser: Parser = new Parser(
      {
        onopentagname: () => {
          from = html.lastIndexOf("<", parser.endIndex)
        },
        onopentag: (name, attributes) => this.open(name, attributes, from, parser.endIndex + 1),
        ontext: (text) => this.readText(text),
        onclosetag: () => this.close(),
      },
      { decodeEntities: true },
    )
    parser.write(html)
    parser.end()
  }

  private open(name: string, attributes: Attributes, from: number, to: number): void {
    const base = baseInside(this.elements.at(-1)?.base ?? this.base, attributes)
    const resolve: Resolve = (address) => absoluteUrl(address, base, MEDIA_SCHEMES)
    const { mediaCount: before } = this
    const element: OpenMediaElement = {
      name,
      attributes,
      from,
      to,
      base,
      resolve,
      before,
      found: [],
      text: "",
      sources: [],
    }
    if (name === "img") this.readImage(element)
    else if (AMP_IMAGES.has(name)) this.openAmpImage(element)
    else if (name === "source") this.sourceParents.at(-1)?.sources.push(element)
    else if (name === "embed") this.readEmbed(element)
    else if (name === "param" && /^(?:movie|src|url|href|filename)$/i.test(attributes.name ?? ""))
      (this.collectors.at(-1) ?? element).parameter ??= attributes.value
    else this.readPlayer(element)
    this.elements.push(element)
    if (COLLECTORS.has(name)) this.collectors.push(element)
    else if (this.removed.has(name)) this.removedDepth += 1
    if (name === "picture") this.pictures.push(element)
    if (SOURCE_PARENTS.has(name)) this.sourceParents.push(element)
  }

  private readText(text: string): void {
    const collector = this.collectors.at(-1)
    if (collector !== undefined) {
      if (collector.text.length < MAX_ESCAPED) collector.text += text
    } else if (this.places.at(-1)?.kind !== "text" && text.trim() !== "") {
      this.places.push({ kind: "text", from: 0, to: 0 })
    }
  }

  private close(): void {
    const element = this.elements.pop()
    if (element === undefined) return
    const { name } = element
    if (COLLECTORS.has(name)) {
      this.collectors.pop()
      if (name === "object") this.closeObject(element)
      else this.closeNoscript(element)
    } else if (this.removed.has(name)) this.removedDepth -= 1
    if (SOURCE_PARENTS.has(name)) this.sourceParents.pop()
    if (name === "picture") {
      this.pictures.pop()
      this.closePicture(element)
    } else if (name === "video" || name === "audio") this.closePlayer(name, element)
    else if (AMP_IMAGES.has(name) && element.found.length > 0) this.imageDepth -= 1
    else if (LATE_CONTAINERS.has(name) && this.mediaCount === element.before) this.closeContainer(element)
  }

  /** Writes a picture or link into the body, or collects it if an element is open that will be removed. */
  private add(found: Found, from: number, to = from): Place | undefined {
    if (this.removedDepth > 0 || this.imageDepth > 0) return undefined
    this.mediaCount += 1
    const collector = this.collectors.at(-1)
    if (collector !== undefined) {
      if (collector.found.length < MAX_FOUND) collector.found.push(found)
      return undefined
    }
    const place: Place = { kind: "picture", from, to, address: found.address, html: found.html }
    if (found.isPicture) this.places.push(place)
    else {
      this.players.add(found.address)
      this.links.push(place)
    }
    return place
  }

  private readImage(element: OpenMediaElement): void {
    const { attributes, from, to, resolve } = element
    const address = isInvisible(attributes) ? undefined : pictureAddress(attributes, resolve)
    const picture = this.pictures.at(-1)
    let place: Place | undefined
    if (this.collectors.length > 0) {
      if (address !== undefined) this.add(imageOf(attributes, address), from)
    } else if (this.removedDepth === 0) {
      // An image of AMP contains the same image again for pages without scripts.
      place = { kind: "picture", from, to, address, ...(this.imageDepth > 0 && { html: "", isReplaced: true }) }
      this.places.push(place)
      if (address !== undefined) this.mediaCount += 1
    }
    if (picture !== undefined) picture.image ??= { attributes, place }
  }

  private openAmpImage(element: OpenMediaElement): void {
    const { attributes, from, resolve } = element
    const address = isInvisible(attributes) ? undefined : pictureAddress(attributes, resolve)
    if (address === undefined) return
    const image = imageOf(attributes, address)
    this.add(image, from)
    element.found.push(image)
    this.imageDepth += 1
  }

  private readEmbed({ attributes, from, resolve }: OpenMediaElement): void {
    const address = isInvisible(attributes) ? undefined : playerAddress(attributes, resolve)
    if (address !== undefined) this.add(embeddedOf(attributes, address), from)
  }

  private readPlayer({ name, attributes, from, base, resolve }: OpenMediaElement): void {
    const address = playerLink(name, attributes, resolve)
    if (isInvisible(attributes)) return
    if (address !== undefined) this.add(linkOf(attributes, address), from)
    else if (name === "iframe" && attributes.srcdoc) {
      for (const found of this.foundIn(attributes.srcdoc, base)) this.add(found, from)
    }
  }

  /** Finds the media of escaped markup. It does not search escaped markup inside this markup. */
  private foundIn(html: string, base: string | undefined): Found[] {
    if (this.isText || !/<(?:img|picture|video|embed|amp-img|iframe)\b/i.test(html)) return []
    const search = new MediaSearch(base, this.removed, true)
    // While this element is open, media are collected instead of written.
    search.open("noscript", {}, 0, 0)
    search.read(html)
    return search.elements[0]?.found ?? []
  }

  private closeObject(element: OpenMediaElement): void {
    const { attributes, from, resolve, found, parameter } = element
    if (isInvisible(attributes)) return
    const source = attributes.data ?? parameter ?? ""
    const address = playerAddress({ ...attributes, src: source }, resolve)
    const own = address === undefined ? [] : [embeddedOf(attributes, address)]
    const others = found.filter((each) => !isFlash({}, each.address))
    const isUseless = address === undefined || isFlash(attributes, address)
    const shown = isUseless && others.length > 0 ? others : own.length > 0 ? own : found
    for (const each of shown) this.add(each, from)
  }

  private closeNoscript({ from, found, text, base }: OpenMediaElement): void {
    const all = found.length > 0 ? found : this.foundIn(text, base)
    if (all.length === 0 || this.removedDepth > 0 || this.imageDepth > 0) return
    if (this.collectors.length > 0) for (const each of all) this.add(each, from)
    else {
      this.mediaCount += 1
      this.places.push({ kind: "noscript", from, to: from, found: all })
    }
  }

  /** If a `picture` has no usable image, this writes the image of one of its sources. */
  private closePicture({ before, sources, image }: OpenMediaElement): void {
    if (this.mediaCount > before) return
    const usable = sources.filter(({ attributes, resolve }) => pictureAddress(attributes, resolve) !== undefined)
    // Most readers can show JPEG and PNG but not the newer formats.
    const source = usable.find(({ attributes }) => !/webp|avif|jxl/.test(attributes.type ?? "")) ?? usable[0]
    const address = source && pictureAddress(source.attributes, source.resolve)
    if (source === undefined || address === undefined) return
    const { srcset, ...attributes } = image?.attributes ?? {}
    const found = imageOf(attributes, address)
    if (image?.place === undefined) this.add(found, source.to)
    else {
      this.mediaCount += 1
      Object.assign(image.place, { address, html: found.html })
    }
  }

  /** If a film has no address, its poster is written instead. */
  private closePlayer(tag: "audio" | "video", element: OpenMediaElement): void {
    const { attributes, from, to, resolve } = element
    const addresses = [element, ...element.sources].map((each) => playerAddress(each.attributes, each.resolve))
    const address = addresses.find((each) => each !== undefined)
    const poster = resolve(attributes.poster ?? "") ?? resolve(attributes["data-poster"] ?? "")
    if (address === undefined) {
      if (poster !== undefined && !isInvisible(attributes))
        this.add(imageOf({ title: attributes.title ?? "" }, poster), from, to)
    } else if (this.collectors.length > 0) this.add(playerOf(tag, address, poster), from)
    else if (this.removedDepth === 0) {
      this.mediaCount += 1
      this.players.add(address)
    }
  }

  private closeContainer({ attributes, to, resolve }: OpenMediaElement): void {
    const address = lateAddress(attributes, resolve)
    if (address !== undefined && isPictureFile(address))
      this.add(imageOf({ title: attributes.title ?? "" }, address), to)
  }
}
