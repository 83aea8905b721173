/** What somebody looks for by words: a list of articles, the best first, each with the place where it was found. */
import type { Context } from "hono"
import { decodeNumbers, encodeCursor, encodeNumbers } from "../articles/cursor.ts"
import type { Directory } from "../articles/directory.ts"
import type { StoredArticle } from "../articles/queries.ts"
import { FOUND, readFound } from "../articles/search.ts"
import type { SearchQuery } from "../articles/search-query.ts"
import { snippetOf } from "../articles/snippet.ts"
import { textOf } from "../articles/text.ts"
import { client } from "../db/client.ts"
import { says } from "../http/cause.ts"
import { logError } from "../http/log.ts"
import { Problem } from "../http/problem.ts"
import type { ApiEnv } from "./access.ts"
import { type Asked, answerList, PAGE_BYTES, selectedOf } from "./listing.ts"
import { wrongly } from "./named.ts"
import { foreignCursor } from "./parameters.ts"

/**
 * Best first. A cursor holds what the first page left, in its order: so nothing is skipped or comes twice, whatever is written
 * meanwhile. It names rows, which other articles may have after a restore.
 * @throws Problem invalid_parameter, foreign_cursor for such cursors
 */
export function found(c: Context<ApiEnv>, asked: Asked, query: SearchQuery) {
  const { since, until, limit, cursor } = asked
  const left = cursor && decodeNumbers(cursor.position)
  if (cursor && (!left || left.length > FOUND)) {
    throw wrongly([{ parameter: "cursor", detail: "is no cursor of this list: begin without one, and follow next" }])
  }
  const wanted = {
    query,
    selected: selectedOf(asked, c.var.audience),
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
    ...(left && { left }),
    entries: limit,
    // Where it was found is shown whatever else is.
    bodyBytes: PAGE_BYTES,
  }
  return answerList(c, asked, async (labels) => {
    const { label, scopes, articles, leftAfter, ...page } = await readFound(client(c.env.DB), wanted, labels).catch(
      (error: unknown) => {
        throw refusalOf(c, error) ?? error
      },
    )
    if (cursor && cursor.epoch !== label.epoch) throw foreignCursor(c)
    return {
      ...page,
      label,
      scopes: scopes.flat(),
      ...(articles && { content: articles }),
      cursorAfter: (shown) => {
        const rest = leftAfter(shown)
        return rest.length === 0 ? undefined : encodeCursor(label.epoch, "found", [encodeNumbers(rest)])
      },
      beside: (article) => {
        const snippet = snippetIn(article, page.directory, query)
        return snippet === undefined ? {} : { snippet }
      },
    }
  })
}

/** SQLite does not take the expression, however often it is asked. */
const TOO_COMPLEX =
  /fts5: syntax error|parser stack overflow|unterminated string|too (?:big|complex|large|long|many)\b/i
/** SQLite or D1 began and gave up. */
const TOO_EXPENSIVE = /out of memory|SQLITE_NOMEM|SQLITE_INTERRUPT|exceeded|timed? ?out/i

/** What the reader is told where the store refuses what they look for; undefined where it failed for another reason. */
function refusalOf(c: Context<ApiEnv>, error: unknown): Problem | undefined {
  const isTooComplex = says(error, TOO_COMPLEX)
  if (!isTooComplex && !says(error, TOO_EXPENSIVE)) return undefined
  logError("search_refused", error, { id: c.var.requestId })
  const remedy = "look for fewer words, phrases and beginnings"
  if (isTooComplex)
    return wrongly([{ parameter: "q", detail: `cannot be read by the store, or is too complex for it: ${remedy}` }])
  const detail = `The store has too little memory or time for this search: ${remedy}, or try again later.`
  return new Problem("storage_unavailable", detail, [], { "retry-after": "30" })
}

/** Of its body, else of what stands above it; only of what its publisher shares. */
function snippetIn(article: StoredArticle, directory: Directory, { terms }: SearchQuery): string | undefined {
  const shows = directory.publishers.find(({ uid }) => uid === article.publisherUid)?.redistribution
  if (shows !== "full" && shows !== "summary") return undefined
  const body = shows === "full" ? article.html : undefined
  for (const text of [body && textOf(body), article.summary, article.subtitle]) {
    const snippet = text ? snippetOf(text, terms) : undefined
    if (snippet !== undefined) return snippet
  }
  return undefined
}
