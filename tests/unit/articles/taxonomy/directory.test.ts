/** Tests the statements that compute the directory (names of sections and publishers) from its tables. */
import { sql } from "drizzle-orm"
import { expect, test } from "vitest"
import { commitWire, readDirectory } from "../../../../src/articles/taxonomy/directory.ts"
import { parseTaxonomy, selectTaxonomy } from "../../../../src/articles/taxonomy/read-taxonomy.ts"
import { batch } from "../../../../src/db/client.ts"
import { createDatabase } from "../../../sqlite/database.ts"
import { recorded } from "../../../sqlite/recorded.ts"

const section = (id: number, slug: string, more: { parent?: number; retired?: number; successor?: number } = {}) =>
  sql`insert into sections (id, slug, parent_id, names, descriptions, created_at, retired_at, successor_id)
    values (${id}, ${slug}, ${more.parent ?? null}, '{"en":"x"}', '{}', 0, ${more.retired ?? null}, ${more.successor ?? null})`
const publisher = (uid: string, removed: number | null = null) =>
  sql`insert into publishers (uid, slug, name, home_page_url, redistribution, origins, state, created_at, removed_at)
    values (${uid}, ${`slug-${uid}`}, 'P', 'https://p.example/', 'full', '[]', 'active', 0, ${removed})`

test("the directory has live entries, redirects of renamed or replaced ones, and removed ones", async () => {
  const { db, expectNoScans } = recorded(createDatabase())
  await commitWire(
    db,
    [
      section(1, "world"),
      section(2, "europe", { parent: 1 }),
      section(3, "football", { retired: 1, successor: 2 }),
      section(4, "notes", { retired: 1 }),
      sql`insert into section_slugs values ('globe', 1), ('soccer', 3), ('memos', 4)`,
      publisher("1a"),
      publisher("2b", 5),
    ],
    1000,
  )
  const directory = await readDirectory(db)
  expect(directory).toMatchObject({
    addresses: { "sections/world": "section:1", "sections/europe": "section:2", "publishers/slug-1a": "publisher:1a" },
    redirects: {
      "sections/globe": "sections/world",
      "sections/soccer": "sections/europe",
      "sections/football": "sections/europe",
    },
    revision: 1,
  })
  expect([...directory.gone].sort()).toEqual(["publishers/slug-2b", "sections/memos", "sections/notes"])
  expect(directory.sections.map(({ slug, parent, names }) => [slug, parent, names])).toEqual([
    ["world", null, { en: "x" }],
    ["europe", 1, { en: "x" }],
  ])
  expect(directory.publishers.map(({ slug }) => slug)).toEqual(["slug-1a"])
  await expectNoScans()
})

test("each change of an entry gets a commit, for mirrors, and other entries keep theirs", async () => {
  const db = createDatabase()
  await commitWire(db, [section(1, "world"), section(2, "sport"), publisher("1a")], 1000)
  await commitWire(
    db,
    [sql`update sections set slug = 'globe' where id = 1`, sql`update publishers set removed_at = 1`],
    1000,
  )
  const entries = await db.all(sql`select id, commit_no, entry ->> 'slug' slug from directory_entries order by id`)
  expect(entries).toEqual([
    { id: "publisher:1a", commit_no: 2, slug: null },
    { id: "section:1", commit_no: 2, slug: "globe" },
    { id: "section:2", commit_no: 1, slug: "sport" },
  ])
  const [wire] = await db.all<{ changed_at: number; at: number }>(
    sql`select changed_at, (select at from commits where no = 2) at from wire`,
  )
  expect([Number(wire?.changed_at) % 1000, wire?.at]).toEqual([0, 1000])
})

test("the taxonomy of a publisher has its own aliases, the aliases for all, and its default section", async () => {
  const { db, expectNoScans } = recorded(createDatabase())
  await db.run(sql`insert into section_aliases values ('', 'a', 1, 'A'), ('1a', 'b', 2, 'B'), ('2b', 'c', 3, 'C')`)
  await db.run(publisher("1a"))
  const read = async (uid?: string) => {
    const { aliases, defaults } = parseTaxonomy(await batch(db, selectTaxonomy(db, uid)))
    return [aliases.map(({ alias }) => alias), [...defaults]]
  }
  expect(await read("1a")).toEqual([["a", "b"], [["1a", null]]])
  expect(await read()).toEqual([["a", "b", "c"], [["1a", null]]])
  await expectNoScans()
})
