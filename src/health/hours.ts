/**
 * Sums what happened by hour: pushes, refusals and articles from the log, views from their counts. The offset of the log
 * moves in the batch that adds its rows, so a sweep that runs twice, or stops in between, counts every row once.
 */
import { and, desc, gte, lt, type SQL, sql } from "drizzle-orm"
import { batch, type Db, literal, type StoredColumns } from "../db/client.ts"
import { type hourSums, hours } from "../db/hours-schema.ts"

export const HOUR_MS = 3_600_000
const DAY_HOURS = 24
/** Hours are kept this long. */
export const KEPT_HOURS = 90 * DAY_HOURS
/** How many rows of each list a batch adds. */
const ROWS_PER_BATCH = 1000
/** Views are read anew this often, with a row for each article and day. */
const VIEWS_EVERY_MS = 5 * 60_000

export const hourOf = (time: number): number => Math.floor(time / HOUR_MS)

/** Adds the next rows of the log in one round trip. @returns whether more rows may follow */
export async function sumLog(db: Db): Promise<boolean> {
  const attemptIds = nextRows(sql`attempts`, sql`id`, sql`attempt_id`)
  const deliverySeqs = nextRows(sql`deliveries`, sql`seq`, sql`delivery_seq`)
  const { moved } = await batch(db, {
    // After a quiet month the log is empty, and its ids begin again.
    reset: sql`
      update hour_sums set
        attempt_id = min(attempt_id, coalesce((select max(id) from attempts), 0)),
        delivery_seq = min(delivery_seq, coalesce((select max(seq) from deliveries), 0))`,
    attempts: sql`
      insert into hours (hour, pushes, refusals)
      select received_at / ${literal(HOUR_MS)}, sum(status < 300), sum(status >= 400)
      from (select * from attempts where id in (${attemptIds}))
      where authentication not in ('none', 'replay')
      group by 1
      on conflict (hour) do update set pushes = pushes + excluded.pushes, refusals = refusals + excluded.refusals`,
    deliveries: sql`
      insert into hours (hour, articles)
      select received_at / ${literal(HOUR_MS)}, count(*)
      from (select * from deliveries where seq in (${deliverySeqs})) d, json_each(d.outcomes) o
      where o.value ->> 'outcome' in ('created', 'updated')
      group by 1
      on conflict (hour) do update set articles = articles + excluded.articles`,
    moved: sql<StoredColumns<typeof hourSums, "attemptId"> & { attempts: number; deliveries: number }>`
      update hour_sums set
        attempt_id = coalesce((select max(n) from (${attemptIds})), attempt_id),
        delivery_seq = coalesce((select max(n) from (${deliverySeqs})), delivery_seq)
      returning attempt_id,
        attempt_id < coalesce((select max(id) from attempts), 0) attempts,
        delivery_seq < coalesce((select max(seq) from deliveries), 0) deliveries`,
  })
  return moved.some(({ attempts, deliveries }) => attempts === 1 || deliveries === 1)
}

const nextRows = (table: SQL, key: SQL, offset: SQL): SQL =>
  sql`select ${key} n from ${table} where ${key} > (select ${offset} from hour_sums)
    order by ${key} limit ${literal(ROWS_PER_BATCH)}`

/**
 * Writes the views of today and of yesterday again, because views come late. A sum never becomes smaller, because the
 * views of an article that was taken down were views.
 */
export async function sumViews(db: Db, now: number): Promise<void> {
  const today = Math.floor(now / HOUR_MS / DAY_HOURS)
  const isDue = sql`(select views_at from hour_sums) <= ${now - VIEWS_EVERY_MS}`
  const before = (hour: SQL): SQL => sql`(v.views_before_hour ->> ('$[' || ${hour} || ']'))`
  await batch(db, [
    sql`
      with recursive day_hours (no) as (select 0 union all select no + 1 from day_hours where no < ${literal(DAY_HOURS - 1)})
      insert into hours (hour, views)
      select v.day * ${literal(DAY_HOURS)} + no,
        sum(iif(no = ${literal(DAY_HOURS - 1)}, v.views, ${before(sql`(no + 1)`)}) - ${before(sql`no`)}) rise
      from views v cross join day_hours
      where v.day between ${today - 1} and ${today} and ${isDue}
      group by 1
      having rise > 0
      on conflict (hour) do update set views = max(views, excluded.views)`,
    sql`update hour_sums set views_at = ${now} where ${isDue}`,
  ])
}

/** Deletes old hours, and keeps their sums in hour 0. */
export async function deleteOldHours(db: Db, now: number): Promise<void> {
  const isOld = sql`hour > 0 and hour < ${hourOf(now) - KEPT_HOURS}`
  const columns = COUNTS.map((name) => sql.raw(name))
  await batch(db, [
    sql`
      insert into hours (hour, ${sql.join(columns, sql`, `)})
      select 0, ${sql.join(
        columns.map((name) => sql`sum(${name})`),
        sql`, `,
      )} from hours where ${isOld} having count(*) > 0
      on conflict (hour) do update set ${sql.join(
        columns.map((name) => sql`${name} = ${name} + excluded.${name}`),
        sql`, `,
      )}`,
    sql`delete from hours where ${isOld}`,
  ])
}

export const COUNTS = ["pushes", "refusals", "articles", "views", "requests"] as const
export type Hour = typeof hours.$inferSelect

/** Lists the newest hours first. Hours in which nothing happened have no row. */
export const readHours = (db: Db, since: number, until: number): Promise<Hour[]> =>
  db
    .select()
    .from(hours)
    .where(and(gte(hours.hour, Math.max(1, hourOf(since))), lt(hours.hour, hourOf(until - 1) + 1)))
    .orderBy(desc(hours.hour))

/** The sums of all hours, also of those that were deleted. */
export async function readTotals(db: Db): Promise<Omit<Hour, "hour">> {
  const total = (column: SQL) => sql<number>`coalesce(sum(${column}), 0)`
  const [row] = await db
    .select({
      pushes: total(sql`${hours.pushes}`),
      refusals: total(sql`${hours.refusals}`),
      articles: total(sql`${hours.articles}`),
      views: total(sql`${hours.views}`),
      requests: total(sql`${hours.requests}`),
    })
    .from(hours)
  return row ?? { pushes: 0, refusals: 0, articles: 0, views: 0, requests: 0 }
}
