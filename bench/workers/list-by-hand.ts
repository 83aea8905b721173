/**
 * Answers a list of articles by code that is written only for this list. Its table stores each member in the form of
 * the answer, HTML and text side by side, with an index in the order of the list. It uses raw D1 queries,
 * `JSON.stringify`, and a revision for the ETag. It has no pages, no filter except one section, no audiences, and no
 * cache.
 */
import type { Database } from "./platform.ts"

interface Env {
  DB: Database
}

/** An article of our API that `PUT` sends. Only the members that this list answers are stored. */
interface SentArticle {
  id: string
  canonical_url: string
  title: string
  summary?: string
  language: string
  direction: string
  date_published: string
  date_modified?: string
  content_html: string
  content_text: string
  publisher: { name: string }
  sections: { slug: string }[]
  tags: string[]
}

const CREATE = [
  `create table if not exists articles (id text primary key not null, section text not null, url text, title text, summary text,
    language text, direction text, date_published text not null, date_modified text, content_html text, content_text text,
    publisher text, tags text)`,
  "create index if not exists articles_section on articles (section, date_published desc)",
  "create table if not exists state (id integer primary key, revision integer not null)",
]

const STORE = `insert into articles select value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6,
  value ->> 7, value ->> 8, value ->> 9, value ->> 10, value ->> 11, value -> 12 from json_each(?)`
const RAISE = "insert into state values (1, 1) on conflict do update set revision = revision + 1"

const REVISION = "select revision from state where id = 1"
const LIST = `select id, url, title, summary, language, direction, date_published, date_modified, content_html, content_text,
  publisher, tags from articles where section = ? order by date_published desc limit 50`

/** How many bytes one parameter may have, within the limit of D1. */
const PARAMETER_BYTES = 512 * 1024

async function store({ DB }: Env, articles: SentArticle[]): Promise<void> {
  const rows = articles.map((article) =>
    JSON.stringify([
      ...[article.id, article.sections[0]?.slug, article.canonical_url, article.title, article.summary ?? null],
      ...[article.language, article.direction, article.date_published, article.date_modified ?? null],
      ...[article.content_html, article.content_text, article.publisher.name, article.tags],
    ]),
  )
  const chunks: string[][] = []
  let room = 0
  for (const row of rows) {
    const bytes = new TextEncoder().encode(row).length
    if (bytes > room) {
      chunks.push([])
      room = PARAMETER_BYTES
    }
    room -= bytes
    chunks.at(-1)?.push(row)
  }
  await DB.batch([
    ...CREATE.map((statement) => DB.prepare(statement)),
    ...chunks.map((chunk) => DB.prepare(STORE).bind(`[${chunk.join()}]`)),
    DB.prepare(RAISE),
  ])
}

const headersOf = (state: Record<string, unknown> | undefined): Record<string, string> => ({
  "cache-control": "public, max-age=60",
  etag: `"${state?.revision}"`,
})

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const { DB } = env
    if (request.method === "PUT") {
      await store(env, await request.json())
      return new Response(null, { status: 204 })
    }
    const tag = request.headers.get("if-none-match")
    if (tag !== null) {
      const headers = headersOf((await DB.prepare(REVISION).all()).results[0])
      if (headers.etag === tag) return new Response(null, { status: 304, headers })
    }
    const section = new URL(request.url).searchParams.get("section")
    const [state, list] = await DB.batch([DB.prepare(REVISION), DB.prepare(LIST).bind(section)])
    const articles = list?.results.map(({ tags, ...row }) => ({ ...row, tags: JSON.parse(tags as string) }))
    return new Response(JSON.stringify({ articles }), {
      headers: { ...headersOf(state?.results[0]), "content-type": "application/json; charset=utf-8" },
    })
  },
}
