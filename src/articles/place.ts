/**
 * Placing articles that nobody pushed: the end of an embargo, another order of sections. What becomes of them is thought
 * out beside the store, so each is placed only if it is still as it was read, and all of them only if names still lead
 * where they led.
 */
import { type SQL, sql } from "drizzle-orm"
import { batch, type Db } from "../db/client.ts"
import type { Also } from "./article.ts"
import { commitTime } from "./commit.ts"
import { moveStandings, touchedBy } from "./standings.ts"

export interface Placement {
  id: string
  /** articles.commit_no as it was read. */
  commitNo: number
  /** Every scope that the article is to stand in. */
  scopes: string[]
  /** What it is filed under, for its details. */
  sections: number[]
  tags: string[]
  /** Whether another publisher's article stands for it, and those for which it stands; left out, both stay as they are. */
  withheld?: boolean
  also?: Also[]
}

/**
 * Places articles in one commit and one round trip; embargoed ones are published thereby.
 * @param filing Directory.filing of the names by which the scopes were found.
 * @param beside a statement of the same batch, made of a query that counts the articles that are placed.
 * @returns how many were placed; those that changed meanwhile are left to whoever changed them.
 */
export async function place(
  db: Db,
  placements: Placement[],
  filing: number,
  now: number,
  beside?: (placed: SQL) => SQL,
): Promise<number> {
  // Not the whole details, which of a hundred articles may be more than a bound value holds.
  const rows = JSON.stringify(
    placements.map(({ id, commitNo, scopes, sections, tags, withheld, also }) => [
      ...[id, commitNo, scopes, sections, tags],
      withheld ?? null,
      also ?? null,
    ]),
  )
  // Asked again in every statement, because a push may come before the batch, and none inside it.
  const due = sql`json_each(${rows}) r cross join articles a on a.id = r.value ->> 0 and a.commit_no = r.value ->> 1
    and (select filing from wire) = ${filing}`
  const changes = sql`(select (select max(no) from commits) commit_no, r.key i, a.id, a.scopes before, r.value -> 2 after,
    case when a.state = 'published' then a.published_at end was_at, a.published_at now_at, a.commit_no was_commit,
    0 quiet from ${due})`
  const results = await batch(db, [
    ...(beside ? [beside(sql`(select count(*) from ${due})`)] : []),
    sql`insert into commits (no, at, scopes)
      select (select coalesce(max(no), 0) + 1 from commits), ${commitTime(now)}, ${touchedBy(changes)}
      where exists (select 1 from ${due})`,
    ...moveStandings(changes, sql`(select max(no) from commits where exists (select 1 from ${due}))`, false),
    sql<{ id: string }>`update articles set state = 'published', shown = 1, commit_no = (select max(no) from commits),
        scopes = r.value -> 2,
        details = json_set(details, '$.sections', r.value -> 3, '$.tags', r.value -> 4),
        corrected_at = case when withheld and r.value ->> 5 = 0 then max((select at from commits order by no desc limit 1),
          published_at, coalesce(updated_at, 0)) else corrected_at end,
        withheld = coalesce(r.value ->> 5, withheld), also = coalesce(r.value ->> 6, also)
      from json_each(${rows}) r where articles.id = r.value ->> 0 and articles.commit_no = r.value ->> 1
        and (select filing from wire) = ${filing} returning articles.id`,
  ])
  return (results.at(-1) as unknown[]).length
}
