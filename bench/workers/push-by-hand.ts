/**
 * A push endpoint that is written by hand to store rows in D1 and do nothing else: HMAC, JSON.parse, and one batch of
 * four prepared statements. Each statement gets its rows as a JSON parameter, because one statement for each row takes
 * longer. It has no schema, no outcomes, no order of versions, no replay protection, and no storage in R2. With
 * SANITIZE, feedwire's sanitizer cleans the HTML.
 */
import { sanitizeHtml } from "../../src/html/sanitize.ts"
import type { Database } from "./platform.ts"

interface Env {
  DB: Database
  SECRET: string
  SANITIZE: string
}

interface Item {
  id: string
  url: string
  title: string
  summary: string
  content_html: string
  date_published: string
  date_modified?: string
  language: string
  tags: string[]
  authors: { name: string }[]
  image?: string
  _feedwire: { sections: string[]; subtitle?: string; dateline?: string; image?: object; related?: object[] }
}

/** How many bytes one parameter may have, within the limit of D1. */
const PARAMETER_BYTES = 512 * 1024

const ARTICLES = `insert into articles (id, publisher_uid, guid, state, commit_no, version_at, message_at, content_hash,
    raw_hash, source, guid_since, published_at, updated_at, scopes, size_in_bytes, url, language, direction, title, subtitle, summary, dateline, details)
  select value ->> 0, 'by-hand', value ->> 0, 'published', 1, value ->> 1, value ->> 2, '', '', 'native', value ->> 2, value ->> 1, value ->> 3,
    value -> 4, value ->> 5, value ->> 6, value ->> 7, 'rtl', value ->> 8, value ->> 9, value ->> 10, value ->> 11,
    value -> 12
  from json_each(?) where true on conflict (id) do update set title = excluded.title, details = excluded.details`
const BODIES = `insert into bodies (seq, html) select a.seq, value ->> 1 from json_each(?)
  cross join articles a on a.id = value ->> 0 where true on conflict (seq) do update set html = excluded.html`
const MEMBERSHIPS = `insert into memberships (scope, published_at, article_id)
  select s.value, a.value ->> 1, a.value ->> 0 from json_each(?) a, json_each(a.value, '$[4]') s where true
  on conflict do nothing`
const SCOPES = `insert into scopes (key, revision, changed_at) select value, 1, ? from json_each(?) where true
  on conflict (key) do update set revision = revision + 1, changed_at = excluded.changed_at`

const encoder = new TextEncoder()
const bytesOf = (base64: string) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))

async function isAuthentic(request: Request, body: ArrayBuffer, secret: string): Promise<boolean> {
  const raw = bytesOf(secret.slice("whsec_".length))
  const key = await crypto.subtle.importKey("raw", raw, { name: "HMAC", hash: "SHA-256" }, false, ["verify"])
  const head = encoder.encode(`${request.headers.get("webhook-id")}.${request.headers.get("webhook-timestamp")}.`)
  const signed = new Uint8Array(head.length + body.byteLength)
  signed.set(head)
  signed.set(new Uint8Array(body), head.length)
  const signature = bytesOf((request.headers.get("webhook-signature") ?? "").slice("v1,".length))
  return crypto.subtle.verify("HMAC", key, signature, signed)
}

function scopesOf(item: Item): string[] {
  return [
    "all",
    "publisher:by-hand",
    ...item._feedwire.sections.map((section) => `section:${section}`),
    `lang:${item.language}`,
    ...item.tags.map((tag) => `tag:${encodeURIComponent(tag)}`),
    ...item.authors.map(({ name }) => `author:${encodeURIComponent(name)}`),
  ]
}

function parametersOf(rows: unknown[][]): string[] {
  const texts = rows.map((row) => JSON.stringify(row))
  const chunks: string[][] = [[]]
  let size = 0
  for (const text of texts) {
    const bytes = encoder.encode(text).length
    if (size + bytes > PARAMETER_BYTES) {
      chunks.push([])
      size = 0
    }
    size += bytes
    chunks.at(-1)?.push(text)
  }
  return chunks.map((chunk) => `[${chunk.join()}]`)
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const body = await request.arrayBuffer()
    if (!(await isAuthentic(request, body, env.SECRET))) return new Response(null, { status: 401 })
    const message = JSON.parse(new TextDecoder().decode(body)) as { timestamp: string; data: Item[] }
    const now = Date.now()
    const scopes = new Set<string>()
    const articles: unknown[][] = []
    const bodies: unknown[][] = []
    for (const item of message.data) {
      const html = env.SANITIZE === "true" ? sanitizeHtml(item.content_html, item.url) : item.content_html
      const { _feedwire: more } = item
      const itemScopes = scopesOf(item)
      for (const scope of itemScopes) scopes.add(scope)
      articles.push([
        item.id,
        Date.parse(item.date_published),
        Date.parse(message.timestamp),
        item.date_modified ? Date.parse(item.date_modified) : null,
        itemScopes,
        html.length,
        item.url,
        item.language,
        item.title,
        more.subtitle ?? null,
        item.summary,
        more.dateline ?? null,
        { tags: item.tags, authors: item.authors, image: { url: item.image, ...more.image }, related: more.related },
      ])
      bodies.push([item.id, html])
    }
    const { DB } = env
    const rows = parametersOf(articles)
    await DB.batch([
      ...rows.map((chunk) => DB.prepare(ARTICLES).bind(chunk)),
      ...parametersOf(bodies).map((chunk) => DB.prepare(BODIES).bind(chunk)),
      ...rows.map((chunk) => DB.prepare(MEMBERSHIPS).bind(chunk)),
      DB.prepare(SCOPES).bind(now, JSON.stringify([...scopes])),
    ])
    return Response.json({ results: message.data.map(({ id }) => ({ guid: id, outcome: "created" })) })
  },
}
