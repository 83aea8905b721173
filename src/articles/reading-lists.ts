/** The sweep's part in what is read most: makes the lists of what was counted, and lets go of days that are over. */
import { type SQL, sql } from "drizzle-orm"
import { batch, type Db, literal } from "../db/client.ts"
import { afterWire, commitTime } from "./commit.ts"
import { LISTED, SPANS, type Span } from "./most-read.ts"
import { COUNTED_HOURS, DAY_HOURS, hourOf } from "./reads.ts"
import { ALL } from "./scope.ts"
import { chunks } from "./store.ts"

/** Milliseconds between two rewritings. */
const REWRITE_INTERVAL = 5 * 60_000

/** Days that the longest span has beside the running one. */
const DAYS = 7
/** Articles that can come into a list: those that are read most in the longest span. */
const CANDIDATES = 20_000
/** Rows of days that are over, moved or deleted at a time. */
const BATCH = 1000

/** The first hour of the shorter spans and the first day of the longest, numbered from 1970 UTC. */
function beginnings(now: number): { hour: number; day: number; week: number } {
  const running = hourOf(now)
  return { hour: running - 1, day: running - COUNTED_HOURS, week: Math.floor(running / DAY_HOURS) - DAYS }
}

/**
 * Makes the lists anew, if that was REWRITE_INTERVAL ago: of the whole wire, every section and every language. Lists that are as they
 * were are not written; of the others one commit tells, and it touches the scopes of their spans.
 *
 * Two round trips, one if it is not due. Reads what was counted of an article on each day twice, and each of these articles once.
 * @returns whether a list changed.
 * @throws what D1 throws; no list has changed then.
 */
export async function rewriteMostRead(db: Db, now: number): Promise<boolean> {
  const isDue = sql`(select at from most_read_made) <= ${now - REWRITE_INTERVAL}`
  const [[state], counted, held] = await batch(db, [
    sql<{ due: 0 | 1 }>`select ${isDue} due`,
    selectCounted(now, isDue),
    sql<{ span: Span; scope: string; articles: string }>`select span, scope, articles from most_read
      where span >= iif(${isDue}, '', '~')`,
  ])
  if (state?.due !== 1) return false
  const lists = listsOf(counted)
  const before = new Map(held.map(({ span, scope, articles }) => [keyOf(span, scope), articles]))
  const changed = [...new Set([...lists.keys(), ...before.keys()])].flatMap((key) => {
    // Of what nobody reads any more, the list becomes empty.
    const articles = lists.get(key) ?? "[]"
    return articles === before.get(key) ? [] : JSON.stringify([...key.split(" "), articles])
  })
  const results = await batch(db, [
    ...chunks(changed).map((rows) => writeLists(rows, isDue)),
    ...tellOfLists(now),
    ...closeDays(now, isDue),
    // Asked in every statement: another sweep may have been faster. From here on it is untrue.
    sql`update most_read_made set at = ${now} where ${isDue}`,
  ])
  return (results[chunks(changed).length] as unknown[]).length > 0
}

/** Of an article: id, published_at, scopes as JSON, and what was counted in each span. */
type CountedRow = Record<Span, number> & { id: string; published_at: number; scopes: string }

/** If it is not due, no row is looked at: all of them lie before the day where it begins. */
function selectCounted(now: number, isDue: SQL): SQL<CountedRow> {
  const { hour, day, week } = beginnings(now)
  const from = sql`iif(${isDue}, ${literal(week)}, 9e15)`
  // Of the day in which the span begins, those who came before it do not count.
  const since = (first: number): SQL => {
    const begun = literal(Math.floor(first / DAY_HOURS))
    const before = sql`iif(day = ${begun}, earlier ->> ${literal(first % DAY_HOURS)}, 0)`
    return sql`sum(iif(day >= ${begun}, readers - ${before}, 0))`
  }
  return sql<CountedRow>`select a.id, a.published_at, a.scopes, c.*
    from (select article_id, ${since(hour)} "1h", ${since(day)} "24h", sum(readers) "7d"
      from (select day, article_id, readers, earlier from reads where day >= ${from}
        union all select -1, article_id, readers, '[]' from read_days where day >= ${from})
      group by article_id order by 4 desc limit ${literal(CANDIDATES)}) c
    cross join articles a on a.id = c.article_id where a.state = 'published'`
}

/** No key of a scope that has a list holds a space. */
const keyOf = (span: Span, scope: string): string => `${span} ${scope}`
const hasList = (scope: string): boolean => scope === ALL || /^(section|lang):/.test(scope)

/** By span and scope the JSON of its list: most readers first, of as many the newer. */
function listsOf(counted: CountedRow[]): Map<string, string> {
  const read = new Map<string, { row: CountedRow; count: number }[]>()
  for (const row of counted) {
    const scopes = (JSON.parse(row.scopes) as string[]).filter(hasList)
    for (const span of SPANS) {
      if (row[span] === 0) continue
      for (const key of scopes.map((scope) => keyOf(span, scope))) {
        const list = read.get(key)
        if (list) list.push({ row, count: row[span] })
        else read.set(key, [{ row, count: row[span] }])
      }
    }
  }
  const lists = new Map<string, string>()
  for (const [key, list] of read) {
    list.sort((a, b) => b.count - a.count || b.row.published_at - a.row.published_at || (a.row.id < b.row.id ? 1 : -1))
    lists.set(key, JSON.stringify(list.slice(0, LISTED).map(({ row, count }) => [row.id, rounded(count)])))
  }
  return lists
}

/** An estimate is shown no more exactly than it is known: two digits from a hundred on. A list changes less often so. */
function rounded(count: number): number {
  const unit = 10 ** Math.max(0, String(count).length - 2)
  return count < 100 ? count : Math.round(count / unit) * unit
}

const NEXT = sql`(select coalesce(max(no), 0) + 1 from commits)`

/** @param rows JSON: arrays of span, scope and list. */
const writeLists = (rows: string, isDue: SQL): SQL => sql`insert into most_read (span, scope, articles, commit_no)
  select value ->> 0, value ->> 1, value ->> 2, ${NEXT} from json_each(${rows}) where ${isDue}
  on conflict (span, scope) do update set articles = excluded.articles, commit_no = excluded.commit_no`

/** One commit for all lists that have just become others; the first statement answers its number. */
function tellOfLists(now: number): SQL[] {
  return [
    sql`insert into commits (no, at, scopes)
      select commit_no, ${commitTime(now)}, json_group_array(distinct 'reads:' || span) from most_read
      where commit_no = ${NEXT} group by commit_no returning no`,
    sql`insert into scopes (key, revision, changed_at)
      select s.value, k.no, ${afterWire(sql`k.at`)} from commits k, json_each(k.scopes) s
      where k.no = (select max(no) from commits) and s.value glob 'reads:*'
      on conflict (key) do update set revision = excluded.revision,
        changed_at = max(excluded.changed_at, (scopes.changed_at / 1000 + 1) * 1000)
        where scopes.revision < excluded.revision`,
  ]
}

/**
 * Of days of which no hour is counted any more, readers are kept and hours and sketches go; days that no list looks at go whole. A day
 * stays an hour longer than it is counted in: clocks differ.
 */
function closeDays(now: number, isDue: SQL): SQL[] {
  const counted = Math.floor((hourOf(now) - COUNTED_HOURS - 1) / DAY_HOURS)
  const over = (first: number): SQL =>
    sql`where day < ${literal(first)} and ${isDue} order by day, article_id limit ${literal(BATCH)}`
  return [
    sql`insert into read_days (day, article_id, readers) select day, article_id, readers from reads ${over(counted)}`,
    sql`delete from reads where (day, article_id) in (select day, article_id from reads ${over(counted)})`,
    sql`delete from read_days where (day, article_id) in (select day, article_id from read_days
      ${over(beginnings(now).week)})`,
  ]
}
