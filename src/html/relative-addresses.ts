/** Whether the body of an article has addresses that need a base, and whether it states this base itself. Pure. */
import { absoluteUrl, MEDIA_SCHEMES } from "./addresses.ts"
import { candidatesOf } from "./pictures.ts"
import { readAttributes, readTags } from "./tags.ts"

/** Most bodies have none of these attributes with such a value, so they are not parsed here. */
const MAY_BE_RELATIVE =
  /\s(?:href|src|poster|cite|data|data-[\w-]{1,40})\s{0,9}=\s{0,9}(?:["']\s{0,9})?(?![a-z][a-z0-9+.-]{0,20}:|#)[^\s"'>]|\s[\w-]{0,40}srcset\s{0,9}=/i
const ATTRIBUTE = /^(?:href|src|poster|cite|data|data-(?:[\w-]*src|original|echo))$/
const SCHEME = /^[a-z][a-z0-9+.-]{0,20}:/i

/** Whether a body has a relative address. A fragment alone leads into the page of the article, and needs no base. */
export function hasRelativeAddress(html: string): boolean {
  if (!MAY_BE_RELATIVE.test(html)) return false
  let isFound = false
  readAttributes(html, (name, value) => {
    if (name.endsWith("srcset")) isFound ||= candidatesOf(value).some(({ address }) => !SCHEME.test(address))
    else if (ATTRIBUTE.test(name)) isFound ||= isRelative(value.trim())
  })
  return isFound
}

/** A template such as `{width}` is no address. */
const isRelative = (address: string): boolean =>
  address !== "" && !address.startsWith("#") && !address.includes("{") && !SCHEME.test(address)

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
