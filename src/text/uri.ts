/**
 * The URI (RFC 3986) of an address as browsers understand it.
 * @throws TypeError if it is no address at all.
 */
export function toUri(address: string, base?: string): string {
  return escapeForbidden(new URL(address, base).href)
}

/** Percent-encodes characters that no URI or IRI may contain; URL leaves it in paths, queries and fragments, and a bare percent sign. */
export function escapeForbidden(address: string): string {
  return address.replace(/[|{}`^\\"<> ]/g, encodeURIComponent).replace(/%(?![0-9A-Fa-f]{2})/g, "%25")
}

/** Characters of a host (RFC 1035 §2.3.4). */
const HOST_LIMIT = 253
/** What begins with a host, of the schemes whose hosts are names; tabs and line breaks are gone before. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: URL passes over them
const HOST = /^[\u0000-\u0020]*(?:(?:https?|wss?|ftp|file):[/\\]*|[/\\]{2,})([^/\\?#]*)/i

/**
 * An address as browsers understand it, undefined if it is none. To write a host in ASCII (RFC 3492), URL takes a time that grows
 * with the square of its length, so one that is longer than any name is none.
 */
export function parseUrl(address: string, base?: string): URL | undefined {
  const [, host = ""] = address.length > HOST_LIMIT ? (HOST.exec(address.replace(/[\t\n\r]/g, "")) ?? []) : []
  return host.length <= HOST_LIMIT && URL.canParse(address, base) ? new URL(address, base) : undefined
}
