/** Makes the duplicate key of an article from its address, and compares addresses of articles. Pure. */
import { isTrackingParameter } from "../../text/tracking-parameters.ts"

/** The addresses of a version: ArticleVersion has them. */
interface Addresses {
  url?: string
  details: { externalUrl?: string }
}

/**
 * The duplicate key of an article: its address without the parts that do not identify a page (scheme, www., fragment,
 * tracking parameters, order of parameters, final slash, spelling of percent-encoding). An article without an address
 * of its own has no duplicates.
 */
export function duplicateKeyOf({ url, details }: Addresses): string | undefined {
  return url === undefined || url === details.externalUrl ? undefined : duplicateKeyAt(url)
}

/**
 * The duplicate key of an article's address if the address may identify the article under another guid: not the address
 * of another site's page, and not a site's root.
 */
export function articleAddress(url: string | undefined, externalUrl: string | undefined): string | undefined {
  if (url === undefined || url === externalUrl) return undefined
  const key = duplicateKeyAt(url)
  return /^[^/?]+(?:\/(?:index|default)\.\w+)?$/.test(key) ? undefined : key
}

/** Whether two addresses with the same duplicate key may be of one article: not if each names another part of a page. */
export function areSamePart(a: string, b: string): boolean {
  const [one, other] = [new URL(a).hash, new URL(b).hash]
  return one === other || one === "" || other === ""
}

/** The duplicate key of an absolute address. */
export function duplicateKeyAt(address: string): string {
  const url = new URL(address)
  const parameters: string[] = []
  // Each parameter is parsed alone, because the time of URLSearchParams grows faster than their number.
  for (const parameter of url.search.slice(1).split("&")) {
    if (parameter === "") continue
    for (const [name, value] of new URLSearchParams(`?${parameter}`)) {
      if (!isTrackingParameter(name)) parameters.push(`${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    }
  }
  const query = parameters.length === 0 ? "" : `?${parameters.sort().join("&")}`
  return url.host.replace(/^www\./, "") + normalizePath(url.pathname).replace(/\/$/, "") + query
}

/** Writes every percent-encoded octet in the same way (RFC 3986 §6.2.2). */
function normalizePath(path: string): string {
  if (!path.includes("%")) return path
  return path.replace(/%[0-9a-f]{2}/gi, (octet) => {
    const character = String.fromCharCode(Number.parseInt(octet.slice(1), 16))
    return /[\w.~-]/.test(character) ? character : octet.toUpperCase()
  })
}
