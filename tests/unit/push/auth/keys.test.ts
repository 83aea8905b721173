/** Tests how many keys of a publisher are valid, and which keys end when another is added. */
import { sql } from "drizzle-orm"
import { expect, test } from "vitest"
import { encryptionKeys } from "../../../../src/crypto/encryption.ts"
import { addKey, decryptKeys, type KeyRotation, recordUse, reencrypt } from "../../../../src/push/auth/keys.ts"
import type { InMemoryDb } from "../../../sqlite/database.ts"
import { expectNoScans } from "../../../sqlite/query-plan.ts"
import { createWire, NOW, row } from "../../articles/events.ts"

const HOUR = 3_600_000
const masterKey = (fill: number) => btoa(String.fromCharCode(...new Uint8Array(32).fill(fill)))
const keys = await encryptionKeys(masterKey(1))

const add = (db: InMemoryDb, text: string, rotation: KeyRotation = { overlapHours: 24 }, source = "") =>
  addKey(db, keys, { publisherUid: "one", source, kind: "imported", text }, rotation, NOW, (id, onlyIf) => [
    sql`insert into audit (at, actor, action, subject, detail) select ${NOW}, 'ali', 'key', ${id}, '{}' where ${onlyIf}`,
  ])

const expiries = async (db: InMemoryDb) =>
  Object.fromEntries(
    (await db.all<{ id: string; at: number | null }>(sql`select id, expires_at at from publisher_keys`)).map(
      ({ id, at }) => [id, at],
    ),
  )

test("a second key of a source ends the first after the overlap, and a third needs a key to end", async () => {
  const db = await createWire()
  const first = await add(db, "first")
  await expectNoScans(db, () => add(db, "of another source", undefined, "cms"))
  const second = (await add(db, "second")) as string
  expect(await expiries(db)).toMatchObject({ [first as string]: NOW + 24 * HOUR, [second]: null })
  expect(await add(db, "third")).toBeUndefined()
  expect(await add(db, "third", { overlapHours: 24, endKey: "unknown" })).toBeUndefined()
  const third = (await add(db, "third", { overlapHours: 24, endKey: first })) as string
  expect(await expiries(db)).toMatchObject({ [first as string]: NOW, [second]: NOW + 24 * HOUR, [third]: null })
  const fourth = (await add(db, "fourth", { overlapHours: 0 })) as string
  expect(await expiries(db)).toMatchObject({ [second]: NOW, [third]: NOW, [fourth]: null })
  // The other statements of the batch run only for added keys.
  expect(await row(db, sql`select count(*) count from audit`)).toEqual({ count: 5 })
})

test("a use is recorded once an hour", async () => {
  const db = await createWire()
  const id = (await add(db, "key")) as string
  for (const statement of recordUse(db, { id, lastUsedAt: null }, NOW)) await statement
  expect(await row(db, sql`select last_used_at at from publisher_keys`)).toEqual({ at: NOW })
  expect(recordUse(db, { id, lastUsedAt: NOW }, NOW + HOUR - 1)).toEqual([])
})

test("keys are encrypted again with another master key", async () => {
  const db = await createWire()
  await add(db, "a")
  await add(db, "b")
  const both = await encryptionKeys(masterKey(2), masterKey(1))
  expect(await reencrypt(db, both, 1)).toEqual({ reencrypted: 1, waiting: 1, unreadable: 0 })
  expect(await reencrypt(db, both, 9)).toEqual({ reencrypted: 1, waiting: 0, unreadable: 0 })
  const rows = await db.all<{ id: string; kind: "imported"; encrypted: string; lastUsedAt: null }>(
    sql`select id, kind, encrypted, last_used_at lastUsedAt from publisher_keys`,
  )
  const texts = (await decryptKeys(await encryptionKeys(masterKey(2)), rows)).map(({ text }) => text)
  expect(texts.sort()).toEqual(["a", "b"])
})
