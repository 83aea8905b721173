/** A news page in one request: what is newest, what is newest in each section, what is read most. */
import { Hono } from "hono"
import { type FrontPage, readFront } from "../articles/front.ts"
import { readsScope, SPANS } from "../articles/most-read.ts"
import type { StoredArticle } from "../articles/queries.ts"
import { ALL, shadowOf } from "../articles/scope.ts"
import { client } from "../db/client.ts"
import { EVERYTHING } from "../feeds/address.ts"
import { selectedBy } from "../feeds/render.ts"
import type { ApiEnv } from "./access.ts"
import { answer } from "./answer.ts"
import { headlineJson, sectionName } from "./article-json.ts"
import { moved, seenBy } from "./named.ts"
import { languages, number, oneOf, query, type Reader, slugs } from "./parameters.ts"
import type { Front } from "./schema.ts"

/** Slugs in the order in which they were given. */
const inOrder: Reader<string[]> = (values, name) => {
  const known = slugs(values, name)
  const given = values.flatMap((value) => value.split(",")).map((value) => value.trim().toLowerCase())
  return [...new Set(given)].filter((slug) => known.includes(slug))
}

export const FRONT = {
  sections: inOrder,
  lang: languages,
  limit: number(1, 20, 6),
  unique: oneOf(["0", "1"], "0"),
  window: oneOf(SPANS, "24h"),
}

/** Every block selects alike; what stands here for its section is no section's slug. */
const ANY = "?"

export const front = new Hono<ApiEnv>().get("/v1/front", query(FRONT), (c) => {
  const { sections, lang, limit, unique, window: span } = c.req.valid("query")
  const { audience, settings } = c.var
  const selected = selectedBy({ ...EVERYTHING, section: [ANY], lang }, audience.publishers)
  // What changes in a section or language changes the whole wire. Of a publisher's articles also what is withheld counts.
  const scopes = [ALL, readsScope(span), ...(audience.publishers === undefined ? [] : [shadowOf(ALL)])]
  const wanted = { sections, selected, languages: lang, limit, unique: unique === "1", span, scopes }
  return answer<Front, FrontPage>(c, {
    read: async (labels) => {
      const page = await readFront(client(c.env.DB), wanted, labels)
      return page.sections.every(([, scope]) => scope !== null) ? page : moved(c, { sections })
    },
    tags: () => scopes,
    render: ({ content, directory, sections }) => {
      const seen = seenBy(audience, directory)
      const headlines = (articles: StoredArticle[] = []) =>
        articles.flatMap((article) => headlineJson(article, seen, settings) ?? [])
      const page: Front = {
        latest: headlines(content?.latest),
        sections: sections.flatMap(([, scope], at) => {
          const section = seen.sections.find(({ id }) => `section:${id}` === scope)
          return section ? { section: sectionName(section), articles: headlines(content?.sections[at]) } : []
        }),
        most_read: headlines(content?.mostRead),
      }
      return JSON.stringify(page)
    },
  })
})
