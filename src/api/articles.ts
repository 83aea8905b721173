/** Lists of articles, whole: the newest first, in the order of their changes, or what is found by words. */
import { type Context, Hono } from "hono"
import { readChanged } from "../articles/changed.ts"
import { encodeCursor } from "../articles/cursor.ts"
import { readPage } from "../articles/queries.ts"
import { type Position, START } from "../articles/selection.ts"
import { client } from "../db/client.ts"
import type { ApiEnv } from "./access.ts"
import { type Asked, answerList, bodyBytesOf, contradictions, LIST, selectedOf } from "./listing.ts"
import { foreignCursor, query } from "./parameters.ts"
import { found } from "./search.ts"

export const articles = new Hono<ApiEnv>().get("/v1/articles", query(LIST, contradictions), (c) => {
  const asked = c.req.valid("query")
  if (asked.q !== undefined) return found(c, asked, asked.q)
  return asked.updated_since === undefined ? newest(c, asked) : changed(c, asked, asked.updated_since)
})

/** Newest first. A cursor names a date and an id, so it goes on meaning the same whatever comes and when a backup is restored. */
function newest(c: Context<ApiEnv>, asked: Asked) {
  const wanted = {
    selected: selectedOf(asked, c.var.audience),
    part: { kind: "page", entries: asked.limit, below: below(asked), ...since(asked) },
    bodyBytes: bodyBytesOf(asked),
  } as const
  return answerList(c, asked, async (labels) => {
    const { label, scopes, articles, next, ...page } = await readPage(client(c.env.DB), wanted, { labels, until: -1 })
    return {
      ...page,
      label,
      scopes: scopes.flat(),
      ...(articles && { content: articles }),
      cursorAfter: (shown) => {
        const last = articles?.[shown - 1]
        const at = articles && last && shown < articles.length ? last : next
        return at && encodeCursor(label.epoch, "page", [at.publishedAt, at.id])
      },
    }
  })
}

/**
 * In the order of their changes, the first one first: what was created or changed on the wire since a time, each once, in its
 * newest form. See readChanged() for why nothing is skipped while articles change. What was withdrawn is not told of here;
 * /v1/changes does that.
 */
function changed(c: Context<ApiEnv>, asked: Asked, updatedSince: number) {
  const [commitNo, id = ""] = asked.cursor?.position ?? []
  const wanted = {
    selected: selectedOf(asked, c.var.audience),
    since: updatedSince,
    ...(asked.cursor && { after: { commitNo: Number(commitNo), id } }),
    published: { below: below({ ...asked, cursor: undefined }), ...since(asked) },
    entries: asked.limit,
    bodyBytes: bodyBytesOf(asked),
  }
  return answerList(c, asked, async (labels) => {
    const { label, scopes, articles, next, ...page } = await readChanged(client(c.env.DB), wanted, labels)
    // After a restore the numbers of commits are given anew.
    if (asked.cursor && asked.cursor.epoch !== label.epoch) throw foreignCursor(c)
    return {
      ...page,
      label,
      scopes: scopes.flat(),
      ...(articles && { content: articles }),
      cursorAfter: (shown) => {
        const last = articles?.[shown - 1]
        const at = articles && last && shown < articles.length ? last : next
        return at && encodeCursor(label.epoch, "changed", [at.commitNo, at.id])
      },
    }
  })
}

/** Where the page begins: the place of the cursor, or what was published until a time, whichever is further down. */
function below({ cursor, until }: Pick<Asked, "cursor" | "until">): Position {
  const [publishedAt, id = ""] = cursor?.position ?? []
  const place = publishedAt === undefined ? START : { publishedAt: Number(publishedAt), id }
  return until === undefined || place.publishedAt <= until ? place : { publishedAt: until + 1, id: "" }
}

const since = ({ since }: Pick<Asked, "since">) => (since === undefined ? {} : { since })
