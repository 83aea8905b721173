/** The routes of feeds: the answer is 304, the document, or a delta. */
import { type Context, Hono } from "hono"
import type { SelectionPage } from "../articles/read/read-selection.ts"
import type { AppEnv, Settings } from "../env.ts"
import { LINK_TYPES, otherFormats } from "../formats/content.ts"
import { MEDIA_TYPES } from "../formats/feed.ts"
import { acceptsDelta, ifNoneMatchTags } from "../http/conditional-request.ts"
import { methodNotAllowed, Problem, SAFE_METHODS } from "../http/problem.ts"
import { redirect } from "../http/redirect.ts"
import type { Delta } from "../http/representation.ts"
import { type FeedAddress, feedPath, feedUrls, parseAddress } from "./address.ts"
import { renderFeed } from "./assemble.ts"
import { baseRevision, deltaOf } from "./delta.ts"
import type { DocumentFormat } from "./document-format.ts"
import { serveDocument } from "./serve.ts"
import { FEED_VERSION, validatorsInTags } from "./validators.ts"

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

/**
 * Scripts of any page may read feeds; for browsers, redirects and problems need these headers too. The answer may be a delta
 * (RFC 3229 §10.5.2), so caches must compare A-IM.
 */
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

/** @returns undefined if the URL is not the URL of a feed. */
async function answerFeed(c: Context<AppEnv>): Promise<Response | undefined> {
  const result = parseAddress(new URL(c.req.url))
  if (!result) return undefined
  if (c.req.method === "OPTIONS") return new Response(null, { status: 204, headers: PREFLIGHT_HEADERS })
  if (!SAFE_METHODS.has(c.req.method)) throw methodNotAllowed(c.req.method, [...SAFE_METHODS, "OPTIONS"])
  if ("redirectTo" in result) return redirect(c.var.settings.feedsUrl + result.redirectTo)
  const { address } = result
  return serveDocument(c, address, feedFormat(address, c.var.settings, c.req.raw.headers))
}

function feedFormat(address: FeedAddress, settings: Settings, requestHeaders: Headers): DocumentFormat {
  const { format } = address
  return {
    path: (document) => feedPath({ ...document, format }),
    version: FEED_VERSION,
    contentType: MEDIA_TYPES[format],
    // A getter, because answers from memory already have these headers.
    get headers() {
      return { link: linkHeader(address, settings), "x-content-type-options": "nosniff" }
    },
    render: (page) => renderFeed(page, address, settings),
    delta: deltaFor(requestHeaders, address, settings),
  }
}

function linkHeader(address: FeedAddress, settings: Settings): string {
  const { format } = address
  const urls = feedUrls(settings.feedsUrl, address)
  const links = [
    `<${urls[format]}>; rel="self"`,
    ...otherFormats(format).map((other) => `<${urls[other]}>; rel="alternate"; type="${LINK_TYPES[other]}"`),
    ...(settings.hubUrl === undefined ? [] : [`<${settings.hubUrl}>; rel="hub"`]),
  ]
  return links.join(", ")
}

/** @returns undefined unless the request has a validator of this wire and accepts a delta. */
function deltaFor(headers: Headers, address: FeedAddress, settings: Settings): Delta<SelectionPage> | undefined {
  if (address.part.kind !== "subscription" || !acceptsDelta(headers)) return undefined
  const knownValidators = validatorsInTags(ifNoneMatchTags(headers), FEED_VERSION, settings)
  if (knownValidators.length === 0) return undefined
  return {
    name: "feed",
    appliesTo: ({ etag }) => {
      const [epoch = "", revision] = etag.slice(1).split(".")
      return baseRevision(knownValidators, { epoch, revision: Number(revision) }) !== undefined
    },
    render: (page) => {
      const changes = deltaOf(page, knownValidators, address)
      return changes && renderFeed(changes, address, settings)
    },
  }
}
