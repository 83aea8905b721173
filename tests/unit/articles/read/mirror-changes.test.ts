/** Tests the statement that reads a page of changes for mirrors, with the tables of migrations/. */
import { sql } from "drizzle-orm"
import { expect, test } from "vitest"
import {
  expireTombstones,
  type MirrorQuery,
  readMirrorChanges,
  TOMBSTONE_LIFE_MS,
} from "../../../../src/articles/read/mirror-changes.ts"
import type { Db } from "../../../../src/db/client.ts"
import { amend, idOf, timeOf, wireWith } from "../../../sqlite/articles.ts"

const numbers = (to: number) => Array.from({ length: to }, (_, i) => ({ n: i + 1 }))

async function read(db: Db, query: Partial<MirrorQuery> = {}, validators: string[] = []) {
  const page = await readMirrorChanges(
    db,
    { from: "start", limit: 3, bytes: 1e6, publishers: undefined, ...query },
    validators,
  )
  const kinds = page.changes?.map((it) => (it.kind === "article" ? [it.commit, it.article?.html ?? "gone"] : it.kind))
  return { ...page, kinds }
}

test("a page has articles with bodies, tombstones and entries of the directory, in the order of commits", async () => {
  const { db, trips, expectNoScans } = await wireWith(numbers(4))
  await db.run(sql`insert into directory_entries values ('section:1', 2, '{"id":1}'), ('publisher:1a', 30, null)`)
  await amend(db, "all", 1, 20)
  await db.run(sql`update articles set state = 'deleted' where id = ${idOf(1)}`)
  await db.run(sql`delete from commits where no > 30`)
  trips.length = 0
  const first = await read(db)
  expect(first.kinds).toEqual([[2, "<p>2</p>"], "section", [3, "<p>3</p>"]])
  expect([first.more, first.end]).toEqual([true, { commit: 3, id: idOf(3), base: 30 }])
  // A mirror that begins now never had the deleted articles.
  const rest = await read(db, { from: { ...first.end, epoch: "e" } })
  expect([rest.kinds, rest.more]).toEqual([[[4, "<p>4</p>"]], false])
  const older = await read(db, { from: { commit: 3, id: idOf(3), base: 3, epoch: "e" } })
  expect(older.kinds).toEqual([[4, "<p>4</p>"], [20, "gone"], "publisher"])
  expect(trips).toHaveLength(3)
  await expectNoScans()
})

test("a page ends at the limit of bytes, with at least one change, and at the limit of its scan", async () => {
  const { db } = await wireWith(numbers(300).map(({ n }) => ({ n, publisher: n % 250 ? "1a" : "2b" })))
  expect((await read(db, { bytes: 1 })).kinds).toEqual([[1, "<p>1</p>"]])
  expect((await read(db, { bytes: 3000 })).kinds).toHaveLength(2)
  const scanned = await read(db, { publishers: ["2b"] })
  expect([scanned.kinds, scanned.more, scanned.end.commit]).toEqual([[], true, 200])
  const next = await read(db, { publishers: ["2b"], from: { ...scanned.end, epoch: "e" } })
  expect([next.kinds, next.more]).toEqual([[[250, "<p>250</p>"]], false])
})

test("a cursor of another epoch, of the future, or older than all tombstones is refused without a read", async () => {
  const { db } = await wireWith(numbers(4))
  const from = { commit: 2, id: "", base: 2, epoch: "e" }
  const refusalOf = async (start: MirrorQuery["from"]) => {
    const { refusal, changes } = await read(db, { from: start })
    return [refusal, changes === undefined]
  }
  expect(await refusalOf({ ...from, epoch: "f" })).toEqual(["foreign_cursor", true])
  expect(await refusalOf({ ...from, commit: 1001 })).toEqual(["foreign_cursor", true])
  expect(await refusalOf(from)).toEqual([undefined, false])
  await expireTombstones(db, timeOf(0) + 3500 + TOMBSTONE_LIFE_MS)
  expect(await refusalOf(from)).toEqual(["expired_cursor", true])
})

test("nothing is read if the validator, which is the last commit, is known", async () => {
  const { db } = await wireWith(numbers(4))
  const { validator } = await read(db)
  expect(validator.revision).toBe(1000)
  expect((await read(db, {}, ["e.1000"])).changes).toBeUndefined()
  expect((await read(db, { from: "latest" })).changes).toEqual([])
})
