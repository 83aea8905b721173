/** Registered feeds that a ping made due: fetched once, and what is new in them goes the way of every push. */
import { hex } from "../articles/article.ts"
import { client } from "../db/client.ts"
import { settings } from "../env.ts"
import { PROBLEMS, Problem, type ProblemError } from "../http/problem.ts"
import { type Changed, type Fetched, fetchFeed } from "../poll/fetch.ts"
import { acceptAll, type Wire } from "./accept.ts"
import { type Attempt, record } from "./attempts.ts"
import { keepDead } from "./bytes.ts"
import { type Door, nameOf } from "./doors.ts"
import { type Publisher, readPublisherByUid } from "./publishers.ts"
import { type Letter, readLetter } from "./read.ts"
import { claimDue, failFetch, finishFetch, type Source } from "./sources.ts"

/** Feeds that are fetched at once: a Worker has six connections. */
const AT_ONCE = 5

/**
 * Fetches feeds that are due. What fails stays due, and the sweep repeats it.
 * @param clock for how long each took
 * @param ids only these; left out, those that have waited longest
 * @returns how many were fetched.
 */
export async function fetchDue(wire: Wire, clock: () => number, ids?: string[]): Promise<number> {
  const sources = await claimDue(client(wire.env.DB), AT_ONCE, wire.now, ids)
  await Promise.all(sources.map((source) => fetchOne(wire, clock, source)))
  return sources.length
}

/** Whatever becomes of one feed, it does not stop the others: failures are state. */
async function fetchOne(wire: Wire, clock: () => number, source: Source): Promise<void> {
  const db = client(wire.env.DB)
  try {
    const fetched = await ask(wire, source, clock())
    if (fetched.outcome === "failed") return await failFetch(db, source, fetched, clock())
    if (fetched.outcome === "changed") await store({ ...wire, now: clock() }, clock, source, fetched)
    await finishFetch(db, source, fetched, clock())
  } catch (error) {
    // Ours: the feed came and could not be stored. It stays due.
    console.error(
      JSON.stringify({ level: "error", event: "fetch_not_stored", source: source.id, error: String(error) }),
    )
    await failFetch(db, source, { detail: "The wire could not store what was fetched.", again: true }, clock())
  }
}

function ask({ env }: Wire, source: Source, now: number): Promise<Fetched> {
  const { allowLoopback, feedsUrl } = settings(env)
  return fetchFeed(
    { url: source.feedUrl ?? "", etag: source.etag ?? undefined, lastModified: source.lastModified ?? undefined },
    { allowLoopback, ownHosts: [new URL(feedsUrl).host], userAgent: `feedwire/0.1 (+${feedsUrl})`, now },
  )
}

/** What cannot be understood of a feed is a dead letter, like any other message: the next fetch that comes through ends it. */
async function store(wire: Wire, clock: () => number, source: Source, { bytes, contentType }: Changed): Promise<void> {
  const { env, now } = wire
  const publisher = await readPublisherByUid(client(env.DB), source.publisherUid)
  if (!publisher) return
  const door: Door = { kind: "feed", name: source.name }
  const bodySha256 = hex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)))
  const attempt: Attempt = {
    ...{
      publisherUid: publisher.uid,
      at: now,
      door: nameOf(door),
      deliveryId: `${source.name}.feed`,
      verified: "fetch",
    },
    ...{ messageAt: now, contentType, headers: new Headers(), bodySha256, bytes: bytes.length },
  }
  const { errors, problem } = await stored(wire, { ...attempt, door, source, body: bytes, signed: false }, publisher)
  const isLetter = errors.length > 0 || problem !== undefined
  if (isLetter) await keepDead(env.RECEIVED, bodySha256, bytes)
  const status = problem === undefined ? 200 : PROBLEMS[problem.code][0]
  const result = { status, ms: clock() - now, code: problem?.code, detail: problem?.message, errors, isLetter }
  await record(client(env.DB), attempt, result)
}

/** @throws what is not the feed's fault */
async function stored(
  wire: Wire,
  letter: Omit<Attempt, "door"> & Letter & { source: Source },
  publisher: Publisher,
): Promise<{ errors: ProblemError[]; problem?: Problem }> {
  const { bodySha256, body, source } = letter
  // The same after a crash: what was stored of this fetch is not stored again.
  const deliveryId = `${letter.deliveryId}.${source.dueAt}.${bodySha256.slice(0, 16)}`
  try {
    const message = readLetter(letter, wire.now)
    return { errors: await acceptAll(wire, message, { publisher, deliveryId, bodySha256, body }) }
  } catch (error) {
    if (!(error instanceof Problem) || error.code === "storage_unavailable") throw error
    return { errors: error.errors, problem: error }
  }
}
