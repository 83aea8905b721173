/** Tests that a source that repeats an article overwrites no change of another source. */
import { sql } from "drizzle-orm"
import { describe, expect, test } from "vitest"
import { expectNoScans } from "../../../sqlite/query-plan.ts"
import { createWire, deliver, NOW, outcomes, publish, remove, repeated, row } from "../events.ts"

/** A source, what it sends ("-" is a deletion), and the minute of the message. */
type Sent = [source: string, content: string, at: number]

async function deliverAll(messages: Sent[]) {
  const db = await createWire()
  const found: unknown[] = []
  for (const [source, content, at] of messages) {
    const stored = await row(db, sql`select raw_hash from articles`)
    const event =
      content === "-"
        ? remove("a", at, source)
        : stored?.raw_hash === `raw ${content}`
          ? repeated("a", at, content, source)
          : publish("a", { at, content, source })
    found.push(outcomes(await deliver(db, [event]))?.[0])
  }
  const article = await row(db, sql`select state, content_hash, last_hashes from articles`)
  return { found, final: article?.state === "deleted" ? "-" : article?.content_hash, lastHashes: article?.last_hashes }
}

const FEED = "feeds/main"

test.each<[what: string, messages: Sent[], outcome: string, final: string]>([
  [
    "a correction stays when the feed repeats",
    [
      [FEED, "E", 1],
      ["native", "C", 2],
      [FEED, "E", 3],
    ],
    "stale",
    "C",
  ],
  [
    "and when it repeats again",
    [
      [FEED, "E", 1],
      ["native", "C", 2],
      [FEED, "E", 3],
      [FEED, "E", 4],
    ],
    "stale",
    "C",
  ],
  [
    "an entry that changes replaces it",
    [
      [FEED, "E", 1],
      ["native", "C", 2],
      [FEED, "F", 3],
    ],
    "updated",
    "F",
  ],
  [
    "and is repeated after the next correction",
    [
      [FEED, "E", 1],
      ["native", "C", 2],
      [FEED, "F", 3],
      ["native", "D", 4],
      [FEED, "F", 5],
    ],
    "stale",
    "D",
  ],
  [
    "an entry that changes back is a change",
    [
      [FEED, "E", 1],
      ["native", "C", 2],
      [FEED, "F", 3],
      [FEED, "E", 4],
    ],
    "updated",
    "E",
  ],
  [
    "a deletion stays",
    [
      [FEED, "E", 1],
      ["native", "-", 2],
      [FEED, "E", 3],
    ],
    "stale",
    "-",
  ],
  [
    "an entry that changes after the deletion comes back",
    [
      [FEED, "E", 1],
      ["native", "-", 2],
      [FEED, "F", 3],
    ],
    "created",
    "F",
  ],
  [
    "a source's own deletion and return are changes",
    [
      [FEED, "E", 1],
      [FEED, "-", 2],
      [FEED, "E", 3],
    ],
    "created",
    "E",
  ],
  [
    "a document repeats its deletion",
    [
      [FEED, "-", 1],
      ["native", "C", 2],
      [FEED, "-", 3],
    ],
    "stale",
    "C",
  ],
  [
    "any other system deletes again",
    [
      ["ghost", "E", 1],
      ["ghost", "-", 2],
      ["native", "C", 3],
      ["ghost", "-", 4],
    ],
    "deleted",
    "-",
  ],
  [
    "a document is another source than a native message",
    [
      ["document", "E", 1],
      ["native", "C", 2],
      ["document", "E", 3],
    ],
    "stale",
    "C",
  ],
  [
    "two feeds do not replace each other's entry in turn",
    [
      ["feeds/a", "E", 1],
      ["feeds/b", "F", 2],
      ["feeds/a", "E", 3],
      ["feeds/b", "F", 4],
    ],
    "unchanged",
    "F",
  ],
  [
    "three sources",
    [
      ["feeds/a", "E", 1],
      ["feeds/b", "F", 2],
      ["native", "G", 3],
      ["feeds/a", "E", 4],
      ["feeds/b", "F", 5],
    ],
    "stale",
    "G",
  ],
  [
    "what a second document repeats of the first",
    [
      [FEED, "E", 1],
      ["document", "E", 2],
      [FEED, "F", 3],
      ["document", "E", 4],
    ],
    "stale",
    "F",
  ],
  [
    "a message that a document replaced is sent again",
    [
      ["native", "A", 1],
      ["document", "B", 2],
      ["native", "A", 3],
    ],
    "updated",
    "A",
  ],
  [
    "and the document repeats itself after it",
    [
      ["native", "A", 1],
      ["document", "B", 2],
      ["native", "A", 3],
      ["document", "B", 4],
    ],
    "stale",
    "A",
  ],
  [
    "and the message comes a third time",
    [
      ["native", "A", 1],
      ["document", "B", 2],
      ["native", "A", 3],
      ["document", "B", 4],
      ["native", "A", 5],
    ],
    "unchanged",
    "A",
  ],
  [
    "the message was sent again before the document, and arrives late",
    [
      ["native", "A", 1],
      ["document", "B", 3],
      ["native", "A", 2],
    ],
    "stale",
    "B",
  ],
  [
    "a message withdraws the correction: it sends what the document sends",
    [
      [FEED, "E", 1],
      ["native", "C", 2],
      ["native", "E", 3],
    ],
    "updated",
    "E",
  ],
  [
    "a message repeats what the document said before its change",
    [
      [FEED, "E", 1],
      ["native", "E", 2],
      [FEED, "F", 3],
      ["native", "E", 4],
    ],
    "updated",
    "E",
  ],
  [
    "two systems that send messages: the later one",
    [
      ["ghost", "A", 1],
      ["sources/cms", "B", 2],
      ["ghost", "A", 3],
    ],
    "updated",
    "A",
  ],
  [
    "a message confirms what another system sent, before an older message of a third arrives",
    [
      ["ghost", "A", 1],
      ["native", "A", 5],
      ["sources/cms", "B", 4],
    ],
    "stale",
    "A",
  ],
  [
    "a message brings an article back that a document deleted",
    [
      ["native", "A", 1],
      ["document", "-", 2],
      ["native", "A", 3],
    ],
    "created",
    "A",
  ],
  [
    "what a source sent too late",
    [
      [FEED, "E", 1],
      ["native", "C", 5],
      [FEED, "F", 4],
      [FEED, "F", 6],
    ],
    "stale",
    "C",
  ],
  [
    "a replay of older content does not count as the last",
    [
      [FEED, "E", 1],
      [FEED, "F", 2],
      ["native", "C", 3],
      [FEED, "E", 1],
      [FEED, "F", 4],
    ],
    "stale",
    "C",
  ],
  [
    "the source of the correction repeats it",
    [
      [FEED, "E", 1],
      ["native", "C", 2],
      [FEED, "E", 3],
      ["native", "C", 4],
    ],
    "unchanged",
    "C",
  ],
  [
    "one source alone may go back",
    [
      ["native", "A", 1],
      ["native", "B", 2],
      ["native", "A", 3],
    ],
    "updated",
    "A",
  ],
  [
    "a late version of another source",
    [
      [FEED, "E", 1],
      [FEED, "E", 3],
      ["native", "C", 2],
    ],
    "updated",
    "C",
  ],
  [
    "a late version between two of one source",
    [
      [FEED, "E", 1],
      [FEED, "E", 3],
      [FEED, "F", 2],
    ],
    "stale",
    "E",
  ],
])("%s", async (_, messages, outcome, final) => {
  const { found, final: content } = await deliverAll(messages)
  expect([found.at(-1), content]).toEqual([outcome, final])
})

test("an entry that is cleaned in another way is still a repetition, and only the first time is stored", async () => {
  const db = await createWire()
  await deliver(db, [publish("a", { at: 1, content: "E", source: FEED })])
  await deliver(db, [publish("a", { at: 2, content: "C" })])
  for (const at of [3, 4]) {
    const cleanedAnew = { ...publish("a", { at, content: "E, cleaned anew", source: FEED }), sentHash: "sent E" }
    expect(outcomes(await deliver(db, [cleanedAnew]))).toEqual(["stale"])
    const { last_hashes: lastHashes } = (await row(db, sql`select last_hashes from articles`)) ?? {}
    expect(JSON.parse(lastHashes as string)[FEED]).toEqual(["E, cleaned anew", NOW + 3 * 60_000, "sent E"])
  }
  expect(outcomes(await deliver(db, [publish("a", { at: 5, content: "F", source: FEED })]))).toEqual(["updated"])
})

describe("last_hashes", () => {
  test("is null while only messages send the article", async () => {
    const messages: Sent[] = [
      ["native", "A", 1],
      ["native", "B", 2],
      ["native", "A", 1],
      ["native", "C", 3],
      ["native", "-", 4],
    ]
    expect((await deliverAll(messages)).lastHashes).toBeNull()
  })

  test("has the sources of documents, with the content and the time of their last message", async () => {
    const { lastHashes } = await deliverAll([
      [FEED, "E", 1],
      ["native", "C", 2],
      ["sources/cms", "D", 3],
      [FEED, "E", 4],
    ])
    const at = (minutes: number) => NOW + minutes * 60_000
    expect(JSON.parse(lastHashes as string)).toEqual({ [FEED]: ["E", at(1), "sent E"] })
  })

  test("has each source once, with its newest content", async () => {
    const { lastHashes } = await deliverAll([
      [FEED, "E", 1],
      ["native", "C", 2],
      [FEED, "F", 3],
      ["document", "G", 4],
      [FEED, "H", 5],
    ])
    const hashes = JSON.parse(lastHashes as string) as Record<string, unknown[]>
    expect(Object.entries(hashes).map(([source, [content]]) => [source, content])).toEqual([
      [FEED, "H"],
      ["document", "G"],
    ])
  })
})

test("no statement scans a table that grows", async () => {
  const db = await createWire()
  await deliver(db, [publish("a", { content: "E", source: FEED })])
  await expectNoScans(db, () => deliver(db, [publish("a", { at: 1, content: "E", source: "native" })]))
  await expectNoScans(db, () => deliver(db, [publish("a", { at: 2, content: "F", source: FEED })]))
})
