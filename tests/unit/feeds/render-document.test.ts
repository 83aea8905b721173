/** Tests that a second rendering does not read unchanged articles, and copies their entries. */
import { sql } from "drizzle-orm"
import { expect, test } from "vitest"
import type { KnownArticles } from "../../../src/articles/read/known-articles.ts"
import { readSelection } from "../../../src/articles/read/read-selection.ts"
import type { ScopeSelection } from "../../../src/articles/read/selection-terms.ts"
import type { Db } from "../../../src/db/client.ts"
import { type FeedAddress, parseAddress } from "../../../src/feeds/address.ts"
import * as fc from "../../fast-check.ts"
import { idOf, wireWith } from "../../sqlite/articles.ts"
import { exportsOf } from "../linear/subject.ts"

interface Rendered {
  bytes: Uint8Array
  entries: Map<string, unknown>
}

interface Functions {
  renderDocument(page: object, address: FeedAddress, settings: object, before?: Rendered): Rendered
  knownArticles(document: Rendered): KnownArticles
}

// The functions are imported without types, because the test gives each function only the members that it reads.
const { renderDocument, knownArticles } = {
  ...(await exportsOf("feeds/render-document.ts")),
  ...(await exportsOf("feeds/entry-cache.ts")),
} as unknown as Functions

const SETTINGS = { feedsUrl: "https://feeds.example", title: "Wire", language: "en", fingerprint: "f" }
const WORLD: ScopeSelection = { all: [["sections/world"]], not: [] }
const ENTRIES = 5

function addressOf(path: string): FeedAddress {
  const parsed = parseAddress(new URL(path, SETTINGS.feedsUrl))
  if (!parsed || !("address" in parsed)) throw new Error(path)
  return parsed.address
}

async function read(db: Db, bodyBytes: number, before?: Rendered) {
  const query = {
    selection: WORLD,
    part: { kind: "subscription" as const, entries: ENTRIES, hasArchives: true },
    bodyBytes,
  }
  return readSelection(db, query, { validators: [], until: -1 }, before && knownArticles(before))
}

let wires = 0

/** A wire with its own epoch, and publisher one in its directory. */
async function wire(htmls: string[]): Promise<Db> {
  const { db } = await wireWith(htmls.map((html, i) => ({ n: i + 1, html, details: { sections: [1] } })))
  await db.run(sql`update wire set epoch = ${`e${++wires}`}`)
  await name(db, "One")
  return db
}

/** Renames the publisher, which makes the next revision of the directory. */
async function name(db: Db, publisher: string): Promise<void> {
  const entry = {
    uid: "1a",
    slug: "one",
    name: publisher,
    homePageUrl: "https://one.example/",
    language: null,
    description: null,
    icon: null,
  }
  const publishers = JSON.stringify([{ ...entry, redistribution: "full" }])
  await db.run(sql`update wire set revision = revision + 1,
    directory = json_set(directory, '$.publishers', json(${publishers}))`)
}

async function correct(db: Db, n: number, html: string): Promise<void> {
  await db.run(sql`update articles set commit_no = commit_no + 100, title = ${`Corrected ${html.length}`},
    size_in_bytes = ${html.length} where id = ${idOf(n)}`)
  await db.run(sql`update bodies set html = ${html} where seq = (select seq from articles where id = ${idOf(n)})`)
}

const step = fc.oneof(
  fc.record({ n: fc.integer({ min: 1, max: 7 }), bytes: fc.integer({ min: 1, max: 60 }) }),
  fc.record({ publisher: fc.constantFrom("One", "Two & Co.") }),
)

test.each(["/sections/world/feed.rss", "/sections/world/feed.atom", "/sections/world/feed.json"])(
  "%s has the bytes of a cold render, wherever the limit of bodies is",
  async (path) => {
    const address = addressOf(path)
    await fc.assert(
      fc.asyncProperty(fc.nat(120), fc.array(step, { maxLength: 6 }), async (limit, steps) => {
        const db = await wire(Array.from({ length: 7 }, (_, i) => "x".repeat(20 + i)))
        let before: Rendered | undefined
        for (const each of [undefined, ...steps]) {
          if (each && "publisher" in each) await name(db, each.publisher)
          else if (each) await correct(db, each.n, "y".repeat(each.bytes))
          const cold = renderDocument(await read(db, limit), address, SETTINGS, undefined)
          const warm = renderDocument(await read(db, limit, before), address, SETTINGS, before)
          expect(new TextDecoder().decode(warm.bytes)).toBe(new TextDecoder().decode(cold.bytes))
          expect([...warm.entries.keys()]).toEqual([...cold.entries.keys()])
          before = warm
        }
      }),
      { numRuns: 25 },
    )
  },
)

test("only the places of known articles are read, as long as the directory is the same", async () => {
  const db = await wire(Array.from({ length: 5 }, (_, i) => `<p>${i}</p>`))
  const before = renderDocument(await read(db, 1e6), addressOf("/sections/world/feed.rss"), SETTINGS, undefined)
  const knownIds = async () => {
    const { articles = [] } = await read(db, 1e6, before)
    return articles.flatMap((article) => ("isKnown" in article ? [Number.parseInt(article.id, 16)] : []))
  }
  expect(await knownIds()).toEqual([5, 4, 3, 2, 1])
  await correct(db, 3, "new")
  expect(await knownIds()).toEqual([5, 4, 2, 1])
  await name(db, "Other")
  expect(await knownIds()).toEqual([])
})
