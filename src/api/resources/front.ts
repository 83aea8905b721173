/** Answers with the blocks of a news page: the newest articles, each section, and the most read articles. */
import { Hono } from "hono"
import { type FrontPage, readFront } from "../../articles/compose/front-page.ts"
import { ALL_SCOPE, suppressedScope } from "../../articles/model/scope.ts"
import type { StoredArticle } from "../../articles/read/read-selection.ts"
import { EVERYTHING, scopeSelection } from "../../articles/read/selection-terms.ts"
import { sectionById } from "../../articles/taxonomy/directory-lookup.ts"
import { TIME_WINDOWS, viewsScope } from "../../articles/views/most-read.ts"
import { languages, number, oneOf, slugs, splitList } from "../../http/parameter-types.ts"
import type { ParameterReader } from "../../http/parameters.ts"
import type { ApiEnv } from "../access/env.ts"
import { answer } from "../answer.ts"
import { headlineJson, sectionName } from "../json/article.ts"
import type { Front } from "../json/schema.ts"
import { query } from "../parameters/parse-parameters.ts"
import { redirectToCurrentSlugs, visibleDirectory } from "../parameters/slugs.ts"

/** Reads slugs in the order of the request. */
const orderedSlugs: ParameterReader<string[]> = (values, name) => {
  const validSlugs = slugs(values, name)
  const requestOrder = splitList(values).map((value) => value.toLowerCase())
  return [...new Set(requestOrder)].filter((slug) => validSlugs.includes(slug))
}

export const FRONT_PARAMETERS = {
  sections: orderedSlugs,
  lang: languages,
  limit: number(1, 20, 6),
  unique: oneOf(["0", "1"], "0"),
  window: oneOf(TIME_WINDOWS, "24h"),
}

/** A placeholder in the statement, which is replaced by each section in turn. It cannot be a slug. */
const ANY_SECTION = "?"

export const front = new Hono<ApiEnv>().get("/v1/front", query(FRONT_PARAMETERS), (c) => {
  const { sections, lang, limit, unique, window } = c.req.valid("query")
  const { audience, settings } = c.var
  const selection = scopeSelection({ ...EVERYTHING, section: [ANY_SECTION], lang }, audience.publishers)
  // Every change in a section or language also changes `all`. Limited audiences may also see suppressed duplicates.
  const scopes = [
    ALL_SCOPE,
    viewsScope(window),
    ...(audience.publishers === undefined ? [] : [suppressedScope(ALL_SCOPE)]),
  ]
  const options = { sections, selection, languages: lang, limit, unique: unique === "1", window, scopes }
  return answer<Front, FrontPage>(c, {
    read: async (knownValidators) => {
      const page = await readFront(c.var.db, options, knownValidators)
      return !page.sections.includes(null) ? page : redirectToCurrentSlugs(c, { sections })
    },
    scopes: () => scopes,
    render: ({ content, directory, sections }) => {
      const visible = visibleDirectory(audience, directory)
      const headlines = (articles: StoredArticle[] = []) =>
        articles.flatMap((article) => headlineJson(article, visible, settings) ?? [])
      const page: Front = {
        latest: headlines(content?.latest),
        sections: sections.flatMap((scope, at) => {
          const section = scope === null ? undefined : sectionById(visible, Number(scope.slice("section:".length)))
          return section ? { section: sectionName(section), articles: headlines(content?.sections[at]) } : []
        }),
        most_read: headlines(content?.mostRead),
      }
      return JSON.stringify(page)
    },
  })
})
