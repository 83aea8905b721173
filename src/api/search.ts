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
    const { label, scopes, articles, leftAfter, ...page } = await readFound(client(c.env.DB), wanted, labels)
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
