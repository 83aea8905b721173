/** Tests that attempts are written, read and deleted, and that no statement scans their table. */
import { sql } from "drizzle-orm"
import { expect, test } from "vitest"
import {
  countOpenDeadLetters,
  listAttempts,
  listReplayable,
  readAttempt,
  readDeadLetter,
} from "../../../../src/push/attempts/read-attempts.ts"
import { deleteExpired } from "../../../../src/push/attempts/retention.ts"
import {
  type AttemptResult,
  recordAttempt,
  recordUnauthenticated,
} from "../../../../src/push/attempts/write-attempts.ts"
import type { Incoming } from "../../../../src/push/auth/incoming.ts"
import { createDatabase, type InMemoryDb } from "../../../sqlite/database.ts"
import { expectNoScans } from "../../../sqlite/query-plan.ts"
import { createWire, MINUTE, NOW, row } from "../../articles/events.ts"

const DAY = 24 * 60 * MINUTE

function incoming(id: string, receivedAt: number): Incoming {
  const publisher = {
    ...{ uid: "one", slug: "one", name: "One", language: null, timeZone: null, dateOrder: null, origins: [] },
    state: "active" as const,
  }
  return {
    endpoint: { kind: "native" },
    body: new Uint8Array(10),
    bodySha256: "00",
    contentType: "application/json",
    headers: new Headers({ authorization: "Bearer secret", accept: "*/*" }),
    receivedAt,
    sender: {
      ...{ publisher, source: undefined, authentication: "v1" as const, isSigned: true },
      ...{ messageAt: receivedAt, delivery: { id } },
    },
  }
}

const record = (db: InMemoryDb, id: string, receivedAt: number, result: Partial<AttemptResult> = {}) =>
  recordAttempt(db, incoming(id, receivedAt), { deliveryId: id, status: 200, ms: 5, ...result })

const failure = { status: 422, code: "all_articles_rejected", objectKey: "dead/00/1" }

const ids = (attempts: { deliveryId: string }[]) => attempts.map(({ deliveryId }) => deliveryId)

test("an attempt is recorded without secrets, and counts the bytes of the day", async () => {
  const db = await createWire()
  await expectNoScans(db, () => record(db, "a", NOW))
  await record(db, "b", NOW + MINUTE)
  await record(db, "c", NOW + 2 * MINUTE, failure)
  expect(await readAttempt(db, 1)).toMatchObject({
    ...{ publisher: "one", deliveryId: "a", endpoint: "", sizeInBytes: 10, deadLetter: null, errors: [] },
    headers: { accept: "*/*", authorization: "(redacted)" },
  })
  expect(await row(db, sql`select * from publisher_activity`)).toEqual({
    ...{ publisher_uid: "one", day: NOW / DAY, bytes: 30, messages: 2 },
    ...{ last_message_at: NOW + MINUTE, usual_gap: MINUTE },
  })
})

test("a later attempt of the same delivery closes its dead letter", async () => {
  const db = await createWire()
  await record(db, "a", NOW, failure)
  expect(await countOpenDeadLetters(db, "one")).toBe(1)
  await record(db, "a", NOW + 1, { isRepeated: true })
  expect((await readDeadLetter(db, "one", "a"))?.deadLetter).toBe("open")
  await expectNoScans(db, () => record(db, "a", NOW + 2))
  expect(await readDeadLetter(db, "one", "a")).toMatchObject({ deadLetter: "superseded", closedAt: NOW + 2 })
})

test("of unauthenticated attempts, the first sixty in an hour are recorded", async () => {
  const db = await createWire()
  const refuse = (at: number) =>
    recordUnauthenticated(db, "one", incoming("x", at), "refused", { deliveryId: "x", status: 401, ms: 1 })
  for (let i = 0; i < 62; i++) await refuse(NOW + i)
  await expectNoScans(db, () => refuse(NOW + 100))
  const count = async () => (await row(db, sql`select count(*) count from attempts`))?.count
  expect(await count()).toBe(60)
  await refuse(NOW + 60 * MINUTE)
  expect(await count()).toBe(61)
})

test("the log is read page by page, newest first; for a replay, oldest first", async () => {
  const db = await createWire()
  for (const [i, id] of ["a", "b", "c", "d"].entries()) await record(db, id, NOW + i, i === 1 ? failure : {})
  const page = await listAttempts(db, {}, 3)
  expect([ids(page.attempts), page.next]).toEqual([["d", "c", "b"], 2])
  expect(ids((await listAttempts(db, { before: page.next }, 3)).attempts)).toEqual(["a"])
  expect(ids((await listAttempts(db, { status: 4 }, 3)).attempts)).toEqual(["b"])
  expect(ids((await listAttempts(db, { openDeadLetters: true }, 3)).attempts)).toEqual(["b"])
  expect(ids((await listAttempts(db, { since: NOW + 1, until: NOW + 3 }, 3)).attempts)).toEqual(["c", "b"])
  expect(ids(await listReplayable(db, { deadLettersOnly: false, from: 2 }, 2))).toEqual(["b", "c"])
  expect(ids(await listReplayable(db, { deadLettersOnly: true }, 2))).toEqual(["b"])
  await expectNoScans(db, () => readAttempt(db, 1))
  await expectNoScans(db, () => readDeadLetter(db, "one", "b"))
  await expectNoScans(db, () => listAttempts(db, { publisherUid: "one", before: 3 }, 1))
  await expectNoScans(db, () => listReplayable(db, { publisherUid: "one", deadLettersOnly: false, from: 2 }, 1))
})

/** A bucket that records the deleted keys. */
function bucketOf(deleted: string[]): R2Bucket {
  return { delete: async (keys: string[]) => void deleted.push(...keys) } as unknown as R2Bucket
}

test("expired attempts are deleted, oldest first, except dead letters whose bytes are stored", async () => {
  const db = await createWire()
  await record(db, "dead", NOW, failure)
  await record(db, "closed", NOW, { ...failure, objectKey: "dead/00/2" })
  await record(db, "closed", NOW)
  await record(db, "new", NOW + DAY)
  const deliveries = JSON.stringify([NOW, NOW, NOW + 24 * DAY])
  await db.run(sql`insert into deliveries
      (publisher_uid, id, batch_id, body_sha256, received_at, message_at, entries, outcomes, unchanged)
    select 'one', key, '', '', value, 0, '[]', '[]', 0 from json_each(${deliveries})`)
  const keys: string[] = []
  const left = async () =>
    ids((await listAttempts(db, {}, 9)).attempts).concat(
      (await db.all<{ id: string }>(sql`select id from deliveries`)).map(({ id }) => id),
    )
  expect(await deleteExpired(db, bucketOf(keys), NOW)).toBe(0)
  const later = NOW + 30 * DAY + 1
  // This run deletes the bytes of the closed dead letter, and the next run deletes its row. The statement reads the
  // oldest attempts and skips those with stored bytes; the index contains only closed dead letters with bytes.
  const meant = ["attempts", "attempts_closed"]
  await expectNoScans(db, async () => expect(await deleteExpired(db, bucketOf(keys), later)).toBe(3), meant)
  expect([keys, await left()]).toEqual([["dead/00/2"], ["new", "closed", "dead", "2"]])
  expect(await deleteExpired(db, bucketOf(keys), later)).toBe(1)
  expect(await left()).toEqual(["new", "dead", "2"])
})

test("a sweep deletes a bounded number of rows", async () => {
  const db = createDatabase()
  await db.run(sql`insert into deliveries
      (publisher_uid, id, batch_id, body_sha256, received_at, message_at, entries, outcomes, unchanged)
    with recursive n (i) as (select 1 union all select i + 1 from n where i < 700)
    select 'one', i, '', '', i, 0, '[]', '[]', 0 from n`)
  expect(await deleteExpired(db, bucketOf([]), NOW)).toBe(500)
  expect(await row(db, sql`select min(seq) seq from deliveries`)).toEqual({ seq: 501 })
})
