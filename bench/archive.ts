/**
 * An archive that is brought in through the push door, and what a feed and a push take while it grows. It runs for minutes and
 * writes gigabytes below the system's folder for temporary files, so it is no part of the plain run.
 */
import type { Miniflare } from "miniflare"
import { secondsSince } from "../scripts/terminal.ts"
import { DAILY_LIMIT_BYTES } from "../src/push/auth/quota.ts"
import { ask, assertEntries } from "./answers.ts"
import { archived, HISTORY_SECTIONS, LONG_BODY_BYTES } from "./articles.ts"
import { Connection } from "./connection.ts"
import { createPublisher, createSections, FEED_ENTRIES, WRITER } from "./filling.ts"
import { measureIndexing, settled } from "./indexing.ts"
import { measureMirror } from "./mirror.ts"
import { type Door, requestOf, signedPush } from "./requests.ts"
import { ARCHIVE, compared, type Row, type Section } from "./results.ts"
import { sampleOf } from "./rounds.ts"
import { measureSearch } from "./search.ts"
import { WORDS } from "./vocabulary.ts"
import { workerdMegabytes } from "./weight.ts"
import { HOSTS, migrate, startBehindTheEdge } from "./wire.ts"

export const FULL_ARCHIVE = 100_000
/** So that the feeds are full when they are first looked at. */
export const LEAST_ARCHIVE = 1000

/** What one message may have. */
const [MESSAGE_ARTICLES, MESSAGE_BYTES] = [100, 1024 * 1024]
/** Pushes and feeds, each time that they are looked at, and others before that do not count. */
const [TRIALS, WARMING] = [30, 3]
/** After each of so many parts progress is told. */
const PARTS = 20

const [SECTION] = HISTORY_SECTIONS
const FEEDS = { "MISS of a section": `/sections/${SECTION}/feed.rss`, "MISS of everything": "/feed.rss" }
const HOST = HOSTS.behindTheEdge

/** The wire that is filled: its address, and the only connection to it. */
interface Filled {
  miniflare: Miniflare
  url: string
  connection: Connection
}

/** One message of the archive: articles, bytes, and milliseconds to its answer. */
interface Step {
  articles: number
  bytes: number
  milliseconds: number
}

/** What was measured when the wire held so many articles: milliseconds of each trial, by what was tried. */
interface Look {
  articles: number
  /** Of these articles, so many were not yet in the index of words. */
  behind: number
  trials: Map<string, number[]>
}

/**
 * @param script the wire
 * @param count articles
 * @param started is told of the workerd that must be stopped if we are, and when it has ended
 */
export async function measureArchive(
  script: string,
  count: number,
  started: (miniflare: Miniflare | undefined) => void,
): Promise<Section[]> {
  const miniflare = startBehindTheEdge(script)
  started(miniflare)
  try {
    const url = (await miniflare.ready).origin
    const began = Date.now()
    const told = (what: string) => console.log(`  ${what} after ${secondsSince(began)}`)
    await migrate(miniflare, [undefined])
    await createSections(url, HISTORY_SECTIONS)
    const empty = await sizeOf(miniflare)
    const connection = await Connection.open(Number(new URL(url).port))
    const { steps, looks, publishers } = await load({ miniflare, url, connection }, count, told)
    connection.close()
    await settled(miniflare)
    const held = await countsOf(miniflare, count + looks.length * (TRIALS + WARMING))
    const bytes = (await sizeOf(miniflare)) - empty
    const rows = [
      ...ratesOf(steps),
      ...roomOf(held, bytes, steps),
      ...(await measureIndexing(miniflare, held.articles)),
      ...looks.slice(1).flatMap((look) => trialsOf(look, looks[0])),
      { what: "Memory of workerd", unit: "MB", ours: workerdMegabytes() },
    ]
    const archive = { title: ARCHIVE, about: aboutOf(count, steps, publishers, looks), rows }
    told("Indexed")
    const mirror = await measureMirror(url, held.articles)
    told("Mirrored")
    const search = await measureSearch(url, held.articles)
    told("Searched")
    return [archive, mirror, search]
  } finally {
    await miniflare.dispose()
    started(undefined)
  }
}

function aboutOf(count: number, steps: Step[], publishers: number, looks: Look[]): string[] {
  const megabytes = steps.reduce((sum, { bytes }) => sum + bytes, 0) / 2 ** 20
  return [
    `${count.toLocaleString("en")} Arabic articles with about ${LONG_BODY_BYTES / 1000} KB of body each, no two with the same, the oldest first, with \`_feedwire.backfill\`: ${Math.round(megabytes)} MB in ${steps.length} signed messages of at most ${MESSAGE_ARTICLES} articles and 1 MiB, one after the other over one connection, from ${publishers} publishers, because one may send 256 MiB a day. The bundle as deployed, with a context that says that Workers Cache stands in front. The index of words follows the pushes in the same Worker, as it does when deployed; anything else was looked at when it had come up (${looks.map(({ articles, behind }) => `at ${articles.toLocaleString("en")} articles ${behind.toLocaleString("en")} were missing`).join(", ")}).`,
    `A quarter of the words of the bodies are made up, from ${WORDS.toLocaleString("en")} whose frequency follows Zipf, so that there are rare words as in a real archive.`,
    `Rates are of the messages of a tenth: the median, the slowest and the fastest. Writing and signing the messages is not in the time. Database bytes are what D1 reports of its file, with all indexes and the log of deliveries that the sweep deletes in time; the bytes as received stand in R2 and are not among them.`,
    `Index of words: the bytes of its blocks and of the lengths of its documents. Indexing again: its place is moved back and sweeps go over what changed last, so each article is taken out and put in.`,
    `A MISS and a push of one article like those of the archive, which is announced, were tried ${TRIALS} times each at the sizes named: the median, the least and the most.`,
  ]
}

async function load(filled: Filled, count: number, tell: (what: string) => void) {
  const oldest = Date.now() - (count + 1) * 60_000
  const senderOf = senders(filled.url)
  const writer = doorOf(WRITER, await createPublisher(filled.url, WRITER))
  const lookAt = [count / 10, count / 2, count]
  const looks: Look[] = []
  const steps: Step[] = []
  let publishers = 0
  let told = 0
  for (let no = 0; no < count; ) {
    const { message, articles } = messageFrom(no, count, oldest)
    const bytes = Buffer.byteLength(message)
    const sender = await senderOf(bytes)
    publishers = sender.no
    steps.push({ articles, bytes, milliseconds: await push(filled.connection, sender.door, `archive-${no}`, message) })
    no += articles
    if (no >= (lookAt[looks.length] ?? Number.POSITIVE_INFINITY)) looks.push(await look(filled, writer, no, count))
    if (no * PARTS < (told + 1) * count) continue
    told = Math.floor((no * PARTS) / count)
    tell(`${no.toLocaleString("en")} articles`)
  }
  return { steps, looks, publishers }
}

/** As many of the next articles as one message may have. */
function messageFrom(first: number, count: number, oldest: number): { message: string; articles: number } {
  const frame = { type: "article.published", timestamp: new Date().toISOString(), data: [] }
  const start = JSON.stringify(frame).slice(0, -"]}".length)
  const texts: string[] = []
  let bytes = start.length + "]}".length
  for (let no = first; no < count && texts.length < MESSAGE_ARTICLES; no++) {
    const item = archived(no, "archive", oldest + no * 60_000)
    const text = JSON.stringify({ ...item, _feedwire: { ...item._feedwire, backfill: true } })
    bytes += Buffer.byteLength(text) + ",".length
    if (bytes > MESSAGE_BYTES) break
    texts.push(text)
  }
  return { message: `${start}${texts.join()}]}`, articles: texts.length }
}

const doorOf = (slug: string, secret: string): Door => ({ host: HOST, path: `/push/${slug}`, secret })

/** Who sends the next bytes: a new publisher where the last one has used up its day. */
function senders(url: string): (bytes: number) => Promise<{ door: Door; no: number }> {
  let sent = Number.POSITIVE_INFINITY
  let no = 0
  let door: Door | undefined
  return async (bytes) => {
    sent += bytes
    if (door === undefined || sent > DAILY_LIMIT_BYTES) {
      no += 1
      sent = bytes
      door = doorOf(`archive-${no}`, await createPublisher(url, `archive-${no}`))
    }
    return { door, no }
  }
}

/** @returns milliseconds to the end of the answer. */
async function push(connection: Connection, door: Door, id: string, message: string): Promise<number> {
  return time(connection, await signedPush(door, id, message))
}

async function time(connection: Connection, request: Buffer): Promise<number> {
  const sent = performance.now()
  const { status } = await connection.send(request)
  if (status !== 200) throw new Error(`the wire answered ${status}`)
  return performance.now() - sent
}

/** @param held articles of the archive; those that are pushed here have numbers beyond it. */
async function look({ miniflare, url, connection }: Filled, writer: Door, held: number, count: number): Promise<Look> {
  const behind = await settled(miniflare)
  const trials = new Map<string, number[]>()
  const tried = async (what: string, attempt: (no: number) => Promise<number>) => {
    const times: number[] = []
    for (let no = 0; no < WARMING + TRIALS; no++) times.push(await attempt(no))
    trials.set(what, times.slice(WARMING))
  }
  await tried("Push of one article", (trial) => {
    // All of the section whose feed is looked at.
    const no = (count + held + trial) * HISTORY_SECTIONS.length
    const data = archived(no, "today", Date.now() - 1000)
    const message = JSON.stringify({ type: "article.published", timestamp: new Date().toISOString(), data })
    return push(connection, writer, `today-${no}`, message)
  })
  for (const [what, path] of Object.entries(FEEDS)) {
    assertEntries(await ask(url, { host: HOST, path }), FEED_ENTRIES, path)
    await tried(what, () => time(connection, requestOf("GET", HOST, path, {}, new Uint8Array())))
  }
  return { articles: held, behind, trials }
}

function ratesOf(steps: Step[]): Row[] {
  const tenth = Math.max(1, Math.floor(steps.length / 10))
  const middle = Math.floor((steps.length - tenth) / 2)
  const rate = ({ articles, milliseconds }: Step) => (articles * 1000) / milliseconds
  const rates = (from: number) => sampleOf(steps.slice(from, from + tenth).map(rate))
  const first = rates(0)
  const against = "the first tenth"
  const sum = (member: keyof Step) => steps.reduce((total, step) => total + step[member], 0)
  return [
    { what: "Loading, all", unit: "articles/s", ours: (sum("articles") * 1000) / sum("milliseconds") },
    { what: "Loading, the first tenth", unit: "articles/s", ours: first },
    compared({ what: "Loading, the middle tenth", unit: "articles/s", against }, rates(middle), first),
    compared({ what: "Loading, the last tenth", unit: "articles/s", against }, rates(steps.length - tenth), first),
  ]
}

function roomOf({ articles, bodies, standings }: Counts, bytes: number, steps: Step[]): Row[] {
  const [each, body] = [bytes / articles, bodies / articles]
  const sent = steps.reduce((sum, step) => sum + step.bytes, 0) / steps.reduce((sum, step) => sum + step.articles, 0)
  return [
    { what: "Database", unit: "bytes/article", ours: each, against: "its body", other: body, ratio: each / body },
    { what: "Database", unit: "bytes/article", ours: each, against: "as it was sent", other: sent, ratio: each / sent },
    { what: "Standings", unit: "/article", ours: standings / articles },
    { what: "Database, all", unit: "MB", ours: bytes / 2 ** 20 },
  ]
}

function trialsOf({ articles, trials }: Look, first: Look | undefined): Row[] {
  return [...trials].map(([what, times]) =>
    compared(
      {
        what: `${what}, ${articles.toLocaleString("en")} articles`,
        unit: "ms",
        against: `at ${first?.articles.toLocaleString("en")}`,
      },
      sampleOf(times),
      sampleOf(first?.trials.get(what) ?? []),
    ),
  )
}

/** Bytes of the database's file. */
async function sizeOf(miniflare: Miniflare): Promise<number> {
  const database = await miniflare.getD1Database("DB")
  return (await database.prepare("select 1").run()).meta.size_after
}

interface Counts {
  articles: number
  /** Bytes. */
  bodies: number
  standings: number
}

async function countsOf(miniflare: Miniflare, expected: number): Promise<Counts> {
  const database = await miniflare.getD1Database("DB")
  const counts = await database
    .prepare(
      `select (select count(*) from articles where state = 'published') articles,
        (select sum(length(cast(html as blob))) from bodies) bodies, (select count(*) from memberships) memberships`,
    )
    .first<Counts>()
  if (counts?.articles !== expected) throw new Error(`${expected} articles were pushed, ${counts?.articles} are held`)
  return counts
}
