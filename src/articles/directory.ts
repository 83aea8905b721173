/**
 * The directory: what feeds and pushes need to know of sections and publishers. It is derived from their tables by
 * every commit on the wire, in SQL, and kept as one row, so that a feed costs one row for all names and a slug is
 * resolved in the same statement that reads its revision.
 */

import { type SQL, sql } from "drizzle-orm"
import { batch, type Db } from "../db/client.ts"
import type { Settings } from "../env.ts"
import { ConfigurationError } from "../http/cause.ts"
import { commitTime } from "./commit.ts"
import { ALL, WIRE } from "./scope.ts"

export interface Directory {
  epoch: string
  revision: number
  /** Grows whenever names lead elsewhere: articles filed by an older one may be filed wrongly. */
  filing: number
  authority: string | null
  authorityYear: number | null
  sections: SectionEntry[]
  publishers: PublisherEntry[]
  /** Old address → today's, e.g. `sections/football` → `sections/soccer`. */
  moved: Record<string, string>
  /** Addresses of retired sections that nothing follows, and of removed publishers. */
  retired: string[]
  /** Somebody may not see all publishers: the others are left out. */
  isPartial?: true
}

export interface SectionEntry {
  id: number
  slug: string
  parent: number | null
  names: Record<string, string>
  descriptions: Record<string, string>
  icon: string | null
}

export interface PublisherEntry {
  uid: string
  slug: string
  name: string
  homePage: string
  lang: string | null
  redistribution: "full" | "summary" | "none"
}

/** Sections that live, and where what was a section's leads today: to itself or to the one that follows it. */
const LIVE = sql`(select * from sections where retired_at is null)`
const FORMER = sql`(
  select o.slug, iif(s.retired_at is null, s.id, s.successor_id) leads
    from section_slugs o join sections s on s.id = o.section_id
  union all select slug, successor_id from sections where retired_at is not null)`

/** Publishers that are not removed. */
const PUBLISHING = sql`(select * from publishers where removed_at is null)`

/** The directory as the tables state it now. `addresses` leads from an address to its scope inside SQL. */
const DIRECTORY = sql`json_object(
  'addresses', (select json_group_object(address, scope) from (
    select 'sections/' || slug address, 'section:' || id scope from ${LIVE}
    union all select 'publishers/' || slug, 'publisher:' || uid from ${PUBLISHING})),
  'moved', (select json_group_object('sections/' || o.slug, 'sections/' || s.slug)
    from ${FORMER} o join sections s on s.id = o.leads),
  'retired', (select json_group_array(address) from (
    select 'sections/' || slug address from ${FORMER} where leads is null
    union all select 'publishers/' || slug from publishers where removed_at is not null)),
  'sections', (select json_group_array(json_object('id', id, 'slug', slug, 'parent', parent_id, 'names', json(names),
    'descriptions', json(descriptions), 'icon', icon)) from (select * from ${LIVE} order by id)),
  'publishers', (select json_group_array(json_object('uid', uid, 'slug', slug, 'name', name, 'homePage', home_page,
    'lang', lang, 'redistribution', redistribution)) from (select * from ${PUBLISHING} order by created_at, uid)))`

/**
 * Changes names or settings of the wire: the statements, one commit and the directory that follows from them, in one
 * batch. HTTP dates count seconds, so changed_at advances by one at least, also from that of any scope: `all` is last
 * touched whenever one is.
 */
export async function commitWire(db: Db, statements: SQL[], now: number): Promise<void> {
  await batch(db, [
    ...statements,
    sql`insert into commits (no, at, scopes) select coalesce(max(no), 0) + 1, ${commitTime(now)}, json_array(${WIRE}) from commits`,
    sql`update wire set revision = (select max(no) from commits),
      changed_at = max(${now}, (changed_at / 1000 + 1) * 1000,
        coalesce((select (changed_at / 1000 + 1) * 1000 from scopes where key = ${ALL}), 0)), directory = ${DIRECTORY}`,
    ...noteNames,
  ])
}

/** Each entry of the directory, by the id under which mirrors know it. */
const ENTRIES = sql`(select 'section:' || (value ->> 'id') id, value entry from wire, json_each(directory, '$.sections')
  union all select 'publisher:' || (value ->> 'uid'), value from wire, json_each(directory, '$.publishers'))`

/** What this commit changed of the directory, for those who mirror it. */
const noteNames: SQL[] = [
  sql`insert into names (id, commit_no, entry) select e.id, wire.revision, e.entry from wire, ${ENTRIES} e
    where e.entry is not (select entry from names where names.id = e.id)
    on conflict (id) do update set commit_no = excluded.commit_no, entry = excluded.entry`,
  sql`update names set commit_no = (select revision from wire), entry = null
    where entry is not null and id not in (select id from ${ENTRIES})`,
]

interface WireRow {
  epoch: string
  revision: number
  filing: number
  authority: string | null
  authority_year: number | null
  directory: string
}

/** The statement that reads the wire's row, to be part of a batch; parse its row with parseDirectory(). */
export const selectWire = sql<WireRow>`select epoch, revision, filing, authority, authority_year,
  directory from wire where id = 1`

let parsed: Directory | undefined

/** Parses a wire row, once for each revision that the isolate sees. */
export function parseDirectory(rows: WireRow[]): Directory {
  const row = rows[0]
  if (!row) throw new ConfigurationError("the wire has no row: apply the migrations")
  if (parsed?.epoch !== row.epoch || parsed.revision !== row.revision || parsed.filing !== row.filing) {
    const { epoch, revision, filing, authority } = row
    parsed = {
      retired: [],
      ...JSON.parse(row.directory),
      epoch,
      revision,
      filing,
      authority,
      authorityYear: row.authority_year,
    }
  }
  return parsed as Directory
}

/** The directory as this isolate saw it last, of whatever revision. */
export function rememberedDirectory(): Directory | undefined {
  return parsed
}

/** RFC 4151: the authority is fixed when the first publisher is created, so that ids survive a change of domain. */
export function tagUri(
  directory: Pick<Directory, "authority" | "authorityYear">,
  settings: Settings,
  specific: string,
): string {
  const authority = directory.authority ?? new URL(settings.feedsUrl).hostname
  // Joined, not added up: V8 writes JSON half as fast if there is a rope in it.
  return ["tag:", authority, ",", directory.authorityYear ?? 2026, ":", specific].join("")
}

/** A section with all of its ancestors, nearest first; a broken chain ends where it breaks. */
export function withAncestors(directory: Pick<Directory, "sections">, id: number): number[] {
  const chain: number[] = []
  let at: number | null = id
  while (at !== null && !chain.includes(at)) {
    chain.push(at)
    at = directory.sections.find((section) => section.id === at)?.parent ?? null
  }
  return chain
}

/** Parents before their children, each with those below it: the tree, read from above. */
export function sectionTree(directory: Directory): SectionEntry[] {
  const { sections } = directory
  const below = (section: SectionEntry): SectionEntry[] => [
    section,
    ...sections.filter(({ parent }) => parent === section.id).flatMap(below),
  ]
  return sections.filter(({ parent }) => !sections.some(({ id }) => id === parent)).flatMap(below)
}

/**
 * Where a slug of a section or publisher leads today: to the slug of one that lives, to null since nothing follows it, or to
 * undefined if it never was one.
 */
export function slugToday(
  directory: Directory,
  folder: "sections" | "publishers",
  slug: string,
): string | null | undefined {
  if (directory[folder].some((entry) => entry.slug === slug)) return slug
  const address = `${folder}/${slug}`
  const successor = directory.moved[address]
  if (successor !== undefined) return successor.slice(successor.indexOf("/") + 1)
  return directory.retired.includes(address) ? null : undefined
}
