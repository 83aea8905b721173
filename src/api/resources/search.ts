/** Answers a full-text search with a list of articles, the best match first, each with a snippet. */
import type { Context } from "hono"
import { decodeNumbers, encodeCursor, encodeNumbers } from "../../articles/model/cursor.ts"
import type { StoredArticle } from "../../articles/read/read-selection.ts"
import { EVERYTHING } from "../../articles/read/selection-terms.ts"
import type { SearchQuery } from "../../articles/search/parse-query.ts"
import { MAX_RESULTS, searchArticles } from "../../articles/search/search.ts"
import { snippetOf } from "../../articles/search/snippet.ts"
import type { Directory } from "../../articles/taxonomy/directory.ts"
import { publisherByUid } from "../../articles/taxonomy/directory-lookup.ts"
import { textOf } from "../../html/text.ts"
import { parameterProblem } from "../../http/parameters.ts"
import { Problem, type ProblemError } from "../../http/problem.ts"
import { messageMatches } from "../../log/error-causes.ts"
import { logError } from "../../log/log.ts"
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
      throw searchProblem(c, parameters, error) ?? error
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
      snippetOf: (article) => snippetIn(article, page.directory, query),
    }
  })
}

/** FTS5 cannot parse the expression. Only q can cause this error, because scopes contain only digits and letters. */
const INVALID_EXPRESSION = /fts5: syntax error|unterminated string/i
/** The statement is too large for SQLite, so a retry does not help. */
const TOO_COMPLEX = /parser stack overflow|too (?:big|complex|large|long|many)\b/i
/** SQLite or D1 stopped the query, so a retry may succeed. */
const TOO_EXPENSIVE = /out of memory|SQLITE_NOMEM|SQLITE_INTERRUPT|exceeded|timed? ?out/i

/** Returns the problem of a search that the database refuses; undefined if the search failed for another reason. */
function searchProblem(c: Context<ApiEnv>, parameters: ListParameters, error: unknown): Problem | undefined {
  const isInvalid = messageMatches(error, INVALID_EXPRESSION)
  const isTooComplex = messageMatches(error, TOO_COMPLEX)
  if (!isInvalid && !isTooComplex && !messageMatches(error, TOO_EXPENSIVE)) return undefined
  logError("search_refused", error, { id: c.var.requestId })
  if (isInvalid || isTooComplex) return parameterProblem(complexityErrors(isInvalid ? [] : listNames(parameters)))
  const detail = `The database has too little memory or time for this search: ${FEWER_WORDS}, or try again later.`
  return new Problem("storage_unavailable", detail, [], { "retry-after": "30" })
}

const FEWER_WORDS = "search for fewer words, phrases and prefixes"

/** Returns the used parameters of the selection, each of which makes the statement longer. */
const listNames = (parameters: ListParameters): string[] =>
  Object.entries(parameters).flatMap(([name, value]) =>
    Object.hasOwn(EVERYTHING, name) && Array.isArray(value) && value.length > 0 ? [name] : [],
  )

/** Returns an error for each parameter, if only all parameters together are too large. */
function complexityErrors(lists: string[]): ProblemError[] {
  const names = ["q", ...lists]
  return names.map((parameter) => {
    const others = names.filter((name) => name !== parameter).join(", ")
    const sum = others === "" ? "" : ` together with ${others}`
    const remedy = parameter === "q" ? FEWER_WORDS : "give fewer values"
    return { parameter, detail: `is too complex for the database${sum}: ${remedy}` }
  })
}

/** Returns a snippet of the body, else of the summary or subtitle, if the publisher shares this text. */
function snippetIn(article: StoredArticle, directory: Directory, { terms }: SearchQuery): string | undefined {
  const redistribution = publisherByUid(directory, article.publisherUid)?.redistribution
  if (redistribution !== "full" && redistribution !== "summary") return undefined
  const body = redistribution === "full" ? article.html : undefined
  for (const text of [body && textOf(body), article.summary, article.subtitle]) {
    const snippet = text ? snippetOf(text, terms) : undefined
    if (snippet !== undefined) return snippet
  }
  return undefined
}
