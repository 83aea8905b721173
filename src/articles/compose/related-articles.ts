/** Reads the related articles of an article: first the articles that it names, then articles about the same subject. */
import { type SQL, sql } from "drizzle-orm"
import { type Db, literal } from "../../db/client.ts"
import { ALL_SCOPE, languageScope, publisherScope } from "../model/scope.ts"
import { guarded, isStale } from "../read/guarded.ts"
import type { ArticleResult } from "../read/read-article.ts"
import { articleColumns, articleOf, type StoredArticle } from "../read/read-selection.ts"
import { readWithDirectory } from "../read/read-with-directory.ts"
import { isInAnyOf } from "../read/scan-selection.ts"
import { type ValidatorRow, validatorFrom } from "../read/scope-validator.ts"
import type { Directory } from "../taxonomy/directory.ts"

/** The alias of the row that guarded() builds. */
const V = sql`v`

/** A stored article, or a link to a page that the article names, or both if the named page is a stored article. */
export interface RelatedEntry {
  reason: "explicit" | "tags" | "section"
  article?: StoredArticle
  link?: { url: string; title?: string }
}

/** An article with its related entries, which are absent if the client knows this validator. */
export type RelatedPage = ArticleResult & { related?: RelatedEntry[] }

export interface RelatedQuery {
  limit: number
  /**
   * The languages of the related articles. An empty list means the article's own language in any variety, or all
   * languages if the article has no language.
   */
  languages: string[]
  /** Uids of the publishers that are visible; undefined if all are. */
  publishers: string[] | undefined
}

/** How many tags and sections give candidates: the tags and sections of the article with the fewest articles. */
const MAX_DRIVING_TAGS = 5
const MAX_DRIVING_SECTIONS = 3
/** How many candidates each tag and section gives from just before the article, and how many from just after it. */
const CANDIDATES_PER_SIDE = 20
/** How many rows of `memberships` are scanned on each side if only some publishers are visible. */
const MEMBERSHIPS_PER_SIDE = 200
/** If the dates of two articles differ by this time, the weight is halved. It is a third for twice this time. */
const HALF_WEIGHT_MS = 30 * 86_400_000
/** Additional candidates, because some may be duplicates of others. */
const SPARE_CANDIDATES = 20
/** The maximum number of articles with a named address that are read to find a public article. */
const MAX_DUPLICATES_READ = 50

interface RelatedRow extends ValidatorRow, RelatedCells {
  publisher: string | null
  state: string | null
  gone_at: number | null
}

/** The columns of a row from which relatedEntries() makes an entry, besides those of articleOf(). */
export interface RelatedCells {
  id: string | null
  duplicate_key: string | null
  /** 1 if this article shares a tag with the given one, 0 if it shares only a section, null for the given article. */
  has_common_tag: 0 | 1 | null
  /** The number of the page in the list of pages that the given article names; null if it does not name this article. */
  named: number | null
  [column: string]: unknown
}

/**
 * Reads an article and its related articles in one round trip.
 *
 * A candidate shares one of the article's rarest tags or sections and was published at about the same time. A shared
 * tag weighs ln(1 + articles on the wire / articles with the tag). Only the smallest shared section counts, with half
 * the weight of a tag of the same size. The sum is divided by 1 + distance in time / HALF_WEIGHT_MS. No query reads the
 * clock, so the order changes only when articles change.
 * @param id the id of the article, 32 hex digits
 * @param knownValidators the validators that the client has, as epoch.revision
 * @returns undefined if no article with this id was ever public, or if its publisher is not visible
 */
export async function readRelated(
  db: Db,
  id: string,
  query: RelatedQuery,
  knownValidators: string[],
): Promise<{ directory: Directory; result: RelatedPage | undefined }> {
  const select = sql<RelatedRow>`${guarded(V, articleAndValidator(id, query), isStale(V, knownValidators), {
    entries: sql`case when v.state = 'published' then ${relatedIds(V, query)} end`,
  })}
    select v.epoch, v.wire_revision, v.revision, v.changed_at, v.publisher, v.state,
      max(c.at, coalesce(p.removed_at, 0)) gone_at,
      e.value ->> 'has_common_tag' has_common_tag, e.value ->> 'named' named, a.duplicate_key, ${articleColumns(sql`a`)}
    from v
    left join commits c on c.no = iif(v.state <> 'published', v.commit_no, null)
    left join publishers p on p.uid = iif(v.state <> 'published', v.publisher, null)
    left join json_each(v.entries) e
    left join articles a on a.seq = e.value ->> 'seq'
    order by e.key`
  const { first, rows, directory } = await readWithDirectory(db, select)
  const { publisher, state, gone_at: goneAt } = first
  if (publisher === null) return { directory, result: undefined }
  const result: RelatedPage = {
    validator: validatorFrom(first),
    directory,
    publisherUid: publisher,
    isPublished: state === "published",
    isEmbargoed: state === "embargoed",
    ...(goneAt !== null && { changedAt: goneAt }),
  }
  const [self, ...others] = rows.filter((row) => row.id !== null)
  if (!self) return { directory, result }
  const content = articleOf(self)
  return { directory, result: { ...result, content, related: relatedEntries(content, self, others, query.limit) } }
}

/**
 * Makes the entries from rows with the members of relatedIds() and the columns of articles.
 * @param self the row of the article itself
 * @param others the rows of the other articles
 */
export function relatedEntries(
  { details: { related = [], relatedKeys = [] } }: StoredArticle,
  self: Pick<RelatedCells, "duplicate_key">,
  others: RelatedCells[],
  limit: number,
): RelatedEntry[] {
  const named = relatedKeys
    .flatMap((key, no) => (key === null || key === self.duplicate_key ? [] : [{ key, no }]))
    .slice(0, limit)
  const rowOf = new Map(others.flatMap((row) => (row.named === null ? [] : [[row.named, row] as const])))
  const ids = new Set([...rowOf.values()].map(({ id }) => id))
  const keys = new Set<unknown>(named.map(({ key }) => key))
  const explicit = named.map(({ no }): RelatedEntry => {
    const [row, link] = [rowOf.get(no), related[no]]
    return { reason: "explicit", ...(link && { link }), ...(row && { article: articleOf(row) }) }
  })
  const candidates = others
    .filter((row) => row.named === null && !ids.has(row.id) && !keys.has(row.duplicate_key))
    .map((row): RelatedEntry => ({ reason: row.has_common_tag === 1 ? "tags" : "section", article: articleOf(row) }))
  return [...explicit, ...candidates].slice(0, limit)
}

/** Whether a publisher is visible. The uids are text in the statement, because D1 bills the rows of a JSON list. */
const isVisible = (uid: SQL, { publishers }: RelatedQuery): SQL =>
  publishers === undefined
    ? sql`true`
    : sql`${uid} in (${sql.raw(publishers.map((each) => `'${each.replaceAll("'", "''")}'`).join())})`

/**
 * Returns the article's row with the validator: the latest revision of the wire, of all articles and of the article's
 * publisher. An invisible article is excluded before other rows are read. Otherwise the duration of the answer would
 * reveal that the article exists.
 */
const articleAndValidator = (id: string, query: RelatedQuery): SQL => sql`select w.epoch, w.revision wire_revision,
      max(w.revision, coalesce(s.revision, 0), coalesce(p.revision, 0)) revision,
      max(w.changed_at, coalesce(s.changed_at, 0), coalesce(p.changed_at, 0)) changed_at,
      coalesce(s.article_count, 0) total,
      x.seq, x.id, x.publisher_uid publisher, x.state, x.commit_no, x.published_at, x.scopes, x.language,
      x.duplicate_key, x.details -> '$.relatedKeys' related_keys
    from wire w
    left join articles x on x.id = ${id} and x.was_public = 1 and ${isVisible(sql`x.publisher_uid`, query)}
    left join scopes s on s.key = ${ALL_SCOPE}
    left join scopes p on p.key = ${publisherScope("")} || x.publisher_uid
    where w.id = 1
    limit 1`

/**
 * JSON: [{seq, id, named, has_common_tag}]: the article itself, the articles that it names, and then the candidates.
 * @param v the alias of a row with the columns of the article that articleAndValidator() reads
 */
export function relatedIds(v: SQL, query: RelatedQuery): SQL {
  const { limit, languages } = query
  const isIn = (scopes: SQL): SQL => isInAnyOf(scopes, sql`c.published_at`, sql`c.article_id`)
  const language = sql`substr(${v}.language || '-', 1, instr(${v}.language || '-', '-') - 1)`
  const matchesLanguage =
    languages.length > 0
      ? isIn(sql`select value from json_each(${JSON.stringify(languages.map(languageScope))})`)
      : sql`(${v}.language is null or ${isIn(sql`'lang:' || lower(${language})`)})`
  const side = (beyond: SQL, order: SQL): SQL => nearMemberships(v, sql`d.scope`, beyond, order, query)
  const order = sql`score desc, published_at desc, article_id desc`
  return sql`(
      with shared as materialized (
        select s.key scope, s.key glob 'tag:*' tag, ln(1.0 + ${v}.total * 1.0 / s.article_count) weight, s.article_count
        from json_each(${v}.scopes) j
        cross join scopes s on s.key = ltrim(j.value, '~')
        where (s.key glob 'tag:*' or s.key glob 'section:*') and s.article_count > iif(j.value glob '~*', 0, 1)
      ),
      drivers as materialized (
        select * from (
          select * from shared where tag order by article_count, scope limit ${literal(MAX_DRIVING_TAGS)})
        union all
        select * from (
          select * from shared where not tag order by article_count, scope limit ${literal(MAX_DRIVING_SECTIONS)})
      ),
      near as (
        select c.value ->> 'published_at' published_at, c.value ->> 'article_id' article_id, d.tag, d.weight
        from drivers d
        cross join json_each((
          select json_group_array(json_object('published_at', published_at, 'article_id', article_id))
          from (
            ${side(sql`<`, sql`desc`)}
            union all
            ${side(sql`>`, sql`asc`)}))) c
      ),
      scored as materialized (
        select article_id, published_at, max(tag) tag,
          (total(weight) filter (where tag) + coalesce(max(weight) filter (where not tag), 0) / 2)
            / (1 + abs(published_at - ${v}.published_at) * 1.0 / ${literal(HALF_WEIGHT_MS)}) score
        from near
        group by article_id, published_at
      ),
      best as (
        select *
        from scored c
        where ${matchesLanguage}
        order by ${order}
        limit ${literal(limit + SPARE_CANDIDATES)}
      ),
      distinct_articles as (
        select a.seq, b.*, row_number() over (
          partition by coalesce(a.duplicate_key, a.id)
          order by b.score desc, b.published_at desc, b.article_id desc) nth
        from best b
        cross join articles a on a.id = b.article_id
        where coalesce(a.duplicate_key <> ${v}.duplicate_key, 1)
      ),
      related as (
        select ${v}.seq, ${v}.id, null named, null tag
        union all
        select a.seq, a.id, n.no, null
        from (
          select key no, value duplicate_key
          from json_each(${v}.related_keys)
          where value is not null and value is not ${v}.duplicate_key
          limit ${literal(limit)}) n
        cross join articles a on a.seq = ${articleAt(sql`n.duplicate_key`, query)}
        union all
        select * from (
          select seq, article_id, null, tag from distinct_articles where nth = 1 order by ${order} limit ${literal(limit)})
      )
      select json_group_array(json_object('seq', seq, 'id', id, 'named', named, 'has_common_tag', tag)) from related)`
}

/**
 * Returns the articles of visible publishers in a scope (list of articles), just before or just after an article.
 * @param v the alias of the article's row
 */
function nearMemberships(v: SQL, scope: SQL, beyond: SQL, order: SQL, query: RelatedQuery): SQL {
  const scan = (count: number): SQL => sql`
              select published_at, article_id
              from memberships
              where scope = ${scope} and (published_at, article_id) ${beyond} (${v}.published_at, ${v}.id)
              order by published_at ${order}, article_id ${order}
              limit ${literal(count)}`
  if (query.publishers === undefined) return sql`select * from (${scan(CANDIDATES_PER_SIDE)})`
  return sql`select * from (
              select c.*
              from (${scan(MEMBERSHIPS_PER_SIDE)}) c
              where (select ${isVisible(sql`publisher_uid`, query)} from articles where id = c.article_id)
              limit ${literal(CANDIDATES_PER_SIDE)})`
}

/** The seq of the visible article at an address, if it is stored. The order is that of the index, so nothing is sorted. */
const articleAt = (duplicateKey: SQL, query: RelatedQuery): SQL => sql`(
          select seq
          from (
            select seq, state, suppressed, publisher_uid
            from articles
            where duplicate_key = ${duplicateKey}
            order by publisher_uid, seq
            limit ${literal(MAX_DUPLICATES_READ)})
          where state = 'published' and not suppressed and ${isVisible(sql`publisher_uid`, query)}
          limit 1)`
