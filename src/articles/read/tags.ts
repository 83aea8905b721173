/** Lists the tags of articles with their numbers of articles. */
import { type SQL, sql } from "drizzle-orm"
import { type Db, literal } from "../../db/client.ts"
import { ALL_SCOPE, publisherScope } from "../model/scope.ts"
import type { DirectoryAnswer } from "./counts.ts"
import { isStale, readWithDirectory, type ValidatorRow, validatorFrom, validatorOfScopes } from "./scope-validator.ts"

export interface TagsQuery {
  /** Normalised; "" for every tag. */
  prefix: string
  /** The name after which the page begins. */
  after: string | undefined
  limit: number
  /** Uids of the publishers whose articles may be shown; undefined for all. */
  publishers: string[] | undefined
}

export interface TagsPage {
  tags: { name: string; articleCount: number }[]
  /** The name after which there may be more. */
  next?: string
}

const TAG_PREFIX = "tag:"
/** Rows that a page may scan for each tag of the query; a small page may scan as many as a page of MIN_TAGS. */
const ROWS_PER_TAG = 20
const MIN_TAGS = 10
/** A tag is listed if one of so many newest articles is by one of the publishers. */
const NEWEST_ARTICLES = 10

/**
 * Tags of articles, in the order of their names (by code points). One round trip. A page ends early if many tags without
 * articles are between others: `next` is where it ended.
 * @param knownValidators (epoch.revision) that the client has
 */
export async function readTags(
  db: Db,
  { prefix, after, limit, publishers }: TagsQuery,
  knownValidators: string[],
): Promise<DirectoryAnswer<TagsPage>> {
  const entries = Math.max(limit + 1, MIN_TAGS)
  const [isListed, cost] =
    publishers === undefined
      ? [sql`t.article_count > 0`, 1]
      : [isUsedBy(publishers), 2 + NEWEST_ARTICLES * (1 + publishers.length)]
  // To find the end of the scan, each row is read once more.
  const scanLimit = Math.max(2, Math.floor((ROWS_PER_TAG * entries) / (cost + 1)))
  const from = after === undefined ? sql`key >= ${TAG_PREFIX + prefix}` : sql`key > ${TAG_PREFIX + after}`
  // No character has the byte ff, so it sorts after every name with the prefix.
  const scan = sql`select key, article_count from scopes
    where ${from} and key < ${TAG_PREFIX + prefix} || cast(x'ff' as text) order by key limit ${literal(scanLimit)}`
  const rows = sql`select json_group_array(json_array(key, article_count)) from (
    select t.key, t.article_count from (${scan}) t where ${isListed} limit ${literal(limit + 1)})`
  // The limit keeps SQLite from computing the tags twice, but only with a condition outside.
  const page = sql`(select json_array(json(tags), case when json_array_length(tags) <= ${literal(limit)} then (
      select key from (${scan}) limit 1 offset ${literal(scanLimit - 1)}) end)
    from (select (${rows}) tags limit 1) where tags is not null)`
  const select = sql<
    ValidatorRow & { page: string | null }
  >`select v.*, case when ${isStale(knownValidators)} then ${page} end page
    from ${validatorOfScopes([ALL_SCOPE])} v`
  const { first, directory } = await readWithDirectory(db, select)
  return {
    validator: validatorFrom(first),
    directory,
    ...(first.page !== null && { content: tagsPage(first.page, limit) }),
  }
}

/** The query reads one tag more than the page holds, to know whether there is a next page. */
function tagsPage(json: string, limit: number): TagsPage {
  const [rows, end] = JSON.parse(json) as [rows: [key: string, articleCount: number][], end: string | null]
  const tags = rows.slice(0, limit).map(([key, articleCount]) => ({ name: nameOf(key), articleCount }))
  const next = rows.length > limit ? tags.at(-1)?.name : end === null ? undefined : nameOf(end)
  return { tags, ...(next !== undefined && { next }) }
}

const nameOf = (key: string): string => key.slice(TAG_PREFIX.length)

/** Whether one of the tag's newest articles is of these publishers. */
const isUsedBy = (publishers: string[]): SQL => sql`exists (
  select 1 from (select published_at, article_id from memberships where scope = t.key
      order by published_at desc, article_id desc limit ${literal(NEWEST_ARTICLES)}) c
    cross join json_each(${JSON.stringify(publishers.map(publisherScope))}) p
    cross join memberships m on m.scope = p.value and m.published_at = c.published_at and m.article_id = c.article_id)`
