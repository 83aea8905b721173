/** Measures the search index: how many articles wait, how fast they are indexed, and how large the index is. */
import type { Miniflare } from "miniflare"
import type { Row } from "./results.ts"

/** How many percent of the articles are indexed again. */
const REINDEXED_PERCENT = 10

async function countWaiting(miniflare: Miniflare): Promise<number> {
  const database = await miniflare.getD1Database("DB")
  const row = await database
    .prepare(
      `select count(*) waiting from consumers c cross join articles a indexed by articles_commit
        where c.name = 'search' and a.was_public = 1 and (a.commit_no, a.id) > (c.commit_no, c.article_id)`,
    )
    .first<{ waiting: number }>()
  return row?.waiting ?? Number.NaN
}

/**
 * Runs the Cron job (the sweep) until no article waits, because many pushes at once leave most articles to the sweep.
 * @returns how many articles waited before
 */
export async function untilIndexed(miniflare: Miniflare): Promise<number> {
  const waiting = await countWaiting(miniflare)
  for (let before = waiting; before > 0; ) {
    await sweep(miniflare)
    const left = await countWaiting(miniflare)
    if (left >= before) throw new Error(`a sweep left ${left} of ${before} articles out of the index`)
    before = left
  }
  return waiting
}

/** Declares the type here, because Miniflare's type needs the types of a Worker. */
interface Scheduled {
  scheduled(options: { scheduledTime: Date; cron: string }): Promise<{ outcome: string }>
}

async function sweep(miniflare: Miniflare): Promise<void> {
  const worker = (await miniflare.getWorker()) as unknown as Scheduled
  const { outcome } = await worker.scheduled({ scheduledTime: new Date(), cron: "* * * * *" })
  if (outcome !== "ok") throw new Error(`a sweep ended with ${outcome}`)
}

/**
 * Moves the offset of the index back, so that the sweep indexes the latest articles again, as after corrections.
 * @param articles is the number of articles in the index
 */
export async function measureIndexing(miniflare: Miniflare, articles: number): Promise<Row[]> {
  const database = await miniflare.getD1Database("DB")
  const sizes = await database
    .prepare(
      `select (select sum(length(block)) from search_data) + (select sum(length(sz)) from search_docsize) bytes,
        (select sum(length(cast(html as blob))) from bodies) bodies`,
    )
    .first<{ bytes: number; bodies: number }>()
  const reindexed = Math.floor((articles * REINDEXED_PERCENT) / 100)
  await database
    .prepare(
      `update consumers set (commit_no, article_id) = (select commit_no, id from articles indexed by articles_commit
        where was_public = 1 order by commit_no desc, id desc limit 1 offset ?) where name = 'search'`,
    )
    .bind(reindexed)
    .run()
  const began = performance.now()
  const waiting = await untilIndexed(miniflare)
  const milliseconds = performance.now() - began
  if (waiting !== reindexed || !sizes)
    throw new Error(`${waiting} articles waited for the search index, not ${reindexed}`)
  const [each, body] = [sizes.bytes / articles, sizes.bodies / articles]
  return [
    { what: "Search index", unit: "bytes/article", ours: each, against: "its body", other: body, ratio: each / body },
    { what: "Search index, all", unit: "MB", ours: sizes.bytes / 2 ** 20 },
    {
      what: `Indexing ${reindexed.toLocaleString("en")} articles again`,
      unit: "articles/s",
      ours: (reindexed * 1000) / milliseconds,
    },
  ]
}
