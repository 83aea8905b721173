/** Tests the statement that reads a page of a selection, with the tables of migrations/. */
import { sql } from "drizzle-orm"
import { describe, expect, test } from "vitest"
import type { SelectionPart } from "../../../../src/articles/read/document-entries.ts"
import { readSelection, type SelectionPage } from "../../../../src/articles/read/read-selection.ts"
import { LIST_START } from "../../../../src/articles/read/scan-selection.ts"
import type { ScopeSelection } from "../../../../src/articles/read/selection-terms.ts"
import type { Db } from "../../../../src/db/client.ts"
import { amend, idOf, leave, timeOf, wireWith } from "../../../sqlite/articles.ts"

const WORLD: ScopeSelection = { all: [["sections/world"]], not: [] }
const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => ({ n: from + i }))
const down = (from: number, to: number) => Array.from({ length: from - to + 1 }, (_, i) => from - i)

const pageOf = (entries: number, below = LIST_START): SelectionPart => ({ kind: "page", entries, below })
const subscription = (entries: number): SelectionPart => ({ kind: "subscription", entries, hasArchives: true })

function read(db: Db, part: SelectionPart, selection = WORLD, { bodyBytes = 1e6, validators = [] as string[] } = {}) {
  return readSelection(db, { selection, part, bodyBytes }, { validators, until: -1 })
}

const listed = ({ articles }: SelectionPage) => articles?.map(({ id }) => Number.parseInt(id, 16))

describe("a page", () => {
  test("has the newest articles with their bodies, and the position after which the next page begins", async () => {
    const { db, trips, expectNoScans } = await wireWith(numbers(1, 5))
    const first = await read(db, pageOf(3))
    expect(listed(first)).toEqual([5, 4, 3])
    expect(first.articles?.map(({ html }) => html)).toEqual(["<p>5</p>", "<p>4</p>", "<p>3</p>"])
    expect(first.next).toEqual({ publishedAt: timeOf(3), id: idOf(3) })
    expect(trips).toHaveLength(1)
    const second = await read(db, pageOf(3, first.next))
    expect([listed(second), second.next]).toEqual([[2, 1], undefined])
    await expectNoScans()
  })

  test("with all articles has no next page", async () => {
    const { db } = await wireWith(numbers(1, 3))
    expect((await read(db, pageOf(3))).next).toBeUndefined()
  })

  test("ends at the article with which its bodies reach the limit", async () => {
    const { db } = await wireWith(numbers(1, 4).map(({ n }) => ({ n, html: "x".repeat(10) })))
    const withBodies = async (bodyBytes: number) =>
      (await read(db, pageOf(4), WORLD, { bodyBytes })).articles?.filter(({ html }) => html !== undefined).length
    expect(await Promise.all([0, 1, 10, 11, 39, 40].map(withBodies))).toEqual([0, 1, 1, 2, 4, 4])
  })

  test("is not read if its validator is known", async () => {
    const { db } = await wireWith(numbers(1, 3))
    const { validator } = await read(db, pageOf(3))
    expect(validator).toMatchObject({ epoch: "e", revision: 3 })
    const known = await read(db, pageOf(3), WORLD, { validators: ["e.1", "e.3"] })
    expect([known.articles, known.validator]).toEqual([undefined, validator])
    expect(listed(await read(db, pageOf(3), WORLD, { validators: ["e.2", "f.3"] }))).toEqual([3, 2, 1])
  })

  test("reports a term that the directory does not have", async () => {
    const { db } = await wireWith(numbers(1, 3))
    const page = await read(db, pageOf(3), { all: [["sections/nowhere"]], not: [] })
    expect([page.unknownTerm, page.articles]).toEqual(["sections/nowhere", undefined])
  })
})

describe("a subscription document", () => {
  test("lists amended articles again, and the articles that left, with the reason", async () => {
    const { db, expectNoScans } = await wireWith(numbers(1, 9))
    for (const [n, commit] of [
      [1, 20],
      [2, 21],
      [3, 22],
      [9, 23],
    ] as const)
      await amend(db, "section:1", n, commit)
    await leave(db, "section:1", 2)
    await leave(db, "section:1", 3)
    await db.run(sql`update articles set state = 'deleted', corrected_at = ${timeOf(900)} where id = ${idOf(3)}`)
    const page = await read(db, subscription(4))
    expect(listed(page)).toEqual([9, 8, 7, 6, 1])
    expect(page.deletedEntries).toEqual([
      { id: idOf(3), commitNo: 22, at: timeOf(900), reason: "withdrawn" },
      { id: idOf(2), commitNo: 21, at: timeOf(0) + 21_000, reason: "moved" },
    ])
    expect(page.next).toEqual({ publishedAt: timeOf(6), id: idOf(6) })
    await expectNoScans()
  })

  test("keeps the article after its last one if that article was amended", async () => {
    const { db } = await wireWith(numbers(1, 3))
    await amend(db, "section:1", 1, 20)
    expect(listed(await read(db, subscription(2)))).toEqual([3, 2, 1])
  })

  test("lists the amendments of one commit that its scope keeps longest", async () => {
    const { db } = await wireWith(numbers(1, 5))
    for (const n of [1, 2, 3]) await amend(db, "section:1", n, 20)
    // They are first in the scope's list, because they came last.
    expect(listed(await read(db, subscription(2)))).toEqual([5, 4, 3, 2])
  })

  test("has every entry that is in no complete archive, unless it was silent", async () => {
    const { db } = await wireWith(numbers(1, 105))
    await db.run(sql`update memberships set silent = 1 where position = 102`)
    const page = await read(db, subscription(2))
    expect([page.archives, listed(page)]).toEqual([1, [105, 104, 103, 101]])
  })
})

test("an archive has the entries of its positions, newest first, and is empty before it is complete", async () => {
  const { db, expectNoScans } = await wireWith(numbers(1, 150))
  await leave(db, "section:1", 50)
  const first = await read(db, { kind: "archive", no: 1 })
  expect(listed(first)).toEqual(down(100, 1).filter((n) => n !== 50))
  expect(first.articles?.every(({ html }) => html !== undefined)).toBe(true)
  expect(listed(await read(db, { kind: "archive", no: 2 }))).toEqual([])
  await expectNoScans()
})

describe("a selection of several scopes", () => {
  const wire = () =>
    wireWith(
      numbers(1, 90).map(({ n }) => ({
        n,
        scopes: [
          "all",
          n % 2 ? "section:1" : "section:2",
          ...(n % 3 ? [] : ["lang:ar"]),
          ...(n % 9 ? [] : ["~tag:x", "tag:x"]),
        ],
      })),
    )

  test.each<[what: string, selection: ScopeSelection, expected: (n: number) => boolean]>([
    ["alternatives", { all: [["sections/sport", "sections/world"]], not: [] }, () => true],
    ["an intersection", { all: [["sections/world"], ["lang:ar"]], not: [] }, (n) => n % 2 === 1 && n % 3 === 0],
    ["an exclusion", { all: [["all"]], not: ["sections/world"] }, (n) => n % 2 === 0],
    [
      "suppressed scopes and publishers",
      { all: [["tag:x", "~tag:x"], ["all"]], not: ["publisher:2b"] },
      (n) => n % 9 === 0,
    ],
  ])("%s", async (_, selection, expected) => {
    const { db, expectNoScans } = await wire()
    const wanted = down(90, 1).filter(expected)
    const page = await read(db, pageOf(5), selection)
    expect(listed(page)).toEqual(wanted.slice(0, 5))
    expect(listed(await read(db, pageOf(5, page.next), selection))).toEqual(wanted.slice(5, 10))
    expect(listed(await read(db, subscription(5), selection))).toEqual(wanted.slice(0, 5))
    await expectNoScans()
  })

  test("has the position of its next page if it ends at the limit of its scan", async () => {
    const { db } = await wireWith(
      numbers(1, 200).map(({ n }) => ({ n, scopes: n === 1 ? ["all"] : ["all", "section:2"] })),
    )
    const selection: ScopeSelection = { all: [["all"]], not: ["sections/sport"] }
    let page = await read(db, pageOf(1), selection)
    const ends: number[] = []
    while (listed(page)?.length === 0) {
      expect(page.next).toBeDefined()
      ends.push(Number.parseInt(page.next?.id ?? "", 16))
      page = await read(db, pageOf(1, page.next), selection)
    }
    expect(ends).toEqual([161, 121, 81, 41])
    expect(listed(page)).toEqual([1])
  })
})
