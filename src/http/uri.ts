/**
 * The URI (RFC 3986) of an address as browsers understand it.
 * @throws TypeError if it is no address at all.
 */
export function uri(address: string, base?: string): string {
  return escapeForbidden(new URL(address, base).href)
}

/** Percent-encodes what may stand in no URI or IRI; URL leaves it in paths, queries and fragments, and a bare percent sign. */
export function escapeForbidden(address: string): string {
  return address.replace(/[|{}`^\\"<> ]/g, encodeURIComponent).replace(/%(?![0-9A-Fa-f]{2})/g, "%25")
}
