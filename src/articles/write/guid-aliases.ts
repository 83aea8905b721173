/**
 * Aliases: the guids of an article that has several. This file finds the article of an unknown guid by its address,
 * checks what push/ingest/assign-articles.ts decided, and writes the aliases.
 */
import { type SQL, sql } from "drizzle-orm"
import { literal } from "../../db/client.ts"
import type { ArticleEvent } from "../model/article.ts"

/** The article of an alias, or null. */
const articleOfAlias = (publisherUid: string, guid: SQL): SQL => sql`(
  select article_id from article_aliases where publisher_uid = ${publisherUid} and guid = ${guid}
)`

/** At most two live articles of a publisher at an address. A deleted article has no duplicate key. */
export const liveArticlesAt = (address: SQL, publisherUid: SQL | string): SQL => sql`(
  select * from articles where duplicate_key = ${address} and publisher_uid = ${publisherUid} limit ${literal(2)}
)`

/** The id of the only live article of a publisher at an address, null if there is none, '' if there are several. */
const onlyArticleAt = (address: SQL, publisherUid: string): SQL => sql`(
  select case count(*) when 1 then max(id) when 2 then '' end from ${liveArticlesAt(address, publisherUid)}
)`

/** The members of an event that isReassigned() reads, with their names in SQL. */
export const relationRow = ({ guid, relation }: ArticleEvent): object => ({
  guid,
  guid_order: relation?.order,
  read_commit_no: relation?.commitNo,
  alias_of: relation?.endedAliasOf,
  address: relation?.address,
  only_article: relation?.onlyArticle,
})

/** Whether another message changed the article of a guid since the event was assigned to its article. */
export const isReassigned = (publisherUid: string, event: SQL, article: SQL): SQL => sql`(
  case
    when ${event}.read_commit_no is not null then ${article}.commit_no is not ${event}.read_commit_no
    when ${article}.id is null then ${articleOfAlias(publisherUid, sql`${event}.guid`)} is not ${event}.alias_of
    else ${article}.guid <> ${event}.guid
  end
  or (
    ${event}.address is not null
    and ${onlyArticleAt(sql`${event}.address`, publisherUid)} is not ${event}.only_article
  )
)`

/** Adds and deletes the aliases of events, if the batch wrote its delivery. A stale event may add one too. */
export function writeAliases(publisherUid: string, deliveryId: string, batchId: string, events: ArticleEvent[]): SQL[] {
  const isOwn = sql`exists (
    select 1 from deliveries where publisher_uid = ${publisherUid} and id = ${deliveryId} and batch_id = ${batchId}
  )`
  const ended = events.flatMap(({ guid, relation }) => (relation?.endedAliasOf === undefined ? [] : [guid]))
  const added = events.flatMap(({ id, relation }) => (relation?.newAliases ?? []).map((guid) => [guid, id]))
  const statements: SQL[] = []
  if (ended.length > 0) {
    statements.push(sql`
      delete from article_aliases
      where publisher_uid = ${publisherUid}
        and guid in (select value from json_each(${JSON.stringify(ended)}))
        and ${isOwn}`)
  }
  if (added.length > 0) {
    statements.push(sql`
      insert into article_aliases (publisher_uid, guid, article_id)
      select ${publisherUid}, value ->> 0, value ->> 1
      from json_each(${JSON.stringify(added)})
      where ${isOwn}
      on conflict do nothing`)
  }
  return statements
}
