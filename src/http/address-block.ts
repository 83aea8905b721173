/** Which addresses belong to one customer, who can send from any of them. */

/**
 * The bits of an IPv6 address that name a site, which is given a /48 (RFC 6177 §2) with 2^80 addresses to choose from. It is right where
 * those who share one lose little by it.
 */
export const SITE_PREFIX_BITS = 48
/**
 * Those that name a link, of which a customer and a telephone have one at least (RFC 7278 §3). It is right for limits: a mobile
 * network has many people in a /48, and nobody is refused for what another client does.
 */
export const LINK_PREFIX_BITS = 64

/**
 * An IPv4 address is one customer's or shared by several, so it is its own block. Of IPv6 a whole prefix is one.
 * @param address as the platform states it
 */
export function addressBlock(address: string, bits: typeof SITE_PREFIX_BITS | typeof LINK_PREFIX_BITS): string {
  const url = `http://[${address}]/`
  if (!address.includes(":") || !URL.canParse(url)) return address
  // RFC 5952: the same address is always written the same way.
  const canonical = new URL(url).hostname.slice(1, -1)
  if (canonical.startsWith("::ffff:")) return canonical
  const [head = [], tail = []] = canonical.split("::").map((part) => part.split(":").filter((group) => group !== ""))
  const groups = [...head, ...new Array<string>(8 - head.length - tail.length).fill("0"), ...tail]
  return `${groups.slice(0, bits / 16).join(":")}::/${bits}`
}
