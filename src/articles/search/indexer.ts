/**
 * Indexes articles for the search. It reads the articles that changed after the stored offset, and writes the new
 * offset in the same batch as their words. So if a run is interrupted, the next run neither leaves an article out nor
 * indexes it twice.
 */
import { type SQL, sql } from "drizzle-orm"
import { batch, type Db, literal, type StoredColumns } from "../../db/client.ts"
import { jsonChunks } from "../../db/json-chunks.ts"
import type { articles } from "../../db/schema.ts"
import { textOf } from "../../html/text.ts"
import { logError } from "../../log/log.ts"
import type { ArticleDetails } from "../model/article.ts"
import { wordsOf } from "./words.ts"

const ARTICLES_PER_BATCH = 100
/** A batch ends with the article that reaches this limit. */
const BODY_BYTES_PER_BATCH = 1024 * 1024
/** After a batch, at most this many changes (commits) are purged from the edge again. Older answers expire. */
const MAX_COMMITS_PURGED_AGAIN = 1000
/** The limit for one column of an article, because normalization can make a text eighteen times as long. */
const MAX_COLUMN_CHARACTERS = 200_000

/**
 * The maximum number of occurrences of a word that are indexed per article. To rank, SQLite lists every occurrence of
 * every term, and at about a million occurrences in an article it runs out of memory. Twenty terms with this many
 * occurrences are far below a million, and an article with more occurrences would not rank higher.
 */
export const MAX_OCCURRENCES = 1000
/** Replaces omitted words, so that no phrase matches across the gap. No query contains it, because it is no letter. */
const GAP = "§"

/**
 * The lower bits of a rowid are articles.seq, and the higher bits are the minute of publication. This many lower bits
 * are enough for all articles of a database of 10 GB.
 */
const SEQ_BITS = literal(24)
export const MAX_SEQ = 2 ** 24 - 1

export const rowidOf = (publishedAt: SQL, seq: SQL): SQL => sql`(${minuteOf(publishedAt)} << ${SEQ_BITS} | ${seq})`
export const minuteOf = (time: SQL): SQL => sql`(${time} / 60000)`
export const seqOfRowid = (rowid: SQL): SQL => sql`(${rowid} & ((1 << ${SEQ_BITS}) - 1))`
export const firstRowidOf = (minute: SQL): SQL => sql`(${minute} << ${SEQ_BITS})`
export const minuteOfRowid = (rowid: SQL): SQL => sql`(${rowid} >> ${SEQ_BITS})`

/**
 * The index stores the name of each scope of an article (such as a section) as a word. The keys of a suppressed
 * duplicate begin with `~`: its words have no `~`, and it has the word SUPPRESSED_MARK too.
 */
export const scopeMark = (key: SQL): SQL => sql`'§' || hex(${key})`
export const SUPPRESSED_MARK = "§suppressed"

interface IndexableRow
  extends StoredColumns<
    typeof articles,
    "seq" | "id" | "commitNo" | "title" | "subtitle" | "summary" | "dateline" | "details"
  > {
  offset_commit_no: number
  offset_article_id: string
  /** The number of articles to index, at most ARTICLES_PER_BATCH. */
  waiting: number
  redistribution: "full" | "summary" | "none" | null
  html: string | null
}

/** Indexes the next changes in two round trips. @returns whether there are more changes; undefined if there was none */
export async function indexSearch(db: Db): Promise<boolean | undefined> {
  // The `+` before the columns of `consumer` keeps SQLite from converting their types. After a conversion, SQLite would
  // use only one column of the index.
  const rows = await db.all<IndexableRow>(sql`
    with changes as (
      select consumer.commit_no offset_commit_no, consumer.article_id offset_article_id,
        a.seq, a.id, a.commit_no, a.publisher_uid, a.size_in_bytes
      from consumers consumer
      cross join articles a indexed by articles_commit
      where consumer.name = 'search' and a.was_public = 1
        and (a.commit_no, a.id) > (consumer.commit_no, +consumer.article_id)
      order by a.commit_no, a.id
      limit ${literal(ARTICLES_PER_BATCH)}
    ),
    sized as (
      select *, sum(size_in_bytes) over (order by commit_no, id) bytes, count(*) over () waiting
      from changes
    )
    select n.*, a.title, a.subtitle, a.summary, a.dateline, a.details, p.redistribution, b.html
    from sized n
    cross join articles a on a.seq = n.seq
    left join publishers p on p.uid = n.publisher_uid
    left join bodies b on b.seq = n.seq and p.redistribution = 'full'
    where n.bytes - n.size_in_bytes < ${literal(BODY_BYTES_PER_BATCH)}
    order by n.commit_no, n.id`)
  const [first] = rows
  const last = rows.at(-1)
  if (!first || !last) return undefined
  const isAtOffset = sql`exists (
      select 1
      from consumers
      where name = 'search' and commit_no = ${first.offset_commit_no} and article_id = ${first.offset_article_id})`
  const keys = JSON.stringify(rows.map(({ seq, commit_no }) => ({ seq, commit_no })))
  // If an article changed after it was read, it is indexed later, at its new commit.
  const rowsAsRead = (list: string): SQL => sql`json_each(${list}) r
      cross join articles a on a.seq = r.value ->> 'seq' and a.commit_no = r.value ->> 'commit_no' and ${isAtOffset}`
  const rowid = rowidOf(sql`a.published_at`, sql`a.seq`)
  await batch(db, [
    sql`delete from search where rowid in (
      select a.search_rowid
      from ${rowsAsRead(keys)}
      where a.search_rowid is not null
      order by a.search_rowid)`,
    // Rows are inserted in the order of rowids, because otherwise each row would begin a new segment of the index.
    ...jsonChunks(rows.map(columnsOrEmpty)).map(
      (list) => sql`insert into search (rowid, body, title, names, lead, scopes)
      select ${rowid}, r.value ->> 'body', r.value ->> 'title', r.value ->> 'names', r.value ->> 'lead',
        ${scopeMarks(sql`a`)}
      from ${rowsAsRead(list)}
      where a.state = 'published'
      order by ${rowid}`,
    ),
    sql`update articles
      set search_rowid = iif(state = 'published', ${rowidOf(sql`published_at`, sql`seq`)}, null)
      where seq in (select a.seq from ${rowsAsRead(keys)})`,
    // The new words change search results, so the commits of these articles must be purged from the edge again.
    sql`update purge
      set purged_commit_no = ${first.commit_no - 1}
      where ${isAtOffset}
        and purged_commit_no between ${first.commit_no} and ${first.commit_no + MAX_COMMITS_PURGED_AGAIN}`,
    sql`update consumers
      set commit_no = ${last.commit_no}, article_id = ${last.id}
      where name = 'search' and ${isAtOffset}`,
  ])
  return rows.length < first.waiting || first.waiting === ARTICLES_PER_BATCH
}

const scopeMarks = (a: SQL): SQL => sql`(
        select group_concat(${scopeMark(sql`ltrim(value, '~')`)}, ' ') from json_each(${a}.scopes)
      ) || iif(${a}.suppressed, ${` ${SUPPRESSED_MARK}`}, '')`

/** Gives an article that cannot be indexed empty columns, so that it does not stop the articles after it. */
function columnsOrEmpty(row: IndexableRow): string {
  try {
    return columnsOf(row)
  } catch (error) {
    const { id, commit_no: commit } = row
    logError("article_not_indexed", error, { article: id, commit })
    return JSON.stringify({ seq: row.seq, commit_no: commit, body: "", title: "", names: "", lead: "" })
  }
}

/** Returns JSON: the row's key and the words of each column, from the parts of the article that feeds may show. */
function columnsOf(row: IndexableRow): string {
  const { authors = [], tags = [], image } = JSON.parse(row.details) as Partial<ArticleDetails>
  const texts = {
    body: [row.html && textOf(row.html)],
    lead: row.redistribution === "none" ? [] : [row.subtitle, row.summary, image?.caption, image?.credit],
    names: [...authors.map(({ name }) => name), ...tags, row.dateline],
    title: [row.title],
  }
  const wordCounts = new Map<string, number>()
  const columns = { seq: row.seq, commit_no: row.commit_no, body: "", title: "", names: "", lead: "" }
  // The body comes last. Otherwise a word could reach its limit (MAX_OCCURRENCES) in the body before the title is read.
  for (const column of ["lead", "names", "title", "body"] as const) {
    columns[column] = clipWords(texts[column].flatMap((text) => (text ? withoutExcess(wordsOf(text), wordCounts) : [])))
  }
  return JSON.stringify(columns)
}

/** @param wordCounts how often each word has occurred in the article so far; the function updates it */
function withoutExcess(words: string[], wordCounts: Map<string, number>): string[] {
  const indexedWords: string[] = []
  for (const word of words) {
    const count = (wordCounts.get(word) ?? 0) + 1
    wordCounts.set(word, count)
    if (count <= MAX_OCCURRENCES) indexedWords.push(word)
    else if (indexedWords.at(-1) !== GAP) indexedWords.push(GAP)
  }
  return indexedWords
}

function clipWords(words: string[]): string {
  const text = words.join(" ")
  return text.length <= MAX_COLUMN_CHARACTERS ? text : text.slice(0, text.lastIndexOf(" ", MAX_COLUMN_CHARACTERS))
}
