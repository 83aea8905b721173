/**
 * Counting reads. Of each article and day (UTC) there is a sketch of its distinct readers (see sketch.ts), so whatever comes twice,
 * the same reader or the same message of the queue, counts once. Readers count in the hour in which they first came that day.
 */
import { sql } from "drizzle-orm"
import { batch, type Db } from "../db/client.ts"
import { addMark, decodeSketch, encodeSketch, estimate, isMark } from "./sketch.ts"
import { chunks } from "./store.ts"

const HOUR = 3_600_000
/** Hours after which nothing is counted any more. When all hours of a day are that old, its sketches go (see reading-lists.ts). */
export const COUNTED_HOURS = 24
export const DAY_HOURS = 24

/** What a request says in the queue: which articles somebody read in which hour, and nothing of who. */
export interface ReadsMessage {
  /** Since 1970, UTC. */
  hour: number
  /** Of each article the mark of its reader: another one for every article, and every day. */
  reads: [articleId: string, mark: number][]
}

export const hourOf = (now: number): number => Math.floor(now / HOUR)

export function isReadsMessage(body: unknown): body is ReadsMessage {
  const { hour, reads } = (body ?? {}) as Partial<ReadsMessage>
  return (
    Number.isSafeInteger(hour) &&
    Array.isArray(reads) &&
    reads.every((read) => Array.isArray(read) && /^[0-9a-f]{32}$/.test(read[0]) && isMark(read[1]))
  )
}

/** The marks of an article on a day, by hours. */
interface Pair {
  day: number
  id: string
  hours: Map<number, Set<number>>
}

interface Held {
  i: number
  readers: number | null
  earlier: string | null
  merges: number | null
  sketch: string | null
}

/**
 * Counts what messages say: one round trip reads the sketches concerned, another writes those that changed, a row for each article
 * and day. Articles that are not on the wire are left out, and hours that are no longer counted.
 * @returns how many rows were written.
 * @throws what D1 throws, and Error if somebody else counted meanwhile: all of it can be counted again.
 */
export async function countReads(db: Db, messages: readonly ReadsMessage[], now: number): Promise<number> {
  const pairs = [...pairsOf(messages, hourOf(now) - COUNTED_HOURS).values()]
  if (pairs.length === 0) return 0
  const held = await db.all<Held>(
    sql`select p.key i, r.readers, r.earlier, r.merges, r.sketch
      from json_each(${JSON.stringify(pairs.map(({ day, id }) => [day, id]))}) p
      cross join articles a on a.id = p.value ->> 1 and a.state = 'published'
      left join reads r on r.day = p.value ->> 0 and r.article_id = a.id`,
  )
  const rows = held.flatMap((row) => merged(pairs[row.i] as Pair, row) ?? [])
  if (rows.length === 0) return 0
  const written = await batch(
    db,
    chunks(rows).map(
      (part) => sql`insert into reads (day, article_id, readers, earlier, merges, sketch)
        select value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5 from json_each(${part}) where true
        on conflict (day, article_id) do update set readers = excluded.readers, earlier = excluded.earlier,
          merges = excluded.merges, sketch = excluded.sketch where reads.merges = excluded.merges - 1 returning 1`,
    ),
  )
  const count = written.flat().length
  if (count < rows.length) throw new Error("Reads were counted by somebody else meanwhile")
  return count
}

/** @returns the row as JSON; undefined if nobody is new to it. An hour has as many readers as the day's estimate rose by it. */
function merged({ day, id, hours }: Pair, held: Held): string | undefined {
  const sketch = decodeSketch(held.sketch ?? "")
  const earlier: number[] = held.earlier === null ? new Array(DAY_HOURS).fill(0) : JSON.parse(held.earlier)
  let readers = held.readers ?? 0
  let isChanged = false
  for (const [hour, marks] of [...hours].sort(([a], [b]) => a - b)) {
    const changed = [...marks].filter((mark) => addMark(sketch, mark))
    if (changed.length === 0) continue
    isChanged = true
    const rise = Math.max(0, estimate(sketch) - readers)
    readers += rise
    for (let later = hour + 1; later < DAY_HOURS; later++) earlier[later] = (earlier[later] ?? 0) + rise
  }
  if (!isChanged) return undefined
  return JSON.stringify([day, id, readers, earlier, (held.merges ?? 0) + 1, encodeSketch(sketch)])
}

/** Several readers of an article on a day are one row. */
function pairsOf(messages: readonly ReadsMessage[], first: number): Map<string, Pair> {
  const pairs = new Map<string, Pair>()
  for (const { hour, reads } of messages) {
    if (hour < first) continue
    const day = Math.floor(hour / DAY_HOURS)
    for (const [id, mark] of reads) {
      const key = `${day}.${id}`
      const pair = pairs.get(key) ?? { day, id, hours: new Map<number, Set<number>>() }
      pairs.set(key, pair)
      const marks = pair.hours.get(hour % DAY_HOURS) ?? new Set()
      pair.hours.set(hour % DAY_HOURS, marks)
      marks.add(mark)
    }
  }
  return pairs
}
