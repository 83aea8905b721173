/**
 * Stores the last content that each document source sent for an article. A document repeats old entries without a date
 * of change. So an entry is a change only if its source sent other content before. Otherwise an old entry would
 * overwrite the correction of another source. A message is an event: whatever it sends is meant for now.
 */
import { type SQL, sql } from "drizzle-orm"

/** The hashes of a source in articles.last_hashes: its content hash, its message time and its sent hash. */
const last = (article: SQL, source: SQL, index: 0 | 1 | 2): SQL =>
  sql`(${article}.last_hashes ->> ('$."' || ${source} || '"' || ${sql.raw(`'[${index}]'`)}))`

/** Whether the messages of a source are documents. */
const isDocumentSource = (source: SQL): SQL => sql`(${source} = 'document' or ${source} glob 'feeds/*')`

/** articles.last_hashes of one event: null if its source sends no documents. */
export const hashesOf = (source: SQL, contentHash: SQL, messageAt: SQL, sentHash: SQL): SQL => sql`
  case when ${isDocumentSource(source)} then
    json_object(${source}, json_array(${contentHash}, ${messageAt}, ${sentHash}))
  end`

/** articles.last_hashes with the hashes of one more event, or as it is if there are none. */
export const withHashes = (lastHashes: SQL, added: SQL): SQL =>
  sql`iif(${added} is null, ${lastHashes}, json_patch(coalesce(${lastHashes}, '{}'), ${added}))`

/**
 * Whether a document repeats its last content, although another source has changed the article since. The content hash
 * changes with the publisher's settings and with the sanitizer, so the hash of what was sent counts too. That hash alone
 * is not enough: it changes with markup that the sanitizer removes.
 */
export const isRepetition = (event: SQL, article: SQL): SQL => sql`(
  ${article}.source <> ${event}.source
  and ${isDocumentSource(sql`${event}.source`)}
  and (
    ${last(article, sql`${event}.source`, 0)} = ${event}.content_hash
    or ${last(article, sql`${event}.source`, 2)} = ${event}.sent_hash
  )
)`

/** Whether an event that changes nothing is new for its source, so that last_hashes must be written. */
export const isNewForSource = (event: SQL, article: SQL): SQL => sql`(
  ${article}.source <> ${event}.source
  and ${isDocumentSource(sql`${event}.source`)}
  and (
    ${last(article, sql`${event}.source`, 0)} is not iif(
      ${event}.kind = 'repeated', ${article}.content_hash, ${event}.content_hash
    )
    or ${last(article, sql`${event}.source`, 2)} <> ${event}.sent_hash
  )
  and ${event}.message_at >= coalesce(${last(article, sql`${event}.source`, 1)}, 0)
)`

/** Whether an earlier event, which changed nothing, still says that its source wants the stored version. */
export const isWantedBySource = (earlier: SQL, event: SQL): SQL => sql`(
  ${earlier} ->> 'source' = ${event}.source
  or ${earlier} ->> 'hashes' is not null
  or not ${isDocumentSource(sql`(${earlier} ->> 'source')`)}
)`

/**
 * Writes what an article must remember of an event that did not change it: content that is new for its source, or an
 * earlier message with its guid. Few deliveries have such an event, so their outcomes are searched as text before
 * json_each reads them.
 */
export const writeUnchanged = (publisherUid: string, deliveryId: string, batchId: string): SQL => sql`
  update articles
  set
    last_hashes = ${withHashes(sql`articles.last_hashes`, sql`(o.value ->> 'hashes')`)},
    guid_since = iif(o.value ->> 'first_of_guid', o.value ->> 'message_at', articles.guid_since)
  from deliveries d, json_each(d.outcomes) o
  where d.publisher_uid = ${publisherUid}
    and d.id = ${deliveryId}
    and d.batch_id = ${batchId}
    and (instr(d.outcomes, '"hashes":{') > 0 or instr(d.outcomes, '"first_of_guid":1') > 0)
    and (o.value ->> 'hashes' is not null or o.value ->> 'first_of_guid')
    and articles.seq = o.value ->> 'seq'`
