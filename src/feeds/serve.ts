/** A document in whatever form it is shown: 304, bytes that the edge has, or bytes made now. */
import type { Context } from "hono"
import type { Directory } from "../articles/directory.ts"
import { type Page, readDirectory } from "../articles/queries.ts"
import { client, type Db } from "../db/client.ts"
import type { AppEnv, Settings } from "../env.ts"
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
import { Problem } from "../http/problem.ts"
import { EVERYTHING, type FeedAddress, pagePath, type Selection } from "./address.ts"
import { pollMinutes } from "./assemble.ts"
import { type Edition, type Held, loadPage, validatorOf } from "./render.ts"

export type Document = Omit<FeedAddress, "format">

/** One way of showing documents: a feed's format, or a page for people. */
export interface Representation {
  /** Path and query under which a document is shown in this way. */
  path(document: Document): string
  edition: Edition
  contentType: string
  /** Headers of 200 and 304 alike (RFC 9110 §15.4.5). */
  headers: Record<string, string>
  render(page: Page): Uint8Array | string
}

/**
 * Answers a GET or HEAD for a document.
 * @throws Problem for a document that is not there
 */
export function serve(c: Context<AppEnv>, document: Document, as: Representation): Promise<Response> {
  return hasWorkersCache(c.executionCtx) ? behindTheEdge(c, document, as) : withCacheApi(c, document, as)
}

/** Workers Cache stands in front: whatever comes here is asked of D1. */
async function behindTheEdge(c: Context<AppEnv>, document: Document, as: Representation): Promise<Response> {
  const page = await load(client(c.env.DB), document, as, c.var.settings, heldBy(c.req.raw.headers))
  if (page instanceof Response) return page
  const validator = validatorOf(page, document, as.edition, c.var.settings)
  if (isNotModified(c.req.raw.headers, validator)) return notModified(c, as, validator)
  const complete = page.articles ? page : await load(client(c.env.DB), document, as, c.var.settings, NOTHING)
  return complete instanceof Response ? complete : fresh(c, document, as, complete)
}

/** The Cache API beside us: once the validator is known, bytes stored under it are right for ever. */
async function withCacheApi(c: Context<AppEnv>, document: Document, as: Representation): Promise<Response> {
  const { settings, now } = c.var
  const { headers } = c.req.raw
  const url = settings.feedsUrl + as.path(document)
  const db = client(c.env.DB)
  const asked = changesMade()

  if (settings.remembersValidators) {
    const remembered = rememberedValidator(url, now)
    if (remembered) {
      const known = isNotModified(headers, remembered)
        ? notModified(c, as, remembered)
        : await matchAnswer(url, remembered, now)
      if (known) return known
    }
  }

  const page = await load(db, document, as, settings, heldBy(headers, keptValidator(url)))
  if (page instanceof Response) return page
  const validator = validatorOf(page, document, as.edition, settings)
  rememberValidator(url, validator, now, asked)
  if (isNotModified(headers, validator)) return notModified(c, as, validator)
  const stored = await matchAnswer(url, validator, now)
  if (stored) return stored
  const complete = page.articles ? page : await load(db, document, as, settings, NOTHING)
  if (complete instanceof Response) return complete
  const response = fresh(c, document, as, complete)
  storeAnswer(c.executionCtx, url, validatorOf(complete, document, as.edition, settings), response)
  return response
}

export const NOTHING: Held = { tags: [], until: -1 }

/** What the client holds, and what this isolate has kept. */
export function heldBy(headers: Headers, kept?: TaggedValidator): Held {
  return { tags: [...noneMatch(headers), ...(kept ? [kept.etag.slice(1, -1)] : [])], until: heldUntil(headers) }
}

/**
 * One round trip; a second only for what leads nowhere.
 * @returns the page, or the redirect to where the document is now.
 * @throws Problem unknown_section, unknown_publisher, invalid_parameter, retired, publisher_removed, not_found
 */
export async function load(
  db: Db,
  document: Document,
  as: Representation,
  settings: Settings,
  held: Held,
): Promise<Page | Response> {
  const page = await loadPage(db, document, as.edition, settings, held)
  const { part, selection } = document
  if (page.unknown === undefined) {
    if (part.kind !== "archive" || part.no <= page.archives) return page
    const complete = page.archives === 1 ? "is 1" : `are ${page.archives}`
    throw new Problem("not_found", `There is no archive ${part.no} yet; of complete ones there ${complete}.`)
  }
  const moved = movedSelection(selection, await readDirectory(db))
  return redirect(settings.feedsUrl + as.path({ ...document, selection: moved }))
}

/**
 * Where old names lead today: renamed sections to their new names, retired ones and removed publishers nowhere.
 * @throws Problem if a name was never one, or nothing is left of what was asked for
 */
function movedSelection(selection: Selection, directory: Directory): Selection {
  const moved: Selection = {
    ...selection,
    section: selection.section.flatMap((slug) => movedSlug("section", slug, directory, isPath(selection))),
    not: selection.not.flatMap((slug) => movedSlug("not", slug, directory, false)),
    publisher: selection.publisher.flatMap((slug) => movedSlug("publisher", slug, directory, isPath(selection))),
  }
  for (const member of ["section", "not", "publisher"] as const) moved[member] = [...new Set(moved[member])].sort()
  const both = moved.section.find((slug) => moved.not.includes(slug))
  if (both !== undefined) {
    const detail = `not takes away ${both}, which section asks for`
    throw new Problem("invalid_parameter", detail, [{ parameter: "not", detail }])
  }
  if (selection.section.length > 0 && moved.section.length === 0) {
    throw new Problem("retired", `The section ${selection.section.join(", ")} was retired; nothing follows it.`)
  }
  if (selection.publisher.length > 0 && moved.publisher.length === 0) {
    throw new Problem(
      "publisher_removed",
      `The publisher ${selection.publisher.join(", ")} was removed from this wire.`,
    )
  }
  return moved
}

/** A path leads nowhere (404); a parameter has a bad value (400). */
const isPath = (selection: Selection): boolean => pagePath(selection) !== pagePath(EVERYTHING)

function movedSlug(
  parameter: "section" | "not" | "publisher",
  slug: string,
  directory: Directory,
  isPath: boolean,
): string[] {
  const noun = parameter === "publisher" ? "publisher" : "section"
  const slugs = directory[`${noun}s`].map((entry) => entry.slug)
  if (slugs.includes(slug)) return [slug]
  const address = `${noun}s/${slug}`
  const successor = directory.moved[address]
  if (successor !== undefined) return [successor.slice(successor.indexOf("/") + 1)]
  if (directory.retired.includes(address)) return []
  const detail = `There is no ${noun} ${slug} here.${didYouMean(slug, slugs)}`
  if (isPath) throw new Problem(noun === "section" ? "unknown_section" : "unknown_publisher", detail)
  throw new Problem("invalid_parameter", detail, [{ parameter, detail: `${slug} is no ${noun}` }])
}

function fresh(c: Context<AppEnv>, document: Document, as: Representation, page: Page): Response {
  const { settings, now } = c.var
  const validator = validatorOf(page, document, as.edition, settings)
  const headers = {
    ...publicHeaders(pollMinutes(settings) * 60, validator.tags),
    ...headersOf(as, validator, now),
    "content-type": as.contentType,
    "cache-status": "feedwire; fwd=miss",
  }
  return new Response(as.render(page), { headers })
}

function notModified(c: Context<AppEnv>, as: Representation, validator: TaggedValidator): Response {
  const headers = {
    ...publicHeaders(pollMinutes(c.var.settings) * 60, validator.tags),
    ...headersOf(as, validator, c.var.now),
    "cache-status": "feedwire; hit; detail=validator",
  }
  return new Response(null, { status: 304, headers })
}

/** What says of an answer which state it shows. */
export function headersOf(as: Representation, validator: TaggedValidator, now: number): Record<string, string> {
  return { etag: validator.etag, "last-modified": httpDate(validator.lastModified, now), ...as.headers }
}

export function redirect(url: string): Response {
  return new Response(null, { status: 301, headers: { location: url } })
}
