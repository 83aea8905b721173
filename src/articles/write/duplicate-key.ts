/** Articles with the same duplicate key are duplicates. This file makes keys and marks clusters as pending. */
import { type SQL, sql } from "drizzle-orm"
import { literal } from "../../db/client.ts"
import { isTrackingParameter } from "../../text/tracking-parameters.ts"
import type { PublishEvent } from "../model/article.ts"
import type { ArticleChanges } from "./memberships.ts"

/**
 * The duplicate key of an article: its address without the parts that do not identify a page (scheme, www., fragment,
 * tracking parameters, order of parameters, final slash, spelling of percent-encoding). An article without an address
 * of its own has no duplicates.
 */
export function duplicateKeyOf({ url: address, details }: PublishEvent["version"]): string | undefined {
  return address === undefined || address === details.externalUrl ? undefined : duplicateKeyAt(address)
}

/**
 * The duplicate key of an article's address if the address may identify the article under another guid: not the address
 * of another site's page, and not a site's root.
 */
export function articleAddress(url: string | undefined, externalUrl: string | undefined): string | undefined {
  if (url === undefined || url === externalUrl) return undefined
  const key = duplicateKeyAt(url)
  return /^[^/?]+(?:\/(?:index|default)\.\w+)?$/.test(key) ? undefined : key
}

/** Whether two addresses with the same duplicate key may be of one article: not if each names another part of a page. */
export function areSamePart(a: string, b: string): boolean {
  const [one, other] = [new URL(a).hash, new URL(b).hash]
  return one === other || one === "" || other === ""
}

/** The duplicate key of an absolute address. */
export function duplicateKeyAt(address: string): string {
  const url = new URL(address)
  // Most addresses have no query, and parsing a query costs as much as all other steps.
  const parameters = [...(url.search === "" ? [] : url.searchParams)]
    .filter(([name]) => !isTrackingParameter(name))
    .map((pair) => pair.map(encodeURIComponent).join("="))
  const query = parameters.length === 0 ? "" : `?${parameters.sort().join("&")}`
  return url.host.replace(/^www\./, "") + normalizePath(url.pathname).replace(/\/$/, "") + query
}

/** Writes every percent-encoded octet in the same way (RFC 3986 §6.2.2). */
function normalizePath(path: string): string {
  if (!path.includes("%")) return path
  return path.replace(/%[0-9a-f]{2}/gi, (octet) => {
    const character = String.fromCharCode(Number.parseInt(octet.slice(1), 16))
    return /[\w.~-]/.test(character) ? character : octet.toUpperCase()
  })
}

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
