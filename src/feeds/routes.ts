/** The readers' door: a URL becomes 304 or bytes. */
import { type Context, Hono } from "hono"
import { type Page, readDirectory } from "../articles/queries.ts"
import { client, type Db } from "../db/client.ts"
import type { AppEnv, Settings } from "../env.ts"
import { MEDIA_TYPES } from "../formats/feed.ts"
import { heldUntil, httpDate, isNotModified, noneMatch } from "../http/conditional.ts"
import {
  changesMade,
  hasWorkersCache,
  keptValidator,
  matchAnswer,
  publicHeaders,
  rememberedValidator,
  rememberValidator,
  storeAnswer,
  type TaggedValidator,
} from "../http/edge-cache.ts"
import { didYouMean } from "../http/near.ts"
import { notAllowed, Problem, READING } from "../http/problem.ts"
import { alternates, type FeedAddress, feedPath, feedUrls, parseAddress, selectionPath } from "./address.ts"
import { pollMinutes } from "./assemble.ts"
import { type Held, loadFeed, renderFeed, validatorOf } from "./render.ts"

export const feeds = new Hono<AppEnv>().all("*", async (c, next) => {
  const parsed = parseAddress(new URL(c.req.url))
  if (!parsed) return next()
  if (c.req.method === "OPTIONS") return new Response(null, { status: 204, headers: PREFLIGHT })
  if (!READING.has(c.req.method)) throw notAllowed(c.req.method, [...READING, "OPTIONS"])
  const { settings } = c.var
  if ("moved" in parsed) return movedTo(settings.feedsUrl + parsed.moved)
  const { address } = parsed
  return hasWorkersCache(c.executionCtx) ? behindTheEdge(c, address) : withCacheApi(c, address)
})

/** Workers Cache stands in front: whatever comes here is asked of D1. */
async function behindTheEdge(c: Context<AppEnv>, address: FeedAddress): Promise<Response> {
  const page = await load(client(c.env.DB), address, c.var.settings, heldBy(c.req.raw.headers))
  if (page instanceof Response) return page
  const validator = validatorOf(page, c.var.settings)
  if (isNotModified(c.req.raw.headers, validator)) return notModified(c, address, validator)
  const complete = page.articles ? page : await load(client(c.env.DB), address, c.var.settings, NOTHING)
  return complete instanceof Response ? complete : fresh(c, address, complete)
}

/** The Cache API beside us: once the validator is known, bytes stored under it are right for ever. */
async function withCacheApi(c: Context<AppEnv>, address: FeedAddress): Promise<Response> {
  const { settings, now } = c.var
  const { headers } = c.req.raw
  const url = settings.feedsUrl + feedPath(address)
  const db = client(c.env.DB)
  const asked = changesMade()

  if (settings.remembersValidators) {
    const remembered = rememberedValidator(url, now)
    if (remembered) {
      const known = isNotModified(headers, remembered)
        ? notModified(c, address, remembered)
        : await matchAnswer(url, remembered, now)
      if (known) return known
    }
  }

  const page = await load(db, address, settings, heldBy(headers, keptValidator(url)))
  if (page instanceof Response) return page
  const validator = validatorOf(page, settings)
  rememberValidator(url, validator, now, asked)
  if (isNotModified(headers, validator)) return notModified(c, address, validator)
  const stored = await matchAnswer(url, validator, now)
  if (stored) return stored
  const complete = page.articles ? page : await load(db, address, settings, NOTHING)
  if (complete instanceof Response) return complete
  const response = fresh(c, address, complete)
  storeAnswer(c.executionCtx, url, validatorOf(complete, settings), response)
  return response
}

const NOTHING: Held = { tags: [], until: -1 }

/** What the client holds, and what this isolate has kept. */
function heldBy(headers: Headers, kept?: TaggedValidator): Held {
  return { tags: [...noneMatch(headers), ...(kept ? [kept.etag.slice(1, -1)] : [])], until: heldUntil(headers) }
}

/** One round trip; a second only for an address that leads nowhere. */
async function load(db: Db, address: FeedAddress, settings: Settings, held: Held): Promise<Page | Response> {
  const page = await loadFeed(db, address, settings, held)
  if (page) return page
  const directory = await readDirectory(db)
  const { scope } = address
  const moved = directory.moved[selectionPath(address).slice(1)]
  if (moved !== undefined) return movedTo(`${settings.feedsUrl}/${moved}/feed.${address.format}`)
  const [code, noun] =
    scope?.kind === "publishers"
      ? (["unknown_publisher", "publisher"] as const)
      : (["unknown_section", "section"] as const)
  const slugs = (scope?.kind === "publishers" ? directory.publishers : directory.sections).map(({ slug }) => slug)
  throw new Problem(
    code,
    `There is no ${noun} ${scope?.slug} here.${didYouMean(scope?.slug ?? "", slugs)}`,
    [],
    ANYBODY,
  )
}

function fresh(c: Context<AppEnv>, address: FeedAddress, page: Page): Response {
  const { settings, now } = c.var
  const headers = {
    ...feedHeaders(address, settings, validatorOf(page, settings), now),
    "content-type": MEDIA_TYPES[address.format],
    "cache-status": "feedwire; fwd=miss",
  }
  return new Response(renderFeed(page, address, settings), { headers })
}

function notModified(c: Context<AppEnv>, address: FeedAddress, validator: TaggedValidator): Response {
  const headers = feedHeaders(address, c.var.settings, validator, c.var.now)
  return new Response(null, { status: 304, headers: { ...headers, "cache-status": "feedwire; hit; detail=validator" } })
}

/** Scripts of any page may read feeds; browsers ask it of redirects as well. */
const ANYBODY = { "access-control-allow-origin": "*" }

/** Browsers ask before they send If-None-Match for a script (Fetch standard, CORS-preflight request). */
const PREFLIGHT = {
  ...ANYBODY,
  "access-control-allow-methods": "GET, HEAD",
  "access-control-allow-headers": "*",
  "access-control-max-age": "86400",
}

/** RFC 9110 §15.4.5: a 304 carries the headers that the 200 would have had. */
function feedHeaders(
  address: FeedAddress,
  settings: Settings,
  validator: TaggedValidator,
  now: number,
): Record<string, string> {
  const urls = feedUrls(settings.feedsUrl, address.scope)
  const links = [
    `<${urls[address.format]}>; rel="self"`,
    ...alternates(address.format).map(
      (other) => `<${urls[other]}>; rel="alternate"; type="${MEDIA_TYPES[other].split(";")[0]}"`,
    ),
    ...(settings.hubUrl === undefined ? [] : [`<${settings.hubUrl}>; rel="hub"`]),
  ]
  return {
    ...publicHeaders(pollMinutes(settings) * 60, validator.tags),
    etag: validator.etag,
    "last-modified": httpDate(validator.lastModified, now),
    link: links.join(", "),
    ...ANYBODY,
    "access-control-expose-headers": "ETag, Last-Modified, Link",
    "x-content-type-options": "nosniff",
  }
}

function movedTo(url: string): Response {
  return new Response(null, { status: 301, headers: { location: url, ...ANYBODY } })
}
