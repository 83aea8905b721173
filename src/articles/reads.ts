/**
 * Counting reads. Of each article and hour there is a sketch of its distinct readers (see sketch.ts), so whatever comes twice, the
 * same reader or the same message of the queue, counts once.
 */
import { sql } from "drizzle-orm"
import { batch, type Db } from "../db/client.ts"
import { addMark, decodeSketch, encodeSketch, estimate, isMark } from "./sketch.ts"
import { chunks } from "./store.ts"

const HOUR = 3_600_000
/** Hours after which nothing is counted any more: then an hour is added to its day, and its sketch goes (see reading-lists.ts). */
export const COUNTED_HOURS = 24

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

/** The marks of an article in an hour. */
interface Pair {
  hour: number
  id: string
  marks: Set<number>
}

/**
 * Counts what messages say: one round trip reads the sketches concerned, another writes those that changed, a row for each article
 * and hour. Articles that are not on the wire are left out, and hours that are no longer counted.
 * @returns how many rows were written.
 * @throws what D1 throws, and Error if somebody else counted meanwhile: all of it can be counted again.
 */
export async function countReads(db: Db, messages: readonly ReadsMessage[], now: number): Promise<number> {
  const pairs = [...pairsOf(messages, hourOf(now) - COUNTED_HOURS).values()]
  if (pairs.length === 0) return 0
  const held = await db.all<{ i: number; merges: number | null; sketch: string | null }>(
    sql`select p.key i, r.merges, r.sketch
      from json_each(${JSON.stringify(pairs.map(({ hour, id }) => [hour, id]))}) p
      cross join articles a on a.id = p.value ->> 1 and a.state = 'published'
      left join reads r on r.hour = p.value ->> 0 and r.article_id = a.id`,
  )
  const rows = held.flatMap(({ i, merges, sketch: text }) => {
    const { hour, id, marks } = pairs[i] as Pair
    const sketch = decodeSketch(text ?? "")
    const changed = [...marks].filter((mark) => addMark(sketch, mark))
    if (changed.length === 0) return []
    return JSON.stringify([hour, id, estimate(sketch), (merges ?? 0) + 1, encodeSketch(sketch)])
  })
  if (rows.length === 0) return 0
  const written = await batch(
    db,
    chunks(rows).map(
      (part) => sql`insert into reads (hour, article_id, readers, merges, sketch)
        select value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 from json_each(${part}) where true
        on conflict (hour, article_id) do update set readers = excluded.readers, merges = excluded.merges,
          sketch = excluded.sketch where reads.merges = excluded.merges - 1 returning 1`,
    ),
  )
  const count = written.flat().length
  if (count < rows.length) throw new Error("Reads were counted by somebody else meanwhile")
  return count
}

/** Several readers of an article in an hour are one row. */
function pairsOf(messages: readonly ReadsMessage[], first: number): Map<string, Pair> {
  const pairs = new Map<string, Pair>()
  for (const { hour, reads } of messages) {
    if (hour < first) continue
    for (const [id, mark] of reads) {
      const key = `${hour}.${id}`
      const pair = pairs.get(key) ?? { hour, id, marks: new Set() }
      pairs.set(key, pair)
      pair.marks.add(mark)
    }
  }
  return pairs
}
