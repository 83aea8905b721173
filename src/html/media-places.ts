/** Finds the places of a body where images and links are written, and recognises repeated pictures. Pure. */
import { type Found, imageOf } from "./media-markup.ts"
import { isReplacedPicture } from "./picture-names.ts"
import { candidatesOf, pictureSet, type Resolve } from "./pictures.ts"
import { filmOf } from "./players.ts"
import { isCopy } from "./same-picture.ts"
import type { Attributes } from "./visibility.ts"

/** A picture, the media of a `noscript`, or a text. Text between two pictures means that they are not neighbours. */
export interface Place {
  kind: "picture" | "noscript" | "text"
  from: number
  to: number
  /** The address of the picture; undefined for a placeholder. */
  address?: string | undefined
  /** The markup to write in this place; undefined if the place stays as it is. */
  html?: string | undefined
  found?: Found[]
  /** What is shown in this place. */
  media?: Found
  isReplaced?: boolean
  /** The attributes of an image in the body. */
  image?: { attributes: Attributes; resolve: Resolve }
}

/**
 * Keeps the media of each `noscript` that the body does not have. If the image beside the `noscript` is a placeholder
 * or the same picture, the picture replaces this image, and gets the attributes that only this image has.
 * @returns further places, where something is written
 */
export function extractNoscripts(places: Place[], players: Set<string>): Place[] {
  const pictures = new Set(places.flatMap(({ address }) => address ?? []))
  const extracted: Place[] = []
  for (const [at, { from, found = [] }] of places.entries()) {
    for (const each of found) {
      const { isPicture, address, html } = each
      const neighbours = isPicture ? [places[at - 1], places[at + 1]] : []
      const replaced = neighbours.find((place) => isReplaceable(place, address))
      const known = isPicture ? pictures : players
      const key = isPicture ? address : filmOf(address)
      const isKnown = known.has(key)
      known.add(key)
      if (replaced !== undefined && (!isKnown || replaced.address === address))
        Object.assign(replaced, { html: replacement(replaced, each), isReplaced: true })
      else if (!isKnown) extracted.push({ kind: "picture", from, to: from, html })
    }
  }
  return extracted
}

function isReplaceable(place: Place | undefined, address: string): place is Place {
  if (place?.kind !== "picture" || place.isReplaced) return false
  const { image } = place
  const addresses = [place.address, image?.resolve(image.attributes.src ?? "")].filter((each) => each !== undefined)
  return (
    place.address === undefined || isReplacedPicture(place.address) || addresses.some((each) => isCopy(each, address))
  )
}

function replacement({ address, image, html }: Place, found: Found): string | undefined {
  const { attributes = {} } = found
  if (image === undefined) return address === found.address ? html : found.html
  const own = { ...image.attributes, srcset: pictureSet(image.attributes, image.resolve) ?? "" }
  if (address !== found.address) return imageOf(completed(attributes, own, false), found.address).html
  return imageOf(completed(own, attributes, true), found.address).html
}

/** A set without a picture of this width may be of a small copy. */
const MIN_SET_WIDTH = 200
/** Smaller numbers are the size of a placeholder. */
const MIN_SIZE = { width: 100, height: 50 }

/** Adds the attributes that only another image of the same picture has. */
export function completed(attributes: Attributes, other: Attributes, isSameFile: boolean): Attributes {
  const result: Record<string, string> = { ...attributes }
  const add = (...names: string[]) => {
    for (const name of names) if (!result[name]?.trim() && other[name]) result[name] = other[name]
  }
  add("alt", "title", "class", "lang", "dir")
  const isLarge = candidatesOf(other.srcset ?? "").some(
    ({ descriptor }) => Number.parseInt(descriptor, 10) >= MIN_SET_WIDTH,
  )
  if (!result.srcset && (isSameFile || isLarge)) add("srcset", "sizes")
  const { width, height } = other
  const isStated = result.width !== undefined || result.height !== undefined
  if (!isStated && isLargeSize(width, MIN_SIZE.width) && isLargeSize(height, MIN_SIZE.height)) add("width", "height")
  return result
}

const isLargeSize = (size: string | undefined, least: number): boolean =>
  size === undefined || Number.parseInt(size, 10) >= least

/** Writes the places into the body. No two places may overlap. */
export function writePlaces(html: string, places: Place[]): string {
  const parts: string[] = []
  let at = 0
  for (const { from, to, html: media = "" } of places.toSorted((a, b) => a.from - b.from)) {
    parts.push(html.slice(at, from), media)
    at = to
  }
  return parts.join("") + html.slice(at)
}
