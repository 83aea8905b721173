/** The URI (RFC 3986) of an address, as browsers make it. @throws TypeError if the text is not an address */
export function toUri(address: string, base?: string): string {
  return escapeForbidden(new URL(address, base).href)
}

/** Percent-encodes characters that no URI may contain, and percent signs that begin no escape. `URL` keeps both. */
export function escapeForbidden(address: string): string {
  return address.replace(/[|{}`^\\"<> ]/g, encodeURIComponent).replace(/%(?![0-9A-Fa-f]{2})/g, "%25")
}

/** The maximum number of characters of a host (RFC 1035 §2.3.4). */
const HOST_LIMIT = 253
/** Matches the host of an address, if its scheme has hosts. The caller must first remove tabs and line breaks. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: `URL` ignores these characters
const HOST = /^[\u0000-\u0020]*(?:(?:https?|wss?|ftp|file):[/\\]*|[/\\]{2,})([^/\\?#]*)/i

/** The URL of an address as browsers read it. Long hosts are refused, because `URL` takes quadratic time for them. */
export function parseUrl(address: string, base?: string): URL | undefined {
  const [, host = ""] = address.length > HOST_LIMIT ? (HOST.exec(address.replace(/[\t\n\r]/g, "")) ?? []) : []
  return host.length <= HOST_LIMIT ? (URL.parse(address, base) ?? undefined) : undefined
}
