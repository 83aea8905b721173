/** Reading articles: the only file that reads bodies. No query reads the clock. */
import { sql } from "drizzle-orm"
import { batch, type Db } from "../db/client.ts"
import type { Direction } from "../formats/feed.ts"
import type { ArticleDetails } from "./article.ts"
import { type Directory, parseDirectory, rememberedDirectory, selectWire } from "./directory.ts"

/** What a feed selects: everything, or the scope that an address such as `sections/world` leads to. */
export type Selection = "all" | { address: string }

/** The state of a selection: the same label means the same articles and names. */
export interface Label {
  epoch: string
  /** The later of the scope's revision and the wire's. */
  revision: number
  /** Milliseconds; grows by a second at least with each revision. */
  changedAt: number
}

export interface StoredArticle {
  id: string
  publisherUid: string
  guid: string
  commitNo: number
  publishedAt: number
  updatedAt: number | null
  versionAt: number
  url: string | null
  lang: string | null
  dir: Direction | null
  title: string | null
  subtitle: string | null
  summary: string | null
  dateline: string | null
  details: ArticleDetails
  html: string
}

export interface Page {
  label: Label
  scope: string
  directory: Directory
  /** Absent: the label is one of those known, nothing else was read. */
  articles?: StoredArticle[]
}

/** A page ends at its limit or at this many bytes of bodies. */
export const PAGE_BYTES = 2 * 1024 * 1024

interface PageRow {
  epoch: string
  wire_revision: number
  revision: number
  changed_at: number
  scope: string | null
  stale: number
  id: string | null
  [column: string]: unknown
}

/**
 * Reads revision and articles together in one round trip: content may be newer than its label, never older. The guard
 * on known labels is part of the look-up key of the standings, so that a 304 reads one row a scope (as a condition
 * beside the join it would read every standing).
 * @param known what somebody already holds: labels (epoch.revision), or all that changed in a second until this one.
 * @returns undefined if the address leads nowhere; the directory for naming near matches comes from readDirectory().
 */
export async function readPage(
  db: Db,
  selection: Selection,
  limit: number,
  known: { labels: string[]; until: number },
): Promise<Page | undefined> {
  const key = selection === "all" ? sql`'all'` : sql`w.directory ->> ${`$.addresses."${selection.address}"`}`
  const select = sql<PageRow>`
    select g.*, a.id, a.publisher_uid, a.guid, a.commit_no, a.published_at, a.updated_at, a.version_at, a.url, a.lang,
      a.dir, a.title, a.subtitle, a.summary, a.dateline, a.details, a.size, b.html
    from (
      select w.epoch, w.revision wire_revision, max(w.revision, coalesce(s.revision, 0)) revision,
        max(w.changed_at, coalesce(s.changed_at, 0)) changed_at, ${key} scope,
        w.epoch || '.' || max(w.revision, coalesce(s.revision, 0)) not in (${sql.join(
          ["", ...known.labels].map((label) => sql`${label}`),
          sql`, `,
        )})
          and max(w.changed_at, coalesce(s.changed_at, 0)) / 1000 * 1000 > ${known.until} stale
      from wire w left join scopes s on s.key = ${key} where w.id = 1
    ) g
    left join standings st on st.scope = case when g.stale then g.scope end
    left join articles a on a.id = st.article_id
    left join bodies b on b.seq = a.seq
    order by st.published_at desc, st.article_id desc limit ${limit}`

  let rows: PageRow[]
  let directory = rememberedDirectory()
  if (directory) {
    rows = await db.all<PageRow>(select)
  } else {
    const [page, wire] = await batch(db, [select, selectWire])
    rows = page
    directory = parseDirectory(wire)
  }
  const head = rows[0]
  if (!head) throw new Error("the wire has no row: apply the migrations")
  if (head.scope === null) return undefined
  // Rare: names changed since this isolate read them. Newer names under an older label are harmless.
  if (directory.epoch !== head.epoch || directory.revision < head.wire_revision) directory = await readDirectory(db)

  const label = { epoch: head.epoch, revision: head.revision, changedAt: head.changed_at }
  const { scope } = head
  return head.stale ? { label, scope, directory, articles: articlesOf(rows) } : { label, scope, directory }
}

export async function readDirectory(db: Db): Promise<Directory> {
  return parseDirectory(await db.all(selectWire))
}

function articlesOf(rows: PageRow[]): StoredArticle[] {
  const articles: StoredArticle[] = []
  let bytes = 0
  for (const row of rows) {
    if (row.id === null) break
    bytes += row.size as number
    if (bytes > PAGE_BYTES && articles.length > 0) break
    articles.push({
      id: row.id,
      publisherUid: row.publisher_uid as string,
      guid: row.guid as string,
      commitNo: row.commit_no as number,
      publishedAt: row.published_at as number,
      updatedAt: row.updated_at as number | null,
      versionAt: row.version_at as number,
      url: row.url as string | null,
      lang: row.lang as string | null,
      dir: row.dir as Direction | null,
      title: row.title as string | null,
      subtitle: row.subtitle as string | null,
      summary: row.summary as string | null,
      dateline: row.dateline as string | null,
      details: JSON.parse(row.details as string),
      html: (row.html as string | null) ?? "",
    })
  }
  return articles
}

/** What the wire holds of one article of a publisher. */
export interface Held {
  id: string
  guid: string
  state: "published" | "embargoed" | "deleted"
  commit_no: number
  version_at: number
  published_at: number | null
  updated_at: number | null
  embargo_until: number | null
  content_hash: string
}

/** What the wire holds of a publisher after a position, in the order of change (commit, then id). */
export function readHeld(db: Db, publisherUid: string, after: { commit: number; id: string }, limit: number) {
  return db.all<Held>(sql`select id, guid, state, commit_no, version_at, published_at, updated_at, embargo_until,
      content_hash from articles
    where publisher_uid = ${publisherUid} and (commit_no, id) > (${after.commit}, ${after.id})
    order by commit_no, id limit ${limit}`)
}

/** The last commit before a moment, for those who ask by time. Walks back from the newest commit. */
export async function commitBefore(db: Db, time: number): Promise<number> {
  const [row] = await db.all<{ no: number }>(sql`select no from commits where at < ${time} order by no desc limit 1`)
  return row?.no ?? 0
}
