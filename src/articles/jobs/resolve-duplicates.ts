/**
 * Articles of different publishers are duplicates if they have the same address; together they are a cluster. One
 * article is canonical: the article of the publisher that registered the origin of the address, or else the first
 * article. The others are suppressed: only the feeds of their own publishers show them. If the canonical article is
 * withdrawn, another article replaces it. Each change stores the clusters to resolve, so a crash loses nothing.
 */
import { type SQL, sql } from "drizzle-orm"
import { batch, type Db, literal, type StoredColumns } from "../../db/client.ts"
import { type articles, type pendingDuplicates, publishers as table, wire } from "../../db/schema.ts"
import type { DuplicateReference } from "../model/article.ts"
import { suppressedScopes } from "../model/scope.ts"
import {
  type ClassifiableRow,
  classifiableColumns,
  classifier,
  parseTaxonomy,
  selectTaxonomy,
} from "../taxonomy/read-taxonomy.ts"
import { isOversized } from "../write/duplicate-key.ts"
import { placeArticles } from "../write/place-articles.ts"

type PendingRow = StoredColumns<typeof pendingDuplicates, "duplicateKey" | "commitNo">

/** An article of a cluster. Its member `duplicates` is JSON: DuplicateReference[]. */
interface Duplicate
  extends ClassifiableRow,
    StoredColumns<typeof articles, "seq" | "url" | "title" | "suppressed" | "duplicates" | "scopes"> {
  duplicate_key: string
  /** 1 if the cluster has too many articles. In such a cluster, only suppressed and canonical articles are read. */
  is_oversized: number
}

/** The columns of a publisher by which the canonical article is chosen. */
type PublisherOrigins = Pick<typeof table.$inferSelect, "uid" | "origins" | "redistribution">

const CLUSTERS_PER_BATCH = 5

/** The common table expression `pending`: the next clusters to resolve. */
const PENDING = sql`
  pending as (
    select duplicate_key, commit_no
    from pending_duplicates
    order by duplicate_key
    limit ${literal(CLUSTERS_PER_BATCH)}
  )`

const selectMembers = sql<Duplicate>`
  with ${PENDING},
  clusters as materialized (
    select duplicate_key, ${isOversized(sql`pending.duplicate_key`)} is_oversized
    from pending
  )
  select
    ${classifiableColumns(sql`a`)},
    a.seq,
    a.duplicate_key,
    a.url,
    a.title,
    a.suppressed,
    a.duplicates,
    a.scopes,
    c.is_oversized
  from clusters c
  cross join articles a on a.duplicate_key = c.duplicate_key and a.state = 'published'
  where not c.is_oversized or a.suppressed or a.duplicates is not null`

/** Resolves pending clusters in two round trips. @returns their number; call again if it is CLUSTERS_PER_BATCH */
export async function resolveDuplicates(db: Db, now: number): Promise<number> {
  const rows = await batch(db, {
    taxonomy: selectTaxonomy(db),
    pending: sql<PendingRow>`with ${PENDING} select duplicate_key, commit_no from pending`,
    members: selectMembers,
    publishers: db.select({ uid: table.uid, origins: table.origins, redistribution: table.redistribution }).from(table),
    wire: db.select({ duplicatePolicy: wire.duplicatePolicy }).from(wire),
  })
  const publishers = new Map(rows.publishers.map((publisher) => [publisher.uid, publisher]))
  const [settings] = rows.wire
  if (rows.pending.length === 0) return 0
  const taxonomy = parseTaxonomy(rows.taxonomy)
  const classify = classifier(taxonomy)
  const placements = rows.pending.flatMap(({ duplicate_key: duplicateKey }) => {
    const cluster = rows.members.filter((member) => member.duplicate_key === duplicateKey)
    const isSuppressing =
      settings?.duplicatePolicy === "suppress" && cluster.every((member) => member.is_oversized === 0)
    const canonicalUid = isSuppressing ? chooseCanonical(cluster, publishers) : undefined
    return cluster.flatMap((member) => {
      const classification = classify(member)
      const suppressed = canonicalUid !== undefined && member.publisher_uid !== canonicalUid
      const others = cluster.filter((other) => canonicalUid !== undefined && other.publisher_uid !== canonicalUid)
      const duplicates = suppressed
        ? []
        : others.filter((other) => !isHidden(other, publishers)).map(duplicateReference)
      const scopes = suppressed ? suppressedScopes(member.publisher_uid, classification.scopes) : classification.scopes
      const storedState = [
        member.suppressed === 1,
        JSON.parse(member.duplicates ?? "[]"),
        (JSON.parse(member.scopes) as string[]).sort(),
      ]
      const isUnchanged = JSON.stringify(storedState) === JSON.stringify([suppressed, duplicates, scopes.toSorted()])
      return isUnchanged
        ? []
        : [{ id: member.id, commitNo: member.commit_no, ...classification, scopes, suppressed, duplicates }]
    })
  })
  // If an article changed meanwhile, it is not placed, and the clusters stay pending.
  const clearPending = (placedCount: SQL) => sql`
    delete from pending_duplicates
    where ${placedCount} = ${placements.length}
      and (duplicate_key, commit_no) in (
        select value ->> 'duplicate_key', value ->> 'commit_no'
        from json_each(${JSON.stringify(rows.pending)})
      )`
  await placeArticles(db, placements, taxonomy.directory.taxonomyVersion, now, clearPending)
  return rows.pending.length
}

/** Returns the uid of the canonical article's publisher: the owner of the address, or else the first publisher. */
function chooseCanonical(cluster: Duplicate[], publishers: PublishersByUid): string | undefined {
  const host = (address: string): string => new URL(address).host.replace(/^www\./, "")
  const owns = (duplicate: Duplicate): boolean => {
    const origins = publishers.get(duplicate.publisher_uid)?.origins ?? []
    return origins.some((origin) => host(origin) === duplicate.duplicate_key.split(/[/?]/, 1)[0])
  }
  // Feeds can show nothing of a hidden article, so it is the last choice.
  const byPreference = (a: Duplicate, b: Duplicate) =>
    Number(isHidden(a, publishers)) - Number(isHidden(b, publishers)) ||
    Number(owns(b)) - Number(owns(a)) ||
    a.seq - b.seq
  return cluster.toSorted(byPreference)[0]?.publisher_uid
}

type PublishersByUid = ReadonlyMap<string, PublisherOrigins>

/**
 * Whether nothing of an article may be shown, because its publisher shares only headlines and it has no headline. Such
 * an article is not listed as a duplicate.
 */
const isHidden = (duplicate: Duplicate, publishers: PublishersByUid): boolean =>
  duplicate.title === null && publishers.get(duplicate.publisher_uid)?.redistribution === "none"

const duplicateReference = ({ id, publisher_uid, url }: Duplicate): DuplicateReference => ({
  id,
  publisherUid: publisher_uid,
  ...(url !== null && { url }),
})

/** Returns a statement that marks clusters as pending if an earlier statement of the batch placed an article. */
export function markClustersPending(duplicateKeys: string[], placedCount: SQL): SQL {
  return sql`
    insert into pending_duplicates (duplicate_key, commit_no)
    select distinct value, (select coalesce(max(no), 0) + 1 from commits)
    from json_each(${JSON.stringify(duplicateKeys)})
    where ${placedCount} > 0
    on conflict (duplicate_key) do update set commit_no = excluded.commit_no`
}

/** Marks every cluster of several publishers as pending, because a change may make other articles canonical. */
export const markAllClustersPending = sql`
  insert into pending_duplicates (duplicate_key, commit_no)
  select duplicate_key, (select coalesce(max(no), 0) from commits)
  from articles
  where duplicate_key is not null and state = 'published'
  group by duplicate_key
  having count(distinct publisher_uid) > 1
  on conflict (duplicate_key) do update set commit_no = excluded.commit_no`
