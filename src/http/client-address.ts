/** Finds the IP address of a client, and the block of addresses from which one customer can send. */

/** The bits of an IPv6 address that identify a site (RFC 6177 §2). A site may count as one reader. */
export const SITE_PREFIX_BITS = 48
/**
 * The bits of an IPv6 address that identify a link (RFC 7278 §3). A site has many users, so rate limits count links.
 */
export const LINK_PREFIX_BITS = 64

/** The part of Hono's context that identifies the client. */
export interface ClientRequest {
  req: { header(name: string): string | undefined }
}

/** Returns the client's IP address from the platform's header. */
export const clientAddressOf = (c: ClientRequest): string => c.req.header("cf-connecting-ip") ?? "unknown"

/** Returns the block that counts as one client in rate limits. */
export const clientBlockOf = (c: ClientRequest): string => addressBlock(clientAddressOf(c), LINK_PREFIX_BITS)

/** Returns the block of an address: the IPv4 address itself, or the prefix of the IPv6 address. */
export function addressBlock(address: string, bits: typeof SITE_PREFIX_BITS | typeof LINK_PREFIX_BITS): string {
  const url = `http://[${address}]/`
  if (!address.includes(":") || !URL.canParse(url)) return address
  // URL writes equal IPv6 addresses in the same form (RFC 5952).
  const canonical = new URL(url).hostname.slice(1, -1)
  if (canonical.startsWith("::ffff:")) return canonical
  const [head = [], tail = []] = canonical.split("::").map((part) => part.split(":").filter((group) => group !== ""))
  const groups = [...head, ...new Array<string>(8 - head.length - tail.length).fill("0"), ...tail]
  return `${groups.slice(0, bits / 16).join(":")}::/${bits}`
}
