/** The way from a headline to the article on its publisher's site, which is counted as a read. */
import { type Context, Hono } from "hono"
import { tagUri } from "../articles/directory.ts"
import { readView } from "../articles/view.ts"
import { client } from "../db/client.ts"
import { rfc3339 } from "../formats/dates.ts"
import { logError } from "../http/log.ts"
import { Problem } from "../http/problem.ts"
import { type ApiEnv, countBy, linkOf, READER_LIMIT } from "./access.ts"
import { articleIdIn } from "./article-id.ts"
import { countRead, isFlooding, isReader } from "./reader.ts"
import type { Tombstone } from "./schema.ts"

/**
 * The site may see which page the reader comes from, as far as that page lets it: no more is sent than the browser told us. Without
 * this the policy of our other answers would hide it.
 */
const REFERRER = { "referrer-policy": "no-referrer-when-downgrade" }

const ASTRAY = `More than ${READER_LIMIT} requests a minute from this address led to no article.`

/**
 * Leads to the address that the publisher stated, and to nothing else, whatever is asked. Parameters that others append to links
 * change nothing.
 *
 * Limited is only what leads nowhere. Links that lead somewhere are followed by people, many of whom may share an address.
 */
export const view = new Hono<ApiEnv>().get("/r/:id", async (c) => {
  const text = c.req.param("id")
  const id = articleIdIn(text)
  if (id === undefined) throw nowhere()
  const charge = countBy(c, c.env.READER_RATE, `astray:${linkOf(c)}`, READER_LIMIT, ASTRAY)
  const found = await readView(client(c.env.DB), id)
  const uri = found && tagUri(found.authority, c.var.settings, id)
  // Digits alone are taken, and a whole id of this wire: another's names another article.
  const isOurs = uri !== undefined && (text.length === id.length || text.toLowerCase() === uri.toLowerCase())
  if (isOurs && found?.kind === "there" && found.url !== undefined) {
    if (c.req.method === "GET" && isReader(c.req.raw.headers)) c.executionCtx.waitUntil(count(c, id))
    return new Response(null, { status: 302, headers: { location: found.url, ...REFERRER } })
  }
  await charge()
  if (!isOurs || !found) throw nowhere()
  if (found.kind === "there") {
    throw new Problem("not_found", "This article has no page of its own: its publisher stated no address.")
  }
  const tombstone: Tombstone = {
    id: uri,
    deleted_at: rfc3339(found.at),
    reason: found.isRemoved ? "publisher_removed" : "withdrawn",
  }
  throw new Problem("withdrawn", `This article was withdrawn at ${tombstone.deleted_at}.`, [], {}, { tombstone })
})

const nowhere = (): Problem =>
  new Problem("not_found", "There is no such article on this wire: take view_url as its answers show it.")

/** After the answer: nobody waits for it, and a read that could not be counted keeps nobody from reading. */
async function count(c: Context<ApiEnv>, id: string): Promise<void> {
  try {
    if (!(await isFlooding(c))) await countRead(c, [id])
  } catch (error) {
    logError("read_not_counted", error, { id: c.var.requestId })
  }
}
