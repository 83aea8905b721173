/** Articles with the same duplicate key are duplicates. This file finds duplicates and marks clusters as pending. */
import { type SQL, sql } from "drizzle-orm"
import { literal } from "../../db/client.ts"
import type { ArticleChanges } from "./memberships.ts"

/** Whether duplicates are suppressed, other publishers have some in this cluster, and the cluster is not oversized. */
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

/** The maximum size of a cluster. If more articles have one address, such as a live blog's, each of them is shown. */
export const MAX_CLUSTER_ARTICLES = literal(50)

/** Counts at most MAX_CLUSTER_ARTICLES + 1 articles. */
export const isOversized = (duplicateKey: SQL): SQL => sql`((
  select count(*)
  from (select 1 from articles where duplicate_key = ${duplicateKey} limit ${MAX_CLUSTER_ARTICLES} + 1)
) > ${MAX_CLUSTER_ARTICLES})`

/** Marks the clusters of changed articles as pending: the old clusters before the write, the new ones after it. */
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
