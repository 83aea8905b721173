/** Lists the articles that are related to an article. */
import { Hono } from "hono"
import { type RelatedEntry, type RelatedPage, readRelated } from "../../articles/compose/related-articles.ts"
import { ALL_SCOPE, publisherScope } from "../../articles/model/scope.ts"
import { languages, number } from "../../http/parameter-types.ts"
import type { ApiEnv } from "../access/env.ts"
import { answer } from "../answer.ts"
import { headlineJson } from "../json/article.ts"
import type { Related } from "../json/schema.ts"
import { query } from "../parameters/parse-parameters.ts"
import { readVisibleArticle } from "./article.ts"

export const RELATED_PARAMETERS = { limit: number(1, 20, 6), lang: languages }

export const related = new Hono<ApiEnv>().get("/v1/articles/:id/related", query(RELATED_PARAMETERS), (c) => {
  const { limit, lang } = c.req.valid("query")
  const { audience, settings } = c.var
  const options = { limit, languages: lang, publishers: audience.publishers }
  return answer<Related, RelatedPage>(c, {
    read: (knownValidators) =>
      readVisibleArticle(c, c.req.param("id"), (id) => readRelated(c.var.db, id, options, knownValidators)),
    // A new article may be related, or may make a tag less rare and change the order.
    scopes: ({ publisherUid }) => [ALL_SCOPE, publisherScope(publisherUid)],
    render: ({ related = [], directory }) => {
      const entry = ({ reason, article, link }: RelatedEntry): Related["related"] => {
        const headline = article && headlineJson(article, directory, settings)
        if (headline) return [{ ...headline, reason }]
        return link ? [{ canonical_url: link.url, ...(link.title !== undefined && { title: link.title }), reason }] : []
      }
      return JSON.stringify({ related: related.flatMap(entry) } satisfies Related)
    },
  })
})
