/** Answers requests for feeds with 304, the whole document, or a delta. */
import { type Context, Hono } from "hono"
import { cachedDirectory } from "../articles/taxonomy/directory.ts"
import { rightsOfPublishers, withRightsHeaders } from "../articles/taxonomy/rights.ts"
import type { AppEnv, Settings } from "../env.ts"
import { LINK_TYPES, otherFormats } from "../formats/content.ts"
import { MEDIA_TYPES } from "../formats/feed.ts"
import { acceptsDelta, ifNoneMatchTags } from "../http/conditional-request.ts"
import { POLL_SECONDS, SHORT_POLL_SECONDS } from "../http/edge-cache.ts"
import { validatorsInTags } from "../http/entity-tags.ts"
import { methodNotAllowed, Problem, SAFE_METHODS } from "../http/problem.ts"
import { redirect } from "../http/redirect.ts"
import { represent, representationRequest } from "../http/representation.ts"
import { createReaderCharge } from "../http/request-limits.ts"
import { type FeedAddress, type FeedDocument, feedPath, feedUrls, parseAddress } from "./address.ts"
import { deltaOf } from "./delta.ts"
import { knownArticles, rememberDocument, rememberedDocument } from "./entry-cache.ts"
import { loadDocument } from "./load.ts"
import { renderDocument } from "./render-document.ts"
import { FEED_VERSION } from "./validators.ts"

export const feeds = new Hono<AppEnv>().all("*", async (c, next) => {
  try {
    const response = await answerFeed(c)
    if (!response) return next()
    for (const [name, value] of Object.entries(COMMON_HEADERS)) response.headers.set(name, value)
    return response
  } catch (error) {
    if (error instanceof Problem) Object.assign(error.headers, COMMON_HEADERS)
    throw error
  }
})

/** Scripts of any page may read all answers. Some are deltas (RFC 3229 §10.5.2), so caches must compare `A-IM`. */
const COMMON_HEADERS = {
  "access-control-allow-origin": "*",
  "access-control-expose-headers": "ETag, IM, Last-Modified, Link",
  vary: "A-IM",
}

/** Browsers send a preflight request if a script sets If-None-Match (Fetch standard). */
const PREFLIGHT_HEADERS = {
  "access-control-allow-methods": "GET, HEAD",
  "access-control-allow-headers": "*",
  "access-control-max-age": "86400",
}

/** @returns undefined if the URL is not the URL of a feed */
async function answerFeed(c: Context<AppEnv>): Promise<Response | undefined> {
  const { method, raw } = c.req
  const settings = c.get("settings")
  const result = parseAddress(new URL(c.req.url))
  if (!result) return undefined
  if (method === "OPTIONS") return new Response(null, { status: 204, headers: PREFLIGHT_HEADERS })
  if (!SAFE_METHODS.has(method)) throw methodNotAllowed(method, [...SAFE_METHODS, "OPTIONS"])
  if ("redirectTo" in result) return redirect(settings.feedsUrl + result.redirectTo)

  const { address } = result
  const { format } = address
  const form = { version: FEED_VERSION, path: (document: FeedDocument) => feedPath({ ...document, format }) }
  const deltaFrom = deltaBases(raw.headers, address, settings)
  const url = settings.feedsUrl + feedPath(address)
  const isSearch = address.query !== undefined
  const charge = isSearch ? createReaderCharge(c) : undefined
  return represent(representationRequest(c), {
    url,
    contentType: MEDIA_TYPES[format],
    // A getter, because only a new answer needs these headers. An answer from memory already has them.
    get headers() {
      const directory = cachedDirectory()
      const rights = directory && rightsOfPublishers(directory, address.selection.publisher)
      const headers = { link: linkHeader(address, settings), "x-content-type-options": "nosniff" }
      return withRightsHeaders(headers, directory, rights, settings.feedsUrl)
    },
    pollSeconds: isSearch ? SHORT_POLL_SECONDS : POLL_SECONDS,
    deltaFrom,
    read: async (knownValidators) => {
      const before = isSearch ? undefined : rememberedDocument(url, settings)
      const [state] = await Promise.all([
        loadDocument(c.var, address, form, knownValidators, before && knownArticles(before)),
        charge?.(),
      ])
      if (state instanceof Response) return state
      const { validators, content: page } = state
      const delta = page && deltaOf(page, deltaFrom, address)
      const changes = delta && { page: delta, before, isDelta: true }
      return { validators, content: page && { page, before, isDelta: false }, changes }
    },
    render: ({ page, before, isDelta }) => {
      const document = renderDocument(page, address, settings, before)
      if (!isDelta && !isSearch) rememberDocument(url, document)
      return { body: document.bytes }
    },
  })
}

/** Returns the validators of the client's copies, if the client accepts a delta of this document. */
function deltaBases(headers: Headers, { part, query }: FeedAddress, { fingerprint }: Settings): string[] {
  if (part.kind !== "subscription" || query !== undefined || !acceptsDelta(headers)) return []
  return validatorsInTags(ifNoneMatchTags(headers), FEED_VERSION, fingerprint)
}

function linkHeader(address: FeedAddress, settings: Settings): string {
  const { format } = address
  const urls = feedUrls(settings.feedsUrl, address)
  const links = [
    `<${urls[format]}>; rel="self"`,
    ...otherFormats(format).map((other) => `<${urls[other]}>; rel="alternate"; type="${LINK_TYPES[other]}"`),
  ]
  return links.join(", ")
}
