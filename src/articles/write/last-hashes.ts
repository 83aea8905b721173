/**
 * Stores the last content that each source sent for an article. A document repeats old entries without a date of
 * change. So an entry is a change only if its source sent other content before. Otherwise an old entry would overwrite
 * the correction of another source.
 */
import { type SQL, sql } from "drizzle-orm"

/** The member of a source in articles.last_hashes, or one of the two values in it. */
const pathOf = (source: SQL, index?: 0 | 1): SQL =>
  sql`('$."' || ${source} || '"' ${index === undefined ? sql`` : sql.raw(`|| '[${index}]'`)})`

/** The content hash that a source sent last, if another source sent the stored version; else null. */
export const lastHash = (article: SQL, source: SQL): SQL => sql`(${article}.last_hashes ->> ${pathOf(source, 0)})`

/** The message time of that version, or 0. */
const lastTime = (article: SQL, source: SQL): SQL => sql`coalesce(${article}.last_hashes ->> ${pathOf(source, 1)}, 0)`

/** articles.last_hashes after an upsert. The stored version becomes the last content of its source. */
export const lastHashesAfterUpdate = sql`case
        when articles.source = excluded.source then articles.last_hashes
        else json_remove(
          json_set(
            coalesce(articles.last_hashes, '{}'),
            ${pathOf(sql`articles.source`)},
            json_array(articles.content_hash, articles.message_at)
          ),
          ${pathOf(sql`excluded.source`)}
        )
      end`

/**
 * Whether a source repeats its last content, although another source has changed the article since. Only documents
 * repeat deletions: any other deletion is an event.
 */
export const isRepetition = (event: SQL, article: SQL): SQL => sql`(
  ${article}.source <> ${event}.source
  and ${lastHash(article, sql`${event}.source`)} = ${event}.content_hash
  and (${event}.kind = 'publish' or ${event}.source = 'document' or ${event}.source glob 'feeds/*')
)`

/** Whether an event that changes nothing is new for its source, so that last_hashes must be written. */
export const isNewForSource = (event: SQL, article: SQL): SQL => sql`(
  ${article}.source <> ${event}.source
  and ${lastHash(article, sql`${event}.source`)} is not iif(
    ${event}.kind = 'repeated', ${article}.content_hash, ${event}.content_hash
  )
  and ${event}.message_at >= ${lastTime(article, sql`${event}.source`)}
)`

/**
 * Writes what an article must remember of an event that did not change it: content that is new for its source, or an
 * earlier message with its guid. Few deliveries have such an event, so their outcomes are searched as text before
 * json_each reads them.
 */
export const writeUnchanged = (publisherUid: string, deliveryId: string, batchId: string): SQL => sql`
  update articles
  set
    last_hashes = case
      when o.value ->> 'new_for_source' then json_set(
        coalesce(articles.last_hashes, '{}'),
        ${pathOf(sql`(o.value ->> 'source')`)},
        json_array(o.value ->> 'content_hash', o.value ->> 'message_at')
      )
      else articles.last_hashes
    end,
    guid_since = iif(o.value ->> 'first_of_guid', o.value ->> 'message_at', articles.guid_since)
  from deliveries d, json_each(d.outcomes) o
  where d.publisher_uid = ${publisherUid}
    and d.id = ${deliveryId}
    and d.batch_id = ${batchId}
    and (instr(d.outcomes, '"new_for_source":1') > 0 or instr(d.outcomes, '"first_of_guid":1') > 0)
    and (o.value ->> 'new_for_source' or o.value ->> 'first_of_guid')
    and articles.seq = o.value ->> 'seq'`
