/** What has a name on the wire, and how many articles stand there. */
import { type SQL, sql } from "drizzle-orm"
import { type Db, literal } from "../db/client.ts"
import type { Directory } from "./directory.ts"
import { isUnknown, labelFrom, labelOfScopes, readWithNames, type WireRow } from "./label.ts"
import type { Label } from "./queries.ts"
import { ALL, publisherScope, shadowOf } from "./scope.ts"

/** Of sections: by their ids. Of publishers: by their uids. */
const COUNTED = {
  sections: { prefix: "section:", id: "id" },
  publishers: { prefix: "publisher:", id: "uid" },
} as const

export interface Named<C> {
  label: Pick<Label, "epoch" | "revision" | "changedAt">
  directory: Directory
  /** Absent: the label is one of those known. */
  content?: C
}

/**
 * How many articles stand in the scope of each section or publisher, by its key; none where no article ever stood. One round
 * trip; a row for each of them.
 * @param known labels (epoch.revision) that somebody holds.
 */
export async function readCounts(
  db: Db,
  kind: keyof typeof COUNTED,
  known: string[],
): Promise<Named<Record<string, number>>> {
  const { prefix, id } = COUNTED[kind]
  // What is withheld stands in its publisher's scope, and touches no other but shadows.
  const select = sql<WireRow & { counts: string | null }>`select g.*, case when ${isUnknown(known)} then (
      select json_group_object(s.key, s.articles) from wire w cross join json_each(w.directory, ${`$.${kind}`}) d
      cross join scopes s on s.key = ${prefix} || (d.value ->> ${id}) where w.id = 1) end counts
    from ${labelOfScopes([ALL, shadowOf(ALL)])} g`
  const { first, directory } = await readWithNames(db, select)
  return { label: labelFrom(first), directory, ...(first.counts !== null && { content: JSON.parse(first.counts) }) }
}

export interface TagsWanted {
  /** Normalised; "" for every tag. */
  prefix: string
  /** The name after which the list goes on. */
  after: string | undefined
  limit: number
  /** Uids of the publishers of whom something may be shown; undefined for all. */
  publishers: string[] | undefined
}

export interface TagsPage {
  tags: { name: string; articles: number }[]
  /** The name after which there may be more. */
  next?: string
}

const PREFIX = "tag:"
/** Rows that a page may read for each tag that was asked for; small pages may as if so many had been. */
const SCAN = 20
const LEAST_ENTRIES = 10
/** A tag's newest articles, among which one of the publishers' is looked for. */
const NEWEST = 10

/**
 * Tags under which articles stand, in the order of their names (by code points). One round trip. A page ends early where many
 * tags that nobody uses any more stand between others: `next` is the place.
 * @param known labels (epoch.revision) that somebody holds.
 */
export async function readTags(
  db: Db,
  { prefix, after, limit, publishers }: TagsWanted,
  known: string[],
): Promise<Named<TagsPage>> {
  const entries = Math.max(limit + 1, LEAST_ENTRIES)
  const [isShown, cost] =
    publishers === undefined ? [sql`t.articles > 0`, 1] : [isOf(publishers), 2 + NEWEST * (1 + publishers.length)]
  // The end of the scan is looked for once more.
  const scanned = Math.max(2, Math.floor((SCAN * entries) / (cost + 1)))
  const from = after === undefined ? sql`key >= ${PREFIX + prefix}` : sql`key > ${PREFIX + after}`
  // No character is written with the byte ff: it stands behind whatever begins so.
  const scan = sql`select key, articles from scopes
    where ${from} and key < ${PREFIX + prefix} || cast(x'ff' as text) order by key limit ${literal(scanned)}`
  const shown = sql`select json_group_array(json_array(key, articles)) from (
    select t.key, t.articles from (${scan}) t where ${isShown} limit ${literal(limit + 1)})`
  // Only behind a condition does a limit keep SQLite from finding them twice.
  const found = sql`(select json_array(json(tags), case when json_array_length(tags) <= ${literal(limit)} then (
      select key from (${scan}) limit 1 offset ${literal(scanned - 1)}) end)
    from (select (${shown}) tags limit 1) where tags is not null)`
  const select = sql<
    WireRow & { found: string | null }
  >`select g.*, case when ${isUnknown(known)} then ${found} end found
    from ${labelOfScopes([ALL])} g`
  const { first, directory } = await readWithNames(db, select)
  return {
    label: labelFrom(first),
    directory,
    ...(first.found !== null && { content: pageOf(first.found, limit) }),
  }
}

/** One tag more than wanted was looked for, to know whether there is one. */
function pageOf(found: string, limit: number): TagsPage {
  const [rows, end] = JSON.parse(found) as [rows: [key: string, articles: number][], end: string | null]
  const tags = rows.slice(0, limit).map(([key, articles]) => ({ name: nameOf(key), articles }))
  const next = rows.length > limit ? tags.at(-1)?.name : end === null ? undefined : nameOf(end)
  return { tags, ...(next !== undefined && { next }) }
}

const nameOf = (key: string): string => key.slice(PREFIX.length)

/** Whether one of the tag's newest articles is of these publishers. */
const isOf = (publishers: string[]): SQL => sql`exists (
  select 1 from (select published_at, article_id from standings where scope = t.key
      order by published_at desc, article_id desc limit ${literal(NEWEST)}) c
    cross join json_each(${JSON.stringify(publishers.map(publisherScope))}) p
    cross join standings o on o.scope = p.value and o.published_at = c.published_at and o.article_id = c.article_id)`
