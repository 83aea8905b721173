/** The inventory is the stored state of a publisher's articles. The publisher compares it with its own list. */
import { and, eq, sql } from "drizzle-orm"
import { type Db, isOneOf, type StoredColumns } from "../../db/client.ts"
import { articles, type commits } from "../../db/schema.ts"
import { isSuppressedScope } from "../model/scope.ts"
import { lastCommitBefore } from "../write/commit-sql.ts"
import type { Decision } from "../write/outcomes.ts"

/** The other guids of an article. */
const aliases = sql`(
  select json_group_array(x.guid)
  from article_aliases x
  where x.article_id = articles.id and x.guid <> articles.guid
)`.mapWith((json: string) => JSON.parse(json) as string[])

/** Why an operator took the article down. */
const takedownReason = sql<string | null>`(
  case when ${articles.state} = 'taken_down' then (select reason from takedowns where article_id = ${articles.id}) end
)`.as("takedown_reason")

export type InventoryRow = Awaited<ReturnType<typeof readInventory>>[number]

/** Reads a publisher's inventory after a position, in the order of commits (numbers of the last changes) and ids. */
export function readInventory(db: Db, publisherUid: string, after: { commit: number; id: string }, limit: number) {
  const { id, guid, state, commitNo, versionAt, publishedAt, updatedAt, embargo, contentHash } = articles
  return db
    .select({
      id,
      guid,
      aliases,
      state,
      takedownReason,
      commitNo,
      versionAt,
      publishedAt,
      updatedAt,
      embargo,
      contentHash,
    })
    .from(articles)
    .where(and(eq(articles.publisherUid, publisherUid), sql`(${commitNo}, ${id}) > (${after.commit}, ${after.id})`))
    .orderBy(commitNo, id)
    .limit(limit)
}

/** Reads the last commit before a time, for clients that ask by time. */
export async function readLastCommitBefore(db: Db, time: number): Promise<number> {
  const [row] = await db.all<StoredColumns<typeof commits, "no">>(sql`select ${lastCommitBefore(time)} no`)
  return row?.no ?? 0
}

/** Returns stored outcomes with the current scopes of articles that were duplicates, of which one is chosen later. */
export async function withCurrentScopes(db: Db, outcomes: Decision[]): Promise<Decision[]> {
  const ids = outcomes.filter(({ scopes }) => scopes.some(isSuppressedScope)).map(({ id }) => id)
  if (ids.length === 0) return outcomes
  const scopes = await readScopes(db, ids)
  return outcomes.map((outcome) => ({ ...outcome, scopes: scopes.get(outcome.id) ?? outcome.scopes }))
}

export async function readScopes(db: Db, ids: string[]): Promise<Map<string, string[]>> {
  const { id, scopes } = articles
  const rows = await db.select({ id, scopes }).from(articles).where(isOneOf(id, ids))
  return new Map(rows.map((row) => [row.id, row.scopes]))
}
