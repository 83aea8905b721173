/** Computes the most-read lists from the counted views, and compacts the rows of past days. */
import { gte, type SQL, sql } from "drizzle-orm"
import { batch, type Db, literal, type StoredColumns } from "../../db/client.ts"
import { jsonChunks } from "../../db/json-chunks.ts"
import type { commits } from "../../db/schema.ts"
import { mostRead, mostReadUpdate } from "../../db/view-counts-schema.ts"
import { ALL_SCOPE } from "../model/scope.ts"
import { afterWire, commitTime } from "../write/commit-sql.ts"
import { COUNTED_HOURS, DAY_HOURS, hourOf } from "./count-views.ts"
import { MAX_LIST_ARTICLES, TIME_WINDOWS, type TimeWindow } from "./most-read.ts"

const UPDATE_INTERVAL_MS = 5 * 60_000

/** The number of days of the longest time window, not counting the current day. */
const LONGEST_WINDOW_DAYS = 7
/** Only the most viewed articles of the longest time window can enter a list. */
const MAX_CANDIDATES = 20_000
/** The maximum number of rows of past days that are moved or deleted in one batch. */
const DAY_ROWS_PER_BATCH = 1000

/** Returns the first hours of the two shorter time windows and the first day of the longest, counted from 1970 UTC. */
function windowStarts(now: number): { hour: number; day: number; week: number } {
  const currentHour = hourOf(now)
  return {
    hour: currentHour - 1,
    day: currentHour - COUNTED_HOURS,
    week: Math.floor(currentHour / DAY_HOURS) - LONGEST_WINDOW_DAYS,
  }
}

/**
 * Updates the lists of the wire, of every section and of every language, if UPDATE_INTERVAL_MS has passed. It takes two
 * round trips, or one if no update is due, and all changed lists get one commit number.
 * @returns whether a list changed
 */
export async function updateMostRead(db: Db, now: number): Promise<boolean> {
  const isDue = sql`(select at from most_read_update) <= ${now - UPDATE_INTERVAL_MS}`
  const { due, counts, storedLists } = await batch(db, {
    due: db.select({ at: mostReadUpdate.at }).from(mostReadUpdate).where(isDue),
    counts: selectCounts(now, isDue),
    storedLists: db
      .select({ window: mostRead.timeWindow, scope: mostRead.scope, articles: sql<string>`${mostRead.articles}` })
      .from(mostRead)
      .where(gte(mostRead.timeWindow, sql`iif(${isDue}, '', '~')`)),
  })
  if (due.length === 0) return false
  const lists = rankedLists(counts)
  const previousLists = new Map(storedLists.map(({ window, scope, articles }) => [keyOf(window, scope), articles]))
  const changedRows = [...new Set([...lists.keys(), ...previousLists.keys()])].flatMap((key) => {
    // A list without views becomes empty.
    const articles = lists.get(key) ?? "[]"
    const [time_window, scope] = key.split(" ")
    return articles === previousLists.get(key) ? [] : JSON.stringify({ time_window, scope, articles })
  })
  const { commit } = await batch(db, {
    lists: jsonChunks(changedRows).map((rows) => writeLists(rows, isDue)),
    commit: commitLists(now),
    scopes: raiseListScopes,
    days: closeDays(now, isDue),
    // Every statement tests isDue, because another run may have updated the lists. This statement makes isDue false.
    // Until a list exists, an update stays due, so that the first views of a wire are seen at once.
    update: db.update(mostReadUpdate).set({ at: now }).where(sql`${isDue} and exists (select 1 from most_read)`),
  })
  return commit.length > 0
}

/** An article with its scopes as JSON and its views in each time window. */
type ArticleCountsRow = Record<TimeWindow, number> & { id: string; published_at: number; scopes: string }

/** If no update is due, the first day is later than all stored days, so that no row is read. */
function selectCounts(now: number, isDue: SQL): SQL<ArticleCountsRow> {
  const { hour, day, week } = windowStarts(now)
  const from = sql`iif(${isDue}, ${literal(week)}, 9e15)`
  // On the first day of a time window, views before its first hour do not count.
  const since = (first: number): SQL => {
    const startDay = literal(Math.floor(first / DAY_HOURS))
    const before = sql`iif(day = ${startDay}, views_before_hour ->> ${literal(first % DAY_HOURS)}, 0)`
    return sql`sum(iif(day >= ${startDay}, views - ${before}, 0))`
  }
  return sql<ArticleCountsRow>`
    with days as (
      select day, article_id, views, views_before_hour from views where day >= ${from}
      union all
      select -1 day, article_id, views, '[]' views_before_hour from view_days where day >= ${from}
    ),
    counts as (
      select article_id, ${since(hour)} "1h", ${since(day)} "24h", sum(views) "7d"
      from days
      group by article_id
      order by "7d" desc
      limit ${literal(MAX_CANDIDATES)}
    )
    select a.id, a.published_at, a.scopes, c.*
    from counts c
    cross join articles a on a.id = c.article_id
    where a.state = 'published'`
}

/** The key can be split at its space, because no scope with a most-read list (see hasList) has a space in its key. */
const keyOf = (window: TimeWindow, scope: string): string => `${window} ${scope}`
const hasList = (scope: string): boolean => scope === ALL_SCOPE || /^(section|lang):/.test(scope)

/** The JSON of each list by time window and scope. More views come first, and among equal views the newer article. */
function rankedLists(counts: ArticleCountsRow[]): Map<string, string> {
  const entriesByKey = new Map<string, { row: ArticleCountsRow; count: number }[]>()
  for (const row of counts) {
    const scopes = (JSON.parse(row.scopes) as string[]).filter(hasList)
    for (const window of TIME_WINDOWS) {
      if (row[window] === 0) continue
      for (const key of scopes.map((scope) => keyOf(window, scope))) {
        const list = entriesByKey.get(key)
        if (list) list.push({ row, count: row[window] })
        else entriesByKey.set(key, [{ row, count: row[window] }])
      }
    }
  }
  const lists = new Map<string, string>()
  for (const [key, list] of entriesByKey) {
    list.sort((a, b) => b.count - a.count || b.row.published_at - a.row.published_at || (a.row.id < b.row.id ? 1 : -1))
    lists.set(
      key,
      JSON.stringify(
        list.slice(0, MAX_LIST_ARTICLES).map(({ row, count }) => ({ id: row.id, views: roundCount(count) })),
      ),
    )
  }
  return lists
}

/** Rounds counts from 100 to two significant digits. Estimates are not more exact, and lists change less often. */
function roundCount(count: number): number {
  const unit = 10 ** Math.max(0, String(count).length - 2)
  return count < 100 ? count : Math.round(count / unit) * unit
}

const NEXT_COMMIT = sql`(select coalesce(max(no), 0) + 1 from commits)`

/** @param rows JSON: [{time_window, scope, articles}]. */
const writeLists = (rows: string, isDue: SQL): SQL => sql`
    insert into most_read (time_window, scope, articles, commit_no)
    select value ->> 'time_window', value ->> 'scope', value ->> 'articles', ${NEXT_COMMIT}
    from json_each(${rows})
    where ${isDue}
    on conflict (time_window, scope) do update set articles = excluded.articles, commit_no = excluded.commit_no`

/** Inserts one commit for all lists that have just changed, and returns its number. */
const commitLists = (now: number): SQL<StoredColumns<typeof commits, "no">> => sql`
    insert into commits (no, at, scopes)
    select commit_no, ${commitTime(now)}, json_group_array(distinct 'views:' || time_window)
    from most_read
    where commit_no = ${NEXT_COMMIT}
    group by commit_no
    returning no`

/** Raises the revision of the scope of each time window whose lists the last commit changed. */
const raiseListScopes: SQL = sql`
    insert into scopes (key, revision, changed_at)
    select s.value, k.no, ${afterWire(sql`k.at`)}
    from commits k
    cross join json_each(k.scopes) s
    where k.no = (select max(no) from commits) and s.value glob 'views:*'
    on conflict (key) do update set
      revision = excluded.revision,
      changed_at = max(excluded.changed_at, (scopes.changed_at / 1000 + 1) * 1000)
      where scopes.revision < excluded.revision`

/** Replaces the sketches of past days by the numbers of views, an hour later than necessary because clocks differ. */
function closeDays(now: number, isDue: SQL): SQL[] {
  const firstCountedDay = Math.floor((hourOf(now) - COUNTED_HOURS - 1) / DAY_HOURS)
  const before = (first: number): SQL =>
    sql`where day < ${literal(first)} and ${isDue} order by day, article_id limit ${literal(DAY_ROWS_PER_BATCH)}`
  return [
    sql`insert into view_days (day, article_id, views)
      select day, article_id, views
      from views
      ${before(firstCountedDay)}`,
    sql`delete from views
      where (day, article_id) in (select day, article_id from views ${before(firstCountedDay)})`,
    sql`delete from view_days
      where (day, article_id) in (select day, article_id from view_days ${before(windowStarts(now).week)})`,
  ]
}
