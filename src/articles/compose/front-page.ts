/** Reads the blocks of a front page: the newest articles, the newest of each section, and the most read. */
import { type SQL, sql } from "drizzle-orm"
import { type Db, literal } from "../../db/client.ts"
import { ALL_SCOPE, languageScope } from "../model/scope.ts"
import { guarded, isStale } from "../read/guarded.ts"
import { articleColumns, articleOf, type SelectionValidator, type StoredArticle } from "../read/read-selection.ts"
import { readWithDirectory } from "../read/read-with-directory.ts"
import {
  FIRST_SCOPE,
  isSelected,
  LIST_START,
  ROWS_PER_ENTRY,
  scanSelection,
  scopeColumns,
  scopeKeys,
  scopeKeysJson,
} from "../read/scan-selection.ts"
import { type ValidatorRow, validatorFrom, validatorOfScopes } from "../read/scope-validator.ts"
import type { ScopeSelection } from "../read/selection-terms.ts"
import type { Directory } from "../taxonomy/directory.ts"
import { selectMostRead, type TimeWindow } from "../views/most-read.ts"

/** The alias of the row that guarded() builds. */
const V = sql`v`

export const MAX_SECTIONS = 10

export interface FrontQuery {
  /** The slugs of the sections, in the order of their blocks. An empty list means the sections that the wire chose. */
  sections: string[]
  /** The selection of every block. Each block replaces the first list of terms by its own scope (list of articles). */
  selection: ScopeSelection
  /** The languages of the most read articles. An empty list means all languages. */
  languages: string[]
  /** The maximum number of articles of a block. */
  limit: number
  /** Whether an article is shown only in the first block that has room for it. */
  unique: boolean
  window: TimeWindow
  /** The scopes whose changes change the page. */
  scopes: string[]
}

export interface FrontPage {
  validator: Pick<SelectionValidator, "epoch" | "revision" | "changedAt">
  directory: Directory
  /**
   * The scope of each block; null if the section is unknown. Then the statement reads nothing else. The list is empty if
   * the query names no sections and the client knows this validator.
   */
  sections: (string | null)[]
  /** Absent if the client knows this validator. */
  content?: { latest: StoredArticle[]; sections: StoredArticle[][]; mostRead: StoredArticle[] }
}

interface FrontRow extends ValidatorRow {
  sections: string | null
  /** JSON: the ids of each block, by the block's name. Only the first row has this value. */
  blocks: string | null
  id: string | null
  [column: string]: unknown
}

/**
 * Reads the validator and the blocks in one statement, so the content is never older than its validator. If languages
 * or publishers restrict the blocks, each block scans the list of terms with the fewest articles and tests each article
 * against the other lists. The scan has a limit, so a block may be short if, for example, the language is rare in a
 * large section.
 * @param knownValidators the validators that the client has, as epoch.revision
 */
export async function readFront(db: Db, query: FrontQuery, knownValidators: string[]): Promise<FrontPage> {
  const sectionsJson = sectionsOf(query.sections)
  // These sections are always known, so a client that knows the validator does not need them.
  const areNamed = query.sections.length > 0
  const validator = sql`select v.*${areNamed ? sql`, ${sectionsJson} sections` : sql``}
    from (${validatorOfScopes(query.scopes)}) v
    limit 1`
  const isWhole = sql`not exists (select 1 from json_each(v.sections) where value is null)`
  const isRead = areNamed ? sql`${isStale(V, knownValidators)} and ${isWhole}` : isStale(V, knownValidators)
  const select = sql<FrontRow>`${guarded(V, validator, isRead, {
    ...(!areNamed && { sections: sectionsJson }),
    blocks: blocksOf(V, query),
    ids: sql`(select json_group_array(distinct id.value) from json_each(v.blocks) block, json_each(block.value) id)`,
  })}
    select v.epoch, v.wire_revision, v.revision, v.changed_at, v.sections,
      iif(coalesce(e.key, 0) = 0, v.blocks, null) blocks, ${articleColumns(sql`a`)}
    from v
    left join json_each(v.ids) e
    left join articles a on a.id = e.value`
  const { first, rows, directory } = await readWithDirectory(db, select)
  const front: FrontPage = { validator: validatorFrom(first), directory, sections: JSON.parse(first.sections ?? "[]") }
  const row = rows.find(({ blocks }) => blocks !== null)
  if (!row) return front
  const articles = new Map(rows.flatMap((each) => (each.id === null ? [] : [[each.id, articleOf(each)]])))
  const ids = JSON.parse(row.blocks as string) as Record<string, string[]>
  const block = (name: string | null) => ids[name ?? ""]?.flatMap((id) => articles.get(id) ?? []) ?? []
  const sections = front.sections.map(block)
  return { ...front, content: { latest: block(ALL_SCOPE), sections, mostRead: block(MOST_READ) } }
}

/** JSON: the scope of each section. A slug needs no escaping in a JSON path. */
const sectionsOf = (slugs: string[]): SQL => sql`(
      select json_group_array(scope)
      from (${slugs.length === 0 ? SECTIONS_WITH_BLOCK : namedSections(slugs)}))`

const SECTIONS_WITH_BLOCK = sql`
        select 'section:' || b.value scope
        from wire w
        cross join json_each(w.directory, '$.blocks') b
        where w.id = 1
        order by b.key
        limit ${literal(MAX_SECTIONS)}`

const namedSections = (slugs: string[]): SQL => sql`
        select w.directory ->> ('$.addresses."sections/' || s.value || '"') scope
        from wire w
        cross join json_each(${JSON.stringify(slugs)}) s
        where w.id = 1
        order by s.key`

/** A block scans at most this many rows of `memberships` for each article that it may show. */
const MEMBERSHIPS_PER_ARTICLE = 20
/** The rows that scanSelection() reads for each row of `memberships` if it tests one other list. */
const ROWS_PER_MEMBERSHIP = 5

/** The name of the block of the most read articles. The name of another block is the key of its scope. */
const MOST_READ = "most read"

/**
 * JSON: the ids of each block, by the block's name.
 * @param v the alias of the row with the validator and the sections
 */
function blocksOf(v: SQL, { sections, selection, languages, limit, unique, window }: FrontQuery): SQL {
  const maxEntries = unique ? limit * ((sections.length || MAX_SECTIONS) + 1) : limit
  const b = sql`b`
  const scan = scanSelection(
    b,
    selection,
    { below: LIST_START },
    maxEntries,
    (limit * MEMBERSHIPS_PER_ARTICLE * ROWS_PER_MEMBERSHIP) / ROWS_PER_ENTRY,
  )
  // All ids have the same length and are in quotes, so instr() never finds an id inside another id.
  const isNew = (id: SQL): SQL => (unique ? sql`and instr(p.lists, ${id}) = 0` : sql``)
  const newest = sql`
          select l.article_id id
          from (${scan.articles}) l
          where true ${isNew(sql`l.article_id`)}
          limit ${literal(limit)}`
  const mostRead = sql`
          select a.id
          from (${selectMostReadOf(window, languages)}) m
          cross join articles a on a.id = m.article_id
          where ${isSelected(b, selection, sql`a.published_at`, sql`a.id`)} ${isNew(sql`a.id`)}
          limit ${literal(limit)}`
  const withList = (name: SQL, ids: SQL): SQL =>
    sql`json_insert(p.lists, '$."' || ${name} || '"', json((select json_group_array(id) from (${ids}))))`
  return sql`(
      with recursive blocks as materialized (
        ${blockDrivers(v, selection)}
      ),
      page (no, lists) as (
        select -1, '{}'
        union all
        select b.no, ${withList(sql`b.${FIRST_SCOPE}`, newest)}
        from page p
        cross join blocks b on b.no = p.no + 1
      )
      select ${withList(sql`${MOST_READ}`, mostRead)}
      from page p
      cross join blocks b on b.no = 0
      where p.no = json_array_length(${v}.sections))`
}

/** A query for the ids of the most read articles, in order. An article in several of the lists occurs once. */
function selectMostReadOf(window: TimeWindow, languages: string[]): SQL {
  const [scope = ALL_SCOPE, ...others] = languages.map(languageScope)
  if (others.length === 0) return sql`select article_id from (${selectMostRead(window, scope)}) order by rank`
  const scopes = sql`select value from json_each(${JSON.stringify([scope, ...others])})`
  return sql`
            select article_id
            from (${selectMostRead(window, scopes)})
            group by article_id
            order by max(views) desc, min(rank), article_id desc`
}

const COMMA = sql`, `

/**
 * Returns a query with one row for each block, and with the columns that scanSelection() and isSelected() need: no, the
 * keys of the scopes (see scopeKeys()), driver (the list to scan, which has the fewest articles) and driver_no (the
 * number of this list).
 * @param v the alias of the row with the sections
 */
function blockDrivers(v: SQL, { all, not }: ScopeSelection): SQL {
  const blocks = sql`select 0 no, ${ALL_SCOPE} ${FIRST_SCOPE}
        union all
        select s.key + 1, s.value
        from json_each(${v}.sections) s`
  const [ownList, ...otherLists] = all
  if (otherLists.length === 0 && ownList.length === 1) return blocks
  // All these terms are already keys of scopes, so scopeColumns() does not use this alias of the wire's row.
  const w = sql`w`
  const columns = [...otherLists.flatMap((list, at) => scopeColumns(w, list, at + 1)), ...scopeColumns(w, not, "not")]
  const count = (at: number): SQL => sql.raw(`list_${at}_count`)
  const countIn = (row: SQL, list: string[], at: number): SQL => sql`(
            select coalesce(sum(article_count), 0)
            from scopes
            where key in (${sql.join(scopeKeys(row, list, at), COMMA)})) ${count(at)}`
  const commonCounts = otherLists.map((list, at) => countIn(sql`k`, list, at + 1))
  // SQLite's min() with only one argument is an aggregate, so a constant is added as a second argument.
  const smallest = sql`min(${sql.join([...all.map((_, at) => count(at)), sql`9e15`], COMMA)})`
  const ofShortest = (of: (list: string[], at: number) => SQL): SQL =>
    sql`case ${sql.join(
      all.map((list, at) => sql`when ${count(at)} = ${smallest} then ${of(list, at)}`),
      sql` `,
    )} end`
  // All blocks share these counts. Without the limits, SQLite would count again for each use.
  return sql`select d.*, ${ofShortest((_, at) => literal(at))} driver_no,
          ${ofShortest((list, at) => scopeKeysJson(sql`d`, list, at))} driver
        from (
          select b.*, k.*, ${countIn(sql`b`, ownList, 0)}
          from (${blocks}) b
          cross join (
            select k.*, ${sql.join(commonCounts, COMMA)}
            from (select ${sql.join([sql`1 one`, ...columns], COMMA)} limit 1) k
            limit 1) k
          limit 100) d
        where no >= 0`
}
