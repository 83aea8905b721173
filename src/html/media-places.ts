/** The places of a body where images and links are written, and which of them are the same picture. Pure. */
import { type Found, isSamePicture } from "./media-markup.ts"

/** A picture in the body, the media of a `noscript`, or a text, which separates pictures. */
export interface Place {
  kind: "picture" | "noscript" | "text"
  from: number
  to: number
  /** The address of the picture; undefined for a placeholder. */
  address?: string | undefined
  /** What is written in this place, if that changes the body. */
  html?: string | undefined
  found?: Found[]
  isReplaced?: boolean
}

/**
 * Keeps what each `noscript` has and the body does not. If the image beside it is a placeholder or the same picture, the
 * picture of the `noscript` is written in place of this image.
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

/** Writes the places into the body, from which no other part overlaps. */
export function writePlaces(html: string, places: Place[]): string {
  const parts: string[] = []
  let at = 0
  for (const { from, to, html: media = "" } of places.toSorted((a, b) => a.from - b.from)) {
    parts.push(html.slice(at, from), media)
    at = to
  }
  return parts.join("") + html.slice(at)
}
