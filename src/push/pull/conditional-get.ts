/**
 * Fetches a publisher's feed by a conditional GET that follows a few redirects, within limits of time and bytes. A
 * failure of the server is returned and not thrown, because the caller stores it with the source.
 */
import { type OutboundUrlOptions, outboundUrlProblem } from "../../http/outbound-url.ts"
import { type FetchFailure, fetchFailure, responseFailure, shorten } from "./fetch-failure.ts"

export interface FeedRequest {
  url: string
  /** etag and lastModified are sent exactly as the last response had them (RFC 9110 §13.1). */
  etag?: string | undefined
  lastModified?: string | undefined
}

export interface FetchOptions extends Pick<OutboundUrlOptions, "allowLoopback" | "ownHosts"> {
  /** The caller must name a User-Agent: the runtime sends none, and many sites refuse requests without one. */
  userAgent: string
  /** The current time in milliseconds UTC, with which a date in Retry-After is compared. */
  now: number
  /** Milliseconds for all redirects and the body together. */
  timeoutMs?: number
  /** Bytes of the body, counted after decompression. */
  limitBytes?: number
}

export interface ChangedFeed {
  outcome: "changed"
  /** The body. It is never empty. */
  bytes: Uint8Array
  contentType: string | undefined
  etag: string | undefined
  lastModified: string | undefined
  /** The new address of the feed. It is set if all redirects were permanent (301, 308). */
  permanentUrl: string | undefined
}

export interface UnchangedFeed {
  outcome: "unchanged"
  permanentUrl: string | undefined
}

export type FetchResult = ChangedFeed | UnchangedFeed | FetchFailure

export const TIMEOUT_MS = 10_000
export const MAX_FEED_BYTES = 4 * 1024 * 1024
export const MAX_REDIRECTS = 5
/** A longer validator is not kept, because it would cost more than it saves. */
const MAX_VALIDATOR_CHARACTERS = 1000

const ACCEPT_HEADER =
  "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml, " +
  "application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.1"

/** The redirects of RFC 9110 §15.4. For a GET, 302, 303 and 307 mean the same. */
const REDIRECT_STATUSES = [301, 302, 303, 307, 308]
const PERMANENT_REDIRECT_STATUSES = [301, 308]
/** Codings that the runtime decodes, or that need no decoding. The runtime decodes no others, not even "GZIP". */
const CONTENT_CODINGS = ["", "identity", "gzip", "br"]

interface FetchRun {
  request: FeedRequest
  options: FetchOptions
  deadline: AbortSignal
}

export async function fetchFeed(request: FeedRequest, options: FetchOptions): Promise<FetchResult> {
  const deadline = new AbortController()
  const timer = setTimeout(() => deadline.abort(), options.timeoutMs ?? TIMEOUT_MS)
  try {
    return await followRedirects({ request, options, deadline: deadline.signal })
  } finally {
    clearTimeout(timer)
  }
}

/** Follows redirects; every hop is checked like the first address. */
async function followRedirects(run: FetchRun): Promise<FetchResult> {
  const { allowLoopback, ownHosts } = run.options
  const visitedUrls: string[] = []
  let url = run.request.url
  let isPermanent = true
  while (visitedUrls.length <= MAX_REDIRECTS) {
    const problem = outboundUrlProblem(url, { allowLoopback, ownHosts, allowHttp: true })
    // After a redirect, a retry may help, because the server can correct it. Only an operator can correct the first
    // address.
    if (problem !== undefined) {
      return fetchFailure(`${describeAddress(url, visitedUrls)} ${problem}`, visitedUrls.length > 0)
    }
    visitedUrls.push(new URL(url).href)
    // abort() closes the connection if the body of the response is not read.
    const hop = new AbortController()
    const response = await requestUrl(url, run, hop.signal)
    if ("outcome" in response) return response
    if (!REDIRECT_STATUSES.includes(response.status)) {
      const hasMoved = isPermanent && visitedUrls.length > 1
      const result = await resultOf(response, url, hasMoved ? url : undefined, run)
      hop.abort()
      return result
    }
    hop.abort()
    const next = redirectTargetOf(response, url)
    if (next === undefined) {
      const detail = `${shorten(url)} answered ${response.status} without a usable Location: ask its publisher to correct it`
      return fetchFailure(detail)
    }
    if (visitedUrls.includes(next)) {
      return fetchFailure(`${shorten(url)} leads back to ${shorten(next)}: correct the address of the feed`)
    }
    isPermanent &&= PERMANENT_REDIRECT_STATUSES.includes(response.status)
    url = next
  }
  const detail = `${shorten(run.request.url)} is redirected more than ${MAX_REDIRECTS} times: register the address it leads to`
  return fetchFailure(detail)
}

/** Returns the subject of a sentence about an address that is not requested. */
function describeAddress(url: string, visitedUrls: string[]): string {
  const from = visitedUrls.at(-1)
  return from === undefined
    ? `The feed's address ${shorten(url)}`
    : `The redirect of ${shorten(from)} to ${shorten(url)}`
}

/** Sends one GET. Redirected requests have the same validators, because they are for the same feed. */
async function requestUrl(url: string, run: FetchRun, hop: AbortSignal): Promise<Response | FetchFailure> {
  const { etag, lastModified } = run.request
  const headers = new Headers({
    accept: ACCEPT_HEADER,
    "user-agent": run.options.userAgent,
    ...(etag !== undefined && { "if-none-match": etag }),
    ...(lastModified !== undefined && { "if-modified-since": lastModified }),
  })
  const signal = AbortSignal.any([run.deadline, hop])
  try {
    // A cache between the Worker and the server must not answer with the feed as it was before the ping.
    return await fetch(url, { headers, redirect: "manual", cache: "no-store", signal })
  } catch (error) {
    if (run.deadline.aborted) return timeoutFailure(url, run)
    const remedy = "check the name of the host, its certificate and whether it answers"
    return fetchFailure(`${shorten(url)} could not be reached (${messageOf(error)}): ${remedy}`)
  }
}

/** Removes the fragment that Location may contain (RFC 9110 §10.2.2), because a request does not send fragments. */
function redirectTargetOf(response: Response, url: string): string | undefined {
  const location = response.headers.get("location")
  if (location === null || !URL.canParse(location, url)) return undefined
  const target = new URL(location, url)
  target.hash = ""
  return target.href
}

async function resultOf(
  response: Response,
  url: string,
  permanentUrl: string | undefined,
  run: FetchRun,
): Promise<FetchResult> {
  const { request, options } = run
  const { status, headers } = response
  const isConditional = request.etag !== undefined || request.lastModified !== undefined
  if (status === 304 && isConditional) return { outcome: "unchanged", permanentUrl }
  // A proxy that changes the content of a 200 answers 203 instead (RFC 9110 §15.3.4).
  if (status !== 200 && status !== 203) return responseFailure(response, url, options.now)
  const coding = headers.get("content-encoding") ?? ""
  if (!CONTENT_CODINGS.includes(coding)) {
    const remedy = "ask its publisher to use gzip, br or no encoding"
    return fetchFailure(`${shorten(url)} is encoded as ${shorten(coding)}, which was not requested: ${remedy}`)
  }
  const bytes = await readBody(response, url, run)
  if ("outcome" in bytes) return bytes
  return {
    outcome: "changed",
    bytes,
    contentType: headers.get("content-type") ?? undefined,
    etag: usableValidator(headers.get("etag")),
    lastModified: usableValidator(headers.get("last-modified")),
    permanentUrl,
  }
}

function usableValidator(value: string | null): string | undefined {
  return value === null || value === "" || value.length > MAX_VALIDATOR_CHARACTERS ? undefined : value
}

/** Reads the whole body into memory. Content-Length is not used: it may be wrong, and it counts compressed bytes. */
async function readBody({ body, status }: Response, url: string, run: FetchRun): Promise<Uint8Array | FetchFailure> {
  const limitBytes = run.options.limitBytes ?? MAX_FEED_BYTES
  const reader = body?.getReader()
  const chunks: Uint8Array<ArrayBuffer>[] = []
  let length = 0
  try {
    for (let chunk = await reader?.read(); chunk?.value !== undefined; chunk = await reader?.read()) {
      length += chunk.value.byteLength
      if (length > limitBytes) {
        const remedy = "ask its publisher for a feed of the newest articles only"
        return fetchFailure(`${shorten(url)} is larger than ${limitBytes / 1024} KiB: ${remedy}`, false)
      }
      chunks.push(chunk.value)
    }
  } catch (error) {
    if (run.deadline.aborted) return timeoutFailure(url, run)
    return fetchFailure(`${shorten(url)} broke off (${messageOf(error)}): it is fetched again later`)
  }
  if (length === 0) return fetchFailure(`${shorten(url)} answered ${status} with an empty body: ask its publisher`)
  return new Uint8Array(await new Blob(chunks).arrayBuffer())
}

function timeoutFailure(url: string, { options }: FetchRun): FetchFailure {
  const seconds = (options.timeoutMs ?? TIMEOUT_MS) / 1000
  return fetchFailure(`${shorten(url)} did not answer completely within ${seconds} s: it is fetched again later`)
}

/** Returns the message of the runtime, which is short: "Network connection lost.", "internal error; reference = …". */
function messageOf(error: unknown): string {
  return shorten(error instanceof Error ? error.message.replace(/[.;].*$/s, "") : String(error))
}
