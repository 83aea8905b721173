/** The readers' door: a URL becomes 304, bytes, or what changed since. */
import { type Context, Hono } from "hono"
import { client } from "../db/client.ts"
import type { AppEnv, Settings } from "../env.ts"
import { MEDIA_TYPES } from "../formats/feed.ts"
import { isNotModified, noneMatch } from "../http/conditional.ts"
import { PRIVATE } from "../http/edge-cache.ts"
import { notAllowed, Problem, READING } from "../http/problem.ts"
import { heldBy, NOTHING, validatorHeaders } from "../http/representation.ts"
import { alternates, type FeedAddress, feedPath, feedUrls, parseAddress } from "./address.ts"
import { acceptsDelta, changedSince } from "./delta.ts"
import { FEED_EDITION, labelsOf, renderFeed, validatorOf } from "./render.ts"
import { load, type Representation, redirect, serve } from "./serve.ts"

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
  return acceptsDelta(c.req.raw.headers) ? delta(c, address) : serve(c, address, feedAs(address, c.var.settings))
}

function feedAs(address: FeedAddress, settings: Settings): Representation {
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

/** Asked for a delta: 226 where there is one, else what anybody gets. Kept by nobody, for it answers one client's state. */
async function delta(c: Context<AppEnv>, address: FeedAddress): Promise<Response> {
  const { settings, now } = c.var
  const as = feedAs(address, settings)
  const db = client(c.env.DB)
  const page = await load(db, address, as, settings, heldBy(c.req.raw.headers))
  if (page instanceof Response) return page
  const validator = validatorOf(page, address, as.edition, settings)
  const headers = { ...PRIVATE, ...validatorHeaders(validator, now), ...as.headers }
  if (isNotModified(c.req.raw.headers, validator)) return new Response(null, { status: 304, headers })
  const held = labelsOf(noneMatch(c.req.raw.headers), as.edition, settings)
  const changed = address.part.kind === "subscription" ? changedSince(page, held, address) : undefined
  const typed = { ...headers, "content-type": as.contentType }
  if (changed) return new Response(as.render(changed), { status: 226, headers: { ...typed, im: "feed" } })
  const complete = page.articles ? page : await load(db, address, as, settings, NOTHING)
  return complete instanceof Response ? complete : new Response(as.render(complete), { headers: typed })
}
