/** Checks URLs that the Worker will fetch. This prevents server-side request forgery. */
import { parseUrl } from "../text/uri.ts"
import { withoutTrailing } from "../text/without-trailing.ts"

export interface OutboundUrlOptions {
  /** Permits 127.0.0.0/8, ::1 and localhost, also over http and on any port. */
  allowLoopback: boolean
  /** `URL.host` of our own addresses. They are forbidden on every port, or on loopback only on this port. */
  ownHosts: readonly string[]
  /** Permits `http:` on public hosts. Do not set it for URLs to which the Worker sends data. */
  allowHttp?: boolean
}

const MAX_URL_LENGTH = 2048
const ALLOWED_PORTS = ["", "443", "8443", "80"]
const LOOPBACK = "loopback"

/**
 * Address blocks without public hosts, or whose addresses are translated to others. The first match gives the reason.
 * https://www.iana.org/assignments/iana-ipv4-special-registry and …/iana-ipv6-special-registry
 */
const FORBIDDEN_BLOCKS = (
  [
    ["0.0.0.0/8", "unspecified, “this network”"],
    ["10.0.0.0/8", "private"],
    ["100.64.0.0/10", "shared by carriers (CGNAT)"],
    ["127.0.0.0/8", LOOPBACK],
    ["168.63.129.16/32", "the host of a cloud machine"],
    ["169.254.0.0/16", "link-local"],
    ["172.16.0.0/12", "private"],
    ["192.0.0.0/24", "reserved for protocols"],
    ["192.0.2.0/24", "reserved for documentation"],
    ["192.88.99.0/24", "a relay of 6to4"],
    ["192.168.0.0/16", "private"],
    ["198.18.0.0/15", "reserved for benchmarks"],
    ["198.51.100.0/24", "reserved for documentation"],
    ["203.0.113.0/24", "reserved for documentation"],
    ["224.0.0.0/4", "multicast"],
    ["255.255.255.255/32", "broadcast"],
    ["240.0.0.0/4", "reserved"],
    ["::/128", "unspecified"],
    ["::1/128", LOOPBACK],
    ["::/96", "an IPv4 address inside IPv6"],
    ["::ffff:0:0/96", "an IPv4 address inside IPv6"],
    ["64:ff9b::/96", "an IPv4 address inside IPv6 (NAT64)"],
    ["64:ff9b:1::/48", "an IPv4 address inside IPv6 (NAT64)"],
    ["2001::/32", "an IPv4 address inside IPv6 (Teredo)"],
    ["2001::/23", "reserved for protocols"],
    ["2001:db8::/32", "reserved for documentation"],
    ["2002::/16", "an IPv4 address inside IPv6 (6to4)"],
    ["3fff::/20", "reserved for documentation"],
    ["fc00::/7", "private"],
    ["fe80::/10", "link-local"],
    ["fec0::/10", "private"],
    ["ff00::/8", "multicast"],
    // Only 2000::/3 is allocated to public hosts.
    ["::/3", "reserved"],
    ["4000::/2", "reserved"],
    ["8000::/1", "reserved"],
  ] as const
).map(([block, what]) => {
  const [address = "", length] = block.split("/")
  return { block, what, prefix: bits(address).slice(0, Number(length)), size: bits(address).length }
})

/** Names of private networks (RFC 6761, RFC 6762 appendix G, RFC 8375). `example` never resolves. */
const PRIVATE_NAME = /\.(localhost|localdomain|local|internal|intranet|private|corp|home|lan|arpa)$/

/**
 * Returns the reason why the Worker must not fetch a URL, as the end of a sentence; undefined if the Worker may fetch
 * it. Check every redirect, too. Names are not resolved here, because the runtime refuses private addresses (`wrangler
 * dev` does not).
 */
export function outboundUrlProblem(value: string, options: OutboundUrlOptions): string | undefined {
  if (value.length > MAX_URL_LENGTH) return "must have at most 2,048 characters: shorten its path or query"
  const url = /[\s\p{Cc}\\]/u.test(value) ? undefined : parseUrl(value)
  if (url === undefined) {
    return "must be an absolute URL such as https://news.example/feed: percent-encode spaces and backslashes"
  }
  const host = hostName(url)
  const forbiddenReason = forbiddenHostReason(host)
  const loopback = options.allowLoopback && forbiddenReason === LOOPBACK
  if (url.protocol !== "https:" && !(url.protocol === "http:" && (loopback || options.allowHttp))) {
    return `must begin with https://, not ${url.protocol} use the https address`
  }
  if (/^[a-z]+:\/*[^/?#]*@/i.test(value)) return "must not have a user name or password before the host: remove it"
  if (value.includes("#")) return "must not have a fragment: remove the # and what follows"
  if (forbiddenReason !== undefined && !loopback) {
    const what = forbiddenReason === LOOPBACK ? "this machine itself (loopback)" : forbiddenReason
    return `must not lead to ${host}, which is ${what}: use a host on the public internet`
  }
  const ownUrls = options.ownHosts.map((each) => new URL(`https://${each}`))
  if (ownUrls.some((each) => isOwn(each, host, url.port, loopback))) {
    return `must not lead back to this wire (${url.host}): use a host of someone else`
  }
  if (!loopback && !ALLOWED_PORTS.includes(url.port)) return `must not use port ${url.port}: use 443, 8443 or 80`
  return undefined
}

/** Returns the host as `new URL` normalizes it, without the full stop of the DNS root. */
function hostName(url: URL): string {
  return withoutTrailing(url.hostname, ".")
}

function isOwn(own: URL, host: string, port: string, loopback: boolean): boolean {
  const name = hostName(own)
  if (!loopback) return name === host
  return forbiddenHostReason(name) === LOOPBACK && own.port === port
}

/** Returns the reason why a host is not on the public internet; undefined for a public host. */
function forbiddenHostReason(host: string): string | undefined {
  if (host === "localhost") return LOOPBACK
  if (host.startsWith("[") || /^\d+(\.\d+){3}$/.test(host)) {
    const address = bits(host.replace(/[[\]]/g, ""))
    const block = FORBIDDEN_BLOCKS.find(({ prefix, size }) => size === address.length && address.startsWith(prefix))
    return block && (block.what === LOOPBACK ? LOOPBACK : `${block.what} (${block.block})`)
  }
  if (host.split(".").includes("")) return "no host name (a label is empty)"
  if (!host.includes(".")) return "a name of the local network (a single label)"
  const [, ending] = PRIVATE_NAME.exec(host) ?? []
  return ending && `a name of the local network (.${ending})`
}

/** Returns the 32 bits of a dotted decimal IPv4 address, or the 128 bits of an IPv6 address. */
function bits(address: string): string {
  if (!address.includes(":")) return address.replace(/\d+\.?/g, (byte) => binary(Number.parseInt(byte, 10), 8))
  const [head = [], tail] = address.split("::").map((half) => half.split(":").filter((group) => group !== ""))
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - head.length - tail.length }, () => "0")
  return [...head, ...zeros, ...(tail ?? [])].map((group) => binary(Number.parseInt(group, 16), 16)).join("")
}

function binary(value: number, length: number): string {
  return value.toString(2).padStart(length, "0")
}
