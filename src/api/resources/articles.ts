/** Lists whole articles: the newest first, in the order of their changes, or as search results. */
import { type Context, Hono } from "hono"
import { encodeCursor } from "../../articles/model/cursor.ts"
import { readChangedArticles } from "../../articles/read/read-changed-articles.ts"
import { readSelection } from "../../articles/read/read-selection.ts"
import { LIST_START, type ListPosition } from "../../articles/read/scan-selection.ts"
import type { ApiEnv } from "../access/env.ts"
import { foreignCursorProblem } from "../parameters/cursor.ts"
import { query } from "../parameters/parse-parameters.ts"
import {
  answerList,
  audienceSelection,
  bodyBytesOf,
  contradictions,
  LIST_PARAMETERS,
  type ListParameters,
} from "./article-list.ts"
import { answerSearch } from "./search.ts"

export const articles = new Hono<ApiEnv>().get("/v1/articles", query(LIST_PARAMETERS, contradictions), (c) => {
  const parameters = c.req.valid("query")
  if (parameters.q !== undefined) return answerSearch(c, parameters, parameters.q)
  return parameters.updated_since === undefined
    ? answerNewest(c, parameters)
    : answerChanged(c, parameters, parameters.updated_since)
})

/** Lists the newest articles first. A cursor is a date and an id, so it stays valid after a restore. */
function answerNewest(c: Context<ApiEnv>, parameters: ListParameters) {
  const options = {
    selection: audienceSelection(parameters, c.var.audience),
    part: { kind: "page", entries: parameters.limit, below: startPosition(parameters), ...optionalSince(parameters) },
    bodyBytes: bodyBytesOf(parameters),
  } as const
  return answerList(c, parameters, async (knownValidators) => {
    const { validator, scopes, articles, next, ...page } = await readSelection(c.var.db, options, {
      validators: knownValidators,
      until: -1,
    })
    return {
      ...page,
      validator,
      scopes: scopes.flat(),
      ...(articles && { content: articles }),
      cursorAfter: (count) => {
        const last = articles?.[count - 1]
        const at = articles && last && count < articles.length ? last : next
        return at && encodeCursor(validator.epoch, "page", [at.publishedAt, at.id])
      },
    }
  })
}

/** Lists articles by their changes since a time. readChangedArticles() explains why this list skips no article. */
function answerChanged(c: Context<ApiEnv>, parameters: ListParameters, updatedSince: number) {
  const [commitNo, id = ""] = parameters.cursor?.position ?? []
  const options = {
    selection: audienceSelection(parameters, c.var.audience),
    since: updatedSince,
    ...(parameters.cursor && { after: { commitNo: Number(commitNo), id } }),
    published: { below: startPosition({ ...parameters, cursor: undefined }), ...optionalSince(parameters) },
    entries: parameters.limit,
    bodyBytes: bodyBytesOf(parameters),
  }
  return answerList(c, parameters, async (knownValidators) => {
    const { validator, scopes, articles, next, ...page } = await readChangedArticles(c.var.db, options, knownValidators)
    // A cursor contains a commit number. After a restore (a new epoch), it may belong to another commit.
    if (parameters.cursor && parameters.cursor.epoch !== validator.epoch) throw foreignCursorProblem(c)
    return {
      ...page,
      validator,
      scopes: scopes.flat(),
      ...(articles && { content: articles }),
      cursorAfter: (count) => {
        const last = articles?.[count - 1]
        const at = articles && last && count < articles.length ? last : next
        return at && encodeCursor(validator.epoch, "changed", [at.commitNo, at.id])
      },
    }
  })
}

/** Returns the position where the page begins: the cursor, or `until` if that is older. */
function startPosition({ cursor, until }: Pick<ListParameters, "cursor" | "until">): ListPosition {
  const [publishedAt, id = ""] = cursor?.position ?? []
  const position = publishedAt === undefined ? LIST_START : { publishedAt: Number(publishedAt), id }
  return until === undefined || position.publishedAt <= until ? position : { publishedAt: until + 1, id: "" }
}

const optionalSince = ({ since }: Pick<ListParameters, "since">) => (since === undefined ? {} : { since })
