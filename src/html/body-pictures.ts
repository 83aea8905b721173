/** Finds out whether a cleaned body shows a picture. Pure. */
import { isSamePath } from "./same-picture.ts"
import { decodeEntities } from "./text.ts"

/** The address of an image, or of the still picture of a film, in HTML that sanitize.ts wrote. None of its attributes has a "<" or ">". */
const IMAGE_SOURCE = /<(?:img\b[^<>]*\ssrc|video\b[^<>]*\sposter)="([^"<>]*)"/g

/** Whether a body has a picture in any size. @param html is a cleaned body */
export function hasPicture(html: string, address: string): boolean {
  return [...html.matchAll(IMAGE_SOURCE)].some(([, source = ""]) => {
    const url = decodeEntities(source)
    return url === address || isSamePath(url, address)
  })
}
