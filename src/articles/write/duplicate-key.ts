/**
 * Which articles are duplicates: those with the same duplicate key. Marks the clusters of changed articles as pending.
 */
import { type SQL, sql } from "drizzle-orm"
import { literal } from "../../db/client.ts"
import { isTrackingParameter } from "../../text/tracking-parameters.ts"
import type { PublishEvent } from "../model/article.ts"
import type { ArticleChanges } from "./memberships.ts"

/**
 * The key of an article: its address without the parts that do not tell pages apart (scheme, www., fragment, tracking
 * parameters, the order of parameters, a slash at the end). An article whose only address is that of the page that it
 * is about has no duplicates.
 */
export function duplicateKeyOf({ url: address, details }: PublishEvent["version"]): string | undefined {
  return address === undefined || address === details.externalUrl ? undefined : duplicateKeyAt(address)
}

/** The key of all articles with an address. @param address absolute */
export function duplicateKeyAt(address: string): string {
  const url = new URL(address)
  // Most addresses have none, and reading them costs as much as all the rest.
  const parameters = [...(url.search === "" ? [] : url.searchParams)]
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
  return sql`exists (
    select 1
    from articles other
    cross join wire on wire.duplicate_policy = 'suppress'
    where other.duplicate_key = ${duplicateKey}
      and other.state = 'published'
      and other.publisher_uid <> ${publisherUid}
  )`
}

/** If more articles than these have one address, such as a live blog, they are no duplicates: each is shown. */
const MAX_CLUSTER_ARTICLES = literal(50)

/** It counts one article more at most. */
export const isOversized = (duplicateKey: SQL): SQL => sql`((
  select count(*)
  from (select 1 from articles where duplicate_key = ${duplicateKey} limit ${MAX_CLUSTER_ARTICLES} + 1)
) > ${MAX_CLUSTER_ARTICLES})`

/** Marks the clusters of changed articles as pending. Used before the articles are written, and again after. */
export function markChangedClustersPending(changes: ArticleChanges): SQL {
  return sql`
    with ${changes}
    insert into pending_duplicates (duplicate_key, commit_no)
    select a.duplicate_key, c.commit_no
    from changes c
    cross join articles a on a.id = c.id
    where ${hasDuplicatesOfOthers(sql`a.duplicate_key`, sql`a.publisher_uid`)}
    group by a.duplicate_key
    on conflict (duplicate_key) do update set commit_no = excluded.commit_no`
}
