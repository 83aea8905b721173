/** Answers browsers with the results of a search, the best first, or with an empty form. */
import { type Context, Hono } from "hono"
import { encodeCursor, encodeNumbers } from "../articles/model/cursor.ts"
import { WIRE_SCOPE } from "../articles/model/scope.ts"
import { scopeSelection } from "../articles/read/selection-terms.ts"
import { articleSnippet } from "../articles/search/article-snippet.ts"
import { canonicalQuery } from "../articles/search/canonical-query.ts"
import type { SearchQuery } from "../articles/search/parse-query.ts"
import { refusedSearchProblem } from "../articles/search/refused-search.ts"
import { type SearchPage, searchArticles } from "../articles/search/search.ts"
import { markTerms } from "../articles/search/snippet.ts"
import { cachedDirectory, readDirectory } from "../articles/taxonomy/directory.ts"
import type { AppEnv } from "../env.ts"
import { articleContext, entryOf } from "../feeds/assemble.ts"
import { currentPath } from "../feeds/load.ts"
import { cacheTags } from "../feeds/validators.ts"
import { SHORT_POLL_SECONDS } from "../http/edge-cache.ts"
import { conditionsOf, entityTag } from "../http/entity-tags.ts"
import { prefersPage } from "../http/page-preference.ts"
import { PROBLEMS, Problem, type ProblemError } from "../http/problem.ts"
import { redirect } from "../http/redirect.ts"
import { represent, representationRequest, type State } from "../http/representation.ts"
import { createReaderCharge } from "../http/request-limits.ts"
import { singleLine } from "../text/legal-text.ts"
import { answerList } from "./answer-list.ts"
import { PAGE_HEADERS } from "./page-headers.ts"
import { foreignPosition, type PageSearch, parseSearchUrl, pathOfSearch, searchWithoutWords } from "./search-address.ts"
import { renderSearchPage } from "./search-page.tsx"
import { SITE_VERSION } from "./version.ts"

const RESULTS_PER_PAGE = 20
/** The limit for the bodies of a page, from which the snippets are taken. */
const MAX_BODY_BYTES = 2 * 1024 * 1024

const FORM = { contentType: "text/html; charset=utf-8", headers: PAGE_HEADERS }

export const searchPages = new Hono<AppEnv>().get("/search", async (c) => {
  try {
    return await answerForm(c)
  } catch (error) {
    const isOfWords = error instanceof Problem && error.errors.length > 0 && error.errors.every(isOfQuery)
    if (isOfWords && prefersPage(c.req.header("accept"))) return answerWithError(c, error)
    throw error
  }
})

const isOfQuery = ({ parameter }: ProblemError): boolean => parameter === "q"

/** @throws Problem invalid_parameter, unknown_parameter, too_many_requests, storage_unavailable */
function answerForm(c: Context<AppEnv>): Promise<Response> | Response {
  const { settings } = c.var
  const result = parseSearchUrl(new URL(c.req.url), settings.language)
  if ("redirectTo" in result) return redirect(settings.feedsUrl + result.redirectTo)
  const { search } = result
  const { words } = search
  if (words) return answerSearch(c, search, words.query)
  return answerList(c, pathOfSearch(search), {
    ...FORM,
    articles: 0,
    render: ({ directory }) => renderSearchPage({ search, directory, settings }),
  })
}

/** Shows the form as the reader filled it, with the reason beside the words. No cache stores an error. */
async function answerWithError(c: Context<AppEnv>, problem: Problem): Promise<Response> {
  const { db, settings } = c.var
  const url = new URL(c.req.url)
  const text = url.searchParams.get("q") ?? ""
  const directory = cachedDirectory() ?? (await readDirectory(db))
  const body = renderSearchPage({
    search: searchWithoutWords(url, settings.language),
    ...{ wrong: { text, problem }, directory, settings },
  })
  const [status] = PROBLEMS[problem.code]
  return new Response(body, { status, headers: { ...PAGE_HEADERS, "content-type": FORM.contentType } })
}

/** @throws Problem invalid_parameter, too_many_requests, storage_unavailable */
async function answerSearch(c: Context<AppEnv>, search: PageSearch, query: SearchQuery): Promise<Response> {
  const { settings } = c.var
  const charge = createReaderCharge(c)
  return represent<SearchPage>(representationRequest(c), {
    ...FORM,
    url: settings.feedsUrl + pathOfSearch(search),
    pollSeconds: SHORT_POLL_SECONDS,
    read: async (known) => {
      const { validators } = conditionsOf(known, SITE_VERSION, settings.fingerprint, false)
      const [page] = await Promise.all([readResults(c, search, query, validators), charge()])
      if (search.after && search.after.epoch !== page.validator.epoch) throw foreignPosition()
      const current = await currentPath(c.var, search.selection, page, (selection) =>
        pathOfSearch({ ...search, selection }),
      )
      return current === undefined ? stateOf(page, settings.fingerprint) : redirect(settings.feedsUrl + current)
    },
    render: (page) => ({ body: renderResults(c, search, query, page) }),
  })
}

function readResults(
  c: Context<AppEnv>,
  { selection, since, until, after }: PageSearch,
  query: SearchQuery,
  knownValidators: string[],
): Promise<SearchPage> {
  const options = {
    query,
    selection: scopeSelection(selection),
    ...(since && { since: since.at }),
    ...(until && { until: until.at }),
    ...(after && { remaining: after.remaining }),
    entries: RESULTS_PER_PAGE,
    bodyBytes: MAX_BODY_BYTES,
  }
  return searchArticles(c.var.db, options, knownValidators).catch((error: unknown) => {
    throw refusedSearchProblem(error, selection, c.var.requestId) ?? error
  })
}

const stateOf = (page: SearchPage, fingerprint: string): State<SearchPage> => ({
  validators: {
    etag: entityTag(page.validator, SITE_VERSION, fingerprint),
    lastModified: Math.max(page.validator.changedAt, SITE_VERSION.date),
    // The results change with the index too, so a date does not identify a state.
    isDated: false,
    tags: [...cacheTags(page, { part: { kind: "subscription" } }), WIRE_SCOPE],
  },
  content: page.articles && page,
})

function renderResults(c: Context<AppEnv>, search: PageSearch, query: SearchQuery, page: SearchPage): string {
  const { settings } = c.var
  const { articles = [], directory, validator, remainingAfter } = page
  const context = articleContext({ directory }, { format: "json" }, settings, settings.language)
  const results = articles.flatMap((article) => {
    const entry = entryOf(article, context)
    if (entry === undefined) return []
    const headline = markTerms(singleLine(entry.title), query.terms)
    return [{ entry, headline, snippet: articleSnippet(article, directory, query) }]
  })
  const remaining = remainingAfter(articles.length)
  const after = encodeCursor(validator.epoch, "search", [encodeNumbers(remaining)])
  return renderSearchPage({
    search,
    results,
    // A later page knows only the results after its first one.
    ...(!search.after && { count: results.length + remaining.length }),
    feedQuery: canonicalQuery(query),
    ...(remaining.length > 0 && {
      nextUrl: pathOfSearch({ ...search, after: { text: after, epoch: validator.epoch, remaining } }),
    }),
    directory,
    settings,
  })
}
