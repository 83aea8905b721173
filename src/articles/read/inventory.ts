/** The inventory: what is stored of a publisher's articles, so that the publisher can compare it with its own list. */
import { sql } from "drizzle-orm"
import type { Db } from "../../db/client.ts"
import { lastCommitBefore } from "../write/commit-sql.ts"

/** One article in a publisher's inventory. */
export interface InventoryRow {
  id: string
  guid: string
  state: "published" | "embargoed" | "deleted"
  commit_no: number
  version_at: number
  published_at: number | null
  updated_at: number | null
  embargo: number | null
  content_hash: string
}

/** A publisher's inventory after a position, in the order of change (commit, then id). */
export function readInventory(db: Db, publisherUid: string, after: { commit: number; id: string }, limit: number) {
  return db.all<InventoryRow>(sql`
    select id, guid, state, commit_no, version_at, published_at, updated_at, embargo, content_hash
    from articles
    where publisher_uid = ${publisherUid} and (commit_no, id) > (${after.commit}, ${after.id})
    order by commit_no, id
    limit ${limit}`)
}

/** The last commit before a moment, for clients that ask by time. */
export async function readLastCommitBefore(db: Db, time: number): Promise<number> {
  const [row] = await db.all<{ no: number }>(sql`select ${lastCommitBefore(time)} no`)
  return row?.no ?? 0
}

/** The scopes of articles, by id. */
export async function readScopes(db: Db, ids: string[]): Promise<Map<string, string[]>> {
  const rows = await db.all<{ id: string; scopes: string }>(sql`
    select a.id, a.scopes
    from json_each(${JSON.stringify(ids)}) i
    cross join articles a on a.id = i.value`)
  return new Map(rows.map(({ id, scopes }) => [id, JSON.parse(scopes) as string[]]))
}
