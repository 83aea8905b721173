/** Whether the body of an article has addresses that need a base. Pure. */
import { Parser } from "htmlparser2"
import { candidatesOf } from "./pictures.ts"

/** Most bodies have none of these attributes with such a value, so they are not parsed here. */
const MAY_BE_RELATIVE =
  /\s(?:href|src|poster|cite|data|data-[\w-]{1,40})\s{0,9}=\s{0,9}(?:["']\s{0,9})?(?![a-z][a-z0-9+.-]{0,20}:|#)[^\s"'>]|\s[\w-]{0,40}srcset\s{0,9}=/i
const ATTRIBUTE = /^(?:href|src|poster|cite|data|data-(?:[\w-]*src|original|echo))$/
const SCHEME = /^[a-z][a-z0-9+.-]{0,20}:/i

/** Whether a body has a relative address. A fragment alone leads into the page of the article, and needs no base. */
export function hasRelativeAddress(html: string): boolean {
  if (!MAY_BE_RELATIVE.test(html)) return false
  let isFound = false
  const parser = new Parser({
    onattribute(name, value) {
      if (name.endsWith("srcset")) isFound ||= candidatesOf(value).some(({ address }) => !SCHEME.test(address))
      else if (ATTRIBUTE.test(name)) isFound ||= isRelative(value.trim())
    },
  })
  parser.write(html)
  parser.end()
  return isFound
}

/** A template such as `{width}` is no address. */
const isRelative = (address: string): boolean =>
  address !== "" && !address.startsWith("#") && !address.includes("{") && !SCHEME.test(address)
