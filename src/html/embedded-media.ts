/**
 * Finds the pictures and players in elements that the sanitizer removes, and writes images and links beside these
 * elements. It copies only addresses and titles, and sanitize.ts cleans the whole body afterwards. Pure.
 */
import { absoluteUrl, baseInside, MEDIA_SCHEMES } from "./addresses.ts"
import { addressLinkIn, embeddedOf, type Found, imageOf, linkOf, playerOf } from "./media-markup.ts"
import { completed, extractNoscripts, type Place, writePlaces } from "./media-places.ts"
import {
  AMP_IMAGES,
  bestSource,
  COLLECTORS,
  isAmpPlaceholder,
  LATE_CONTAINERS,
  type MediaOptions,
  mayHaveMedia,
  type OpenMediaElement,
  openElement,
  SOURCE_PARENTS,
  shownOf,
  textLinkIn,
} from "./open-elements.ts"
import { isPictureFile, isTemporary, isTracker } from "./picture-names.ts"
import { containerAddress, isInvisiblePicture, pictureAddress, playerAddress, type Resolve } from "./pictures.ts"
import { filmOf, playerLink } from "./players.ts"
import { MAX_ESCAPED, readTags } from "./tags.ts"
import { type Attributes, isInvisible } from "./visibility.ts"

/** How many pictures and links of one element are kept, because the elements may be nested. */
const MAX_FOUND = 50

/** Returns the body with the images and links. */
export function withEmbeddedMedia(html: string, base: string | undefined, { removed, frames }: MediaOptions): string {
  if (!mayHaveMedia(html)) return html
  const edits = new MediaSearch(base, removed).placesToWrite(html)
  for (const text of edits.flatMap((edit) => addressLinkIn(edit.html ?? ""))) frames.add(text)
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
  /** The open link of the body. */
  private link: OpenMediaElement | undefined
  /** Counts the open elements whose media are not kept, and the open elements of AMP with another copy of an image. */
  private removedDepth = 0
  private copyDepth = 0
  private mediaCount = 0
  /** How many texts were read that are not blank. */
  private textCount = 0

  constructor(base: string | undefined, removed: ReadonlySet<string>, isText = false) {
    this.base = base
    this.removed = removed
    this.isText = isText
  }

  placesToWrite(html: string): Place[] {
    this.read(html)
    const extracted = extractNoscripts(this.places, this.players)
    return [...this.places, ...this.links, ...extracted].filter((place) => place.html !== undefined)
  }

  private read(html: string): void {
    readTags(html, {
      open: (name, attributes, from, to) => this.open(name, attributes, from, to),
      text: (text) => this.readText(text),
      close: (end) => this.close(end),
    })
  }

  private open(name: string, attributes: Attributes, from: number, to: number): void {
    const parent = this.elements.at(-1)
    const base = baseInside(parent?.base ?? this.base, attributes)
    const resolve: Resolve = (address) => absoluteUrl(address, base, MEDIA_SCHEMES)
    const { mediaCount: before, textCount } = this
    const textBefore = this.collectors.at(-1)?.text.length ?? 0
    const isCopy = isAmpPlaceholder(attributes, parent, before > (parent?.before ?? before))
    const element = openElement({ name, attributes, from, to, base, resolve, before, textCount, textBefore, isCopy })
    if (element.isCopy) this.copyDepth += 1
    if (name === "img") this.readImage(element)
    else if (AMP_IMAGES.has(name)) this.openAmpImage(element)
    else if (name === "source") this.sourceParents.at(-1)?.sources.push(element)
    else if (name === "embed") this.readEmbed(element)
    else if (name === "a") this.openLink(element)
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
    const isBlank = text.trim() === ""
    if (!isBlank) this.textCount += 1
    if (collector !== undefined) {
      if (collector.text.length < MAX_ESCAPED) collector.text += text
    } else if (this.places.at(-1)?.kind !== "text" && !isBlank) {
      this.places.push({ kind: "text", from: 0, to: 0 })
    }
  }

  private close(end: number): void {
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
    else if (AMP_IMAGES.has(name) && element.found.length > 0) this.copyDepth -= 1
    else if (name === "a") this.closeLink(element, end)
    if (LATE_CONTAINERS.has(name) && this.mediaCount === element.before) this.closeContainer(element)
    if (element.isCopy) this.copyDepth -= 1
  }

  /**
   * Writes a picture or link into the body, or collects it if an element is open that will be removed.
   * @param isThere whether the body contains it already if only the tags of an `object` are removed
   */
  private add(found: Found, from: number, to = from, isThere = false): Place | undefined {
    if (this.removedDepth > 0 || this.copyDepth > 0) return undefined
    if (!found.isTextLink) this.mediaCount += 1
    const { address } = found
    const place: Place = { kind: "picture", from, to, address, html: isThere ? undefined : found.html, media: found }
    const collector = this.collectors.at(-1)
    if (collector === undefined) this.write(place)
    else if (collector.found.length < MAX_FOUND && !collector.found.some((each) => each.address === address)) {
      collector.found.push(found)
      collector.content.push(place)
    }
    return collector === undefined ? place : undefined
  }

  private write(place: Place): void {
    const { address, media } = place
    if (media === undefined || media.isPicture) this.places.push(place)
    else {
      if (address !== undefined) this.players.add(filmOf(address))
      this.links.push(place)
      // A link cannot be inside another link, so it is written after it.
      this.link?.content.push(place)
    }
  }

  private readImage(element: OpenMediaElement): void {
    const { attributes, from, to, resolve } = element
    const address = isInvisiblePicture(attributes, resolve) ? undefined : pictureAddress(attributes, resolve)
    const picture = this.pictures.at(-1)
    let place: Place | undefined
    if (this.collectors.length > 0) {
      if (address !== undefined) this.add(imageOf(attributes, address), from, to, true)
    } else if (this.removedDepth === 0) {
      // An image of AMP contains the same image again for pages without scripts.
      const image = { attributes, resolve }
      place = { kind: "picture", from, to, address, image, ...(this.copyDepth > 0 && { html: "", isReplaced: true }) }
      this.places.push(place)
      if (address !== undefined) this.mediaCount += 1
    }
    if (picture !== undefined) picture.image ??= { attributes, place }
  }

  private openAmpImage(element: OpenMediaElement): void {
    const { attributes, from, resolve } = element
    const address = isInvisiblePicture(attributes, resolve) ? undefined : pictureAddress(attributes, resolve)
    if (address === undefined) return
    const image = imageOf(attributes, address)
    this.add(image, from)
    element.found.push(image)
    this.copyDepth += 1
  }

  private readEmbed({ attributes, from, resolve }: OpenMediaElement): void {
    const address = isInvisible(attributes) ? undefined : playerAddress(attributes, resolve)
    if (address !== undefined) this.add(embeddedOf(attributes, address), from)
  }

  private openLink(element: OpenMediaElement): void {
    if (this.collectors.length > 0 || this.removedDepth > 0) return
    this.link ??= element
    const { attributes, resolve } = element
    const address = resolve(attributes.href ?? "")
    if (address !== undefined) this.players.add(filmOf(address))
  }

  /** Collects a link of a text that will be removed. If a link has a picture, only the picture is kept. */
  private closeLink(element: OpenMediaElement, end: number): void {
    if (this.link === element) {
      this.link = undefined
      for (const place of element.content) if (place.html !== undefined) Object.assign(place, { from: end, to: end })
    }
    const link = this.mediaCount > element.before ? undefined : textLinkIn(this.collectors.at(-1), element)
    if (link !== undefined) this.add(link, element.from, element.to, true)
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
    if (this.isText || !/<(?:img|picture|video|embed|amp-img|iframe|a)\b/i.test(html)) return []
    const search = new MediaSearch(base, this.removed, true)
    // While this element is open, media are collected instead of written.
    search.open("noscript", {}, 0, 0)
    search.read(html)
    return search.elements[0]?.found ?? []
  }

  private closeObject(element: OpenMediaElement): void {
    if (isInvisible(element.attributes) || this.removedDepth > 0 || this.copyDepth > 0) return
    const { media, content } = shownOf(element, this.collectors.length)
    const parent = this.collectors.at(-1)
    if (content === undefined) for (const each of media) this.add(each, element.from)
    else if (parent === undefined) for (const place of content) this.write(place)
    else {
      parent.content.push(...content)
      parent.found.push(...media)
      parent.text += element.text
    }
  }

  private closeNoscript({ from, found, text, base }: OpenMediaElement): void {
    const all = found.length > 0 ? found : this.foundIn(text, base)
    if (all.length === 0 || this.removedDepth > 0 || this.copyDepth > 0) return
    if (this.collectors.length > 0) for (const each of all) this.add(each, from)
    else {
      this.mediaCount += 1
      this.places.push({ kind: "noscript", from, to: from, found: all })
    }
  }

  /** If a `picture` has no usable image, this writes the image of one of its sources. */
  private closePicture({ before, sources, image, resolve }: OpenMediaElement): void {
    if (this.mediaCount > before) return
    const [source, address] = bestSource(sources) ?? []
    if (source === undefined || address === undefined) return
    const { srcset, ...attributes } = image?.attributes ?? {}
    // A placeholder has the size and the style of a dot, but an image with its own address was hidden by the publisher.
    if (isInvisible(attributes) && (pictureAddress(attributes, resolve) !== undefined || isTracker(address))) {
      this.links.push(...sources.map(({ from, to }): Place => ({ kind: "text", from, to, html: "" })))
      return
    }
    const found = imageOf(completed({}, attributes, false), address)
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
    const [early = "", late = ""] = isInvisible(attributes) ? [] : [attributes.poster, attributes["data-poster"]]
    const poster = resolve(early) ?? resolve(late)
    if (address === undefined) {
      if (poster !== undefined) this.add(imageOf({ title: attributes.title ?? "" }, poster), from, to)
    } else if (this.collectors.length > 0) this.add(playerOf(tag, address, poster), from, to, true)
    else if (this.removedDepth === 0) {
      this.mediaCount += 1
      this.players.add(address)
    }
  }

  private closeContainer({ attributes, to, resolve, textCount }: OpenMediaElement): void {
    const address = containerAddress(attributes, resolve, this.textCount > textCount)
    if (address !== undefined && isPictureFile(address) && !isTemporary(address))
      this.add(imageOf({ title: attributes.title ?? "" }, address), to)
  }
}
