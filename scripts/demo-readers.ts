/**
 * Reports views of readers of the demo, as the pages of real readers do, so that the list of the most read articles is
 * there at the first look.
 */
import { setTimeout as wait } from "node:timers/promises"

/** Each report is a message, and the queue delivers a hundred messages at once. With fewer it waits for half a minute. */
const READERS = 100
/** The Worker counts at most this many articles of a report. */
const MAX_VIEWED = 10
const ATTEMPTS = 20

/** Runs the scheduled handler of the local Worker, as Cron does. */
export async function runSweep(url: string, signal: AbortSignal): Promise<void> {
  const answer = await fetch(`${url}/cdn-cgi/handler/scheduled?cron=*+*+*+*+*`, { signal })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${answer.status} ${text.slice(0, 200)}`)
}

/** @param publishers are slugs */
export async function readDemo(url: string, publishers: readonly string[]): Promise<void> {
  const lists: string[][] = []
  for (const slug of publishers) lists.push(await newestIds(`${url}/publishers/${slug}/feed.json`))
  await Promise.all(
    reportsOf(
      lists.filter(({ length }) => length > 0),
      READERS,
    ).map((ids, reader) => reportViews(url, ids, reader)),
  )
  // The queue delivers a moment later.
  for (let attempt = 0; attempt < ATTEMPTS && !(await hasMostRead(url)); attempt += 1) {
    await wait(100)
    await runSweep(url, AbortSignal.timeout(30_000))
  }
}

/**
 * Returns the articles that each reader views. The numbers of readers differ, so that the order is not that of
 * publication. Pure.
 * @param lists the newest articles of each publisher
 */
export function reportsOf(lists: readonly string[][], readers: number): string[][] {
  if (lists.length === 0) return []
  return Array.from({ length: readers }, (_, reader) => {
    const newest = (lists[reader % lists.length] as string[]).slice(0, MAX_VIEWED)
    const viewed = newest.filter((_id, place) => reader / readers < ((place * 7 + 6) % 11) / 9)
    return viewed.length > 0 ? viewed : newest
  })
}

async function newestIds(url: string): Promise<string[]> {
  const answer = await fetch(url)
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`)
  const { items } = (await answer.json()) as { items: { id: string }[] }
  return items.map(({ id }) => id)
}

async function reportViews(url: string, ids: string[], reader: number): Promise<void> {
  const headers = {
    "content-type": "application/json",
    // Views of programs are not counted, and a program would be recognised by the name that Node sends.
    "user-agent": "Mozilla/5.0 (demo reader) Firefox/130.0",
    // An address counts once a day for an article, and these addresses are for documentation (RFC 5737).
    "cf-connecting-ip": `198.51.100.${reader + 1}`,
  }
  const answer = await fetch(`${url}/v1/views`, { method: "POST", headers, body: JSON.stringify({ articles: ids }) })
  if (!answer.ok) throw new Error(`the Worker did not count views: ${answer.status} ${await answer.text()}`)
}

async function hasMostRead(url: string): Promise<boolean> {
  const answer = await fetch(`${url}/v1/most-read`)
  // The API may be closed, and then the pages show the list after the next sweeps.
  if (!answer.ok) return true
  return ((await answer.json()) as { articles: unknown[] }).articles.length > 0
}
