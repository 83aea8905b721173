/** Finds the places of a body where images and links are written, and recognises repeated pictures. Pure. */
import { type Found, isSamePicture } from "./media-markup.ts"

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
  isReplaced?: boolean
}

/**
 * Keeps the media of each `noscript` that the body does not have. If the image beside the `noscript` is a placeholder
 * or the same picture, the picture replaces this image.
 * @returns further places, where something is written
 */
export function extractNoscripts(places: Place[], players: Set<string>): Place[] {
  const pictures = new Set(places.flatMap(({ address }) => address ?? []))
  const extracted: Place[] = []
  for (const [at, { from, found = [] }] of places.entries()) {
    for (const { isPicture, address, html } of found) {
      const known = isPicture ? pictures : players
      if (known.has(address)) continue
      known.add(address)
      const neighbours = isPicture ? [places[at - 1], places[at + 1]] : []
      const replaced = neighbours.find((place) => isReplaceable(place, address))
      if (replaced === undefined) extracted.push({ kind: "picture", from, to: from, html })
      else Object.assign(replaced, { html, isReplaced: true })
    }
  }
  return extracted
}

function isReplaceable(place: Place | undefined, address: string): place is Place {
  if (place?.kind !== "picture" || place.isReplaced) return false
  return place.address === undefined || isSamePicture(place.address, address)
}

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
