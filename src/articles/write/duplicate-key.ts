/** Which articles are duplicates of each other: the key that they share, and the statements that mark their clusters as pending. */
import { type SQL, sql } from "drizzle-orm"
import { literal } from "../../db/client.ts"
import { isTrackingParameter } from "../../text/tracking.ts"
import type { PublishEvent } from "../model/article.ts"
import type { ArticleChanges } from "./memberships.ts"

/**
 * The address of an article without what does not tell pages apart: scheme, www., fragment, tracking, order of parameters,
 * a slash at the end. One that only has the address of what it is about has no duplicates.
 */
export function duplicateKeyOf({ url: address, details }: PublishEvent["version"]): string | undefined {
  return address === undefined || address === details.externalUrl ? undefined : duplicateKeyAt(address)
}

/** The key that all articles about an address share. @param address absolute */
export function duplicateKeyAt(address: string): string {
  const url = new URL(address)
  const parameters = [...url.searchParams]
    .filter(([name]) => !isTrackingParameter(name))
    .map((pair) => pair.map(encodeURIComponent).join("="))
  const query = parameters.length === 0 ? "" : `?${parameters.sort().join("&")}`
  return url.host.replace(/^www\./, "") + url.pathname.replace(/\/$/, "") + query
}

/** Whether the wire suppresses duplicates and other publishers have some, in a cluster that is not oversized. */
export function hasDuplicates(duplicateKey: SQL, publisherUid: SQL | string): SQL {
  return sql`(${hasDuplicatesOfOthers(duplicateKey, publisherUid)} and not ${isOversized(duplicateKey)})`
}

function hasDuplicatesOfOthers(duplicateKey: SQL, publisherUid: SQL | string): SQL {
  return sql`exists (select 1 from articles other cross join wire on wire.duplicate_policy = 'suppress'
    where other.duplicate_key = ${duplicateKey} and other.state = 'published' and other.publisher_uid <> ${publisherUid})`
}

/** More articles about one address, such as a live blog, are no duplicates: each is shown. */
const MAX_CLUSTER_ARTICLES = 50

export const isOversized = (duplicateKey: SQL): SQL => sql`((select count(*) from (
  select 1 from articles where duplicate_key = ${duplicateKey} limit ${literal(MAX_CLUSTER_ARTICLES + 1)})) > ${literal(MAX_CLUSTER_ARTICLES)})`

/** Marks the clusters of changed articles as pending. Used before the articles are written, and again after. */
export function markPending(changes: ArticleChanges): SQL {
  return sql`insert into pending_duplicates (duplicate_key, commit_no)
    select a.duplicate_key, c.commit_no from ${changes} c cross join articles a on a.id = c.id
    where ${hasDuplicatesOfOthers(sql`a.duplicate_key`, sql`a.publisher_uid`)} group by a.duplicate_key
    on conflict (duplicate_key) do update set commit_no = excluded.commit_no`
}
