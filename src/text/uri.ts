/** Returns the URI (RFC 3986) that browsers make of an address. @throws TypeError if the text is not an address */
export function toUri(address: string, base?: string): string {
  return escapeForbidden(new URL(address, base).href)
}

/** Scheme and host. Only here an address may have brackets, which enclose an IPv6 address. */
const ORIGIN = /^(?:[a-z][a-z0-9+.-]*:)?(?:\/\/[^/?#]*)?/i

/**
 * Percent-encodes percent signs that begin no escape, and characters that RFC 3986 §3.3 to §3.5 forbids although `URL`
 * keeps them: `[`, `|`, a second `#` and others. The address leads to the same page.
 */
export function escapeForbidden(address: string): string {
  const origin = ORIGIN.exec(address)?.[0] ?? ""
  const fragmentAt = address.indexOf("#", origin.length)
  return address
    .replace(/[[\]|{}`^\\"<> #]/g, (character, at: number) =>
      at === fragmentAt || (at < origin.length && /[[\]]/.test(character)) ? character : encodeURIComponent(character),
    )
    .replace(/%(?![0-9A-Fa-f]{2})/g, "%25")
}

/** Characters that `URL` keeps in a host, but RFC 3986 §3.2.2 forbids there. They cannot be encoded. */
const FORBIDDEN_IN_HOST = /["`{}|^\\<>]/

/** The maximum number of characters of a host (RFC 1035 §2.3.4). */
const HOST_LIMIT = 253
/** Matches the host of an address. The caller must first remove tabs and line breaks. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: `URL` ignores these characters
const HOST = /^[\u0000-\u0020]*(?:(?:https?|wss?|ftp|file):[/\\]*|[/\\]{2,})([^/\\?#]*)/i

/**
 * Reads an address as browsers do. It refuses hosts that a URI must not have, and long hosts, because `URL` takes
 * quadratic time for them.
 */
export function parseUrl(address: string, base?: string): URL | undefined {
  const [, host = ""] = address.length > HOST_LIMIT ? (HOST.exec(address.replace(/[\t\n\r]/g, "")) ?? []) : []
  const url = host.length <= HOST_LIMIT ? URL.parse(address, base) : null
  return url === null || FORBIDDEN_IN_HOST.test(url.host) ? undefined : url
}
