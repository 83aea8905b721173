/** Reads pings. A ping is not authenticated and makes no article: the Worker only fetches registered feeds. Pure. */
import { parseUrl } from "../text/uri.ts"
import type { ParseProblem } from "./message.ts"
import { FAULT_CODES, type Fault, invalidCall, isCall, readCall } from "./xml-rpc.ts"

/** The format of a ping and of its answer: XML-RPC of WordPress, WebSub, or any other. */
export type PingKind = "xml-rpc" | "websub" | "plain"

export interface Ping {
  kind: PingKind
  /** The changed http and https addresses, normalised, in the order of the ping, without repetitions. */
  urls: string[]
  /** A sentence for each address that was left out. */
  warnings: string[]
}

export type PingResult = { ping: Ping } | ({ kind: "xml-rpc" } & Fault) | { kind: "websub"; problem: ParseProblem }

export const MAX_URLS = 100
const MAX_URL_CHARACTERS = 2048
/** How many warnings a ping gets. Further warnings are only counted. */
const MAX_WARNINGS = 10

/** The parameters of both methods begin with the name and home page of a site. Senders disagree about the others. */
const PING_METHODS = ["weblogUpdates.ping", "weblogUpdates.extendedPing"]
/** WordPress's WebSub plugin repeats hub.url, the recommendation has hub.topic, and forms of PHP have hub.url[]. */
const TOPIC_PARAMETERS = ["hub.url", "hub.topic", "hub.url[]", "hub.topic[]"]

type NamedAddress = [place: string, text: string]

/** Reads a ping of at most 64 KiB. Invalid UTF-8 spoils only its own address, because no sender repeats a ping. */
export function readPing(bytes: Uint8Array, contentType: string | undefined): PingResult {
  const type = (contentType ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? ""
  const text = new TextDecoder().decode(bytes)
  if (/^(?:text|application)\/xml$/.test(type) && isCall(text)) return readXmlRpc(text)
  if (type === "application/x-www-form-urlencoded") return readForm(text)
  return { ping: { kind: "plain", urls: [], warnings: [] } }
}

/**
 * Reads ping(name, home[, changed[, category]]) or extendedPing(name, home[, changed], feed[, tags]). It reads each
 * address after the name, because senders disagree about the parameters.
 */
function readXmlRpc(text: string): PingResult {
  const result = readCall(text)
  if ("problem" in result) return { kind: "xml-rpc", ...result }
  const { method, params } = result.call
  if (!PING_METHODS.includes(method)) {
    const detail = `The method ${JSON.stringify(method.slice(0, 100))} is not known here; known: ${PING_METHODS.join(", ")}`
    return { kind: "xml-rpc", ...invalidCall(detail, FAULT_CODES.unknownMethod) }
  }
  const addresses = params.flatMap((param, index): NamedAddress[] => {
    const place = `/methodCall/params/param[${index + 1}]`
    return index > 0 && param !== undefined && /^\s*https?:/i.test(param) ? [[place, param]] : []
  })
  const ping = pingOf("xml-rpc", addresses)
  if (ping.urls.length > 0) return { ping }
  const reason = ping.warnings[0] ?? `/methodCall/params/param[2] must be the address of the home page`
  return { kind: "xml-rpc", ...invalidCall(`${method} names no address that can be used: ${reason}`) }
}

function readForm(text: string): PingResult {
  const form = new URLSearchParams(text)
  const mode = form.get("hub.mode")
  if (mode === null) return { ping: { kind: "plain", urls: [], warnings: [] } }
  if (mode !== "publish") {
    const detail = "hub.mode must be publish: this endpoint is for publishers whose feed has changed"
    return { kind: "websub", problem: { code: "invalid_message", detail } }
  }
  const topics = [...form].filter(([name]) => TOPIC_PARAMETERS.includes(name))
  const ping = pingOf(
    "websub",
    topics.map(([name, value], index): NamedAddress => [`${name} (number ${index + 1})`, value]),
  )
  if (ping.urls.length > 0) return { ping }
  const reason = ping.warnings[0] ?? "hub.url is missing"
  const detail = `hub.mode=publish names no address that can be used: ${reason}`
  return { kind: "websub", problem: { code: "invalid_message", detail } }
}

/** Returns the usable addresses, with a warning for each unusable one. */
function pingOf(kind: PingKind, addresses: NamedAddress[]): Ping {
  const urls = new Set<string>()
  const warnings: string[] = []
  for (const [place, text] of addresses) {
    const address = addressOf(text)
    if ("problem" in address) warnings.push(`${place} ${address.problem}`)
    else if (urls.size < MAX_URLS || urls.has(address.url)) urls.add(address.url)
    else warnings.push(`${place} is one more than the ${MAX_URLS} addresses that a ping may name`)
  }
  const more = warnings.length - MAX_WARNINGS
  if (more > 0) warnings.splice(MAX_WARNINGS, more, `${more} more addresses were left out`)
  return { kind, urls: [...urls], warnings }
}

function addressOf(text: string): { url: string } | { problem: string } {
  const value = text.trim()
  // The length is checked before parsing, which can only make the address longer.
  if (value.length > MAX_URL_CHARACTERS) return { problem: `has more than ${MAX_URL_CHARACTERS} characters` }
  if (value.includes("\uFFFD")) return { problem: "is not UTF-8: percent-encode it" }
  const url = /[\s\p{Cc}\\]/u.test(value) ? undefined : parseUrl(value)
  if (url === undefined) return { problem: "is not an absolute address" }
  if (url.protocol !== "https:" && url.protocol !== "http:") return { problem: "is not an http or https address" }
  if (url.username !== "" || url.password !== "") return { problem: "has a user name or password" }
  if (url.href.length > MAX_URL_CHARACTERS)
    return { problem: `has more than ${MAX_URL_CHARACTERS} characters once it is percent-encoded` }
  return { url: url.href }
}
