/** The blocks of a news page: what is newest, what is newest in each section, what is read most. */
import { type SQL, sql } from "drizzle-orm"
import { type Db, literal } from "../db/client.ts"
import type { Directory } from "./directory.ts"
import { isUnknown, labelFrom, labelOfScopes, readWithNames, type WireRow } from "./label.ts"
import { mostReadIds, type Span } from "./most-read.ts"
import { articleColumns, articleOf, type Label, type StoredArticle } from "./queries.ts"
import { ALL, languageScope } from "./scope.ts"
import { isSelected, jsonOf, keys, lookDown, named, SCAN, type Selected, START } from "./selection.ts"

/** Sections of a page, at most. */
export const MAX_SECTIONS = 10

export interface FrontWanted {
  /** Slugs in the order of their blocks; none for the sections at the top, in the order of the directory. */
  sections: string[]
  /** What each block selects; the terms of its first list stand for the block's own scope. */
  selected: Selected
  /** What is read most of these together; none for all. */
  languages: string[]
  /** Articles of a block, at most. */
  limit: number
  /** Whether an article is shown once only: in the first of its blocks that has a place for it. */
  unique: boolean
  /** Over how long reads are counted. */
  span: Span
  /** Those by whose change the page is another one. */
  scopes: string[]
}

export interface FrontPage {
  label: Pick<Label, "epoch" | "revision" | "changedAt">
  directory: Directory
  /** Slugs with the keys of their scopes, null where one leads nowhere: then nothing else was read. */
  sections: [slug: string, scope: string | null][]
  /** Absent: the label is one of those known. */
  content?: { latest: StoredArticle[]; sections: StoredArticle[][]; mostRead: StoredArticle[] }
}

interface FrontRow extends WireRow {
  sections: string
  /** JSON: the ids of each block. In one row only. */
  blocks: string | null
  id: string | null
  [column: string]: unknown
}

/**
 * Reads label and blocks in one statement: content may be newer than its label, never older. Where languages or publishers
 * narrow the blocks, each walks down the shortest of its lists and probes the others, so that of a language which is rare in
 * a large section a block may be short: see STANDINGS.
 * @param known labels (epoch.revision) that somebody holds.
 */
export async function readFront(db: Db, wanted: FrontWanted, known: string[]): Promise<FrontPage> {
  const isWhole = sql`not exists (select 1 from json_each(g.sections) where value ->> 1 is null)`
  const select = sql<FrontRow>`
    select g.epoch, g.wire_revision, g.revision, g.changed_at, g.sections, iif(coalesce(e.key, 0) = 0, g.blocks, null) blocks,
      ${articleColumns}
    from (select g.*, case when ${isUnknown(known)} and ${isWhole} then ${blocksOf(wanted)} end blocks
      from (select l.*, ${sectionsOf(wanted.sections)} sections from ${labelOfScopes(wanted.scopes)} l limit 1) g limit 1) g
    left join json_each((select json_group_array(distinct a.value) from json_each(g.blocks) b, json_each(b.value) a)) e
    left join articles a on a.id = e.value`
  const { first, rows, directory } = await readWithNames(db, select)
  const front: FrontPage = { label: labelFrom(first), directory, sections: JSON.parse(first.sections) }
  const row = rows.find(({ blocks }) => blocks !== null)
  if (!row) return front
  const articles = new Map(rows.flatMap((each) => (each.id === null ? [] : [[each.id, articleOf(each)]])))
  const blocks = (JSON.parse(row.blocks as string) as string[][]).map((ids) =>
    ids.flatMap((id) => articles.get(id) ?? []),
  )
  const [latest = [], ...rest] = blocks
  return { ...front, content: { latest, sections: rest.slice(0, -1), mostRead: rest.at(-1) ?? [] } }
}

/** JSON: slug and key of each section. Slugs have no character that means anything in a path of JSON. */
const sectionsOf = (slugs: string[]): SQL =>
  slugs.length === 0
    ? sql`(select json_group_array(json_array(slug, scope)) from (
        select s.value ->> 'slug' slug, 'section:' || (s.value ->> 'id') scope from wire w, json_each(w.directory, '$.sections') s
        where w.id = 1 and s.value ->> 'parent' is null order by s.key limit ${literal(MAX_SECTIONS)}))`
    : sql`(select json_group_array(json_array(slug, scope)) from (
        select s.value slug, w.directory ->> ('$.addresses."sections/' || s.value || '"') scope
        from wire w, json_each(${JSON.stringify(slugs)}) s where w.id = 1 order by s.key))`

/** Standings that a block looks at, at most, for each article that it may show. */
const STANDINGS = 20
/** What one of them costs, as lookDown() reckons where one list is probed; of more it looks at fewer. */
const STANDING = 5

/** JSON: a list of ids for each block. Needs the label as g, with its sections. */
function blocksOf({ sections, selected, languages, limit, unique, span }: FrontWanted): SQL {
  const most = unique ? limit * ((sections.length || MAX_SECTIONS) + 1) : limit
  const look = lookDown(selected, { below: START }, most, (limit * STANDINGS * STANDING) / SCAN)
  // Ids are of one length and stand in quotes: one is never found in another.
  const isNew = (id: SQL): SQL => (unique ? sql`and instr(s.lists, ${id}) = 0` : sql``)
  const standing = sql`select l.article_id id from (${look.articles}) l where true ${isNew(sql`l.article_id`)}
    limit ${literal(limit)}`
  const read = sql`select a.id from (${mostRead(span, languages)}) m cross join articles a on a.id = m.article_id
    where ${isSelected(selected, sql`a.published_at`, sql`a.id`)} ${isNew(sql`a.id`)} limit ${literal(limit)}`
  const added = (ids: SQL): SQL => sql`json_insert(s.lists, '$[#]', json((select json_group_array(id) from (${ids}))))`
  return sql`(with recursive blocks as materialized (${drivers(selected)}), filled (no, lists) as (
      select -1, '[]'
      union all select g.no, ${added(standing)} from filled s cross join blocks g on g.no = s.no + 1)
    select ${added(read)} from filled s cross join blocks g on g.no = 0 where s.no = json_array_length(g.sections))`
}

/** article_id of what is read most, in order; of several languages each article once. */
function mostRead(span: Span, languages: string[]): SQL {
  const [scope = ALL, ...others] = languages.map(languageScope)
  if (others.length === 0) return sql`select article_id from (${mostReadIds(span, scope)}) order by rank`
  const scopes = sql`select value from json_each(${JSON.stringify([scope, ...others])})`
  return sql`select article_id from (${mostReadIds(span, scopes)})
    group by article_id order by max(reads) desc, min(rank), article_id desc`
}

const comma = sql`, `

/**
 * A row for each block, of what lookDown() and isSelected() ask for: no, the keys of the scopes (see keys() in selection.ts),
 * driver_no and driver, the list in which the fewest articles stand. Needs the label as g.
 */
function drivers({ all, not }: Selected): SQL {
  const blocks = sql`select 0 no, ${ALL} scope_0_0 union all select s.key + 1, s.value ->> 1 from json_each(g.sections) s`
  const [own, ...others] = all
  if (others.length === 0 && own.length === 1) return blocks
  const columns = [...others.flatMap((list, at) => named(list, at + 1)), ...named(not, "not")]
  const count = (at: number): SQL => sql.raw(`count_${at}`)
  const counted = (list: string[], at: number): SQL =>
    sql`(select coalesce(sum(articles), 0) from scopes where key in (${sql.join(keys(list, at), comma)})) ${count(at)}`
  // What all blocks have alike is found once.
  const alike = sql`select k.*, ${sql.join(
    others.map((list, at) => counted(list, at + 1)),
    comma,
  )} from (select ${sql.join([sql`1 one`, ...columns], comma)} limit 1) k limit 1`
  // SQLite's min() of one value is another function.
  const least = sql`min(${sql.join([...all.map((_, at) => count(at)), sql`9e15`], comma)})`
  const shortest = (of: (list: string[], at: number) => SQL): SQL =>
    sql`case ${sql.join(
      all.map((list, at) => sql`when ${count(at)} = ${least} then ${of(list, at)}`),
      sql` `,
    )} end`
  // Only behind a condition does a limit keep SQLite from counting again wherever a count is asked for.
  return sql`select d.*, ${shortest((_, at) => literal(at))} driver_no, ${shortest(jsonOf)} driver
    from (select b.*, k.*, ${counted(own, 0)} from (${blocks}) b cross join (${alike}) k limit 100) d where no >= 0`
}
