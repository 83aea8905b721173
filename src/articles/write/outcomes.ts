/**
 * Decides the outcome of each event in SQL, in the batch that applies the event, so that no other write can come
 * between the two. Versions are ordered by (version time, message time, content hash).
 */
import { type SQL, sql } from "drizzle-orm"
import type { Db, StoredColumns } from "../../db/client.ts"
import type { deliveries } from "../../db/schema.ts"
import type { ArticleEvent, Outcome, PublishEvent } from "../model/article.ts"
import { duplicateKeyOf } from "../model/duplicate-key-of.ts"
import { publisherScope, suppressedScope } from "../model/scope.ts"
import { hasDuplicates } from "./duplicate-key.ts"
import { isReassigned, relationRow } from "./guid-aliases.ts"
import { hashesOf, isNewForSource, isRepetition, isWantedBySource } from "./last-hashes.ts"

export interface Decision {
  /** The article's id. */
  id: string
  outcome: Outcome
  /** The scopes (lists) of the article after the event. */
  scopes: string[]
  /** Whether the event is stale because its source sent the same content before another source changed the article. */
  isRepetition?: true
  /** Why an operator took the article down, if it is down. */
  reason?: string
}

/**
 * One row with the outcomes of all events (deliveries.outcomes) and the number of each outcome. Events are
 * materialized, because SQLite would read the JSON again for each use of a column. `outdated` means that an article has
 * changed since the message was prepared for it, so the message must be prepared again.
 */
export function decideOutcomes(publisherUid: string, events: ArticleEvent[], now: number): SQL {
  const unchangedHash = sql`iif(outcome = 'unchanged', stored_hash, content_hash)`
  const newHashes = hashesOf(sql`source`, unchangedHash, sql`message_at`, sql`sent_hash`)
  return sql`
    with events as materialized (
      select
        value ->> 'id' id,
        value ->> 'guid' guid,
        value ->> 'guid_order' guid_order,
        value ->> 'read_commit_no' read_commit_no,
        value ->> 'alias_of' alias_of,
        value ->> 'address' address,
        value ->> 'only_article' only_article,
        value ->> 'kind' kind,
        value ->> 'version_at' version_at,
        value ->> 'message_at' message_at,
        value ->> 'content_hash' content_hash,
        value ->> 'raw_hash' raw_hash,
        value ->> 'sent_hash' sent_hash,
        value ->> 'source' source,
        value -> 'scopes' scopes,
        value ->> 'dated_at' dated_at,
        value ->> 'embargo' embargo,
        value ->> 'duplicate_key' duplicate_key,
        value ->> 'silent' silent
      from json_each(${JSON.stringify(events.map((event) => eventRow(event, now)))})
    ),
    decisions as (
      select
        e.*,
        ${newScopes(publisherUid, sql`e`, sql`a`)} new_scopes,
        coalesce(a.scopes, '[]') old_scopes,
        a.content_hash stored_hash,
        a.seq,
        case when a.state = 'published' then a.published_at end old_published_at,
        e.guid_order is null and ${isNewForSource(sql`e`, sql`a`)} is_new_for_source,
        e.guid_order is null and e.message_at < a.guid_since is_first_of_guid,
        max(
          ${articleDate(sql`e.dated_at`, sql`a.dated_at`, sql`e.message_at`)},
          coalesce(e.embargo, 0)
        ) new_published_at,
        case
          when ${isReassigned(publisherUid, sql`e`, sql`a`)} then 'outdated'
          when a.state = 'taken_down' then 'taken_down'
          when e.guid_order = 'older' then 'stale'
          when e.guid_order = 'newer' then
            iif(e.kind = 'delete', 'deleted', iif(a.state = 'deleted', 'created', 'updated'))
          when a.id is null then iif(e.kind = 'delete', 'deleted', iif(e.kind = 'repeated', 'outdated', 'created'))
          when e.kind = 'repeated' then iif(a.raw_hash = e.raw_hash, 'unchanged', 'outdated')
          when a.content_hash = e.content_hash then 'unchanged'
          when ${isRepetition(sql`e`, sql`a`)} then 'repetition'
          when (e.version_at, e.message_at, e.content_hash) <= (a.version_at, a.message_at, a.content_hash) then 'stale'
          when ${hasNewerRepeat(publisherUid, sql`e`, sql`a`)} then 'stale'
          when e.kind = 'delete' then 'deleted'
          when a.state = 'deleted' then 'created'
          else 'updated'
        end outcome
      from events e
      left join articles a on a.id = e.id
    )
    select
      json_group_array(json_object(
        'id', id,
        'outcome', iif(outcome = 'repetition', 'stale', outcome),
        'note', case outcome
          when 'repetition' then outcome
          when 'taken_down' then (select reason from takedowns where article_id = id)
        end,
        'old_scopes', json(old_scopes),
        'new_scopes', json(case
          when outcome in ('created', 'updated') then new_scopes
          when outcome = 'deleted' then '[]'
          else old_scopes
        end),
        'version_at', version_at,
        'content_hash', ${unchangedHash},
        'old_published_at', old_published_at,
        'new_published_at', iif(outcome = 'deleted', null, new_published_at),
        'seq', seq,
        'suppressed', new_scopes <> scopes,
        'silent', silent,
        'source', source,
        'message_at', message_at,
        'hashes', case when outcome in ('unchanged', 'stale', 'repetition') and is_new_for_source then json(${newHashes}) end,
        'first_of_guid', outcome in ('unchanged', 'stale') and is_first_of_guid
      )) outcomes,
      sum(outcome in ('created', 'updated', 'deleted')) changes,
      sum(outcome = 'unchanged') unchanged,
      sum(outcome = 'outdated') outdated
    from decisions`
}

/** The members of an event that decide its outcome, with their names in SQL. */
function eventRow(event: ArticleEvent, now: number): object {
  const { id, kind, versionAt, messageAt, rawHash, sentHash, source } = event
  const times = { version_at: versionAt, message_at: messageAt }
  const common = { id, kind, ...times, raw_hash: rawHash, sent_hash: sentHash, source }
  const header = Object.assign(common, relationRow(event))
  if (kind === "repeated") return { ...header, scopes: [], silent: 0 }
  const { contentHash } = event
  if (kind === "delete") return { ...header, content_hash: contentHash, scopes: [], silent: 0 }
  return {
    ...header,
    content_hash: contentHash,
    scopes: scopesOfEvent(event, now) ?? [],
    dated_at: event.version.publishedAt,
    embargo: event.version.embargo,
    duplicate_key: duplicateKeyOf(event.version),
    silent: event.isBackfill ? 1 : 0,
  }
}

/** An article's date is the date from the publisher, else the stored date, else the time of the message. */
export function articleDate(statedDate: SQL, storedDate: SQL, messageAt: SQL): SQL {
  return sql`coalesce(${statedDate}, ${storedDate}, ${messageAt})`
}

/** Decides outcomes like applyEvents(), but stores nothing, in one round trip. */
export async function previewEvents(
  db: Db,
  publisherUid: string,
  events: ArticleEvent[],
  now: number,
): Promise<Decision[]> {
  const [row] = await db.all<StoredColumns<typeof deliveries, "outcomes">>(decideOutcomes(publisherUid, events, now))
  return parseOutcomes(row?.outcomes ?? "[]")
}

/**
 * Whether the publisher repeated the stored version after an event. A repetition writes only its delivery, so the
 * article keeps the message time of its first delivery. Still, an event between the first delivery and the repetition
 * must be stale. Equal content has equal dates, so the repetition has a later message time than the event. If message
 * times are also the version times, the repetition may lie between the two times of the event. A document of another
 * source that only repeats itself does not count.
 * @param event the alias of the event's row
 * @param article the alias of the article's row
 */
function hasNewerRepeat(publisherUid: string, event: SQL, article: SQL): SQL {
  return sql`exists (
    select 1
    from deliveries u, json_each(u.outcomes) r
    where u.publisher_uid = ${publisherUid}
      and u.unchanged > 0
      and u.message_at
        >= iif(
          ${article}.version_at = ${article}.message_at,
          min(${event}.version_at, ${event}.message_at),
          ${event}.message_at
        )
      and r.value ->> 'outcome' = 'unchanged'
      and r.value ->> 'id' = ${article}.id
      and r.value ->> 'content_hash' = ${article}.content_hash
      and (r.value ->> 'version_at', u.message_at, r.value ->> 'content_hash')
        > (${event}.version_at, ${event}.message_at, ${event}.content_hash)
      and ${isWantedBySource(sql`r.value`, event)}
  )`
}

/**
 * The new scopes of an article. If another publisher has a duplicate, the article is suppressed until
 * jobs/resolve-duplicates.ts chooses the canonical article, unless this article is canonical already.
 * @param event the alias of the event's row
 * @param article the alias of the article's row
 */
function newScopes(publisherUid: string, event: SQL, article: SQL): SQL {
  const isCanonical = sql`(
    ${article}.id is not null
    and ${article}.state = 'published'
    and ${article}.duplicate_key is ${event}.duplicate_key
    and not ${article}.suppressed
  )`
  const hasOthers = hasDuplicates(sql`${event}.duplicate_key`, publisherUid)
  return sql`case
    when ${event}.scopes <> '[]' and ${hasOthers} and not ${isCanonical} then (
      select json_group_array(iif(value = ${publisherScope(publisherUid)}, value, ${suppressedScope("")} || value))
      from json_each(${event}.scopes)
    )
    else ${event}.scopes
  end`
}

/** Returns undefined under an embargo, because the article is classified again when the embargo ends. */
export function scopesOfEvent(event: PublishEvent, now: number): string[] | undefined {
  const { embargo } = event.version
  return embargo !== undefined && embargo > now ? undefined : event.scopes
}

export function parseOutcomes(json: string): Decision[] {
  const outcomes = JSON.parse(json) as {
    id: string
    outcome: Outcome
    new_scopes: string[]
    /** `repetition`, or why the article is down. */
    note: string | null
  }[]
  return outcomes.map(({ id, outcome, new_scopes: scopes, note }) => ({
    id,
    outcome,
    scopes,
    ...(outcome === "stale" && note === "repetition" && { isRepetition: true as const }),
    ...(outcome === "taken_down" && note !== null && { reason: note }),
  }))
}
