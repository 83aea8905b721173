/** Tests the times of commits, and the scopes (lists of articles) that the edge must purge. */
import { type SQL, sql } from "drizzle-orm"
import { expect, test } from "vitest"
import { afterWire, commitTime, lastCommitBefore } from "../../../../src/articles/write/commit-sql.ts"
import {
  acquirePurgeToken,
  dirtySince,
  markPurged,
  PURGE_INTERVAL_MS,
  parseDirtyTags,
  RENDER_MS,
} from "../../../../src/articles/write/purge-token.ts"
import { batch } from "../../../../src/db/client.ts"
import { createDatabase, type InMemoryDb } from "../../../sqlite/database.ts"
import { expectNoScan, expectNoScans } from "../../../sqlite/query-plan.ts"
import { row } from "../events.ts"

/** Makes a database with a commit at each of these times. Each commit has the scopes `all` and `tag:x`. */
async function withCommits(times: number[]): Promise<InMemoryDb> {
  const db = createDatabase()
  const rows = JSON.stringify(times)
  await db.run(sql`
    insert into commits (no, at, scopes) select key + 1, value, '["all","tag:x"]' from json_each(${rows})`)
  return db
}

const value = async (db: InMemoryDb, expression: SQL) => (await row(db, sql`select ${expression} value`))?.value

test("the last commit before a moment is found", async () => {
  const times = [10, 10, 20, 30, 30, 30, 45]
  const db = await withCommits(times)
  for (const moment of [0, 10, 11, 20, 21, 30, 31, 45, 46, 1e15]) {
    const before = times.filter((time) => time < moment).length
    expect([moment, await value(db, lastCommitBefore(moment))]).toEqual([moment, before])
  }
  expect(await value(createDatabase(), lastCommitBefore(1e15))).toBe(0)
  await expectNoScan(db, sql`select ${lastCommitBefore(9)}`)
})

test("a commit is not earlier than the last one", async () => {
  const db = await withCommits([10, 50])
  expect([await value(db, commitTime(40)), await value(db, commitTime(60))]).toEqual([50, 60])
  expect(await value(createDatabase(), commitTime(60))).toBe(60)
  await expectNoScan(db, sql`select ${commitTime(40)}`)
})

test("a scope changes a second later than the wire", async () => {
  const db = createDatabase()
  await db.run(sql`update wire set changed_at = 5999`)
  expect([await value(db, afterWire(sql`5000`)), await value(db, afterWire(sql`7001`))]).toEqual([6000, 7001])
})

const acquire = async (db: InMemoryDb, now: number, condition = sql`true`) =>
  parseDirtyTags(await batch(db, acquirePurgeToken(db, now, condition)))

test("the token is free once in an interval, and names the dirty scopes that have feeds", async () => {
  const db = await withCommits([1000, 2000])
  expect(await acquire(db, 5000, sql`false`)).toBeUndefined()
  expect(await acquire(db, 5000)).toEqual(["all"])
  expect(await acquire(db, 5000 + PURGE_INTERVAL_MS - 1)).toBeUndefined()
  expect(await acquire(db, 5000 + PURGE_INTERVAL_MS)).toEqual(["all"])
})

test("a purge makes commits clean that are at least as old as a render takes", async () => {
  const db = await withCommits([1000, 2000])
  expect(await dirtySince(db)).toBe(1000)
  await markPurged(db, 1999 + RENDER_MS)
  expect(await dirtySince(db)).toBe(2000)
  await markPurged(db, 0)
  expect(await dirtySince(db)).toBe(2000)
  await markPurged(db, 2000 + RENDER_MS)
  expect([await dirtySince(db), await acquire(db, 50_000)]).toEqual([undefined, []])
})

test.each([
  [3, 2, ["section:0", "section:1", "section:2", "article:0", "article:1"]],
  [0, 100, Array.from({ length: 100 }, (_, i) => `article:${i}`)],
  [2, 99, ["section:0", "section:1", "articles"]],
  [1, 5000, ["section:0", "articles"]],
  [100, 0, Array.from({ length: 100 }, (_, i) => `section:${i}`)],
  [300, 0, ["wire"]],
  [300, 300, ["wire"]],
])("of %i dirty scopes and %i dirty pages of articles, a purge names at most 100", async (scopeCount, pages, tags) => {
  const db = await withCommits([1000, 2000])
  const scopes = Array.from({ length: scopeCount }, (_, i) => `section:${i}`)
  const articles = Array.from({ length: pages }, (_, i) => `${i}`)
  // Both commits have the same scopes and articles, but each is purged once.
  await db.run(sql`update commits set scopes = ${JSON.stringify(scopes)}, articles = ${JSON.stringify(articles)}`)
  expect(await acquire(db, 5000)).toEqual(tags)
})

test("no statement scans a table that grows", async () => {
  const db = await withCommits([1000])
  await expectNoScans(db, () => acquire(db, 5000))
  await expectNoScans(db, () => dirtySince(db))
  await expectNoScans(db, () => markPurged(db, 5000), ["commits"])
})
