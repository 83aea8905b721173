/** Makes each address of a body an absolute URI of an allowed scheme, or removes it. Pure. */
import { escapeForbidden, parseUrl } from "../text/uri.ts"

export const LINK_SCHEMES: readonly string[] = ["http:", "https:", "mailto:", "tel:"]
export const MEDIA_SCHEMES: readonly string[] = ["http:", "https:"]

/** The maximum length of an address, because sanitize-html takes quadratic time for addresses. */
const MAX_ADDRESS_CHARACTERS = 4096

export function absoluteUrl(value: string, base: string | undefined, schemes: readonly string[]): string | undefined {
  const url = value.trim() === "" || value.length > MAX_ADDRESS_CHARACTERS ? undefined : parseUrl(value, base)
  // An address with a user name is refused, because the name can make it look like an address of another site.
  if (url === undefined || !schemes.includes(url.protocol) || url.username !== "" || url.password !== "")
    return undefined
  const address = escapeForbidden(url.href)
  return address.length > MAX_ADDRESS_CHARACTERS ? undefined : address
}

/** Returns the base inside an element of XHTML, which may declare a base for its content (XML Base §4). */
export const baseInside = (
  base: string | undefined,
  attributes: Readonly<Record<string, string>>,
): string | undefined => absoluteUrl(attributes["xml:base"] ?? "", base, MEDIA_SCHEMES) ?? base
