/** Finds the licence that an entry or a whole document states. Pure. */
import { isHttp, resolveUrl } from "./xml-members.ts"

/** The terms of RSL belong to the site of the document, and not to the articles that it lists. */
const RSL = /rsl\+xml/i

interface LicensedElement {
  links?: { rel?: string; href?: string; type?: string }[] | undefined
  creativeCommons?: { licenses?: string[] } | undefined
  cc?: { license?: string } | undefined
  dcterms?: { licenses?: string[] } | undefined
  /** Texts of rights. A text that is only an address is a licence. */
  rights?: (string | undefined)[]
}

/**
 * Returns the address of the first licence, which may be UNSPECIFIED_LICENSE. `media:license` is not read, because it is
 * the licence of a picture or film.
 */
export function licenseOf(
  { links = [], creativeCommons, cc, dcterms, rights = [] }: LicensedElement,
  base: string | undefined,
): string | undefined {
  const linked = links
    .filter(({ rel, type = "" }) => rel?.toLowerCase() === "license" && !RSL.test(type))
    .map(({ href }) => resolveUrl(href, base))
  const named = [...(creativeCommons?.licenses ?? []), cc?.license, ...(dcterms?.licenses ?? []), ...rights]
  return [...linked, ...named.map((text) => text?.trim())].find((text) => isHttp(text) && !/\s/.test(text))
}

/** Returns the first text of rights that is not the address of the licence. */
export const noticeOf = (rights: (string | undefined)[], license: string | undefined): string | undefined =>
  rights.find((text) => text !== undefined && (license === undefined || text.trim() !== license))
