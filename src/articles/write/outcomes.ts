/**
 * The outcome of each event, decided in SQL against the articles as they are at that moment, so that no other write can come
 * between the decision and its consequences. Versions are ordered by (version time, message time, content hash).
 */
import { type SQL, sql } from "drizzle-orm"
import type { Db } from "../../db/client.ts"
import type { ArticleEvent, Outcome, PublishEvent } from "../model/article.ts"
import { publisherScope, suppressedScope } from "../model/scope.ts"
import { duplicateKeyOf, hasDuplicates } from "./duplicate-key.ts"

/** The outcome of one event. */
export interface Decision {
  /** The article's id. */
  id: string
  outcome: Outcome
  /** The scopes of the article now. */
  scopes: string[]
}

/**
 * What each event would do to the articles as they are: one row with all outcomes and how many there are of each. The outcome
 * `outdated` means that a repeated event was prepared from an article that has changed since: the message must be prepared again.
 */
export function decideOutcomes(publisherUid: string, events: ArticleEvent[], now: number): SQL {
  const rows = JSON.stringify(
    events.map((event, index) => [
      index,
      event.id,
      event.kind,
      event.versionAt,
      event.messageAt,
      event.kind === "repeated" ? null : event.contentHash,
      event.rawHash,
      event.kind === "publish" ? (scopesOfEvent(event, now) ?? []) : [],
      event.kind === "publish" ? (event.version.publishedAt ?? null) : null,
      event.kind === "publish" ? (event.version.embargo ?? null) : null,
      event.kind === "publish" ? (duplicateKeyOf(event.version) ?? null) : null,
      event.kind === "publish" && event.isBackfill ? 1 : 0,
    ]),
  )
  return sql`select json_group_array(json_array(i, id, outcome, json(old_scopes), json(case outcome
            when 'created' then new_scopes when 'updated' then new_scopes when 'deleted' then '[]' else old_scopes end), version_at,
          case outcome when 'unchanged' then stored_hash else content_hash end,
          old_published_at, case when outcome <> 'deleted' then new_published_at end, old_commit_no, new_scopes <> scopes, backfill)) outcomes,
        sum(outcome in ('created', 'updated', 'deleted')) changes, sum(outcome = 'unchanged') unchanged,
        sum(outcome = 'outdated') outdated
      from (
        select e.*, ${newScopes(publisherUid)} new_scopes, coalesce(a.scopes, '[]') old_scopes, a.content_hash stored_hash, a.commit_no old_commit_no,
          case when a.state = 'published' then a.published_at end old_published_at,
          max(${articleDate(sql`e.dated_at`, sql`a.dated_at`, sql`e.message_at`)}, coalesce(e.embargo, 0)) new_published_at, case
          when a.id is null then iif(e.kind = 'delete', 'deleted', iif(e.kind = 'repeated', 'outdated', 'created'))
          when e.kind = 'repeated' then iif(a.raw_hash = e.raw_hash, 'unchanged', 'outdated')
          when a.content_hash = e.content_hash then 'unchanged'
          when (e.version_at, e.message_at, e.content_hash) <= (a.version_at, a.message_at, a.content_hash) then 'stale'
          when exists (${newerRepeat(publisherUid)}) then 'stale'
          when e.kind = 'delete' then 'deleted'
          when a.state = 'deleted' then 'created'
          else 'updated' end outcome
        from (select value ->> 0 i, value ->> 1 id, value ->> 2 kind, value ->> 3 version_at, value ->> 4 message_at,
            value ->> 5 content_hash, value ->> 6 raw_hash, value -> 7 scopes, value ->> 8 dated_at, value ->> 9 embargo,
            value ->> 10 duplicate_key, value ->> 11 backfill
            from json_each(${rows})) e
          left join articles a on a.id = e.id)`
}

/** An article's date: the one that the publisher states, else the stored one, else that of the message. */
export function articleDate(statedDate: SQL, storedDate: SQL, messageAt: SQL): SQL {
  return sql`coalesce(${statedDate}, ${storedDate}, ${messageAt})`
}

/** Decides as applyEvents() would, and stores nothing. One round trip. */
export async function previewEvents(
  db: Db,
  publisherUid: string,
  events: ArticleEvent[],
  now: number,
): Promise<Decision[]> {
  const [row] = await db.all<{ outcomes: string }>(decideOutcomes(publisherUid, events, now))
  return parseOutcomes(row?.outcomes ?? "[]")
}

/**
 * An unchanged event writes nothing but its delivery, so the stored article has the message time of the first of
 * several equal versions. A version between them that arrives late must still be older than the last one. Equal content
 * has equal dates, so the repeat's message is the later one; only where it is dated by its message may it lie between
 * the two times of the event.
 */
function newerRepeat(publisherUid: string): SQL {
  return sql`select 1 from deliveries u, json_each(u.outcomes) r where u.publisher_uid = ${publisherUid}
    and u.unchanged > 0 and u.message_at >=
      case when a.version_at = a.message_at then min(e.version_at, e.message_at) else e.message_at end
    and r.value ->> 2 = 'unchanged' and r.value ->> 1 = a.id
    and r.value ->> 6 = a.content_hash
    and (r.value ->> 5, u.message_at, r.value ->> 6) > (e.version_at, e.message_at, e.content_hash)`
}

/**
 * An article with a duplicate by another publisher is suppressed until jobs/resolve-duplicates.ts has chosen the canonical
 * one. An article that is canonical already is not suppressed.
 */
function newScopes(publisherUid: string): SQL {
  return sql`case when e.scopes <> '[]' and ${hasDuplicates(sql`e.duplicate_key`, publisherUid)}
      and not (a.id is not null and a.state = 'published' and a.duplicate_key is e.duplicate_key and not a.suppressed)
    then (select json_group_array(iif(value = ${publisherScope(publisherUid)}, value, ${suppressedScope("")} || value))
      from json_each(e.scopes)) else e.scopes end`
}

/** The scopes that a version enters at once; undefined while its embargo lasts, for they are decided when it ends. */
export function scopesOfEvent(event: PublishEvent, now: number): string[] | undefined {
  const { embargo } = event.version
  return embargo !== undefined && embargo > now ? undefined : event.scopes
}

/**
 * [index, article id, outcome, scopes before, scopes after, version time, content hash, date of publication
 * before and after, commit of its last change, whether it is suppressed, whether it is a backfill]
 */
type StoredOutcome = [number, string, Outcome, string[], string[], number, string, ...unknown[]]

export function parseOutcomes(json: string): Decision[] {
  return (JSON.parse(json) as StoredOutcome[]).map(([, id, outcome, , scopes]) => ({ id, outcome, scopes }))
}
