/** One request of a publisher, from its bytes to the answer; what is written down of it stands in noting.ts. */
import type { Context } from "hono"
import { client } from "../db/client.ts"
import type { AppEnv } from "../env.ts"
import { readBytes } from "../http/body.ts"
import { sha256 } from "../http/digest.ts"
import { orLogged } from "../http/log.ts"
import { knownParameters } from "../http/parameters.ts"
import { Problem } from "../http/problem.ts"
import { accept } from "./accept.ts"
import { deliveryOf, resultsOf } from "./answer.ts"
import { authenticate, type Sender } from "./authenticate.ts"
import { keepReceived } from "./bytes.ts"
import type { Message } from "./dialects/message.ts"
import { type Door, nameOf } from "./doors.ts"
import { fetchDue } from "./fetched.ts"
import { readLetterOf } from "./log.ts"
import { isLetter, noteLetter, noteTaken, noteTurnedAway, type Seen } from "./noting.ts"
import { mustHaveLeft } from "./quota.ts"
import { readLetter } from "./read.ts"
import { rehearse } from "./receive.ts"
import { isThin, markDue } from "./sources.ts"

/** Bytes of one message. */
export const BODY_LIMIT = 1024 * 1024

/** A request with its body. */
type Bytes = Seen & { body: Uint8Array }

/**
 * Takes a message at a door. What is refused although it authenticated is kept as a dead letter before it is answered.
 * @throws Problem; see docs/errors.md
 */
export async function takeMessage(c: Context<AppEnv>, slug: string, door: Door): Promise<Response> {
  const body = await readBytes(c.req.raw, BODY_LIMIT).catch(() => {
    throw new Problem("invalid_message", "The body broke off before its end: send it again.")
  })
  const seen = await seenOf(c, door, body ?? new Uint8Array())
  try {
    if (!body) throw new Problem("body_too_large", `The body has more than ${BODY_LIMIT} bytes. Split the batch.`)
    const sender = await authenticate(c, { slug, door, body, bodySha256: seen.bodySha256, now: c.var.now })
    mustHaveLeft(slug, sender.bytesToday, body.length, c.var.now)
    return await takeFrom(c, sender, { ...seen, body }, door)
  } catch (error) {
    noteTurnedAway(c, slug, seen, error)
    throw error
  }
}

/** What is known of a request before anybody is known by it. */
async function seenOf(c: Context<AppEnv>, door: Door, body: Uint8Array): Promise<Seen> {
  return {
    at: c.var.now,
    door: nameOf(door),
    contentType: c.req.header("content-type"),
    headers: c.req.raw.headers,
    bodySha256: await sha256(body),
    bytes: body.length,
  }
}

/** A message of somebody who is known, and may send. */
async function takeFrom(c: Context<AppEnv>, sender: Sender, bytes: Bytes, door: Door): Promise<Response> {
  // Not the time at which the request began: its body may have taken long, and commits are ordered by time.
  const now = c.var.clock()
  let isTrial = false
  let message: Message | undefined
  try {
    isTrial = isDryRun(c)
    if (isThin(sender.source) && !isTrial) return await takePing(c, sender, bytes, now)
    message = readLetter({ ...bytes, ...sender, door, signed: sender.verified !== "bearer" }, now)
    if (isTrial) return c.json(await tried(c, sender, message, now))
    if (message.items.length === 0) return await takeNothing(c, sender, bytes)
    return await takeArticles(c, sender, message, bytes, now)
  } catch (error) {
    if (isTrial || !isLetter(error)) throw error
    // Of a message that could be read it is known what was rejected: all of it.
    const rejected = message?.items.map(({ raw }) => raw) ?? []
    const deliveryId = await noteLetter(c, sender, bytes, { error, rejected })
    if (error instanceof Problem) error.headers.location ??= locationOf(c, sender.publisher.slug, deliveryId)
    throw error
  }
}

function isDryRun(c: Context<AppEnv>): boolean {
  const { dry_run: dryRun } = knownParameters(c, ["dry_run"])
  if (dryRun === undefined || dryRun === "1") return dryRun === "1"
  throw new Problem("invalid_parameter", "dry_run must be 1 or left out.", [
    { parameter: "dry_run", detail: "must be 1" },
  ])
}

async function tried(c: Context<AppEnv>, { publisher }: Sender, message: Message, now: number): Promise<object> {
  const { entries, outcomes, directory } = await rehearse(client(c.env.DB), message, publisher, now)
  return { dry_run: true, results: resultsOf(entries, outcomes, directory, c.var.settings) }
}

/** Where the publisher can ask later what became of a message. */
function locationOf(c: Context<AppEnv>, slug: string, deliveryId: string): string {
  return `${c.var.settings.feedsUrl}/push/${slug}/deliveries/${encodeURIComponent(deliveryId)}`
}

async function takeArticles(
  c: Context<AppEnv>,
  sender: Sender,
  message: Message,
  bytes: Bytes,
  now: number,
): Promise<Response> {
  const wire = { env: c.env, ctx: c.executionCtx, requestId: c.var.requestId, now }
  const { id, delivery, entries, directory, replayed } = await accept(wire, message, { ...sender, ...bytes })
  const { slug, uid } = sender.publisher
  const errors = entries.flatMap((entry) => entry.errors ?? [])
  const rejected = message.items.flatMap(({ raw }, no) => (entries[no]?.outcome === "rejected" ? [raw] : []))
  // The letter of the first time stands, or was closed; only if it could not be written then, it is now.
  const isNoted = replayed && rejected.length > 0 && (await readLetterOf(client(c.env.DB), uid, id)) !== undefined
  // What could not be stored must be known before it is acknowledged; that all was well may be noted later.
  if (rejected.length > 0 && !isNoted) await noteLetter(c, sender, bytes, { errors, rejected, isRepetition: replayed })
  else noteTaken(c, sender, bytes, 200, replayed)
  return c.json(deliveryOf(id, delivery, entries, directory, c.var.settings), 200, {
    location: locationOf(c, slug, id),
    ...(replayed && { "webhook-replayed": "true" }),
  })
}

/**
 * An event that means nothing to a wire (a page of the CMS, a feed without entries), as far as is known today: a mapping may
 * be mended, and then it is replayed.
 */
async function takeNothing(c: Context<AppEnv>, sender: Sender, bytes: Bytes): Promise<Response> {
  await keepReceived(c.env.RECEIVED, bytes.bodySha256, bytes.body)
  noteTaken(c, sender, bytes, 200)
  return c.json({ delivery: null, results: [] })
}

/** The sender only says that something changed: its registered feed tells what. */
async function takePing(c: Context<AppEnv>, sender: Sender, bytes: Bytes, now: number): Promise<Response> {
  const { source } = sender
  if (!source?.feedUrl) {
    const detail = `The source ${source?.name} only says that something changed, and has no feed to look at: register one.`
    throw new Problem("invalid_message", detail)
  }
  await markDue(client(c.env.DB), [source.id], now)
  const { requestId, clock } = c.var
  c.executionCtx.waitUntil(
    orLogged(fetchDue({ env: c.env, ctx: c.executionCtx, requestId, now }, clock, [source.id]), "fetch_failed", {
      id: requestId,
    }),
  )
  noteTaken(c, sender, bytes, 202)
  return c.json({ feed: source.feedUrl, fetched: "soon" }, 202)
}
