/**
 * Fetches a publisher's feed: one conditional GET, over a few redirects, with a limit on time and bytes. Plain HTTP: what
 * is in the feed and whose it is, others know. What a peer does wrong is a result, never an exception: it is kept and shown.
 */
import { type PeerOptions, peerProblem } from "../http/peer.ts"
import { answerFailure, type Failed, failed, shown } from "./failure.ts"

export interface FeedRequest {
  url: string
  /** Both as the last answer had them: they go back unchanged (RFC 9110 §13.1). */
  etag?: string | undefined
  lastModified?: string | undefined
}

export interface FetchOptions extends Pick<PeerOptions, "allowLoopback" | "ownHosts"> {
  /** Who asks. The runtime names nobody, and many sites refuse those that do not say who they are. */
  userAgent: string
  /** Milliseconds UTC: what a date in Retry-After is compared with. */
  now: number
  /** Milliseconds for all hops and the body together. */
  patience?: number
  /** Bytes of the body, counted after decompression. */
  limit?: number
}

export interface Changed {
  outcome: "changed"
  /** Never empty. */
  bytes: Uint8Array
  contentType: string | undefined
  etag: string | undefined
  lastModified: string | undefined
  finalUrl: string
  /** Where the feed has moved for good: every redirect said so (301, 308). */
  permanentUrl: string | undefined
}

export interface Unchanged {
  outcome: "unchanged"
  finalUrl: string
  permanentUrl: string | undefined
}

export type Fetched = Changed | Unchanged | Failed

export const PATIENCE = 10_000
export const MAX_BYTES = 4 * 1024 * 1024
export const MAX_REDIRECTS = 5
/** Characters of a validator that is kept; a longer one would cost more than it saves. */
const MAX_VALIDATOR = 1000

const ACCEPT =
  "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml, " +
  "application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.1"

/** RFC 9110 §15.4; for a GET, 302, 303 and 307 say the same. */
const REDIRECTS = [301, 302, 303, 307, 308]
const PERMANENT = [301, 308]
/** What the runtime decodes, or what needs no decoding. It leaves all else as it is, even "GZIP". */
const CODINGS = ["", "identity", "gzip", "br"]

/** One fetch: what is asked, and the end of all patience. */
interface Run {
  request: FeedRequest
  options: FetchOptions
  deadline: AbortSignal
}

/** Fetches a feed, unless it is as it was. */
export async function fetchFeed(request: FeedRequest, options: FetchOptions): Promise<Fetched> {
  const deadline = new AbortController()
  const timer = setTimeout(() => deadline.abort(), options.patience ?? PATIENCE)
  try {
    return await follow({ request, options, deadline: deadline.signal })
  } finally {
    clearTimeout(timer)
  }
}

/** Every hop is a peer to be checked anew. */
async function follow(run: Run): Promise<Fetched> {
  const { allowLoopback, ownHosts } = run.options
  const asked: string[] = []
  let url = run.request.url
  let permanent = true
  while (asked.length <= MAX_REDIRECTS) {
    const problem = peerProblem(url, { allowLoopback, ownHosts, allowHttp: true })
    // A redirect can be mended where it stands; the address itself only here.
    if (problem !== undefined) {
      return failed("refused", `${placeOf(url, asked)} ${problem}`, { again: asked.length > 0 })
    }
    asked.push(new URL(url).href)
    // Frees the connection of an answer whose body nobody reads.
    const hop = new AbortController()
    const response = await ask(url, run, hop.signal)
    if ("outcome" in response) return response
    if (!REDIRECTS.includes(response.status)) {
      const moved = permanent && asked.length > 1
      const fetched = await conclude(response, { finalUrl: url, permanentUrl: moved ? url : undefined }, run)
      hop.abort()
      return fetched
    }
    hop.abort()
    const next = targetOf(response, url)
    if (next === undefined) {
      const detail = `${shown(url)} answered ${response.status} without a usable Location: ask its publisher to correct it`
      return failed("redirects", detail, { status: response.status })
    }
    if (asked.includes(next)) {
      return failed("redirects", `${shown(url)} leads back to ${shown(next)}: correct the address of the feed`)
    }
    permanent &&= PERMANENT.includes(response.status)
    url = next
  }
  const detail = `${shown(run.request.url)} is redirected more than ${MAX_REDIRECTS} times: register the address it leads to`
  return failed("redirects", detail)
}

/** The beginning of a sentence about an address that is not asked. */
function placeOf(url: string, asked: string[]): string {
  const from = asked.at(-1)
  return from === undefined ? `The feed's address ${shown(url)}` : `The redirect of ${shown(from)} to ${shown(url)}`
}

/** One GET. The validators go to every hop: a feed that is redirected is still that feed. */
async function ask(url: string, run: Run, hop: AbortSignal): Promise<Response | Failed> {
  const { etag, lastModified } = run.request
  const headers = new Headers({
    accept: ACCEPT,
    "user-agent": run.options.userAgent,
    ...(etag !== undefined && { "if-none-match": etag }),
    ...(lastModified !== undefined && { "if-modified-since": lastModified }),
  })
  const signal = AbortSignal.any([run.deadline, hop])
  try {
    // Whoever was told of a change must not get what a cache on the way held before it.
    return await fetch(url, { headers, redirect: "manual", cache: "no-store", signal })
  } catch (error) {
    if (run.deadline.aborted) return late(url, run)
    const remedy = "check the name of the host, its certificate and whether it answers"
    return failed("unreachable", `${shown(url)} could not be reached (${said(error)}): ${remedy}`)
  }
}

/** Without a fragment, which is not sent (RFC 9110 §10.2.2 lets Location have one). */
function targetOf(response: Response, url: string): string | undefined {
  const location = response.headers.get("location")
  if (location === null || !URL.canParse(location, url)) return undefined
  const target = new URL(location, url)
  target.hash = ""
  return target.href
}

/** What the last answer means. */
async function conclude(
  response: Response,
  place: { finalUrl: string; permanentUrl: string | undefined },
  run: Run,
): Promise<Fetched> {
  const { request, options } = run
  const { status, headers } = response
  const url = place.finalUrl
  const isConditional = request.etag !== undefined || request.lastModified !== undefined
  if (status === 304 && isConditional) return { outcome: "unchanged", ...place }
  // 203 is a 200 that somebody on the way has changed (RFC 9110 §15.3.4).
  if (status !== 200 && status !== 203) return answerFailure(response, url, options.now)
  const coding = headers.get("content-encoding") ?? ""
  if (!CODINGS.includes(coding)) {
    const remedy = "ask its publisher to send gzip, br or nothing"
    return failed("coding", `${shown(url)} is encoded as ${shown(coding)}, which was not asked for: ${remedy}`, {
      status,
    })
  }
  const bytes = await read(response, url, run)
  if ("outcome" in bytes) return bytes
  return {
    outcome: "changed",
    bytes,
    contentType: headers.get("content-type") ?? undefined,
    etag: validator(headers.get("etag")),
    lastModified: validator(headers.get("last-modified")),
    ...place,
  }
}

function validator(value: string | null): string | undefined {
  return value === null || value === "" || value.length > MAX_VALIDATOR ? undefined : value
}

/** The whole body, in memory. Content-Length is not asked: it may lie, and says nothing of what a compressed body becomes. */
async function read({ body, status }: Response, url: string, run: Run): Promise<Uint8Array | Failed> {
  const limit = run.options.limit ?? MAX_BYTES
  const reader = body?.getReader()
  const parts: Uint8Array[] = []
  let length = 0
  try {
    for (let part = await reader?.read(); part?.value !== undefined; part = await reader?.read()) {
      length += part.value.byteLength
      if (length > limit) {
        const remedy = "ask its publisher for a feed of the newest articles only"
        return failed("too_large", `${shown(url)} is larger than ${limit / 1024} KiB: ${remedy}`, { status })
      }
      parts.push(part.value)
    }
  } catch (error) {
    if (run.deadline.aborted) return late(url, run)
    return failed("interrupted", `${shown(url)} broke off (${said(error)}): it is asked again later`, { status })
  }
  if (length === 0)
    return failed("empty", `${shown(url)} answered ${status} with an empty body: ask its publisher`, { status })
  const bytes = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.byteLength
  }
  return bytes
}

function late(url: string, { options }: Run): Failed {
  const seconds = (options.patience ?? PATIENCE) / 1000
  return failed("timeout", `${shown(url)} was not there within ${seconds} s: it is asked again later`)
}

/** The runtime's own words, which are few: "Network connection lost.", "internal error; reference = …". */
function said(error: unknown): string {
  return shown(error instanceof Error ? error.message.replace(/[.;].*$/s, "") : String(error))
}
