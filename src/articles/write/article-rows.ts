/** Builds the rows that events write: articles and their bodies. */
import { getTableColumns, type SQL, sql } from "drizzle-orm"
import { articles } from "../../db/schema.ts"
import { headlineSlug } from "../../text/headline-slug.ts"
import type { ArticleDetails, ArticleEvent, ArticleVersion } from "../model/article.ts"
import { duplicateKeyAt, duplicateKeyOf } from "../model/duplicate-key-of.ts"
import { hashesOf, withHashes } from "./last-hashes.ts"
import { articleDate, scopesOfEvent } from "./outcomes.ts"

type WritingEvent = Exclude<ArticleEvent, { kind: "repeated" }>
type Row = typeof articles.$inferInsert
type Value<V> = (event: WritingEvent, version: ArticleVersion | undefined, now: number) => V

const encoder = new TextEncoder()

/** The columns whose values come from the event. A deletion has no version. A new member needs a column here. */
const STATED: { [Column in keyof Row]?: Value<Row[Column]> } = {
  guid: ({ guid }) => guid,
  state: stateOf,
  versionAt: ({ versionAt }) => versionAt,
  messageAt: ({ messageAt }) => messageAt,
  contentHash: ({ contentHash }) => contentHash,
  rawHash: ({ rawHash }) => rawHash,
  source: ({ source }) => source,
  updatedAt: (_, version) => version?.updatedAt,
  embargo: (_, version) => version?.embargo,
  sizeInBytes,
  url: (_, version) => version?.url,
  language: (_, version) => version?.language,
  direction: (_, version) => version?.direction,
  title: (_, version) => version?.title,
  subtitle: (_, version) => version?.subtitle,
  summary: (_, version) => version?.summary,
  dateline: (_, version) => version?.dateline,
  duplicateKey: (_, version) => version && duplicateKeyOf(version),
  details: (_, version) => (version ? storedDetails(version) : {}),
}

/** The details, with the duplicate keys of the pages that the article names. */
function storedDetails({ details }: ArticleVersion): ArticleDetails {
  const { related = [] } = details
  if (related.length === 0) return details
  const keys = related.map(({ url }) => duplicateKeyAt(url))
  return { ...details, relatedKeys: keys.map((key, no) => (keys.indexOf(key) < no ? null : key)) }
}

function sizeInBytes(event: WritingEvent, version: ArticleVersion | undefined): number {
  if (event.kind === "publish" && event.body) return event.body.sizeInBytes
  return version ? encoder.encode(version.html).length : 0
}

function stateOf(event: WritingEvent, _: unknown, now: number): Row["state"] {
  if (event.kind === "delete") return "deleted"
  return scopesOfEvent(event, now) === undefined ? "embargoed" : "published"
}

/** The columns of STATED with their names in SQL. */
const COLUMNS = Object.entries(getTableColumns(articles)).flatMap(([property, { name }]) => {
  const value = STATED[property as keyof Row]
  return value ? [{ name, value }] : []
})

/** Repeats a part of a statement for each of the columns. */
const forEachColumn = (part: (name: string) => string): SQL =>
  sql.raw(COLUMNS.map(({ name }) => part(name)).join(",\n      "))

/** The rows of an event as JSON. Their member `event` is the index of the event and of the event's outcome. */
export function eventRows(event: WritingEvent, index: number, now: number): { article: string; body?: string } {
  const version = event.kind === "publish" ? event.version : undefined
  const values = COLUMNS.map(({ name, value }) => [name, value(event, version, now)])
  const article = JSON.stringify({
    event: index,
    ...Object.fromEntries(values),
    stated_date: version?.publishedAt,
    sent_hash: event.sentHash,
    last_hashes: event.lastHashes,
    slug: headlineSlug(version?.title),
  })
  if (event.kind !== "publish" || event.body) return { article }
  return { article, body: JSON.stringify({ event: index, html: event.version.html }) }
}

/**
 * Common table expressions that end with `changed_rows`: the rows of events that change their article, with the
 * decisions of the delivery. Decisions are materialized, because SQLite would search them again for each column.
 */
const changedRowsWith = (rows: string, ownDelivery: SQL): SQL => sql`
  ${ownDelivery},
  decided_rows as materialized (
    select d.publisher_uid, d.commit_no, r.value stated, d.outcomes -> (r.value ->> 'event') decision
    from own_delivery d, json_each(${rows}) r
  ),
  changed_rows as (
    select
      stated,
      publisher_uid,
      commit_no,
      decision ->> 'id' id,
      decision -> 'new_scopes' scopes,
      decision ->> 'suppressed' suppressed
    from decided_rows
    where decision ->> 'outcome' in ('created', 'updated', 'deleted')
  )`

/** The latest date of change that feeds have shown for an article. */
const LAST_PUBLIC_CHANGE = sql`max(
  coalesce(articles.published_at, 0),
  coalesce(articles.updated_at, 0),
  coalesce(articles.corrected_at, 0)
)`

export function upsertArticles(rows: string, ownDelivery: SQL): SQL {
  const stated = (name: string) => sql.raw(`(stated ->> '${name}')`)
  const statedHashes = hashesOf(stated("source"), stated("content_hash"), stated("message_at"), stated("sent_hash"))
  const storedDate = sql`(select dated_at from articles where articles.id = r.id)`
  return sql`
    with ${changedRowsWith(rows, ownDelivery)},
    dated_rows as (
      select
        r.*,
        case
          when stated ->> 'state' <> 'deleted' then
            ${articleDate(sql`stated ->> 'stated_date'`, storedDate, sql`stated ->> 'message_at'`)}
        end dated_at
      from changed_rows r
    )
    insert into articles (
      id, guid_since, publisher_uid, commit_no, scopes, suppressed, dated_at, published_at, was_public,
      last_hashes,
      slug,
      ${forEachColumn((name) => name)}
    )
    select
      id,
      stated ->> 'message_at',
      publisher_uid,
      commit_no,
      scopes,
      suppressed,
      dated_at,
      max(dated_at, coalesce(stated ->> 'embargo', 0)),
      stated ->> 'state' = 'published',
      coalesce(stated ->> 'last_hashes', ${statedHashes}),
      stated ->> 'slug',
      ${forEachColumn((name) => `stated ->> '${name}'`)}
    from dated_rows
    where true
    on conflict (id) do update set
      guid_since = iif(
        articles.guid = excluded.guid,
        min(articles.guid_since, excluded.guid_since),
        excluded.guid_since
      ),
      commit_no = excluded.commit_no,
      scopes = excluded.scopes,
      suppressed = excluded.suppressed,
      dated_at = excluded.dated_at,
      published_at = excluded.published_at,
      was_public = max(articles.was_public, excluded.was_public),
      last_hashes = ${withHashes(sql`articles.last_hashes`, sql`excluded.last_hashes`)},
      slug = iif(
        articles.was_public and 'deleted' not in (articles.state, excluded.state),
        articles.slug,
        excluded.slug
      ),
      duplicates = case when articles.duplicate_key is excluded.duplicate_key then articles.duplicates end,
      corrected_at = case
        when excluded.state <> 'deleted' and articles.state = 'embargoed' then articles.corrected_at
        when excluded.state = 'deleted' or coalesce(excluded.updated_at, 0) <= ${LAST_PUBLIC_CHANGE} then
          max((select at from commits where no = excluded.commit_no), ${LAST_PUBLIC_CHANGE} + 1000)
      end,
      ${forEachColumn((name) => `${name} = excluded.${name}`)}`
}

/** Copies bodies for events that make articles of stored versions, before other events overwrite these bodies. */
export function copyBodies(events: ArticleEvent[], ownDelivery: SQL): SQL | undefined {
  const copies = events.flatMap((event, index) =>
    event.kind === "publish" && event.body ? [{ event: index, article_id: event.body.articleId }] : [],
  )
  if (copies.length === 0) return undefined
  return sql`
    with ${changedRowsWith(JSON.stringify(copies), ownDelivery)}
    insert into bodies (seq, html)
    select a.seq, b.html
    from changed_rows r
    cross join articles a on a.id = r.id
    cross join articles source on source.id = r.stated ->> 'article_id'
    cross join bodies b on b.seq = source.seq
    where true
    on conflict (seq) do update set html = excluded.html`
}

export const upsertBodies = (rows: string, ownDelivery: SQL): SQL => sql`
  with ${changedRowsWith(rows, ownDelivery)}
  insert into bodies (seq, html)
  select a.seq, r.stated ->> 'html'
  from changed_rows r
  cross join articles a on a.id = r.id
  where true
  on conflict (seq) do update set html = excluded.html`
