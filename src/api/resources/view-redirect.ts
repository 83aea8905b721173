/** Answers GET /r/{id}: redirects to the article on its publisher's site, and counts a view. */
import { type Context, Hono } from "hono"
import { tagUri } from "../../articles/model/tag-uri.ts"
import { readLocation } from "../../articles/read/article-location.ts"
import { rfc3339 } from "../../formats/dates.ts"
import { clientBlockOf } from "../../http/client-address.ts"
import { Problem } from "../../http/problem.ts"
import { createCharge, READER_REQUESTS_PER_MINUTE } from "../../http/request-limits.ts"
import { logError } from "../../log/log.ts"
import type { ApiEnv } from "../access/env.ts"
import type { ArticleTombstone } from "../json/schema.ts"
import { articleIdIn } from "../parameters/article-id.ts"
import { isOverViewLimit, isReader, queueViews } from "./queue-views.ts"

/** The publisher's site may see the URL of the reader's page, which the policy of all other answers would hide. */
const REFERRER = { "referrer-policy": "no-referrer-when-downgrade" }

const OVER_LIMIT = `More than ${READER_REQUESTS_PER_MINUTE} requests a minute from this address led to no article.`

/**
 * Redirects to the publisher's page. A rate limit for redirects would break links for readers who share an IP address,
 * so only requests for unknown articles are limited.
 */
export const viewRedirect = new Hono<ApiEnv>().get("/r/:id", async (c) => {
  const text = c.req.param("id")
  const id = articleIdIn(text)
  if (id === undefined) throw unknownArticle()
  const caller = `unknown-article:${clientBlockOf(c)}`
  const charge = createCharge(c, c.env.READER_RATE, caller, READER_REQUESTS_PER_MINUTE, OVER_LIMIT)
  const target = await readLocation(c.var.db, id)
  const uri = target && tagUri(target.authority, c.var.settings, id)
  // The id may be the digits alone, or a complete id of this wire. The id of another wire is another article.
  const isOurs = uri !== undefined && (text.length === id.length || text.toLowerCase() === uri.toLowerCase())
  if (isOurs && target?.kind === "published" && target.url !== undefined) {
    if (c.req.method === "GET" && isReader(c.req.raw.headers)) c.executionCtx.waitUntil(countView(c, id))
    return new Response(null, { status: 302, headers: { location: target.url, ...REFERRER } })
  }
  await charge()
  if (!isOurs || !target) throw unknownArticle()
  if (target.kind === "published") {
    throw new Problem("not_found", "This article has no page of its own: its publisher gave no address.")
  }
  const tombstone: ArticleTombstone = {
    id: uri,
    deleted_at: rfc3339(target.at),
    reason: target.isRemoved ? "publisher_removed" : "withdrawn",
  }
  throw new Problem("withdrawn", `This article was withdrawn at ${tombstone.deleted_at}.`, [], {}, { tombstone })
})

const unknownArticle = (): Problem =>
  new Problem("not_found", "There is no such article on this wire: use view_url exactly as the API shows it.")

/** Counts the view after the answer, so that no reader waits, and an error does not stop the redirect. */
async function countView(c: Context<ApiEnv>, id: string): Promise<void> {
  try {
    if (!(await isOverViewLimit(c))) await queueViews(c, [id])
  } catch (error) {
    logError("view_not_counted", error, { id: c.var.requestId })
  }
}
