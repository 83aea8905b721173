/** One request of a publisher from its bytes to the answer, and what is written down of it, whatever became of it. */
import type { Context } from "hono"
import { hex } from "../articles/article.ts"
import { client } from "../db/client.ts"
import type { AppEnv } from "../env.ts"
import { readBytes } from "../http/body.ts"
import { knownParameters } from "../http/parameters.ts"
import { isStorageFailure, PROBLEMS, Problem, type ProblemCode, type ProblemError } from "../http/problem.ts"
import { accept } from "./accept.ts"
import { deliveryOf, resultsOf } from "./answer.ts"
import { type Attempt, record, recordStranger } from "./attempts.ts"
import { authenticate, type Sender, UnrecognizedError } from "./authenticate.ts"
import { keepDead, keepReceived } from "./bytes.ts"
import type { Message } from "./dialects/message.ts"
import { type Door, nameOf } from "./doors.ts"
import { fetchDue } from "./fetched.ts"
import { readLetterOf } from "./log.ts"
import { mustHaveLeft, OverQuotaError } from "./quota.ts"
import { readLetter } from "./read.ts"
import { rehearse } from "./receive.ts"
import { isThin, markDue } from "./sources.ts"

/** Bytes of one message. */
export const BODY_LIMIT = 1024 * 1024

/** What became of a message that was not refused. */
interface Taken {
  status: 200 | 202
  answer: object
  headers: Record<string, string>
  /** What of it could not be stored. */
  errors: ProblemError[]
  isRepetition: boolean
}

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

/** A message of somebody who is known, and may send. */
async function takeFrom(
  c: Context<AppEnv>,
  sender: Sender,
  seen: Seen & { body: Uint8Array },
  door: Door,
): Promise<Response> {
  // Not the time at which the request began: its body may have taken long, and commits are ordered by time.
  const now = c.var.clock()
  const { body } = seen
  const attempt: Attempt = { ...seen, ...sender, publisherUid: sender.publisher.uid }
  const read = () => readLetter({ ...seen, ...sender, door, signed: sender.verified !== "bearer" }, now)
  let isTrial = false
  try {
    isTrial = isDryRun(c)
    if (isTrial) return c.json(await tried(c, sender, read(), now))
    const taken = isThin(sender.source)
      ? await takePing(c, sender, now)
      : await takeArticles(c, sender, read(), seen, now)
    await noteTaken(c, attempt, body, taken)
    return c.json(taken.answer, taken.status, taken.headers)
  } catch (error) {
    if (isTrial || !isLetter(error)) throw error
    const deliveryId = await bury(c, attempt, body, error)
    if (error instanceof Problem) error.headers.location ??= locationOf(c, sender.publisher.slug, deliveryId)
    throw error
  }
}

type Seen = Awaited<ReturnType<typeof seenOf>>

/** What is known of a request before anybody is known by it. */
async function seenOf(c: Context<AppEnv>, door: Door, body: Uint8Array) {
  return {
    at: c.var.now,
    door: nameOf(door),
    contentType: c.req.header("content-type"),
    headers: c.req.raw.headers,
    bodySha256: hex(new Uint8Array(await crypto.subtle.digest("SHA-256", body))),
    bytes: body.length,
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
  bytes: { body: Uint8Array; bodySha256: string },
  now: number,
): Promise<Taken> {
  if (message.items.length === 0) return takeNothing(c, bytes)
  const wire = { env: c.env, ctx: c.executionCtx, requestId: c.var.requestId, now }
  const { id, delivery, entries, directory, replayed } = await accept(wire, message, { ...sender, ...bytes })
  const { slug, uid } = sender.publisher
  const errors = entries.flatMap((entry) => entry.errors ?? [])
  // The letter of the first time stands, or was closed; only if it could not be written then, it is now.
  const isNoted = replayed && errors.length > 0 && (await readLetterOf(client(c.env.DB), uid, id)) !== undefined
  return {
    status: 200,
    answer: deliveryOf(id, delivery, entries, directory, c.var.settings),
    headers: { location: locationOf(c, slug, id), ...(replayed && { "webhook-replayed": "true" }) },
    errors: isNoted ? [] : errors,
    isRepetition: replayed,
  }
}

/**
 * An event that means nothing to a wire (a page of the CMS, a feed without entries), as far as is known today: a mapping may
 * be mended, and then it is replayed.
 */
async function takeNothing(c: Context<AppEnv>, bytes: { body: Uint8Array; bodySha256: string }): Promise<Taken> {
  await keepReceived(c.env.RECEIVED, bytes.bodySha256, bytes.body)
  return { status: 200, answer: { delivery: null, results: [] }, headers: {}, errors: [], isRepetition: false }
}

/** The sender only says that something changed: its registered feed tells what. */
async function takePing(c: Context<AppEnv>, { source }: Sender, now: number): Promise<Taken> {
  if (!source?.feedUrl) {
    const detail = `The source ${source?.name} only says that something changed, and has no feed to look at: register one.`
    throw new Problem("invalid_message", detail)
  }
  await markDue(client(c.env.DB), [source.id], now)
  const { requestId, clock } = c.var
  c.executionCtx.waitUntil(fetchDue({ env: c.env, ctx: c.executionCtx, requestId, now }, clock, [source.id]))
  return {
    status: 202,
    answer: { feed: source.feedUrl, fetched: "soon" },
    headers: {},
    errors: [],
    isRepetition: false,
  }
}

/** Those who may not come in are written down, a few of them an hour, and nobody waits for it. */
const TURNED_AWAY: ProblemCode[] = ["unauthorized", "publisher_disabled", "publisher_removed", "body_too_large"]

function noteTurnedAway(c: Context<AppEnv>, slug: string, seen: Seen, error: unknown): void {
  if (!(error instanceof Problem)) return
  if (!(error instanceof OverQuotaError) && !TURNED_AWAY.includes(error.code)) return
  // A message that was too large in another way was read: it is a letter, or was only tried.
  if (error.code === "body_too_large" && seen.bytes > 0) return
  const attempt = { ...seen, deliveryId: "", verified: "refused", messageAt: seen.at } as const
  const detail = error instanceof UnrecognizedError ? error.why : error.message
  const [status] = PROBLEMS[error.code]
  const result = { status, ms: c.var.clock() - seen.at, code: error.code, detail }
  noteLater(c, recordStranger(client(c.env.DB), slug, attempt, result))
}

async function noteTaken(
  c: Context<AppEnv>,
  attempt: Attempt,
  body: Uint8Array,
  { status, errors, isRepetition }: Taken,
): Promise<void> {
  const kept = errors.length > 0 ? await keepDead(c.env.RECEIVED, attempt.bodySha256, body) : undefined
  const result = { status, ms: c.var.clock() - attempt.at, errors, kept, isRepetition }
  const recorded = record(client(c.env.DB), attempt, result)
  // What could not be stored must be known before it is acknowledged; that all was well may be noted later.
  if (kept) await recorded
  else noteLater(c, recorded)
}

/** What was answered stands, also where it cannot be noted any more: then only the log knows of it. */
function noteLater(c: Context<AppEnv>, recorded: Promise<void>): void {
  const { requestId: id } = c.var
  const lost = (error: unknown) =>
    console.error(JSON.stringify({ level: "error", event: "attempt_not_recorded", id, error: String(error) }))
  c.executionCtx.waitUntil(recorded.catch(lost))
}

/** Failures after which it would help nobody to keep the message: it was not understood to be asked again. */
const NO_LETTERS: ReadonlySet<ProblemCode> = new Set(["storage_unavailable", "unauthorized", "too_many_requests"])

/** Whether the message stays undelivered until somebody does something: also where it is we who failed on it. */
function isLetter(error: unknown): boolean {
  return error instanceof Problem ? !NO_LETTERS.has(error.code) : !isStorageFailure(error)
}

/** @returns the id of the letter's delivery. */
async function bury(c: Context<AppEnv>, attempt: Attempt, body: Uint8Array, error: unknown): Promise<string> {
  const problem = error instanceof Problem ? error : new Problem("internal_error", String(error))
  const { code, message: detail, errors } = problem
  const [status] = PROBLEMS[code]
  const kept = await keepDead(c.env.RECEIVED, attempt.bodySha256, body)
  // Another message under an id that was used must not be closed by a repetition of the first.
  const deliveryId =
    code === "delivery_id_reused" ? `${attempt.deliveryId}.${attempt.bodySha256.slice(0, 16)}` : attempt.deliveryId
  const result = { status, ms: c.var.clock() - attempt.at, code, detail, errors, kept }
  await record(client(c.env.DB), { ...attempt, deliveryId }, result)
  return deliveryId
}
