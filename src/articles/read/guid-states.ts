/** The stored state of the guids of a message: the article of each, or an article that an unknown guid may mean. */
import { type SQL, sql } from "drizzle-orm"
import { cachedStatement, literal, type StoredColumns } from "../../db/client.ts"
import type { articles } from "../../db/schema.ts"
import { type ArticleDetails, type ArticleVersion, MAX_ALIASES } from "../model/article.ts"
import { liveArticlesAt } from "../write/guid-aliases.ts"

/** A guid, the id that is made from it, and the address by which its article may be known under another guid. */
export interface GuidQuery {
  guid: string
  id: string
  address: string | undefined
  /** The hash of the address: see addressHash(). */
  addressHash: string | undefined
}

export interface GuidState {
  article: ArticleOfGuid | undefined
  /** The stored version of the article, if the article has another current guid. */
  version: StoredVersion | undefined
  /** If no article has the guid: the publisher's live articles at its address, at most two. */
  candidates: ArticleAtAddress[]
}

export interface ArticleOfGuid {
  id: string
  /** The current guid: the guid of the stored version. */
  guid: string
  commitNo: number
  /** The earliest message time of the current guid. */
  guidSince: number
  rawHash: string
  contentHash: string
  isTakenDown: boolean
  /** The sections that an operator chose. */
  refiled: number[] | undefined
  /** Whether the guid is known: an article that was taken down is also found by its address. */
  hasGuid: boolean
}

/** A stored version without its body, which stays in the database. */
export interface StoredVersion {
  state: "published" | "embargoed" | "deleted"
  versionAt: number
  messageAt: number
  source: string
  /** JSON: see write/last-hashes.ts. */
  lastHashes: string | null
  sizeInBytes: number
  version: Omit<ArticleVersion, "guid" | "html" | "details">
  details: ArticleDetails
}

export interface ArticleAtAddress extends Pick<ArticleOfGuid, "id" | "guid" | "commitNo" | "guidSince"> {
  /** At most MAX_ALIASES. */
  aliases: string[]
  messageAt: number
  /** 1 if the publisher sent the stored version again after the time of the message. */
  isRepeatedLater: 0 | 1
  url: string | null
  title: string | null
  datedAt: number | null
}

/** JSON: ArticleAtAddress. */
const candidateJson = sql`json_object(
  'id', c.id,
  'guid', c.guid,
  'commitNo', c.commit_no,
  'guidSince', c.guid_since,
  'aliases', (
    select json_group_array(guid)
    from (select guid from article_aliases where article_id = c.id limit ${literal(MAX_ALIASES)})
  ),
  'messageAt', c.message_at,
  'isRepeatedLater', c.message_at <= ${sql.placeholder("message_at")} and exists (
    select 1
    from deliveries u, json_each(u.outcomes) r
    where u.publisher_uid = ${sql.placeholder("publisher_uid")}
      and u.unchanged > 0
      and u.message_at > ${sql.placeholder("message_at")}
      and r.value ->> 'id' = c.id
      and r.value ->> 'outcome' = 'unchanged'
  ),
  'url', c.url,
  'title', c.title,
  'datedAt', c.dated_at
)`

/** JSON: StoredVersion. json_patch() leaves out the members that are null. */
const versionJson = (a: SQL): SQL => sql`json_object(
  'state', ${a}.state,
  'versionAt', ${a}.version_at,
  'messageAt', ${a}.message_at,
  'source', ${a}.source,
  'lastHashes', ${a}.last_hashes,
  'sizeInBytes', ${a}.size_in_bytes,
  'version', json_patch('{}', json_object(
    'url', ${a}.url,
    'title', ${a}.title,
    'subtitle', ${a}.subtitle,
    'summary', ${a}.summary,
    'dateline', ${a}.dateline,
    'language', ${a}.language,
    'direction', ${a}.direction,
    'publishedAt', ${a}.dated_at,
    'updatedAt', ${a}.updated_at,
    'embargo', ${a}.embargo
  )),
  'details', json(${a}.details)
)`

type StateRow = StoredColumns<
  typeof articles,
  "guid" | "commitNo" | "guidSince" | "rawHash" | "contentHash" | "state" | "refiled"
> & {
  id: string | null
  has_guid: 0 | 1
  /** JSON: StoredVersion. */
  version: string | null
  /** JSON: ArticleAtAddress[]. */
  candidates: string | null
}

const selectStates = cachedStatement(
  () => sql<StateRow>`
  select
    a.id,
    a.guid,
    a.commit_no,
    a.guid_since,
    a.raw_hash,
    a.content_hash,
    a.state,
    a.refiled,
    t.article_id is null has_guid,
    case when a.guid <> i.value ->> 'guid' then ${versionJson(sql`a`)} end version,
    case when a.id is null and i.value ->> 'address' is not null then (
      select json_group_array(${candidateJson})
      from ${liveArticlesAt(sql`i.value ->> 'address'`, sql`${sql.placeholder("publisher_uid")}`)} c
    ) end candidates
  from json_each(${sql.placeholder("queries")}) i
  left join article_aliases x
    on x.publisher_uid = ${sql.placeholder("publisher_uid")} and x.guid = i.value ->> 'guid'
  left join takedowns t
    on t.publisher_uid = ${sql.placeholder("publisher_uid")}
    and t.address_hash = i.value ->> 'addressHash'
    and not exists (select 1 from articles own where own.id = coalesce(x.article_id, i.value ->> 'id'))
  left join articles a on a.id = coalesce(t.article_id, x.article_id, i.value ->> 'id')
  order by i.key`,
)

/**
 * A statement for a batch that reads a row for each guid, in the same order. Parse them with parseGuidState().
 * @param messageAt the time of the message
 */
export const selectGuidStates = (publisherUid: string, queries: GuidQuery[], messageAt: number): SQL<StateRow> =>
  selectStates([], { publisher_uid: publisherUid, queries: JSON.stringify(queries), message_at: messageAt })

export function parseGuidState(row: StateRow): GuidState {
  return {
    article:
      row.id === null
        ? undefined
        : {
            id: row.id,
            guid: row.guid,
            commitNo: row.commit_no,
            guidSince: row.guid_since,
            rawHash: row.raw_hash,
            contentHash: row.content_hash,
            isTakenDown: row.state === "taken_down",
            refiled: row.refiled === null ? undefined : (JSON.parse(row.refiled) as number[]),
            hasGuid: row.has_guid === 1,
          },
    version: row.version === null ? undefined : (JSON.parse(row.version) as StoredVersion),
    candidates: JSON.parse(row.candidates ?? "[]") as ArticleAtAddress[],
  }
}
