/** Documents that are made of the names of the wire alone: they change with them and not with articles. */
import type { Context } from "hono"
import { type Page, readPage } from "../articles/queries.ts"
import { WIRE } from "../articles/scope.ts"
import { START } from "../articles/selection.ts"
import { client } from "../db/client.ts"
import type { AppEnv } from "../env.ts"
import { EVERYTHING, subscriptionTo } from "../feeds/address.ts"
import { pollMinutes } from "../feeds/assemble.ts"
import { validatorOf } from "../feeds/render.ts"
import { httpDate, isNotModified } from "../http/conditional.ts"
import { publicHeaders, type TaggedValidator } from "../http/edge-cache.ts"
import { SITE_EDITION } from "./edition.ts"

/** The wire's own row and label, in one round trip: no article stands in this scope. */
export function readNames(c: Context<AppEnv>): Promise<Page> {
  const selected: { all: [string[]]; not: string[] } = { all: [[WIRE]], not: [] }
  const part = { kind: "page" as const, entries: 1, below: START }
  return readPage(client(c.env.DB), { selected, part, bodyBytes: 0 }, { labels: [], until: -1 })
}

export function namesValidator(c: Context<AppEnv>, page: Page): TaggedValidator {
  return { ...validatorOf(page, subscriptionTo(EVERYTHING), SITE_EDITION, c.var.settings), tags: [WIRE] }
}

/**
 * 304 or what is rendered now. Nothing is kept beside us: it is made of one row that had to be read to know that it is still
 * the same. Where Workers Cache stands in front, it keeps the answer.
 */
export function answer(
  c: Context<AppEnv>,
  validator: TaggedValidator,
  headers: Record<string, string> & { "content-type": string },
  render: () => string,
): Response {
  const { "content-type": contentType, ...always } = headers
  const all = {
    ...publicHeaders(pollMinutes(c.var.settings) * 60, validator.tags),
    etag: validator.etag,
    "last-modified": httpDate(validator.lastModified, c.var.now),
    ...always,
  }
  if (isNotModified(c.req.raw.headers, validator)) return new Response(null, { status: 304, headers: all })
  return new Response(render(), { headers: { ...all, "content-type": contentType } })
}
