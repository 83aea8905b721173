/** Answers with one article and all its members, or with the tombstone of a withdrawn article. */
import { type Context, Hono } from "hono"
import { publisherScope } from "../../articles/model/scope.ts"
import { tagUri } from "../../articles/model/tag-uri.ts"
import { type ArticleResult, readArticle } from "../../articles/read/read-article.ts"
import type { Directory } from "../../articles/taxonomy/directory.ts"
import { rfc3339 } from "../../formats/dates.ts"
import { someOf } from "../../http/parameter-types.ts"
import { Problem } from "../../http/problem.ts"
import type { ApiEnv } from "../access/env.ts"
import { answer } from "../answer.ts"
import { ARTICLE_FIELDS, articleJson, BODY_FIELDS } from "../json/article.ts"
import type { ArticleTombstone, ListedArticle } from "../json/schema.ts"
import { articleIdIn } from "../parameters/article-id.ts"
import { query } from "../parameters/parse-parameters.ts"
import { visibleDirectory } from "../parameters/slugs.ts"

export const ARTICLE_PARAMETERS = { fields: someOf(ARTICLE_FIELDS) }

export const article = new Hono<ApiEnv>().get("/v1/articles/:id", query(ARTICLE_PARAMETERS), (c) => {
  const { fields } = c.req.valid("query")
  const { settings } = c.var
  const withBody = fields?.some((field) => BODY_FIELDS.has(field)) ?? true
  return answer<ListedArticle, ArticleResult>(c, {
    read: async (knownValidators) =>
      readVisibleArticle(c, c.req.param("id"), (id) => readArticle(c.var.db, id, withBody, knownValidators)),
    scopes: ({ publisherUid }) => [publisherScope(publisherUid)],
    render: ({ content, directory }) =>
      JSON.stringify(content && articleJson(content, directory, settings, fields && new Set(fields))),
  })
})

/** An article with its state in the database. */
type ArticleRecord = Omit<ArticleResult, "directory">

/** Reads an article that the audience may see. @throws Problem not_found; withdrawn, with the article's tombstone */
export async function readVisibleArticle<A extends ArticleRecord>(
  c: Context<ApiEnv>,
  text: string,
  read: (id: string) => Promise<{ directory: Directory; result: A | undefined }>,
): Promise<A & { directory: Directory }> {
  const { audience, settings } = c.var
  const id = articleIdIn(text)
  if (id === undefined) {
    const hint = "An id is 32 hexadecimal digits, or the whole tag: URI that ends with them."
    throw new Problem("not_found", `There is no article ${text} here. ${hint}`)
  }
  const { directory: fullDirectory, result } = await read(id)
  const directory = visibleDirectory(audience, fullDirectory)
  const uri = tagUri(directory, settings, id)
  if (text.length > id.length && text.toLowerCase() !== uri.toLowerCase()) {
    throw new Problem(
      "not_found",
      `There is no article ${text} here. Ids of this wire begin with ${tagUri(directory, settings, "")}`,
    )
  }
  // The answer must not show that an article exists which the audience may not see.
  const isInAudience = result && (audience.publishers?.includes(result.publisherUid) ?? true)
  const isHidden = result?.content && !articleJson(result.content, directory, settings, NO_FIELDS)
  const isPublisherRemoved = !directory.publishers.some(({ uid }) => uid === result?.publisherUid)
  // An article of which the publisher permits no member counts as unknown, because it was not withdrawn.
  if (!isInAudience || (isHidden && !isPublisherRemoved))
    throw new Problem("not_found", `There is no article ${text} here.`)
  if (!result.isPublished || isHidden) {
    const tombstone: ArticleTombstone = {
      id: uri,
      deleted_at: rfc3339(result.changedAt ?? 0),
      reason: isPublisherRemoved ? "publisher_removed" : "withdrawn",
    }
    const detail = `The article ${text} was withdrawn at ${tombstone.deleted_at}.`
    throw new Problem("withdrawn", detail, [], {}, { tombstone })
  }
  return { ...result, directory }
}

const NO_FIELDS: ReadonlySet<never> = new Set()
