/** Lists the most read articles. */
import { Hono } from "hono"
import { ALL_SCOPE } from "../../articles/model/scope.ts"
import { isUnknownTerm } from "../../articles/read/read-with-directory.ts"
import { sectionBySlug } from "../../articles/taxonomy/directory-lookup.ts"
import { type MostReadPage, readMostRead, TIME_WINDOWS, viewsScope } from "../../articles/views/most-read.ts"
import { languages, number, oneOf, slug } from "../../http/parameter-types.ts"
import type { ApiEnv } from "../access/env.ts"
import { answer } from "../answer.ts"
import { headlineJson, sectionName } from "../json/article.ts"
import type { MostRead } from "../json/schema.ts"
import { query } from "../parameters/parse-parameters.ts"
import { redirectToCurrentSlugs } from "../parameters/slugs.ts"

export const MOST_READ_PARAMETERS = {
  window: oneOf(TIME_WINDOWS, "24h"),
  section: slug,
  lang: languages,
  limit: number(1, 50, 10),
}

export const mostRead = new Hono<ApiEnv>().get("/v1/most-read", query(MOST_READ_PARAMETERS), (c) => {
  const parameters = c.req.valid("query")
  const { audience, settings } = c.var
  const options = {
    window: parameters.window,
    section: parameters.section,
    languages: parameters.lang,
    publishers: audience.publishers,
    limit: parameters.limit,
  }
  return answer<MostRead, MostReadPage>(c, {
    read: async (knownValidators) => {
      const page = await readMostRead(c.var.db, options, knownValidators)
      return isUnknownTerm(page.scope) ? redirectToCurrentSlugs(c, { section: parameters.section }) : page
    },
    scopes: () => [ALL_SCOPE, viewsScope(parameters.window)],
    render: ({ content = [], directory }) => {
      const section = parameters.section === undefined ? undefined : sectionBySlug(directory, parameters.section)
      const list: MostRead = {
        window: parameters.window,
        ...(section && { section: sectionName(section) }),
        articles: content.flatMap(({ article, views }) => {
          const headline = headlineJson(article, directory, settings)
          return headline ? { ...headline, views } : []
        }),
      }
      return JSON.stringify(list)
    },
  })
})
