/** Tests the times of commits, and the scopes (lists of articles) that the edge must purge. */
import { type SQL, sql } from "drizzle-orm"
import { expect, test } from "vitest"
import { afterWire, commitTime, lastCommitBefore } from "../../../../src/articles/write/commit-sql.ts"
import {
  acquirePurgeToken,
  dirtySince,
  MAX_DIRTY_SCOPES,
  markPurged,
  PURGE_INTERVAL_MS,
  parseDirtyScopes,
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
  parseDirtyScopes(await batch(db, acquirePurgeToken(db, now, condition)))

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

test("one scope more than may be purged is read", async () => {
  const db = await withCommits([1000])
  const scopes = Array.from({ length: 300 }, (_, i) => `section:${i}`)
  await db.run(sql`update commits set scopes = ${JSON.stringify(scopes)}`)
  expect(await acquire(db, 5000)).toHaveLength(MAX_DIRTY_SCOPES + 1)
})

test("no statement scans a table that grows", async () => {
  const db = await withCommits([1000])
  await expectNoScans(db, () => acquire(db, 5000))
  await expectNoScans(db, () => dirtySince(db))
  await expectNoScans(db, () => markPurged(db, 5000), ["commits"])
})
