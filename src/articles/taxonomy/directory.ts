/**
 * The directory is the data of sections, publishers and the appearance of the wire that feeds, pages and pushes need.
 * Every change of this data computes the directory in SQL from the tables and stores it in one row. So a feed reads one row for all names, and one
 * statement can resolve a slug and read the state of its list of articles.
 */

import { eq, type SQL, sql } from "drizzle-orm"
import { type BatchRows, batch, builtOnce, type Db, type Statement } from "../../db/client.ts"
import { wire } from "../../db/schema.ts"
import type { Rights, RightsSettings } from "../../formats/rights.ts"
import { ConfigurationError } from "../../log/error-causes.ts"
import { ALL_SCOPE, WIRE_SCOPE } from "../model/scope.ts"
import { commitTime } from "../write/commit-sql.ts"
import type { Appearance } from "./appearance.ts"
import { publisherBySlug, sectionById, sectionBySlug } from "./directory-lookup.ts"

export interface Directory {
  epoch: string
  revision: number
  /** It grows when a name starts to mean another section. Articles that were classified before may be wrong. */
  taxonomyVersion: number
  authority: string | null
  authorityYear: number | null
  sections: SectionEntry[]
  publishers: PublisherEntry[]
  /** The current address of each old address, e.g. `sections/football` → `sections/soccer`. */
  redirects: Record<string, string>
  /** Addresses of retired sections without a successor, and of removed publishers. */
  gone: string[]
  /** The ids of the sections with a block on the front page and beside articles: the chosen ones, or the top sections. */
  blocks: number[]
  appearance: Appearance
  /** Which outputs of rights the operator switched on or off. */
  rightsOutputs?: RightsSettings
  /** Set if publishers are left out, because the partner may not see them. */
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
  homePageUrl: string
  description: string | null
  icon: string | null
  language: string | null
  redistribution: "full" | "summary" | "none"
  /** The page that search engines should list: the article on the publisher's site, or its page here. */
  canonical: "origin" | "wire"
  /** Whether the content of feeds opens with lead image, sub-headline and dateline, if the body lacks them. */
  opening: "added" | "none"
  /** What readers and AI systems may do with the articles. */
  rights?: Rights
}

/** Makes the directory from the tables. `addresses` maps an address to its scope, for use in SQL. */
const DIRECTORY_JSON = sql`(
      with live_sections as (
        select * from sections where retired_at is null
      ),
      live_publishers as (
        select * from publishers where removed_at is null
      ),
      former_slugs as (
        select o.slug, iif(s.retired_at is null, s.id, s.successor_id) target_id
        from section_slugs o
        join sections s on s.id = o.section_id
        union all
        select slug, successor_id from sections where retired_at is not null
      ),
      addresses as (
        select 'sections/' || slug address, 'section:' || id scope from live_sections
        union all
        select 'publishers/' || slug, 'publisher:' || uid from live_publishers
      ),
      gone as (
        select 'sections/' || slug address from former_slugs where target_id is null
        union all
        select 'publishers/' || slug from publishers where removed_at is not null
      ),
      blocks as (
        select l.id, min(b.key) no
        from wire w
        cross join json_each(w.appearance, '$.blocks') b
        join sections s on s.id = b.value
        join live_sections l on l.id = iif(s.retired_at is null, s.id, s.successor_id)
        group by l.id
        union all
        select id, id
        from live_sections
        where parent_id is null and (select appearance -> '$.blocks' from wire) is null
      )
      select json_object(
        'addresses', (select json_group_object(address, scope) from addresses),
        'redirects', (
          select json_group_object('sections/' || o.slug, 'sections/' || s.slug)
          from former_slugs o
          join sections s on s.id = o.target_id),
        'gone', (select json_group_array(address) from gone),
        'blocks', (select json_group_array(id) from (select id from blocks order by no)),
        'appearance', (select json(appearance) from wire),
        'rightsOutputs', (select json(rights_outputs) from wire),
        'sections', (
          select json_group_array(json_object(
            'id', id, 'slug', slug, 'parent', parent_id, 'names', json(names), 'descriptions', json(descriptions),
            'icon', icon))
          from (select * from live_sections order by id)),
        'publishers', (
          select json_group_array(json_object(
            'uid', uid, 'slug', slug, 'name', name, 'homePageUrl', home_page_url, 'description', description,
            'icon', icon, 'language', language, 'redistribution', redistribution, 'canonical', canonical,
            'opening', opening, 'rights', json(rights)))
          from (select * from live_publishers order by created_at, uid))))`

/**
 * Gives the wire the last commit, so that every feed and page has a new validator. HTTP dates have whole seconds, so
 * changed_at is at least a second later than its old value and the value of every scope. The scope `all` has the latest
 * value, because every commit of articles touches it.
 */
export const raiseWire = (now: number): SQL =>
  sql`update wire set
    revision = (select max(no) from commits),
    changed_at = max(${now}, (changed_at / 1000 + 1) * 1000,
      coalesce((select (changed_at / 1000 + 1) * 1000 from scopes where key = ${ALL_SCOPE}), 0))`

/**
 * Changes sections, publishers or settings. One batch runs the statements, inserts a commit and updates the directory.
 */
export async function commitWire(db: Db, statements: Statement[], now: number): Promise<void> {
  await batch(db, [
    ...statements,
    sql`insert into commits (no, at, scopes)
      values ((select coalesce(max(no), 0) + 1 from commits), ${commitTime(now)}, json_array(${WIRE_SCOPE}))`,
    raiseWire(now),
    sql`update wire set directory = ${DIRECTORY_JSON}`,
    ...entryUpdates,
  ])
}

/** A merge patch (RFC 7396) of the appearance: null removes a member. */
export type AppearancePatch = { [member: string]: AppearancePatch | string | number[] | object[] | null | undefined }

/** The statement is for commitWire(), which puts the appearance into the directory. */
export const changeAppearance = (patch: AppearancePatch): SQL =>
  sql`update wire set appearance = json_patch(appearance, ${JSON.stringify(patch)})`

/** Each entry of the directory, with the id that mirrors use for the entry. */
const DIRECTORY_ENTRIES = sql`(
      select 'section:' || (value ->> 'id') id, value entry from wire, json_each(directory, '$.sections')
      union all
      select 'publisher:' || (value ->> 'uid'), value from wire, json_each(directory, '$.publishers'))`

/** Statements that store the entries of the directory that this commit changed, for mirrors. */
const entryUpdates: SQL[] = [
  sql`insert into directory_entries (id, commit_no, entry)
    select e.id, wire.revision, e.entry
    from wire, ${DIRECTORY_ENTRIES} e
    where e.entry is not (select entry from directory_entries where directory_entries.id = e.id)
    on conflict (id) do update set commit_no = excluded.commit_no, entry = excluded.entry`,
  sql`update directory_entries
    set commit_no = (select revision from wire), entry = null
    where entry is not null and id not in (select id from ${DIRECTORY_ENTRIES})`,
]

/** A statement for a batch that reads the directory. Parse its row with parseDirectory(). */
export const selectDirectory = builtOnce((db) => {
  const { id, epoch, revision, taxonomyVersion, authority, authorityYear, directory } = wire
  return db
    .select({ epoch, revision, taxonomyVersion, authority, authorityYear, directory })
    .from(wire)
    .where(eq(id, 1))
})

let cache: Directory | undefined

/** Parses a wire row, once for each revision that the isolate sees. */
export function parseDirectory(rows: BatchRows<[ReturnType<typeof selectDirectory>]>[0]): Directory {
  const row = mustHaveWire(rows[0])
  const { epoch, revision, taxonomyVersion, authority, authorityYear } = row
  if (cache?.epoch !== epoch || cache.revision !== revision || cache.taxonomyVersion !== taxonomyVersion) {
    cache = { ...JSON.parse(row.directory), epoch, revision, taxonomyVersion, authority, authorityYear }
  }
  return cache as Directory
}

/** @throws ConfigurationError if the wire has no row, because the migrations were not applied */
export function mustHaveWire<T>(fromItsRow: T | null | undefined): T {
  if (fromItsRow !== undefined && fromItsRow !== null) return fromItsRow
  throw new ConfigurationError("the wire has no row: apply the migrations")
}

export async function readDirectory(db: Db): Promise<Directory> {
  const { directory } = await batch(db, { directory: selectDirectory(db) })
  return parseDirectory(directory)
}

/** The directory that this isolate read last. It may be out of date. */
export function cachedDirectory(): Directory | undefined {
  return cache
}

/** A section and its ancestors, nearest first. If the parents form a cycle, the list ends before a repetition. */
export function withAncestors(directory: Pick<Directory, "sections">, id: number): number[] {
  const chain: number[] = []
  let current: number | null = id
  while (current !== null && !chain.includes(current)) {
    chain.push(current)
    current = sectionById(directory, current)?.parent ?? null
  }
  return chain
}

/** All sections, each parent before its children, depth first. */
export function sectionTree(directory: Directory): SectionEntry[] {
  const { sections } = directory
  const withDescendants = (section: SectionEntry): SectionEntry[] => [
    section,
    ...sections.filter(({ parent }) => parent === section.id).flatMap(withDescendants),
  ]
  const roots = sections.filter(({ parent }) => parent === null || !sectionById(directory, parent))
  return roots.flatMap(withDescendants)
}

/** Returns the current slug of a slug: null for a retired section without successor, undefined for an unknown slug. */
export function currentSlug(
  directory: Directory,
  folder: "sections" | "publishers",
  slug: string,
): string | null | undefined {
  const entry = folder === "sections" ? sectionBySlug(directory, slug) : publisherBySlug(directory, slug)
  if (entry) return slug
  const address = `${folder}/${slug}`
  const successor = directory.redirects[address]
  if (successor !== undefined) return successor.slice(successor.indexOf("/") + 1)
  return directory.gone.includes(address) ? null : undefined
}
