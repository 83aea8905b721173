/** One article: everything that it has, or that it is here no more. */
import { type Context, Hono } from "hono"
import { type Directory, tagUri } from "../articles/directory.ts"
import { type OneArticle, readArticle } from "../articles/one.ts"
import { publisherScope } from "../articles/scope.ts"
import { client } from "../db/client.ts"
import { rfc3339 } from "../formats/dates.ts"
import { Problem } from "../http/problem.ts"
import type { ApiEnv } from "./access.ts"
import { answer } from "./answer.ts"
import { articleIdIn } from "./article-id.ts"
import { articleJson, BODY_FIELDS, FIELDS } from "./article-json.ts"
import { seenBy } from "./named.ts"
import { query, someOf } from "./parameters.ts"
import type { ListedArticle, Tombstone } from "./schema.ts"

export const ARTICLE = { fields: someOf(FIELDS) }

export const article = new Hono<ApiEnv>().get("/v1/articles/:id", query(ARTICLE), (c) => {
  const { fields } = c.req.valid("query")
  const { settings } = c.var
  const withBody = fields?.some((field) => BODY_FIELDS.has(field)) ?? true
  return answer<ListedArticle, OneArticle>(c, {
    read: async (known) =>
      readVisible(c, c.req.param("id"), (id) => readArticle(client(c.env.DB), id, withBody, known)),
    tags: ({ publisherUid }) => [publisherScope(publisherUid)],
    render: ({ content, directory }) =>
      JSON.stringify(content && articleJson(content, directory, settings, fields && new Set(fields))),
  })
})

/** What is read of an article, or with it. */
type Readable = Omit<OneArticle, "directory">

/**
 * Reads an article for somebody who may see it.
 * @param text what stands in the address for it, decoded
 * @throws Problem not_found; withdrawn, with what is left of the article
 */
export async function readVisible<A extends Readable>(
  c: Context<ApiEnv>,
  text: string,
  read: (id: string) => Promise<{ directory: Directory; found: A | undefined }>,
): Promise<A & { directory: Directory }> {
  const { audience, settings } = c.var
  const hex = articleIdIn(text)
  if (hex === undefined) {
    const hint = "An id is 32 hexadecimal digits, or the whole tag: URI that ends with them."
    throw new Problem("not_found", `There is no article ${text} here. ${hint}`)
  }
  const { directory: whole, found } = await read(hex)
  const directory = seenBy(audience, whole)
  const uri = tagUri(directory, settings, hex)
  if (text.length > hex.length && text.toLowerCase() !== uri.toLowerCase()) {
    throw new Problem(
      "not_found",
      `There is no article ${text} here. Ids of this wire begin with ${tagUri(directory, settings, "")}`,
    )
  }
  // Whoever may not see it learns no more of it than of one that never was.
  const isTheirs = found && (audience.publishers?.includes(found.publisherUid) ?? true)
  const isHidden = found?.content && !articleJson(found.content, directory, settings, NOTHING)
  const isRemoved = !directory.publishers.some(({ uid }) => uid === found?.publisherUid)
  // Nor does anybody learn of one of which its publisher lets nothing be shown: it was not withdrawn.
  if (!isTheirs || (isHidden && !isRemoved)) throw new Problem("not_found", `There is no article ${text} here.`)
  if (!found.isPublished || isHidden) {
    const tombstone: Tombstone = {
      id: uri,
      deleted_at: rfc3339(found.changedAt ?? 0),
      reason: isRemoved ? "publisher_removed" : "withdrawn",
    }
    const detail = `The article ${text} was here, and was withdrawn at ${tombstone.deleted_at}.`
    throw new Problem("withdrawn", detail, [], {}, { tombstone })
  }
  return { ...found, directory }
}

const NOTHING: ReadonlySet<never> = new Set()
