/** Reads an article with everything that its page shows beside it, in one round trip. */
import { type SQL, sql } from "drizzle-orm"
import { type Db, literal } from "../../db/client.ts"
import { ALL_SCOPE, suppressedScope } from "../model/scope.ts"
import { guarded } from "../read/guarded.ts"
import { articleColumns, articleOf, type StoredArticle } from "../read/read-selection.ts"
import { readWithDirectory } from "../read/read-with-directory.ts"
import { isInAnyOf } from "../read/scan-selection.ts"
import type { ValidatorRow } from "../read/scope-validator.ts"
import type { Directory } from "../taxonomy/directory.ts"
import { selectMostRead, type TimeWindow, viewsScope } from "../views/most-read.ts"
import { type RelatedCells, type RelatedEntry, relatedEntries, relatedIds } from "./related-articles.ts"

/** The alias of the row that guarded() builds. */
const V = sql`v`

const RELATED = 5
const LATEST = 4
const SECTIONS = 8
const ARTICLES_OF_SECTION = 4
const MOST_READ = 5
const WINDOW: TimeWindow = "24h"
/** The newest rows of a section among which articles in the language of the page are looked for. */
const SCANNED_OF_SECTION = 40
/** The canonical article is looked for among this many articles with the same address. */
const MAX_DUPLICATES_READ = 50

/** What a copy of a page was made from. */
export interface PageVersion {
  epoch: string
  /** The last commit of the article, of its canonical article or of the directory. */
  own: number
  /** The last commit of everything that the blocks beside the article show. */
  edition: number
  /** The period in which the page was made: see PERIOD_MS. */
  period: number
}

/** The blocks beside an article may be this old. */
const PERIOD_MS = 300_000

export interface ArticlePage {
  version: PageVersion
  /** The time of the last change of article, blocks or directory, in milliseconds UTC. */
  changedAt: number
  directory: Directory
  publisherUid: string
  slug: string | null
  state: "published" | "embargoed" | "deleted" | "taken_down"
  /** Absent if the client has a copy that may still be shown, or if the article is not published. */
  content?: PageContent
}

export interface PageContent {
  article: StoredArticle
  /** The article of another publisher that feeds show instead of this one. */
  canonical?: StoredArticle
  related: RelatedEntry[]
  latest: StoredArticle[]
  sections: { id: number; articles: StoredArticle[] }[]
  mostRead: StoredArticle[]
}

interface ArticlePageRow extends ValidatorRow, RelatedCells {
  publisher: string | null
  page_slug: string | null
  state: ArticlePage["state"]
  edition: number
  known: number | null
  header: string | null
}

interface Header {
  related: { id: string; named: number | null; has_common_tag: 0 | 1 | null }[]
  blocks: { latest: string[]; sections: { id: number; ids: string[] }[]; most_read: string[] }
}

/**
 * Reads the page of an article. A copy may be shown if its article has not changed, and if either nothing has changed
 * in the blocks beside the article or the copy was made in the current period. So a push changes no other page at once,
 * and pages of the same version are the same: the version names the commit of the blocks.
 * @param id the id of the article, 32 hex digits
 * @param knownVersions the versions of the client's and the isolate's copies
 * @returns undefined if no article with this id was ever public
 */
export async function readArticlePage(
  db: Db,
  id: string,
  knownVersions: PageVersion[],
  now: number,
): Promise<ArticlePage | undefined> {
  const period = Math.floor(now / PERIOD_MS)
  const select = sql<ArticlePageRow>`${guarded(V, articleAndVersions(id, knownVersions, period), sql`v.known is null`, {
    related: ofPublished(relatedIds(V, { limit: RELATED, languages: [], publishers: undefined })),
    sections: ofPublished(SECTIONS_WITH_BLOCK),
    blocks: ofPublished(BLOCKS),
    ids: ofPublished(IDS),
  })}
    select v.epoch, v.wire_revision, v.revision, v.edition, v.changed_at, v.publisher, v.page_slug, v.state, v.known,
      case when e.key = 0 then json_object('related', json(v.related), 'blocks', json(v.blocks)) end header,
      a.duplicate_key, null named, null has_common_tag, ${articleColumns(sql`a`)}, b.html
    from v
    left join json_each(v.ids) e
    left join articles a on a.id = e.value
    left join bodies b on b.seq = iif(e.key = 0, a.seq, null)
    order by e.key`
  const { first, rows, directory } = await readWithDirectory(db, select)
  if (first.publisher === null) return undefined
  const known = first.known === null ? undefined : knownVersions[first.known]
  const content = first.header === null ? undefined : contentOf(first.header, rows)
  return {
    version: known ?? { epoch: first.epoch, own: first.revision, edition: first.edition, period },
    changedAt: first.changed_at,
    directory,
    publisherUid: first.publisher,
    slug: first.page_slug,
    state: first.state,
    ...(content && { content }),
  }
}

function contentOf(header: string, rows: ArticlePageRow[]): PageContent {
  const { related, blocks } = JSON.parse(header) as Header
  const [self] = rows as [ArticlePageRow]
  const rowsById = new Map(rows.map((row) => [row.id, row]))
  const articles = new Map<string, StoredArticle>()
  const articleAt = (id: string): StoredArticle[] => {
    const row = rowsById.get(id)
    const article = articles.get(id) ?? (row && articleOf({ ...row }))
    if (article) articles.set(id, article)
    return article ? [article] : []
  }
  const article = articleOf({ ...self })
  const relatedRows = related.slice(1).flatMap(({ id, named, has_common_tag }) => {
    const row = rowsById.get(id)
    return row ? [{ ...row, named, has_common_tag }] : []
  })
  const canonical = rows.find((row) => row.id !== self.id && row.suppressed === 0 && isDuplicate(row, self))
  return {
    article,
    ...(article.suppressed && canonical && { canonical: articleOf({ ...canonical }) }),
    related: relatedEntries(article, self, relatedRows, RELATED),
    latest: blocks.latest.flatMap(articleAt),
    sections: blocks.sections.map(({ id, ids }) => ({ id, articles: ids.flatMap(articleAt) })),
    mostRead: blocks.most_read.flatMap(articleAt),
  }
}

const isDuplicate = (row: ArticlePageRow, { duplicate_key: key }: ArticlePageRow): boolean =>
  key !== null && row.duplicate_key === key

const ofPublished = (part: SQL): SQL => sql`case when v.state = 'published' then ${part} end`

/** The scope of the language of the article in any variety, or of all articles if the article has no language. */
const LANGUAGE_SCOPE = sql`iif(v.language is null, ${ALL_SCOPE},
          'lang:' || lower(substr(v.language || '-', 1, instr(v.language || '-', '-') - 1)))`

/**
 * Returns a query of one row: the article, the versions of its page, and `known`, the number of the copy that may still
 * be shown. The canonical article belongs to the article, because the page of a suppressed duplicate names it.
 */
const articleAndVersions = (id: string, knownVersions: PageVersion[], period: number): SQL => sql`select v.*, (
      select k.key
      from json_each(${JSON.stringify(knownVersions)}) k
      where k.value ->> 'epoch' = v.epoch
        and k.value ->> 'own' = v.revision
        and (k.value ->> 'edition' = v.edition or k.value ->> 'period' = ${literal(period)})
      order by k.value ->> 'edition' = v.edition desc
      limit 1) known
    from (
      select w.epoch, w.revision wire_revision,
        max(w.revision, coalesce(x.commit_no, 0), coalesce(o.commit_no, 0)) revision,
        max(w.revision, coalesce(s.revision, 0), coalesce(d.revision, 0), coalesce(m.revision, 0)) edition,
        max(w.changed_at, coalesce(s.changed_at, 0), coalesce(d.changed_at, 0), coalesce(m.changed_at, 0)) changed_at,
        coalesce(s.article_count, 0) total,
        x.seq, x.id, x.publisher_uid publisher, x.slug page_slug, x.state, x.published_at, x.scopes, x.language,
        x.duplicate_key, x.details -> '$.relatedKeys' related_keys, o.id canonical_id
      from wire w
      left join articles x on x.id = ${id} and x.was_public = 1
      left join scopes s on s.key = ${ALL_SCOPE}
      left join scopes d on d.key = ${suppressedScope(ALL_SCOPE)}
      left join scopes m on m.key = ${viewsScope(WINDOW)}
      left join articles o on x.suppressed and o.seq = (
        select seq
        from (
          select seq, state, suppressed
          from articles
          where duplicate_key = x.duplicate_key
          limit ${literal(MAX_DUPLICATES_READ)})
        where state = 'published' and not suppressed
        limit 1)
      where w.id = 1
      limit 1) v
    limit 1`

/** JSON: the ids of the sections whose articles the page shows. */
const SECTIONS_WITH_BLOCK = sql`(
      select json_group_array(id)
      from (
        select b.value id
        from wire w
        cross join json_each(w.directory, '$.blocks') b
        where w.id = 1
        order by b.key
        limit ${literal(SECTIONS)}))`

const newestIn = (scope: SQL, count: number): SQL => sql`
          select published_at, article_id
          from memberships
          where scope = ${scope}
          order by published_at desc, article_id desc
          limit ${literal(count)}`

/** JSON: {latest, sections: [{id, ids}], most_read}. The latest and the most read are in the language of the article. */
const BLOCKS = sql`(
      select json_object(
        'latest', (
          select json_group_array(article_id)
          from (
            select article_id
            from (${newestIn(LANGUAGE_SCOPE, LATEST + 1)})
            where article_id <> v.id
            limit ${literal(LATEST)})),
        'sections', (
          select json_group_array(json_object('id', section.value, 'ids', json((
            select json_group_array(article_id)
            from (
              select article_id
              from (${newestIn(sql`'section:' || section.value`, SCANNED_OF_SECTION)}) n
              where article_id <> v.id
                and (v.language is null or ${isInAnyOf(LANGUAGE_SCOPE, sql`n.published_at`, sql`n.article_id`)})
              limit ${literal(ARTICLES_OF_SECTION)})))))
          from json_each(v.sections) section),
        'most_read', (
          select json_group_array(id)
          from (
            select a.id
            from (${selectMostRead(WINDOW, LANGUAGE_SCOPE)}
              order by rank) l
            cross join articles a on a.id = l.article_id
            where a.id <> v.id and ${isInAnyOf(LANGUAGE_SCOPE, sql`a.published_at`, sql`a.id`)}
            limit ${literal(MOST_READ)}))))`

/** JSON: the ids of all articles of the page, each once. The article itself comes first. The only texts of `blocks` are ids. */
const IDS = sql`(
      select json_group_array(id)
      from (
        select id
        from (
          select value id, key no from json_each(json_array(v.id, v.canonical_id)) where value is not null
          union all
          select value ->> 'id', 2 from json_each(v.related)
          union all
          select value, 2 from json_tree(v.blocks) where type = 'text')
        group by id
        order by min(no)))`
