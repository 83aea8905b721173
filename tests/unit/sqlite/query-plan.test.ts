/** Tests that the check of query plans finds scans and nothing else. */
import { type SQL, sql } from "drizzle-orm"
import { expect, test } from "vitest"
import { batch } from "../../../src/db/client.ts"
import { createDatabase } from "../../sqlite/database.ts"
import { expectNoScan, expectNoScans } from "../../sqlite/query-plan.ts"

test.each<[statement: SQL, scanned: string[]]>([
  [sql`select * from articles`, ["articles"]],
  [sql`select 1 from wire w cross join articles a on a.size_in_bytes > w.revision`, ["articles"]],
  [sql`select count(*) from memberships m`, ["memberships"]],
  [sql`select * from articles where size_in_bytes > 1 limit 1`, ["articles"]],
  [sql`select * from articles order by size_in_bytes limit 1`, ["articles"]],
  [sql`select * from articles where (select count(*) from bodies) > 1`, ["articles", "bodies"]],
  [sql`select id from articles where state = 'embargoed'`, ["articles_embargoed"]],
  [sql`update articles set size_in_bytes = 1 where title = 'x'`, ["articles"]],
  [sql`delete from memberships where article_id = 'x'`, ["memberships"]],
  [sql`insert into bodies select seq, title from articles`, ["articles"]],
  [sql`with recursive r (n) as (select 1 union select seq from r join bodies) select n from r`, ["bodies"]],
  [sql`select * from json_each('[1]') j left join articles a on a.size_in_bytes = j.value`, ["articles"]],
  [sql`select title, (select 1 from bodies b where b.seq >= a.seq limit 1) from articles a`, ["articles"]],
  [sql`select count(distinct id) from articles where duplicate_key is not null`, ["articles_duplicate_key"]],
  [sql`select * from search`, ["search"]],
])("a scan is found: %#", async (statement, scanned) => {
  const db = createDatabase()
  await expectNoScan(db, statement, scanned)
  await expect(expectNoScan(db, statement)).rejects.toThrow("to deeply equal")
})

test.each<[statement: SQL]>([
  [sql`select * from wire, publishers, sections, consumers`],
  [sql`select * from articles where id = 'x'`],
  [sql`select no from commits order by no desc limit 1`],
  [sql`select max(no) from commits`],
  [sql`select 1 from pending_duplicates limit 2`],
  [sql`select * from memberships where scope = 'all' order by published_at desc limit 9`],
  [sql`select * from json_each('[1]') j cross join articles a on a.id = j.value`],
  [sql`update articles set size_in_bytes = 1 where id = 'x'`],
  [sql`select rowid from search where search match 'x'`],
  [sql`insert into audit (at, action, subject, detail) values (1, 'a', 'b', 'c')`],
])("no scan is found: %#", async (statement) => {
  await expectNoScan(createDatabase(), statement)
})

test("all statements that a function runs are checked", async () => {
  const db = createDatabase()
  const run = () => batch(db, [sql`select * from bodies`, sql`select * from wire`, sql`select * from articles`])
  await expectNoScans(db, run, ["articles", "bodies"])
  await expect(expectNoScans(db, run)).rejects.toThrow("to deeply equal")
  await expect(expectNoScans(db, async () => {})).rejects.toThrow("greater than 0")
})
