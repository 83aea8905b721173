/**
 * Pushes an archive, and measures the time of a feed and of a push while the archive grows. This takes minutes and
 * writes gigabytes to the system's folder for temporary files, so the plain run does not include it.
 */
import type { Miniflare } from "miniflare"
import { secondsSince } from "../scripts/terminal.ts"
import { DAILY_LIMIT_BYTES } from "../src/push/auth/quota.ts"
import { assertEntries, get } from "./answers.ts"
import { archived, HISTORY_SECTIONS, LONG_BODY_BYTES } from "./articles.ts"
import { Connection } from "./connection.ts"
import { createPublisher, createSections, FEED_ENTRIES, WRITER } from "./filling.ts"
import { measureIndexing, untilIndexed } from "./indexing.ts"
import { measureMirror } from "./mirror.ts"
import { type PushTarget, requestOf, signedPush } from "./requests.ts"
import { ARCHIVE, compared, type Row, type Section } from "./results.ts"
import { sampleOf } from "./rounds.ts"
import { measureSearch } from "./search.ts"
import { WORDS } from "./vocabulary.ts"
import { workerdMegabytes } from "./weight.ts"
import { HOSTS, migrate, startBehindTheEdge } from "./wire.ts"

export const FULL_ARCHIVE = 100_000
/** With fewer articles, the feeds would not be full at the first measurement. */
export const MIN_ARCHIVE = 1000

const [MAX_ARTICLES, MAX_BYTES] = [100, 1024 * 1024]
/** How often each kind is measured at each size, after warm-ups that do not count. */
const [TRIALS, WARM_UPS] = [30, 3]
const PROGRESS_STEPS = 20

const [SECTION] = HISTORY_SECTIONS
const FEEDS = { "MISS of a section": `/sections/${SECTION}/feed.rss`, "MISS of everything": "/feed.rss" }
const HOST = HOSTS.behindTheEdge

/** The wire that is being filled, and the only connection to this wire. */
interface LoadedWire {
  miniflare: Miniflare
  url: string
  connection: Connection
}

interface SentMessage {
  articles: number
  bytes: number
  /** Milliseconds from the message to its answer. */
  milliseconds: number
}

/** The measurements at the time when the wire had this number of articles. */
interface Checkpoint {
  articles: number
  /** Articles that were not yet in the search index. */
  waiting: number
  /** The milliseconds of each trial, by the name of the trial's kind. */
  trials: Map<string, number[]>
}

/**
 * @param script is the bundle of the wire
 * @param count is the number of articles
 * @param started is called with the workerd that must be stopped if this process is stopped, and with undefined when
 *   that workerd has ended
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
    const report = (done: string) => console.log(`  ${done} after ${secondsSince(began)}`)
    await migrate(miniflare, [undefined])
    await createSections(url, HISTORY_SECTIONS)
    const empty = await sizeOf(miniflare)
    const connection = await Connection.open(Number(new URL(url).port))
    const { messages, checkpoints, publishers } = await load({ miniflare, url, connection }, count, report)
    connection.close()
    await untilIndexed(miniflare)
    const counts = await countsOf(miniflare, count + checkpoints.length * (TRIALS + WARM_UPS))
    const bytes = (await sizeOf(miniflare)) - empty
    const rows = [
      ...ratesOf(messages),
      ...sizesOf(counts, bytes, messages),
      ...(await measureIndexing(miniflare, counts.articles)),
      ...checkpoints.slice(1).flatMap((checkpoint) => trialsOf(checkpoint, checkpoints[0])),
      { what: "Memory of workerd", unit: "MB", ours: workerdMegabytes() },
    ]
    const archive = { title: ARCHIVE, about: aboutOf(count, messages, publishers, checkpoints), rows }
    report("Indexed")
    const mirror = await measureMirror(url, counts.articles)
    report("Mirrored")
    const search = await measureSearch(url, counts.articles)
    report("Searched")
    return [archive, mirror, search]
  } finally {
    await miniflare.dispose()
    started(undefined)
  }
}

function aboutOf(count: number, messages: SentMessage[], publishers: number, checkpoints: Checkpoint[]): string[] {
  const megabytes = messages.reduce((sum, { bytes }) => sum + bytes, 0) / 2 ** 20
  return [
    `${count.toLocaleString("en")} Arabic articles with about ${LONG_BODY_BYTES / 1000} KB of body each, all of them different, the oldest first, with \`_feedwire.backfill\`: ${Math.round(megabytes)} MB in ${messages.length} signed messages of at most ${MAX_ARTICLES} articles and 1 MiB, sent one after another over one connection. They come from ${publishers} publishers, because one may send 256 MiB a day. The bundle is the deployed one, with a context that says that Workers Cache is in front. The archive is a burst, so sweeps index it for search, as in production. The rates do not include the sweeps, and each of these sizes was measured after them (${checkpoints.map(({ articles, waiting }) => `at ${articles.toLocaleString("en")} articles ${waiting.toLocaleString("en")} were not yet indexed`).join(", ")}).`,
    `A quarter of the words of the bodies come from ${WORDS.toLocaleString("en")} generated words whose frequency follows Zipf's law, so that words are as rare as in a real archive.`,
    `Each rate is about a tenth of the messages: the median, the slowest and the fastest. It does not include the time to write and sign the messages. D1 reports the database bytes: its file, with all indexes and the log of attempts, which the sweep deletes later. The received bytes are in R2 and are not counted.`,
    `Search index: the bytes of its blocks and of its document lengths. Indexing again: the offset is moved back, and sweeps remove and insert the articles that changed last.`,
    `MISS and push of one article: ${TRIALS} trials of each at each size, with median, minimum and maximum. The pushed article is like the articles of the archive, but without backfill, so it is announced.`,
  ]
}

async function load(wire: LoadedWire, count: number, report: (done: string) => void) {
  const oldest = Date.now() - (count + 1) * 60_000
  const senderOf = senders(wire.url)
  const writer = targetOf(WRITER, await createPublisher(wire.url, WRITER))
  const sizes = [count / 10, count / 2, count]
  const checkpoints: Checkpoint[] = []
  const messages: SentMessage[] = []
  let publishers = 0
  let reported = 0
  for (let no = 0; no < count; ) {
    const { message, articles } = messageFrom(no, count, oldest)
    const bytes = Buffer.byteLength(message)
    const sender = await senderOf(bytes)
    publishers = sender.no
    const milliseconds = await push(wire.connection, sender.target, `archive-${no}`, message)
    messages.push({ articles, bytes, milliseconds })
    no += articles
    if (no >= (sizes[checkpoints.length] ?? Number.POSITIVE_INFINITY)) {
      checkpoints.push(await measureCheckpoint(wire, writer, no, count))
    }
    if (no * PROGRESS_STEPS < (reported + 1) * count) continue
    reported = Math.floor((no * PROGRESS_STEPS) / count)
    report(`${no.toLocaleString("en")} articles`)
  }
  return { messages, checkpoints, publishers }
}

/** Makes a message with as many of the next articles as the limits allow. */
function messageFrom(first: number, count: number, oldest: number): { message: string; articles: number } {
  const frame = { type: "article.published", timestamp: new Date().toISOString(), data: [] }
  const start = JSON.stringify(frame).slice(0, -"]}".length)
  const texts: string[] = []
  let bytes = start.length + "]}".length
  for (let no = first; no < count && texts.length < MAX_ARTICLES; no++) {
    const item = archived(no, "archive", oldest + no * 60_000)
    const text = JSON.stringify({ ...item, _feedwire: { ...item._feedwire, backfill: true } })
    bytes += Buffer.byteLength(text) + ",".length
    if (bytes > MAX_BYTES) break
    texts.push(text)
  }
  return { message: `${start}${texts.join()}]}`, articles: texts.length }
}

const targetOf = (slug: string, secret: string): PushTarget => ({ host: HOST, path: `/push/${slug}`, secret })

/** Chooses the publisher for the next bytes: a new one as soon as the last one has used up its daily limit. */
function senders(url: string): (bytes: number) => Promise<{ target: PushTarget; no: number }> {
  let sent = Number.POSITIVE_INFINITY
  let no = 0
  let target: PushTarget | undefined
  return async (bytes) => {
    sent += bytes
    if (target === undefined || sent > DAILY_LIMIT_BYTES) {
      no += 1
      sent = bytes
      target = targetOf(`archive-${no}`, await createPublisher(url, `archive-${no}`))
    }
    return { target, no }
  }
}

/** @returns milliseconds from the request to the end of the answer */
async function push(connection: Connection, target: PushTarget, id: string, message: string): Promise<number> {
  return time(connection, await signedPush(target, id, message))
}

async function time(connection: Connection, request: Buffer): Promise<number> {
  const sent = performance.now()
  const { status } = await connection.send(request)
  if (status !== 200) throw new Error(`the wire answered ${status}`)
  return performance.now() - sent
}

/** @param articles is the number of articles in the archive; this function pushes articles with higher numbers */
async function measureCheckpoint(
  { miniflare, url, connection }: LoadedWire,
  writer: PushTarget,
  articles: number,
  count: number,
): Promise<Checkpoint> {
  const waiting = await untilIndexed(miniflare)
  const trials = new Map<string, number[]>()
  const measure = async (name: string, attempt: (no: number) => Promise<number>) => {
    const times: number[] = []
    for (let no = 0; no < WARM_UPS + TRIALS; no++) times.push(await attempt(no))
    trials.set(name, times.slice(WARM_UPS))
  }
  await measure("Push of one article", (trial) => {
    // Every HISTORY_SECTIONS-th article is in the section whose feed is measured.
    const no = (count + articles + trial) * HISTORY_SECTIONS.length
    const data = archived(no, "today", Date.now() - 1000)
    const message = JSON.stringify({ type: "article.published", timestamp: new Date().toISOString(), data })
    return push(connection, writer, `today-${no}`, message)
  })
  for (const [name, path] of Object.entries(FEEDS)) {
    assertEntries(await get(url, { host: HOST, path }), FEED_ENTRIES, path)
    await measure(name, () => time(connection, requestOf("GET", HOST, path, {}, new Uint8Array())))
  }
  return { articles, waiting, trials }
}

function ratesOf(messages: SentMessage[]): Row[] {
  const tenth = Math.max(1, Math.floor(messages.length / 10))
  const middle = Math.floor((messages.length - tenth) / 2)
  const rate = ({ articles, milliseconds }: SentMessage) => (articles * 1000) / milliseconds
  const rates = (from: number) => sampleOf(messages.slice(from, from + tenth).map(rate))
  const first = rates(0)
  const against = "the first tenth"
  const sum = (member: keyof SentMessage) => messages.reduce((total, message) => total + message[member], 0)
  return [
    { what: "Loading, all", unit: "articles/s", ours: (sum("articles") * 1000) / sum("milliseconds") },
    { what: "Loading, the first tenth", unit: "articles/s", ours: first },
    compared({ what: "Loading, the middle tenth", unit: "articles/s", against }, rates(middle), first),
    compared({ what: "Loading, the last tenth", unit: "articles/s", against }, rates(messages.length - tenth), first),
  ]
}

function sizesOf({ articles, bodies, memberships }: Counts, bytes: number, messages: SentMessage[]): Row[] {
  const [each, body] = [bytes / articles, bodies / articles]
  const sum = (member: "articles" | "bytes") => messages.reduce((total, message) => total + message[member], 0)
  const sent = sum("bytes") / sum("articles")
  return [
    { what: "Database", unit: "bytes/article", ours: each, against: "its body", other: body, ratio: each / body },
    { what: "Database", unit: "bytes/article", ours: each, against: "as it was sent", other: sent, ratio: each / sent },
    { what: "Memberships", unit: "/article", ours: memberships / articles },
    { what: "Database, all", unit: "MB", ours: bytes / 2 ** 20 },
  ]
}

function trialsOf({ articles, trials }: Checkpoint, first: Checkpoint | undefined): Row[] {
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

async function sizeOf(miniflare: Miniflare): Promise<number> {
  const database = await miniflare.getD1Database("DB")
  return (await database.prepare("select 1").run()).meta.size_after
}

interface Counts {
  articles: number
  bodies: number
  memberships: number
}

async function countsOf(miniflare: Miniflare, expected: number): Promise<Counts> {
  const database = await miniflare.getD1Database("DB")
  const counts = await database
    .prepare(
      `select (select count(*) from articles where state = 'published') articles,
        (select sum(length(cast(html as blob))) from bodies) bodies, (select count(*) from memberships) memberships`,
    )
    .first<Counts>()
  if (counts?.articles !== expected)
    throw new Error(`${expected} articles were pushed, the wire has ${counts?.articles}`)
  return counts
}
