/** Registered feeds that a ping made due: fetched once, and what is new in them goes the way of every push. */
import { client } from "../db/client.ts"
import { settings } from "../env.ts"
import { sha256 } from "../http/digest.ts"
import { logError } from "../http/log.ts"
import { PROBLEMS, Problem, type ProblemError } from "../http/problem.ts"
import { type Changed, type Fetched, fetchFeed } from "../poll/fetch.ts"
import { acceptAll, type Wire } from "./accept.ts"
import { type Attempt, record } from "./attempts.ts"
import { keepDead } from "./bytes.ts"
import type { ParsedItem } from "./dialects/item.ts"
import { type Door, nameOf } from "./doors.ts"
import { letterOfEntries } from "./entries-letter.ts"
import { type Publisher, readPublisherByUid } from "./publishers.ts"
import { type Letter, readLetter } from "./read.ts"
import { claimDue, failFetch, finishFetch, type Source } from "./sources.ts"

/** Feeds that are fetched at once: a Worker has six connections. */
const AT_ONCE = 5

/**
 * Fetches feeds that are due. What fails stays due, and the sweep repeats it.
 * @param clock when a lease begins and for how long each took: a sweep may have been at work for a while
 * @param ids only these; left out, those that have waited longest
 * @returns how many were fetched.
 */
export async function fetchDue(wire: Wire, clock: () => number, ids?: string[]): Promise<number> {
  const sources = await claimDue(client(wire.env.DB), AT_ONCE, clock(), ids)
  await Promise.all(sources.map((source) => fetchOne(wire, clock, source)))
  return sources.length
}

/** Whatever becomes of one feed, it does not stop the others: failures are state. */
async function fetchOne(wire: Wire, clock: () => number, source: Source): Promise<void> {
  const db = client(wire.env.DB)
  try {
    const publisher = await readPublisherByUid(db, source.publisherUid)
    // An operator may have taken the origin away since the feed was registered.
    if (!publisher || !isRegistered(source.feedUrl, publisher)) {
      const detail = `${source.feedUrl} is on no origin that is registered for its publisher.`
      return await failFetch(db, source, { detail, again: false }, clock())
    }
    const fetched = await ask(wire, source, clock())
    if (fetched.outcome === "failed") return await failFetch(db, source, fetched, clock())
    const hash = fetched.outcome === "changed" ? await sha256(fetched.bytes) : source.bodySha256
    // Many servers say of the same document that it has changed.
    if (fetched.outcome === "changed" && hash !== source.bodySha256) {
      await store({ ...wire, now: clock() }, clock, publisher, source, fetched)
    }
    // A feed that moved for good is followed, if to where its publisher is at home.
    const movedTo = isRegistered(fetched.permanentUrl, publisher) ? fetched.permanentUrl : undefined
    await finishFetch(db, source, fetched, { movedTo, bodySha256: hash }, clock())
  } catch (error) {
    // Ours: the feed came and could not be stored. It stays due.
    logError("fetch_not_stored", error, { source: source.id })
    await failFetch(db, source, { detail: "The wire could not store what was fetched.", again: true }, clock())
  }
}

const isRegistered = (url: string | null | undefined, { origins }: Publisher): url is string =>
  url != null && origins.includes(new URL(url).origin)

function ask({ env }: Wire, source: Source, now: number): Promise<Fetched> {
  const { allowLoopback, feedsUrl } = settings(env)
  return fetchFeed(
    { url: source.feedUrl ?? "", etag: source.etag ?? undefined, lastModified: source.lastModified ?? undefined },
    { allowLoopback, ownHosts: [new URL(feedsUrl).host], userAgent: `feedwire/0.1 (+${feedsUrl})`, now },
  )
}

/**
 * A document that cannot be understood is a dead letter until the next one that can. Entries that cannot be stored are one for
 * themselves, the same as long as they are the same: later documents may hold them no more.
 */
async function store(
  wire: Wire,
  clock: () => number,
  publisher: Publisher,
  source: Source,
  { bytes, contentType }: Changed,
): Promise<void> {
  const { env, now } = wire
  const db = client(env.DB)
  const door: Door = { kind: "feed", name: source.name }
  const attempt: Attempt = {
    publisherUid: publisher.uid,
    at: now,
    door: nameOf(door),
    deliveryId: `${source.name}.feed`,
    verified: "fetch",
    messageAt: now,
    contentType,
    headers: new Headers(),
    bodySha256: await sha256(bytes),
    bytes: bytes.length,
  }
  const letter = { ...attempt, door, source, body: bytes, signed: false }
  const { errors, rejected, problem } = await stored(wire, letter, publisher)
  const { deliveryId, isDismissed } =
    rejected.length === 0
      ? { deliveryId: attempt.deliveryId, isDismissed: false }
      : await letterOfEntries(db, publisher.uid, attempt.deliveryId, rejected)
  const isLetter = (errors.length > 0 || problem !== undefined) && !isDismissed
  await record(
    db,
    // What could be read ends the letter of what could not.
    { ...attempt, deliveryId, earlier: { id: attempt.deliveryId } },
    {
      status: problem === undefined ? 200 : PROBLEMS[problem.code][0],
      ms: clock() - now,
      code: problem?.code,
      detail: problem?.message,
      errors,
      kept: isLetter ? await keepDead(env.RECEIVED, attempt.bodySha256, bytes) : undefined,
    },
  )
}

/** @throws what is not the feed's fault */
async function stored(
  wire: Wire,
  letter: Omit<Attempt, "door"> & Letter & { source: Source },
  publisher: Publisher,
): Promise<{ errors: ProblemError[]; rejected: string[]; problem?: Problem }> {
  const { bodySha256, body, source } = letter
  // The same after a crash: what was stored of this fetch is not stored again.
  const deliveryId = `${letter.deliveryId}.${source.pingedAt}.${bodySha256.slice(0, 16)}`
  let items: ParsedItem[] = []
  try {
    const message = readLetter(letter, wire.now)
    items = message.items
    return await acceptAll(wire, message, { publisher, deliveryId, bodySha256, body })
  } catch (error) {
    if (!(error instanceof Problem) || error.code === "storage_unavailable") throw error
    // A document that could be read, of which nothing could be stored, holds entries that wait.
    return { errors: error.errors, rejected: items.map(({ raw }) => raw), problem: error }
  }
}
