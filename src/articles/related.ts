/** What to read beside an article: what it names, then what is about the same. */
import { type SQL, sql } from "drizzle-orm"
import { type Db, literal } from "../db/client.ts"
import type { Directory } from "./directory.ts"
import { isUnknown, labelFrom, readWithNames, type WireRow } from "./label.ts"
import type { OneArticle } from "./one.ts"
import { articleColumns, articleOf, type StoredArticle } from "./queries.ts"
import { ALL, languageScope, publisherScope } from "./scope.ts"
import { storyAt } from "./stories.ts"

/** An article of this wire, or what the one that names it says of it; of a named one both. */
export interface RelatedEntry {
  reason: "named" | "tags" | "section"
  article?: StoredArticle
  link?: { url: string; title?: string }
}

/** An article with what is related to it; absent for a known label. */
export type RelatedPage = OneArticle & { related?: RelatedEntry[] }

export interface RelatedWanted {
  limit: number
  /** None for that of the article, whatever variety; of one that states none, all. */
  languages: string[]
  /** Uids of the publishers of whom something may be shown; undefined for all. */
  publishers: string[] | undefined
}

/** Of an article's tags and sections, those in which the fewest articles stand. */
const TAGS = 5
const SECTIONS = 3
/** Candidates of each: so many just before the article, and as many just after it. */
const NEAR = 20
/** For those who may see some publishers only: standings among which as many candidates of these are looked for, on either side. */
const LOOKED_AT = 200
/** What is about the same counts half as much when it is so much older or newer, a third at twice that. Milliseconds. */
const HALF = 30 * 86_400_000
/** Candidates more than wanted, among which some may tell a story that another one tells. */
const SPARE = 20
/** Tellers of a named address that are looked at until one stands. A page of which more is told is not one story: see stories.ts. */
const TELLERS = 50

interface RelatedRow extends WireRow {
  publisher: string | null
  state: string | null
  gone_at: number | null
  id: string | null
  story: string | null
  /** 1 for what shares a tag, 0 for what shares a section, null for the article itself. */
  tagged: 0 | 1 | null
  [column: string]: unknown
}

/**
 * Reads an article and what is related to it. One round trip, and another one for an article that names others: what they are
 * on this wire follows from their addresses.
 *
 * Candidates share one of its rarest tags or sections and stand near it in time. A tag weighs ln(1 + articles on the wire /
 * articles with the tag), a section half of that and the rarest only; the sum is divided by 1 + distance / HALF. Nothing here
 * reads the clock: the order changes with the wire alone.
 * @param id 32 hex digits
 * @param known labels (epoch.revision) that somebody holds
 * @returns undefined if nobody outside ever saw such an article, or it is of a publisher of whom nothing may be shown
 */
export async function readRelated(
  db: Db,
  id: string,
  wanted: RelatedWanted,
  known: string[],
): Promise<{ directory: Directory; found: RelatedPage | undefined }> {
  const isRead = sql`g.stale and g.state = 'published'`
  const select = sql<RelatedRow>`
    select g.epoch, g.wire_revision, g.revision, g.changed_at, g.publisher, g.state,
      max(k.at, coalesce(p.removed_at, 0)) gone_at, e.value ->> 1 tagged, a.story, ${articleColumns}
    from (select g.*, case when ${isRead} then ${candidates(wanted)} end picked
      from (select g.*, ${isUnknown(known)} stale from (${articleAndLabel(id, wanted)}) g limit 1) g limit 1) g
    left join commits k on k.no = iif(g.state <> 'published', g.commit_no, null)
    left join publishers p on p.uid = iif(g.state <> 'published', g.publisher, null)
    left join json_each(g.picked) e
    left join articles a on a.seq = e.value ->> 0 order by e.key`
  const { first, rows, directory } = await readWithNames(db, select)
  const { publisher, state, gone_at: goneAt } = first
  if (publisher === null) return { directory, found: undefined }
  const found: RelatedPage = {
    label: labelFrom(first),
    directory,
    publisherUid: publisher,
    isPublished: state === "published",
    ...(goneAt !== null && { changedAt: goneAt }),
  }
  const [self, ...about] = rows.filter((row) => row.id !== null)
  if (!self) return { directory, found }
  const content = articleOf(self)
  const named = await readNamed(db, content, self.story, wanted)
  const isNamed = (row: RelatedRow): boolean =>
    named.some((each) => each.story === row.story || (each.article && each.article.id === row.id))
  const related = [
    ...named.map(({ story: _, ...entry }) => entry),
    ...about
      .filter((row) => !isNamed(row))
      .map((row): RelatedEntry => ({ reason: row.tagged === 1 ? "tags" : "section", article: articleOf(row) })),
  ]
  return { directory, found: { ...found, content, related: related.slice(0, wanted.limit) } }
}

/**
 * Whether a publisher is one of whom something may be shown. The uids stand in the text of the statement: a list in JSON is
 * read only where there is an article to ask about, and D1 counts that.
 */
const isSeen = (uid: SQL, { publishers }: RelatedWanted): SQL =>
  publishers === undefined
    ? sql`true`
    : sql`${uid} in (${sql.raw(publishers.map((each) => `'${each.replaceAll("'", "''")}'`).join())})`

/**
 * The article's row beside the label: the latest of the wire, of all that is shown, and of its publisher, whose scope tells of
 * the article where it is withheld. One that may not be seen is not found, before anything is read because of it: the time
 * that the answer takes would tell that it is there.
 */
const articleAndLabel = (id: string, wanted: RelatedWanted): SQL => sql`
  select w.epoch, w.revision wire_revision, max(w.revision, coalesce(s.revision, 0), coalesce(p.revision, 0)) revision,
    max(w.changed_at, coalesce(s.changed_at, 0), coalesce(p.changed_at, 0)) changed_at, coalesce(s.articles, 0) total,
    x.seq, x.id, x.publisher_uid publisher, x.state, x.commit_no, x.published_at, x.scopes, x.lang, x.story
  from wire w left join articles x on x.id = ${id} and x.shown = 1 and ${isSeen(sql`x.publisher_uid`, wanted)}
  left join scopes s on s.key = ${ALL} left join scopes p on p.key = ${publisherScope("")} || x.publisher_uid
  where w.id = 1 limit 1`

/** JSON: [articles.seq, whether a tag is shared], the article itself first. Needs its row and the label as g. */
function candidates(wanted: RelatedWanted): SQL {
  const { limit, languages, publishers } = wanted
  const [at, id] = [sql`c.published_at`, sql`c.article_id`]
  const stands = (scopes: SQL): SQL =>
    sql`exists (select 1 from standings p where p.scope in (${scopes}) and p.published_at = ${at} and p.article_id = ${id})`
  const isSpoken =
    languages.length > 0
      ? stands(sql`select value from json_each(${JSON.stringify(languages.map(languageScope))})`)
      : sql`(g.lang is null or ${stands(sql`'lang:' || lower(substr(g.lang || '-', 1, instr(g.lang || '-', '-') - 1))`)})`
  const standing = (beyond: SQL, order: SQL, count: number): SQL =>
    sql`select published_at, article_id from standings where scope = d.scope
      and (published_at, article_id) ${beyond} (g.published_at, g.id) order by published_at ${order}, article_id ${order} limit ${literal(count)}`
  const side = (beyond: SQL, order: SQL): SQL =>
    publishers === undefined
      ? sql`select * from (${standing(beyond, order, NEAR)})`
      : sql`select * from (select c.* from (${standing(beyond, order, LOOKED_AT)}) c
          where (select ${isSeen(sql`publisher_uid`, wanted)} from articles where id = c.article_id) limit ${literal(NEAR)})`
  const order = sql`score desc, published_at desc, article_id desc`
  return sql`(with shared as materialized (
      select s.key scope, s.key glob 'tag:*' tag, ln(1.0 + g.total * 1.0 / s.articles) weight, s.articles
      from json_each(g.scopes) j cross join scopes s on s.key = ltrim(j.value, '~')
      where (s.key glob 'tag:*' or s.key glob 'section:*') and s.articles > iif(j.value glob '~*', 0, 1)),
    drivers as materialized (
      select * from (select * from shared where tag order by articles, scope limit ${literal(TAGS)})
      union all select * from (select * from shared where not tag order by articles, scope limit ${literal(SECTIONS)})),
    near as (
      select c.value ->> 0 published_at, c.value ->> 1 article_id, d.tag, d.weight
      from drivers d cross join json_each((select json_group_array(json_array(published_at, article_id)) from (
        ${side(sql`<`, sql`desc`)} union all ${side(sql`>`, sql`asc`)}))) c),
    scored as materialized (
      select article_id, published_at, max(tag) tag,
        (total(weight) filter (where tag) + coalesce(max(weight) filter (where not tag), 0) / 2)
          / (1 + abs(published_at - g.published_at) * 1.0 / ${literal(HALF)}) score
      from near group by article_id, published_at),
    best as (
      select * from scored c where ${isSpoken} order by ${order} limit ${literal(limit + SPARE)}),
    told as (
      select a.seq, b.*, row_number() over (partition by coalesce(a.story, a.id)
        order by b.score desc, b.published_at desc, b.article_id desc) nth
      from best b cross join articles a on a.id = b.article_id where coalesce(a.story <> g.story, 1))
    select json_group_array(json_array(seq, tag)) from (
      select g.seq, null tag union all
      select * from (select seq, tag from told where nth = 1 order by ${order} limit ${literal(limit)})))`
}

type Named = RelatedEntry & { story: string }

/** What an article names: each story once, its own never; as articles those that stand on this wire. */
async function readNamed(
  db: Db,
  { details }: StoredArticle,
  own: string | null,
  wanted: RelatedWanted,
): Promise<Named[]> {
  const named = new Map<string, Pick<RelatedEntry, "link">>()
  for (const link of details.related ?? []) {
    const story = storyAt(link.url)
    if (story !== own && !named.has(story)) named.set(story, { link })
  }
  const stories = [...named.keys()].slice(0, wanted.limit)
  if (stories.length === 0) return []
  const rows = await db.all<{ story: string; [column: string]: unknown }>(sql`
    select a.story, ${articleColumns} from json_each(${JSON.stringify(stories)}) n cross join articles a on a.seq = (
      select seq from (
        select seq, state, withheld, publisher_uid from articles where story = n.value order by seq limit ${literal(TELLERS)})
      where state = 'published' and not withheld and ${isSeen(sql`publisher_uid`, wanted)} limit 1)`)
  return stories.map((story): Named => {
    const row = rows.find((each) => each.story === story)
    return { reason: "named", story, ...named.get(story), ...(row && { article: articleOf(row) }) }
  })
}
