/**
 * Counts views. Each article has a sketch for each day, which estimates the number of distinct readers without a list
 * of readers. So a reader counts once a day.
 */
import { sql } from "drizzle-orm"
import { batch, type Db } from "../../db/client.ts"
import { jsonChunks } from "../../db/json-chunks.ts"
import { addMark, decodeSketch, encodeSketch, estimate, isMark } from "./reader-sketch.ts"

const HOUR_MS = 3_600_000
/** Older views are not counted. When a whole day is older, most-read-update.ts deletes its sketches. */
export const COUNTED_HOURS = 24
export const DAY_HOURS = 24

/** A message of the queue: the articles that a reader viewed in an hour. Nothing in it identifies the reader. */
export interface ViewsMessage {
  /** Hours since 1970, UTC. */
  hour: number
  /** Each article with the reader's mark: a short hash, which differs for each article and each day. */
  views: [articleId: string, mark: number][]
}

export const hourOf = (now: number): number => Math.floor(now / HOUR_MS)

export function isViewsMessage(body: unknown): body is ViewsMessage {
  const { hour, views } = (body ?? {}) as Partial<ViewsMessage>
  return (
    Number.isSafeInteger(hour) &&
    Array.isArray(views) &&
    views.every((view) => Array.isArray(view) && /^[0-9a-f]{32}$/.test(view[0]) && isMark(view[1]))
  )
}

/** The marks of an article on a day, grouped by hour. */
interface ArticleDay {
  day: number
  id: string
  hours: Map<number, Set<number>>
}

interface SketchRow {
  i: number
  views: number | null
  views_before_hour: string | null
  merge_count: number | null
  sketch: string | null
}

/**
 * Counts the views in messages. One round trip reads the sketches, and another writes the changed sketches.
 * @throws Error if another consumer counted at the same time; then the messages can be counted again
 */
export async function countViews(db: Db, messages: readonly ViewsMessage[], now: number): Promise<number> {
  const articleDays = [...articleDaysOf(messages, hourOf(now) - COUNTED_HOURS).values()]
  if (articleDays.length === 0) return 0
  const storedRows = await db.all<SketchRow>(
    sql`select p.key i, v.views, v.views_before_hour, v.merge_count, v.sketch
      from json_each(${JSON.stringify(articleDays.map(({ day, id }) => ({ day, id })))}) p
      cross join articles a on a.id = p.value ->> 'id' and a.state = 'published'
      left join views v on v.day = p.value ->> 'day' and v.article_id = a.id`,
  )
  const rows = storedRows.flatMap((row) => mergeMarks(articleDays[row.i] as ArticleDay, row) ?? [])
  if (rows.length === 0) return 0
  const writtenRows = await batch(
    db,
    jsonChunks(rows).map(
      (part) => sql`insert into views (day, article_id, views, views_before_hour, merge_count, sketch)
      select value ->> 'day', value ->> 'id', value ->> 'views', value ->> 'views_before_hour',
        value ->> 'merge_count', value ->> 'sketch'
      from json_each(${part})
      where true
      on conflict (day, article_id) do update set
        views = excluded.views, views_before_hour = excluded.views_before_hour,
        merge_count = excluded.merge_count, sketch = excluded.sketch
        where views.merge_count = excluded.merge_count - 1
      returning 1`,
    ),
  )
  const count = writtenRows.flat().length
  if (count < rows.length)
    throw new Error("another consumer counted views of the same articles at the same time: count these messages again")
  return count
}

/**
 * Adds marks to a sketch. The views of an hour are the rise of the day's estimate in this hour.
 * @returns the row as JSON; undefined if no reader is new
 */
function mergeMarks({ day, id, hours }: ArticleDay, row: SketchRow): string | undefined {
  const sketch = decodeSketch(row.sketch ?? "")
  const viewsBefore: number[] =
    row.views_before_hour === null ? new Array(DAY_HOURS).fill(0) : JSON.parse(row.views_before_hour)
  let views = row.views ?? 0
  let isChanged = false
  for (const [hour, marks] of [...hours].sort(([a], [b]) => a - b)) {
    const newMarks = [...marks].filter((mark) => addMark(sketch, mark))
    if (newMarks.length === 0) continue
    isChanged = true
    const rise = Math.max(0, estimate(sketch) - views)
    views += rise
    for (let later = hour + 1; later < DAY_HOURS; later++) viewsBefore[later] = (viewsBefore[later] ?? 0) + rise
  }
  if (!isChanged) return undefined
  return JSON.stringify({
    ...{ day, id, views },
    views_before_hour: viewsBefore,
    merge_count: (row.merge_count ?? 0) + 1,
    sketch: encodeSketch(sketch),
  })
}

/** Groups views by article and day, because each article has one row per day. */
function articleDaysOf(messages: readonly ViewsMessage[], firstHour: number): Map<string, ArticleDay> {
  const articleDays = new Map<string, ArticleDay>()
  for (const { hour, views } of messages) {
    if (hour < firstHour) continue
    const day = Math.floor(hour / DAY_HOURS)
    for (const [id, mark] of views) {
      const key = `${day}.${id}`
      const articleDay = articleDays.get(key) ?? { day, id, hours: new Map<number, Set<number>>() }
      articleDays.set(key, articleDay)
      const marks = articleDay.hours.get(hour % DAY_HOURS) ?? new Set()
      articleDay.hours.set(hour % DAY_HOURS, marks)
      marks.add(mark)
    }
  }
  return articleDays
}
