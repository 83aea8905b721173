/**
 * The index of words, a follower of the commits: it reads what changed after the place that it has reached, in the order of
 * changes, and writes the place in the same batch as the words. Whoever runs it, however often and wherever it is cut off,
 * nothing is left out and nothing is there twice.
 */
import { type SQL, sql } from "drizzle-orm"
import { batch, type Db, literal } from "../db/client.ts"
import { logError } from "../http/log.ts"
import type { ArticleDetails } from "./article.ts"
import { chunks } from "./store.ts"
import { textOf } from "./text.ts"
import { wordsOf } from "./words.ts"

/** Articles that are read into the index in one batch: as many as a push brings at most. */
const BATCH = 100
/** Bytes of bodies, after which a batch has enough. */
const BATCH_BYTES = 1024 * 1024
/** Commits: when the index is made anew, the edge's own life ends what it shows, instead of purges of all that there ever was. */
const FOLLOWED_CLOSELY = 1000
/** Characters of words that are kept of one part of an article: compatibility forms can be eighteen times as long when folded. */
const MOST_WORDS = 200_000

/**
 * How often a word of one article is indexed at most. SQLite lists every place of every term in an article to rank it: at about
 * a million places it runs out of memory, and the database is reset for everybody. Twenty terms of so many are far below, and a
 * thousand of one word rank an article no lower than ten thousand.
 */
export const MOST_OCCURRENCES = 1000
/** Stands where words were left out, so that no phrase reaches across. Nobody can look for it: it is no letter. */
const GAP = "§"

/** Bits for articles.seq below the minute: a database of 10 GB has no place for more articles. */
const SEQ_BITS = literal(24)

/** The rowid of an article in the index. */
const placeIn = (publishedAt: SQL, seq: SQL): SQL => sql`(${minuteOf(publishedAt)} << ${SEQ_BITS} | ${seq})`
/** Minutes since 1970, of milliseconds. */
export const minuteOf = (time: SQL): SQL => sql`(${time} / 60000)`
export const seqAt = (place: SQL): SQL => sql`(${place} & ((1 << ${SEQ_BITS}) - 1))`
/** The least place of a minute. */
export const firstPlaceOf = (minute: SQL): SQL => sql`(${minute} << ${SEQ_BITS})`
export const minuteAt = (place: SQL): SQL => sql`(${place} >> ${SEQ_BITS})`

/** A scope as a mark of the index. A withheld article has those of the scopes in which it would stand, and one more. */
export const scopeMark = (key: SQL): SQL => sql`'§' || hex(${key})`
export const WITHHELD_MARK = "§withheld"

interface ChangedRow {
  /** Of the follower: the place from which it goes on. */
  after_commit: number
  after_id: string
  /** Articles that wait, BATCH at most. */
  waiting: number
  seq: number
  id: string
  commit_no: number
  title: string | null
  subtitle: string | null
  summary: string | null
  dateline: string | null
  details: string
  redistribution: "full" | "summary" | "none" | null
  html: string | null
}

/**
 * Brings the index up to the next changes, BATCH articles at most: two round trips, none but the first if nothing waits.
 * @returns whether more waits.
 * @throws what D1 throws; then nothing of the batch has happened.
 */
export async function indexSearch(db: Db): Promise<boolean> {
  // The plus makes a value of the column: SQLite looks up both only where nothing has to be converted.
  const rows = await db.all<ChangedRow>(sql`
    select n.*, a.title, a.subtitle, a.summary, a.dateline, a.details, p.redistribution, b.html
    from (select n.*, sum(n.size) over (order by n.commit_no, n.id) bytes, count(*) over () waiting from (
      select f.commit_no after_commit, f.article_id after_id, a.seq, a.id, a.commit_no, a.publisher_uid, a.size
      from followers f cross join articles a indexed by articles_commit
      where f.name = 'search' and a.shown = 1 and (a.commit_no, a.id) > (f.commit_no, +f.article_id)
      order by a.commit_no, a.id limit ${literal(BATCH)}) n) n
    cross join articles a on a.seq = n.seq
    left join publishers p on p.uid = n.publisher_uid
    left join bodies b on b.seq = n.seq and p.redistribution = 'full'
    where n.bytes - n.size < ${literal(BATCH_BYTES)} order by n.commit_no, n.id`)
  const [first] = rows
  const last = rows.at(-1)
  if (!first || !last) return false
  const isThere = sql`exists (select 1 from followers
    where name = 'search' and commit_no = ${first.after_commit} and article_id = ${first.after_id})`
  const keys = JSON.stringify(rows.map(({ seq, commit_no: commitNo }) => [seq, commitNo]))
  // One that changed since it was read comes again with its new commit.
  const read = (list: string): SQL => sql`json_each(${list}) r
    cross join articles a on a.seq = r.value ->> 0 and a.commit_no = r.value ->> 1 and ${isThere}`
  const place = placeIn(sql`a.published_at`, sql`a.seq`)
  await batch(db, [
    sql`delete from search where rowid in (
      select a.found_as from ${read(keys)} where a.found_as is not null order by a.found_as)`,
    // In the order of places: else each would begin a segment of its own.
    ...chunks(rows.map(wordsOrNone)).map(
      (list) => sql`insert into search (rowid, body, title, names, lead, marks)
        select ${place}, r.value ->> 2, r.value ->> 3, r.value ->> 4, r.value ->> 5, ${marksOf}
        from ${read(list)} where a.state = 'published' order by ${place}`,
    ),
    sql`update articles set found_as = iif(state = 'published', ${placeIn(sql`published_at`, sql`seq`)}, null)
      where seq in (select a.seq from ${read(keys)})`,
    // What is found changes with the index, so what was purged before is to be purged again.
    sql`update purge set purged = ${first.commit_no - 1} where ${isThere}
      and purged between ${first.commit_no} and ${first.commit_no + FOLLOWED_CLOSELY}`,
    sql`update followers set commit_no = ${last.commit_no}, article_id = ${last.id} where name = 'search' and ${isThere}`,
  ])
  return rows.length < first.waiting || first.waiting === BATCH
}

const marksOf = sql`(select group_concat(${scopeMark(sql`ltrim(value, '~')`)}, ' ') from json_each(a.scopes))
  || iif(a.withheld, ${` ${WITHHELD_MARK}`}, '')`

/** One article that cannot be read must not keep all that follow it from being found. */
function wordsOrNone(row: ChangedRow): string {
  try {
    return wordsOfRow(row)
  } catch (error) {
    const { id, commit_no: commit } = row
    logError("not_searchable", error, { article: id, commit })
    return JSON.stringify([row.seq, commit, "", "", "", ""])
  }
}

/** JSON: the key of the row, then the words of each column. Only what may be shown of an article can be looked for. */
function wordsOfRow(row: ChangedRow): string {
  const { authors = [], tags = [], image } = JSON.parse(row.details) as Partial<ArticleDetails>
  const parts = [
    [row.html && textOf(row.html)],
    [row.title],
    [...authors.map(({ name }) => name), ...tags, row.dateline],
    row.redistribution === "none" ? [] : [row.subtitle, row.summary, image?.caption, image?.credit],
  ]
  const seen = new Map<string, number>()
  // The body last, so that it cannot use up what stands in the title.
  const words = parts
    .toReversed()
    .map((texts) => clipped(texts.flatMap((text) => (text ? withoutExcess(wordsOf(text), seen) : []))))
    .toReversed()
  return JSON.stringify([row.seq, row.commit_no, ...words])
}

/** @param seen how often each word stood in the article before; counted on. */
function withoutExcess(words: string[], seen: Map<string, number>): string[] {
  const kept: string[] = []
  for (const word of words) {
    const count = (seen.get(word) ?? 0) + 1
    seen.set(word, count)
    if (count <= MOST_OCCURRENCES) kept.push(word)
    else if (kept.at(-1) !== GAP) kept.push(GAP)
  }
  return kept
}

function clipped(words: string[]): string {
  const text = words.join(" ")
  return text.length <= MOST_WORDS ? text : text.slice(0, text.lastIndexOf(" ", MOST_WORDS))
}
