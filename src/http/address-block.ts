/** Which addresses are one customer's: whoever has one of them can as well speak from another. */

/**
 * An IPv4 address is one customer's or shared by several. Of IPv6 a site is given a /48 (RFC 6177 §2), with 2^80 addresses to choose
 * from, so the whole of it is one.
 * @param address as the platform states it
 */
export function addressBlock(address: string): string {
  const url = `http://[${address}]/`
  if (!address.includes(":") || !URL.canParse(url)) return address
  // RFC 5952: the same address is always written the same way.
  const canonical = new URL(url).hostname.slice(1, -1)
  if (canonical.startsWith("::ffff:")) return canonical
  const [head = ""] = canonical.split("::")
  const groups = head.split(":").filter((group) => group !== "")
  return `${[0, 1, 2].map((at) => groups[at] ?? "0").join(":")}::/48`
}
