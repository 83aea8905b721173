/** Lists of articles, whole. */
import { type Context, Hono } from "hono"
import { encodeCursor } from "../articles/cursor.ts"
import { type Page, readDirectory, readPage, type StoredArticle } from "../articles/queries.ts"
import { type Position, START } from "../articles/selection.ts"
import { client } from "../db/client.ts"
import { EVERYTHING, type Selection } from "../feeds/address.ts"
import { selectedBy } from "../feeds/render.ts"
import { movedSelection, redirect } from "../feeds/serve.ts"
import type { ApiEnv } from "./access.ts"
import { answer, canonicalPath, pageUrl } from "./answer.ts"
import { articleJson, FIELDS } from "./article-json.ts"
import { cursor, languages, number, oneOf, query, slugs, someOf, tags, text, time } from "./parameters.ts"
import type { Articles } from "./schema.ts"

export const LIST = {
  section: slugs,
  not: slugs,
  publisher: slugs,
  tag: tags,
  lang: languages,
  since: time,
  until: time,
  updated_since: time,
  q: text(200),
  limit: number(1, 100, 50),
  cursor: cursor(["page"]),
  fields: someOf(FIELDS),
  format: oneOf(["json", "ninjs"], "json"),
}

export const articles = new Hono<ApiEnv>().get("/v1/articles", query(LIST), (c) => {
  const asked = c.req.valid("query")
  const selection: Selection = {
    ...EVERYTHING,
    section: asked.section,
    not: asked.not,
    publisher: asked.publisher,
    lang: asked.lang,
    tag: asked.tag,
  }
  const { settings } = c.var
  const below: Position = asked.cursor
    ? { publishedAt: Number(asked.cursor.position[0]), id: asked.cursor.position[1] ?? "" }
    : START
  return answer<Articles, Page & { content?: StoredArticle[] }>(c, {
    read: async (labels) => {
      const page = await readPage(
        client(c.env.DB),
        {
          selected: selectedBy(selection),
          part: { kind: "page", entries: asked.limit, below },
          bodyBytes: 2 * 1024 * 1024,
        },
        { labels, until: -1 },
      )
      if (page.unknown !== undefined) return moved(c, selection)
      return { ...page, ...(page.articles && { content: page.articles }) }
    },
    tags: ({ scopes }) => scopes.flat(),
    next: ({ next, label }) => next && pageUrl(c, encodeCursor(label.epoch, "page", [next.publishedAt, next.id])),
    render: ({ content = [], directory, next, label }) => {
      const at = next && encodeCursor(label.epoch, "page", [next.publishedAt, next.id])
      const list: Articles = {
        articles: content.flatMap((article) => articleJson(article, directory, settings) ?? []),
        ...(at !== undefined && { next: pageUrl(c, at), cursor: at }),
      }
      return JSON.stringify(list)
    },
  })
})

/** Old names lead to today's; @throws Problem where one never was, or nothing is left. */
async function moved(c: Context<ApiEnv>, selection: Selection): Promise<Response> {
  const now = movedSelection(selection, await readDirectory(client(c.env.DB)))
  const url = new URL(canonicalPath(new URL(c.req.url)), c.var.settings.feedsUrl)
  for (const member of ["section", "not", "publisher"] as const) {
    url.searchParams.delete(member)
    for (const slug of now[member]) url.searchParams.append(member, slug)
  }
  return redirect(url.href)
}
