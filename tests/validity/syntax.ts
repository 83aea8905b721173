/** The small syntaxes that feeds are made of. All take the value as it stands, white space around it included. */

/**
 * RFC 3986 §2 with the characters of RFC 3987 §2.2, no direction marks among them (§4.1). `[` and `]` are let through
 * because URL parsers write them in queries.
 */
const IRI =
  /^[A-Za-z][A-Za-z0-9+.-]*:(?:%[0-9A-Fa-f]{2}|[^\p{Cc}\p{Cs}\p{Z}\u200E\u200F\u202A-\u202E\u2066-\u2069%<>"{}|\\^`])+$/u

/** An absolute IRI; one of the web has a host. */
export function isIri(value: string): boolean {
  if (!IRI.test(value)) return false
  return !/^https?:/i.test(value) || (/^https?:\/\/[^/]/i.test(value) && URL.canParse(value))
}

export function isWebAddress(value: string): boolean {
  return isIri(value) && /^https?:/i.test(value)
}

/** RFC 4151 §2.1: who minted it, and a day on which that name was theirs. */
const TAG_URI = /^tag:[\w.-]+(?:@[\w.-]+)?,\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?:.+$/

/** False only for what calls itself a tag: URI and is none. */
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
 * Several terms in one: nobody writes "World,Politics" without meaning two, and three parts are a list. A number such as
 * 10,000 and a name such as "Food, drink and travel" are none.
 */
export function isList(term: string): boolean {
  return /[^\d\s],[^\d\s]/.test(term) || /,.+,/.test(term)
}

/** What is read still holds a reference inside a reference: it was escaped more often than it is read. */
export function isEscapedTwice(text: string): boolean {
  return /&amp;(?:amp|lt|gt|quot|apos|nbsp|#\d+|#x[\da-f]+);/i.test(text)
}

/** UTF-8 that was read as windows-1252: "é" as "Ã©", "’" as "â€™". Neither pair is ever written on purpose. */
const MOJIBAKE = /Ã[©¨¤¶¼±¡³¢®§]|â€[™œ˜¦“”\u009D]|Ø[§¨]Ù/

export function mojibakeIn(text: string): string[] {
  const at = text.search(MOJIBAKE)
  return at === -1 ? [] : [`character ${at}: ${text.slice(Math.max(0, at - 20), at + 20)}`]
}
