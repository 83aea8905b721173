/** The index of words: how far it is behind, how fast it follows, and how much room it takes. */
import { setTimeout as wait } from "node:timers/promises"
import type { Miniflare } from "miniflare"
import type { Row } from "./results.ts"

/** Of a hundred articles, so many are read into the index once more. */
const AGAIN = 10

/** Articles that changed after the place that the index has reached. */
async function waiting(miniflare: Miniflare): Promise<number> {
  const database = await miniflare.getD1Database("DB")
  const row = await database
    .prepare(
      `select count(*) waiting from consumers f cross join articles a indexed by articles_commit
        where f.name = 'search' and a.was_public = 1 and (a.commit_no, a.id) > (f.commit_no, f.article_id)`,
    )
    .first<{ waiting: number }>()
  return row?.waiting ?? Number.NaN
}

/** Sweeps, as cron does every minute, until nothing waits. @returns how many articles waited. */
async function catchUp(miniflare: Miniflare): Promise<number> {
  const behind = await waiting(miniflare)
  for (let before = behind; before > 0; ) {
    await sweep(miniflare)
    const left = await waiting(miniflare)
    if (left >= before) throw new Error(`a sweep left ${left} of ${before} articles out of the index`)
    before = left
  }
  return behind
}

/** Milliseconds between looks, and after which the index is no longer thought to follow by itself. */
const [PAUSE, STANDSTILL] = [20, 1000]

/**
 * Waits until everything that was pushed is in the index: so nobody's next round is disturbed by it. It follows by itself after
 * pushes; what it leaves is the sweep's.
 * @returns how many articles waited.
 */
export async function settled(miniflare: Miniflare): Promise<number> {
  const behind = await waiting(miniflare)
  let moved = performance.now()
  for (let before = behind; before > 0; ) {
    await wait(PAUSE)
    const left = await waiting(miniflare)
    if (left < before) moved = performance.now()
    before = left
    if (performance.now() - moved > STANDSTILL) {
      await catchUp(miniflare)
      before = 0
    }
  }
  return behind
}

/** Miniflare's own types of this depend on those of a Worker. */
interface Scheduled {
  scheduled(options: { scheduledTime: Date; cron: string }): Promise<{ outcome: string }>
}

async function sweep(miniflare: Miniflare): Promise<void> {
  const worker = (await miniflare.getWorker()) as unknown as Scheduled
  const { outcome } = await worker.scheduled({ scheduledTime: new Date(), cron: "* * * * *" })
  if (outcome !== "ok") throw new Error(`a sweep ended with ${outcome}`)
}

/**
 * Moves the place of the index back and lets sweeps go over it: what changed last is taken out and put in again, as corrections are.
 * @param held articles that are in the index
 */
export async function measureIndexing(miniflare: Miniflare, held: number): Promise<Row[]> {
  const database = await miniflare.getD1Database("DB")
  const room = await database
    .prepare(
      `select (select sum(length(block)) from search_data) + (select sum(length(sz)) from search_docsize) bytes,
        (select sum(length(cast(html as blob))) from bodies) bodies`,
    )
    .first<{ bytes: number; bodies: number }>()
  const again = Math.floor((held * AGAIN) / 100)
  await database
    .prepare(
      `update consumers set (commit_no, article_id) = (select commit_no, id from articles indexed by articles_commit
        where was_public = 1 order by commit_no desc, id desc limit 1 offset ?) where name = 'search'`,
    )
    .bind(again)
    .run()
  const began = performance.now()
  const behind = await catchUp(miniflare)
  const milliseconds = performance.now() - began
  if (behind !== again || !room) throw new Error(`${behind} articles waited for the index, not ${again}`)
  const [each, body] = [room.bytes / held, room.bodies / held]
  return [
    { what: "Index of words", unit: "bytes/article", ours: each, against: "its body", other: body, ratio: each / body },
    { what: "Index of words, all", unit: "MB", ours: room.bytes / 2 ** 20 },
    {
      what: `Indexing ${again.toLocaleString("en")} articles again`,
      unit: "articles/s",
      ours: (again * 1000) / milliseconds,
    },
  ]
}
