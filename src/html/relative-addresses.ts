/** Whether the body of an article has addresses that need a base, and whether it states this base itself. Pure. */
import { absoluteUrl, MEDIA_SCHEMES } from "./addresses.ts"
import { isLateSet, isPlayerSource, LATE_ATTRIBUTE, lateSource } from "./late-attributes.ts"
import { candidatesOf } from "./pictures.ts"
import { isPageAttribute } from "./players.ts"
import { readAttributes, readTags } from "./tags.ts"

const SCHEME = "[a-z][a-z0-9+.-]{0,20}:"
/** Most bodies have no attribute with such a value, so they are not parsed here. */
const MAY_BE_RELATIVE = new RegExp(
  `(?:href|src|poster|cite|data|value|srcdoc|${LATE_ATTRIBUTE.source.replaceAll("\\s*=", "")})\\s{0,9}=\\s{0,9}(?:["']\\s{0,9})?(?!${SCHEME}|#)[^\\s"'>]|set\\s{0,9}=`,
  "i",
)
const ADDRESS = new Set("href src poster data-poster cite data".split(" "))
const PLAYER = /^(?:i?frame|embed|object|video|audio|source|amp-.*)$/
/** Their addresses are never shown. */
const NEVER_SHOWN = new Set("script link base meta form".split(" "))
/** A parameter of an `object` may have any value. */
const LIKE_FILE = /^(?![\d.])[^=&\s]{0,200}(?:\/.|\.\w{2,5}(?:[?#]|$))|^\.{0,2}\/./
const ABSOLUTE = new RegExp(`^${SCHEME}`, "i")

/** Whether a body has a relative address. A fragment alone leads into the page of the article, and needs no base. */
export const hasRelativeAddress = (html: string): boolean => isRelativeIn(html, true)

/** @param isOuter whether escaped markup inside is read too, as the sanitizer does once */
function isRelativeIn(html: string, isOuter: boolean): boolean {
  if (!MAY_BE_RELATIVE.test(html)) return false
  const widths = /\sdata-widths\s{0,9}=/i.test(html) ? "1" : ""
  let isFound = false
  readAttributes(html, {
    attribute(element, name, value) {
      if (isFound || NEVER_SHOWN.has(element)) return
      if (name === "srcset" || isLateSet(name)) isFound = candidatesOf(value).some(({ address }) => isRelative(address))
      else if (element === "iframe" && name === "srcdoc") isFound = isOuter && isRelativeIn(value, false)
      else if (element === "param" && name === "value") isFound = LIKE_FILE.test(value) && isRelative(value)
      else if (isPageAttribute(element, name) && /^\s*\/\//.test(value)) isFound = true
      else if (ADDRESS.has(name) || (PLAYER.test(element) && isPlayerSource(name, value))) isFound = isRelative(value)
      else {
        const { address = "" } = lateSource(name, value, widths) ?? {}
        isFound = isRelative(address)
      }
    },
    noscript(text) {
      isFound ||= isOuter && isRelativeIn(text, false)
    },
  })
  return isFound
}

/** A template such as `{width}` is no address. */
function isRelative(value: string): boolean {
  const address = value.trim()
  return address !== "" && !address.startsWith("#") && !address.includes("{") && !ABSOLUTE.test(address)
}

/**
 * Returns the base of a body. Its first `base` with an address counts (HTML, "the base element"), unless it is in an
 * element that is removed.
 * @param around the base outside of the body
 */
export function statedBase(html: string, around: string | undefined, removed: ReadonlySet<string>): string | undefined {
  if (!/<base[\s/]/i.test(html)) return around
  const open: string[] = []
  let removedDepth = 0
  let href: string | undefined
  readTags(html, {
    open(name, attributes) {
      open.push(name)
      if (removed.has(name)) removedDepth += 1
      if (name === "base" && removedDepth === 0) href ??= attributes.href
    },
    text() {},
    close() {
      if (removed.has(open.pop() ?? "")) removedDepth -= 1
    },
  })
  return absoluteUrl(href ?? "", around, MEDIA_SCHEMES) ?? around
}
