/** The readers' door: a URL becomes 304, bytes, or what changed since. */
import { type Context, Hono } from "hono"
import type { Page } from "../articles/queries.ts"
import type { AppEnv, Settings } from "../env.ts"
import { MEDIA_TYPES } from "../formats/feed.ts"
import { noneMatch } from "../http/conditional.ts"
import { notAllowed, Problem, READING } from "../http/problem.ts"
import type { Delta } from "../http/representation.ts"
import { alternates, type FeedAddress, feedPath, feedUrls, parseAddress } from "./address.ts"
import { acceptsDelta, baseRevision, changedSince } from "./delta.ts"
import { FEED_EDITION, labelsOf, renderFeed } from "./render.ts"
import { type Representation, redirect, serve } from "./serve.ts"

export const feeds = new Hono<AppEnv>().all("*", async (c, next) => {
  try {
    const response = await answer(c)
    if (!response) return next()
    for (const [name, value] of Object.entries(EVERY_ANSWER)) response.headers.set(name, value)
    return response
  } catch (error) {
    if (error instanceof Problem) Object.assign(error.headers, EVERY_ANSWER)
    throw error
  }
})

/**
 * Scripts of any page may read feeds; browsers ask it of redirects and problems as well. A feed may be answered by a delta
 * (RFC 3229 §10.5.2), so caches must look at A-IM.
 */
const EVERY_ANSWER = {
  "access-control-allow-origin": "*",
  "access-control-expose-headers": "ETag, IM, Last-Modified, Link",
  vary: "A-IM",
}

/** Browsers ask before they send If-None-Match for a script (Fetch standard, CORS-preflight request). */
const PREFLIGHT = {
  "access-control-allow-methods": "GET, HEAD",
  "access-control-allow-headers": "*",
  "access-control-max-age": "86400",
}

/** @returns undefined if the URL is no feed's. */
async function answer(c: Context<AppEnv>): Promise<Response | undefined> {
  const parsed = parseAddress(new URL(c.req.url))
  if (!parsed) return undefined
  if (c.req.method === "OPTIONS") return new Response(null, { status: 204, headers: PREFLIGHT })
  if (!READING.has(c.req.method)) throw notAllowed(c.req.method, [...READING, "OPTIONS"])
  if ("moved" in parsed) return redirect(c.var.settings.feedsUrl + parsed.moved)
  const { address } = parsed
  return serve(c, address, feedAs(address, c.var.settings, c.req.raw.headers))
}

function feedAs(address: FeedAddress, settings: Settings, asked: Headers): Representation {
  const { format } = address
  return {
    path: (document) => feedPath({ ...document, format }),
    edition: FEED_EDITION,
    contentType: MEDIA_TYPES[format],
    // Not made for what is answered from memory, which has them.
    get headers() {
      return { link: linksOf(address, settings), "x-content-type-options": "nosniff" }
    },
    render: (page) => renderFeed(page, address, settings),
    delta: deltaFor(asked, address, settings),
  }
}

function linksOf(address: FeedAddress, settings: Settings): string {
  const { format } = address
  const urls = feedUrls(settings.feedsUrl, address)
  const links = [
    `<${urls[format]}>; rel="self"`,
    ...alternates(format).map(
      (other) => `<${urls[other]}>; rel="alternate"; type="${MEDIA_TYPES[other].split(";")[0]}"`,
    ),
    ...(settings.hubUrl === undefined ? [] : [`<${settings.hubUrl}>; rel="hub"`]),
  ]
  return links.join(", ")
}

/** @returns undefined unless the request names a version of this wire and accepts what changed since instead of the whole. */
function deltaFor(headers: Headers, address: FeedAddress, settings: Settings): Delta<Page> | undefined {
  if (address.part.kind !== "subscription" || !acceptsDelta(headers)) return undefined
  const held = labelsOf(noneMatch(headers), FEED_EDITION, settings)
  if (held.length === 0) return undefined
  return {
    name: "feed",
    precedes: ({ etag }) => {
      const [epoch = "", revision] = etag.slice(1).split(".")
      return baseRevision(held, { epoch, revision: Number(revision) }) !== undefined
    },
    render: (page) => {
      const changed = changedSince(page, held, address)
      return changed && renderFeed(changed, address, settings)
    },
  }
}
