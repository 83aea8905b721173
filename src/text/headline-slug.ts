/** Makes the readable part of an article's address from its headline, in the script of the headline. Pure. */
import { foldName } from "./fold-name.ts"

/** The maximum number of characters (code points) of a slug. */
const MAX_SLUG = 80
/** The rest of a longer headline cannot get into the slug, so it is not read. A letter may have several marks. */
const MAX_READ = 1000

const WORD = /[\p{L}\p{Nd}][\p{L}\p{M}\p{Nd}]*/gu
/** A folded name has one apostrophe for all. A hyphen in its place would make two words of one. */
const APOSTROPHE_IN_WORD = /(?<=\p{L})'(?=\p{L})/gu

/**
 * Returns the letters and digits of a headline, with a hyphen between words. Words have the spelling in which names are
 * compared, so marks that writers may leave out, such as Arabic vowel signs, are not in the slug. The slug ends with a
 * whole word, unless the first word is longer than the slug may be, as in languages without spaces.
 * @returns undefined if the headline has no letters and digits
 */
export function headlineSlug(headline: string | undefined): string | undefined {
  if (headline === undefined) return undefined
  const text = foldName(headline.slice(0, MAX_READ)).replace(APOSTROPHE_IN_WORD, "")
  let slug = ""
  let length = 0
  for (const [word] of text.matchAll(WORD)) {
    const characters = [...word]
    if (slug === "") {
      slug = characters.slice(0, MAX_SLUG).join("")
      length = characters.length
    } else {
      length += 1 + characters.length
      if (length > MAX_SLUG) break
      slug += `-${word}`
    }
  }
  return slug === "" ? undefined : slug
}
