/** Lists tags with the number of articles of each tag. */
import { type SQL, sql } from "drizzle-orm"
import { type Db, literal, type StoredColumns } from "../../db/client.ts"
import type { scopes } from "../../db/schema.ts"
import { ALL_SCOPE, publisherScope } from "../model/scope.ts"
import type { DirectoryAnswer } from "./counts.ts"
import { guarded, isStale } from "./guarded.ts"
import { readWithDirectory } from "./read-with-directory.ts"
import { type ValidatorRow, validatorFrom, validatorOfScopes } from "./scope-validator.ts"

/** The alias of the row that guarded() builds. */
const V = sql`v`

export interface TagsQuery {
  /** The beginning of the folded names; "" for every tag. */
  prefix: string
  /** The folded name after which the page begins. */
  after: string | undefined
  limit: number
  /** Uids of the publishers that are visible; undefined if all are. */
  publishers: string[] | undefined
}

export interface TagsPage {
  tags: { folded: string; name: string; articleCount: number }[]
  /** The folded name after which the next page begins, if there may be one. */
  next?: string
}

type TagRow = StoredColumns<typeof scopes, "key" | "name" | "articleCount">

interface TagsRow extends ValidatorRow {
  /** JSON: TagRow[]. */
  tags: string | null
  /** The key at which the scan ended, if the page ends there. */
  scan_end: string | null
}

const TAG_PREFIX = "tag:"
/**
 * A page scans at most this many rows for each requested tag. A request for fewer tags may scan as many rows as a
 * request for MIN_TAGS.
 */
const ROWS_PER_TAG = 20
const MIN_TAGS = 10
/**
 * If only some publishers are visible, a tag is listed if one of its newest articles is by such a publisher. This many
 * articles are examined.
 */
const NEWEST_ARTICLES = 10

/** Reads tags in the order of their folded names, in one round trip. If many tags have no articles, the page may end early. */
export async function readTags(
  db: Db,
  { prefix, after, limit, publishers }: TagsQuery,
  knownValidators: string[],
): Promise<DirectoryAnswer<TagsPage>> {
  const entries = Math.max(limit + 1, MIN_TAGS)
  const [isListed, cost] =
    publishers === undefined
      ? [sql`t.article_count > 0`, 1]
      : [isUsedBy(publishers, sql`t.key`), 2 + NEWEST_ARTICLES * (1 + publishers.length)]
  // Each row is read a second time to find the end of the scan.
  const scanLimit = Math.max(2, Math.floor((ROWS_PER_TAG * entries) / (cost + 1)))
  const from = after === undefined ? sql`key >= ${TAG_PREFIX + prefix}` : sql`key > ${TAG_PREFIX + after}`
  // No text in UTF-8 has the byte ff, so this value sorts after every name with the prefix.
  const scan = sql`
        select key, name, article_count
        from scopes
        where ${from} and key < ${TAG_PREFIX + prefix} || cast(x'ff' as text)
        order by key
        limit ${literal(scanLimit)}`
  const tags = sql`(
      select json_group_array(json_object('key', key, 'name', name, 'article_count', article_count)) from (
        select t.key, t.name, t.article_count
        from (${scan}) t
        where ${isListed}
        limit ${literal(limit + 1)}))`
  const scanEnd = sql`case
      when json_array_length(v.tags) <= ${literal(limit)}
      then (select key from (${scan}) limit 1 offset ${literal(scanLimit - 1)}) end`
  const parts = { tags, scan_end: scanEnd }
  const select = sql<TagsRow>`${guarded(V, validatorOfScopes([ALL_SCOPE]), isStale(V, knownValidators), parts)}
    select * from v`
  const { first, directory } = await readWithDirectory(db, select)
  return {
    validator: validatorFrom(first),
    directory,
    ...(first.tags !== null && { content: tagsPage(JSON.parse(first.tags), first.scan_end, limit) }),
  }
}

/** The query reads one tag more than the page shows, to know whether there is a next page. */
function tagsPage(rows: TagRow[], scanEnd: string | null, limit: number): TagsPage {
  const tags = rows.slice(0, limit).map((row) => {
    const folded = foldedNameOf(row.key)
    return { folded, name: row.name ?? folded, articleCount: row.article_count }
  })
  const next = rows.length > limit ? tags.at(-1)?.folded : scanEnd === null ? undefined : foldedNameOf(scanEnd)
  return { tags, ...(next !== undefined && { next }) }
}

const foldedNameOf = (key: string): string => key.slice(TAG_PREFIX.length)

/** Whether one of the newest articles of a tag is by one of these publishers. */
const isUsedBy = (publishers: string[], tag: SQL): SQL => sql`exists (
          select 1
          from (
            select published_at, article_id
            from memberships
            where scope = ${tag}
            order by published_at desc, article_id desc
            limit ${literal(NEWEST_ARTICLES)}) c
          cross join json_each(${JSON.stringify(publishers.map(publisherScope))}) p
          cross join memberships m
            on m.scope = p.value and m.published_at = c.published_at and m.article_id = c.article_id)`
