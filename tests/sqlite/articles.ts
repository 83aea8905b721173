/** Makes a database with articles for tests of reading statements. The write batch stores these articles. */
import { sql } from "drizzle-orm"
import type { Db } from "../../src/db/client.ts"
import { createDatabase } from "./database.ts"
import { recorded } from "./recorded.ts"

export interface StoredTestArticle {
  /** The id, the date of publication and, if none is given, the commit of the article are made from this number. */
  n: number
  scopes: string[]
  commit: number
  state: "published" | "embargoed" | "deleted"
  html: string
  publisher: string
  title: string
  url: string
  language: string
  duplicateKey: string
  redistribution: "full" | "summary" | "none"
  details: object
}

export const idOf = (n: number): string => n.toString(16).padStart(32, "0")
export const timeOf = (n: number): number => Date.UTC(2026, 0, 1) + n * 60_000

/** The sections world (1) and sport (2), and the publishers one and two. */
const DIRECTORY = {
  addresses: {
    "sections/world": "section:1",
    "sections/sport": "section:2",
    "publishers/one": "publisher:1a",
    "publishers/two": "publisher:2b",
  },
  redirects: {},
  gone: [],
  blocks: [1, 2],
  appearance: {},
  sections: [
    { id: 1, slug: "world", parent: null, names: {}, descriptions: {}, icon: null },
    { id: 2, slug: "sport", parent: null, names: {}, descriptions: {}, icon: null },
  ],
  publishers: [],
}

/** Returns a database with these articles, and records the later statements. */
export async function wireWith(articles: (Partial<StoredTestArticle> & { n: number })[]) {
  const db = createDatabase()
  await db.run(
    sql`update wire set epoch = 'e', revision = 1, changed_at = ${timeOf(0)}, directory = ${JSON.stringify(DIRECTORY)}`,
  )
  for (const uid of ["1a", "2b"]) {
    await db.run(sql`insert into publishers (uid, slug, name, home_page_url, redistribution, origins, state, created_at)
      values (${uid}, ${uid}, ${uid}, 'https://one.example/', 'full', '[]', 'active', 0)`)
  }
  await insertArticles(db, articles)
  return recorded(db)
}

/** Stores articles, and raises the revision of each of their scopes. */
export async function insertArticles(db: Db, articles: (Partial<StoredTestArticle> & { n: number })[]): Promise<void> {
  const rows = articles.map((article) => {
    const { n, commit = n, scopes = ["all", "section:1"], html = `<p>${n}</p>`, state = "published" } = article
    const { publisher = "1a", title = `Article ${n}`, details = {} } = article
    const { url = null, language = null, duplicateKey = null } = article
    const sizeInBytes = new TextEncoder().encode(html).length
    const own = {
      id: idOf(n),
      published_at: timeOf(n),
      size_in_bytes: sizeInBytes,
      details: { tags: [], authors: [], ...details },
    }
    return { ...own, commit, scopes, html, state, publisher, title, url, language, duplicate_key: duplicateKey }
  })
  const rowList = sql`json_each(${JSON.stringify(rows)}) r`
  const value = (name: string) => sql.raw(`r.value ->> '${name}'`)
  await db.run(sql`with recursive n (i) as (select 1 union all select i + 1 from n where i < 1000)
    insert or ignore into commits (no, at, scopes) select i, ${timeOf(0)} + i * 1000, '["all"]' from n`)
  await db.run(sql`insert into articles (id, publisher_uid, guid, state, commit_no, version_at, message_at, content_hash,
      raw_hash, source, guid_since, published_at, was_public, duplicate_key, scopes, size_in_bytes, url, language, title,
      details)
    select ${value("id")}, ${value("publisher")}, ${value("id")}, ${value("state")}, ${value("commit")}, 0, 0, '', '', '', 0,
      ${value("published_at")}, ${value("state")} <> 'embargoed', ${value("duplicate_key")}, ${value("scopes")},
      ${value("size_in_bytes")}, ${value("url")}, ${value("language")}, ${value("title")}, ${value("details")}
    from ${rowList} where true`)
  await db.run(sql`insert into bodies (seq, html)
    select a.seq, ${value("html")} from ${rowList} join articles a on a.id = ${value("id")} where a.state = 'published'`)
  await db.run(sql`insert into memberships (scope, published_at, article_id, position)
    select s.value, a.published_at, a.id, coalesce(scopes.last_position, 0)
      + row_number() over (partition by s.value order by a.published_at)
    from ${rowList} join articles a on a.id = ${value("id")}, json_each(a.scopes) s left join scopes on scopes.key = s.value
    where a.state = 'published'`)
  await db.run(sql`insert into scopes (key, revision, changed_at, article_count, last_position)
    select m.scope, max(a.commit_no), ${timeOf(0)} + max(a.commit_no) * 1000, count(*), max(m.position)
    from memberships m join articles a on a.id = m.article_id
    group by m.scope
    on conflict (key) do update set revision = excluded.revision, changed_at = excluded.changed_at,
      article_count = excluded.article_count, last_position = excluded.last_position`)
}

/** Stores an amendment: a removal if the article is no longer in the scope, else a correction. */
export async function amend(db: Db, scope: string, n: number, commit: number): Promise<void> {
  await db.run(sql`update articles set commit_no = ${commit} where id = ${idOf(n)}`)
  await db.run(sql`
    update scopes
    set
      revision = max(revision, ${commit}),
      amendments = json_patch(
        (select json_object(cast(seq as text), cast(${commit} as integer)) from articles where id = ${idOf(n)}),
        amendments
      )
    where key = ${scope}`)
}

export async function leave(db: Db, scope: string, n: number): Promise<void> {
  await db.run(sql`delete from memberships where scope = ${scope} and article_id = ${idOf(n)}`)
  await db.run(sql`update scopes set article_count = article_count - 1 where key = ${scope}`)
}
