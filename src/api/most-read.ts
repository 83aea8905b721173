/** What is read most. */
import { Hono } from "hono"
import { type MostReadPage, readMostRead, readsScope, SPANS } from "../articles/most-read.ts"
import { leadsNowhere } from "../articles/queries.ts"
import { ALL } from "../articles/scope.ts"
import { client } from "../db/client.ts"
import type { ApiEnv } from "./access.ts"
import { answer } from "./answer.ts"
import { headlineJson, sectionName } from "./article-json.ts"
import { moved } from "./named.ts"
import { languages, number, oneOf, query, slug } from "./parameters.ts"
import type { MostRead } from "./schema.ts"

export const MOST_READ = { window: oneOf(SPANS, "24h"), section: slug, lang: languages, limit: number(1, 50, 10) }

export const mostRead = new Hono<ApiEnv>().get("/v1/most-read", query(MOST_READ), (c) => {
  const asked = c.req.valid("query")
  const { audience, settings } = c.var
  const wanted = {
    span: asked.window,
    section: asked.section,
    languages: asked.lang,
    publishers: audience.publishers,
    limit: asked.limit,
  }
  return answer<MostRead, MostReadPage>(c, {
    read: async (labels) => {
      const page = await readMostRead(client(c.env.DB), wanted, labels)
      return leadsNowhere(page.scope) ? moved(c, { section: asked.section }) : page
    },
    tags: () => [ALL, readsScope(asked.window)],
    render: ({ content = [], directory }) => {
      const section = directory.sections.find((each) => each.slug === asked.section)
      const list: MostRead = {
        window: asked.window,
        ...(section && { section: sectionName(section) }),
        articles: content.flatMap(({ article, reads }) => {
          const headline = headlineJson(article, directory, settings)
          return headline ? { ...headline, reads } : []
        }),
      }
      return JSON.stringify(list)
    },
  })
})
