/** Checks the small syntaxes in feeds. All functions take the raw value, with white space around it. */

/** RFC 3986 §2 with the characters of RFC 3987 §2.2, except direction marks (§4.1). Brackets are only for hosts. */
const IRI =
  /^[A-Za-z][A-Za-z0-9+.-]*:(?:\/\/[^/?#[\]]*(?:\[[0-9A-Fa-f:.]+\](?::\d*)?)?(?=[/?#]|$))?(?:%[0-9A-Fa-f]{2}|[^\p{Cc}\p{Cs}\p{Z}\u200E\u200F\u202A-\u202E\u2066-\u2069%<>"{}|\\^`[\]#])*(?:#(?:%[0-9A-Fa-f]{2}|[^\p{Cc}\p{Cs}\p{Z}\u200E\u200F\u202A-\u202E\u2066-\u2069%<>"{}|\\^`[\]#])*)?$/u

/** Whether it is an absolute IRI. An IRI of the web needs a host, and is a URI, because many readers know no IRIs. */
export function isIri(value: string): boolean {
  if (!IRI.test(value)) return false
  if (!/^https?:/i.test(value)) return /^[^:]*:./.test(value)
  return /^https?:\/\/[^/]/i.test(value) && URL.canParse(value) && /^[!-~]*$/.test(value)
}

export function isWebAddress(value: string): boolean {
  return isIri(value) && /^https?:/i.test(value)
}

/** RFC 4151 §2.1: the minting authority, and a day on which it owned its name. */
const TAG_URI = /^tag:[\w.-]+(?:@[\w.-]+)?,\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?:.+$/

/** False only for a value that begins with tag: and is no tag URI. */
export function isHonestTag(value: string): boolean {
  return !/^tag:/i.test(value) || TAG_URI.test(value)
}

/** RFC 5646 §2.1, `langtag` and `privateuse`. */
const LANGUAGE =
  /^(?:(?:[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4,8})(?:-[a-z]{4})?(?:-(?:[a-z]{2}|\d{3}))?(?:-(?:[a-z\d]{5,8}|\d[a-z\d]{3}))*(?:-[\da-wy-z](?:-[a-z\d]{2,8})+)*(?:-x(?:-[a-z\d]{1,8})+)?|x(?:-[a-z\d]{1,8})+)$/i

export function isLanguage(value: string): boolean {
  return LANGUAGE.test(value)
}

/** RFC 6838 §4.2 names, with the parameters of RFC 2045 §5.1. */
const MEDIA_TYPE = /^[a-z\d][\w!#$&^.+-]{0,126}\/[a-z\d][\w!#$&^.+-]{0,126}(?:; ?[\w.-]+=(?:[\w.+-]+|"[^"\\]*"))*$/i

export function isMediaType(value: string): boolean {
  return MEDIA_TYPE.test(value)
}

export function isPositiveInteger(value: string): boolean {
  return /^[1-9]\d*$/.test(value)
}

/**
 * Whether one term contains several. "World,Politics" means two terms, and three parts are a list. A number such as
 * 10,000 and a name such as "Food, drink and travel" are single terms.
 */
export function isList(term: string): boolean {
  return /[^\d\s],[^\d\s]/.test(term) || /,.+,/.test(term)
}

/** Whether a decoded text still contains a reference inside a reference, because it was escaped too often. */
export function isEscapedTwice(text: string): boolean {
  return /&amp;(?:amp|lt|gt|quot|apos|nbsp|#\d+|#x[\da-f]+);/i.test(text)
}

/** UTF-8 that was decoded as windows-1252: "é" as "Ã©", "’" as "â€™". Nobody writes these pairs on purpose. */
const MOJIBAKE = /Ã[©¨¤¶¼±¡³¢®§]|â€[™œ˜¦“”\u009D]|Ø[§¨]Ù/

export function mojibakeIn(text: string): string[] {
  const at = text.search(MOJIBAKE)
  return at === -1 ? [] : [`character ${at}: ${text.slice(Math.max(0, at - 20), at + 20)}`]
}
