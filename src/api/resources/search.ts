/** Answers a full-text search with a list of articles, the best match first, each with a snippet. */
import type { Context } from "hono"
import { decodeNumbers, encodeCursor, encodeNumbers } from "../../articles/model/cursor.ts"
import { articleSnippet } from "../../articles/search/article-snippet.ts"
import type { SearchQuery } from "../../articles/search/parse-query.ts"
import { refusedSearchProblem } from "../../articles/search/refused-search.ts"
import { MAX_RESULTS, searchArticles } from "../../articles/search/search.ts"
import { parameterProblem } from "../../http/parameters.ts"
import type { ApiEnv } from "../access/env.ts"
import { foreignCursorProblem } from "../parameters/cursor.ts"
import { answerList, audienceSelection, type ListParameters, PAGE_BYTES } from "./article-list.ts"

/**
 * Lists the best match first. A cursor contains the row numbers of the remaining results, so a changed article makes no
 * result repeat or disappear. @throws Problem invalid_parameter; foreign_cursor after a restore, which changes the rows
 */
export function answerSearch(c: Context<ApiEnv>, parameters: ListParameters, query: SearchQuery) {
  const { since, until, limit, cursor } = parameters
  const remaining = cursor && decodeNumbers(cursor.position)
  if (cursor && (!remaining || remaining.length > MAX_RESULTS)) {
    throw parameterProblem([
      { parameter: "cursor", detail: "is not a cursor of this list: begin without one, and follow next" },
    ])
  }
  const options = {
    query,
    selection: audienceSelection(parameters, c.var.audience),
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
    ...(remaining && { remaining }),
    entries: limit,
    // The snippet needs the body, even if the answer does not have it.
    bodyBytes: PAGE_BYTES,
  }
  return answerList(c, parameters, async (knownValidators) => {
    const {
      validator,
      scopes,
      articles,
      remainingAfter: leftAfter,
      ...page
    } = await searchArticles(c.var.db, options, knownValidators).catch((error: unknown) => {
      throw refusedSearchProblem(error, parameters, c.var.requestId) ?? error
    })
    if (cursor && cursor.epoch !== validator.epoch) throw foreignCursorProblem(c)
    return {
      ...page,
      validator,
      scopes: scopes.flat(),
      ...(articles && { content: articles }),
      cursorAfter: (count) => {
        const afterPage = leftAfter(count)
        return afterPage.length === 0 ? undefined : encodeCursor(validator.epoch, "search", [encodeNumbers(afterPage)])
      },
      snippetOf: (article) => articleSnippet(article, page.directory, query),
    }
  })
}
