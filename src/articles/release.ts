/** The end of an embargo: the sweep makes it an ordinary commit, so that no query ever reads the clock. */
import { sql } from "drizzle-orm"
import { batch, type Db } from "../db/client.ts"
import { afterWire, commitTime, RAISED } from "./commit.ts"

const BATCH = 100

/**
 * Releases the articles whose embargo is over, at most BATCH a call, oldest first.
 * @returns how many were due; call again while it equals BATCH.
 */
export async function releaseEmbargoed(db: Db, now: number): Promise<number> {
  const due = await db.all<{ id: string }>(sql`select id from articles
    where state = 'embargoed' and embargo_until <= ${now} order by embargo_until limit ${BATCH}`)
  if (due.length === 0) return 0
  const ids = JSON.stringify(due.map((row) => row.id))
  // Asked again in every statement: a push may have changed an article since.
  const still = sql`json_each(${ids}) i cross join articles a on a.id = i.value
    and a.state = 'embargoed' and a.embargo_until <= ${now}`
  await batch(db, [
    sql`insert into commits (no, at, scopes)
      select (select coalesce(max(no), 0) + 1 from commits), ${commitTime(now)}, json_group_array(key)
      from (select distinct s.value key from ${still}, json_each(a.due_scopes) s) having count(*) > 0`,
    sql`insert into scopes (key, revision, changed_at)
      select distinct s.value, (select max(no) from commits), ${afterWire(sql`${now}`)}
      from ${still}, json_each(a.due_scopes) s where true
      ${RAISED}`,
    sql`insert into standings (scope, published_at, article_id)
      select s.value, a.published_at, a.id from ${still}, json_each(a.due_scopes) s`,
    sql`update articles set state = 'published', scopes = due_scopes, due_scopes = null,
        commit_no = (select max(no) from commits)
      where state = 'embargoed' and embargo_until <= ${now} and id in (select value from json_each(${ids}))`,
  ])
  return due.length
}
