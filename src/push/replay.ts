/**
 * Replays: what was received is read again as it came, by what is known of its sender today, with its original message
 * time. So an article that has changed since stays as it is, and a message that is replayed twice changes nothing twice.
 */
import { sql } from "drizzle-orm"
import { client } from "../db/client.ts"
import { PROBLEMS, Problem, type ProblemError } from "../http/problem.ts"
import { acceptAll, type Wire } from "./accept.ts"
import { closeLetters, record, type Verified } from "./attempts.ts"
import { readKept } from "./bytes.ts"
import { doorOf, sourceOf } from "./doors.ts"
import type { LoggedAttempt } from "./log.ts"
import { readPublisherByUid } from "./publishers.ts"
import { readLetter } from "./read.ts"
import { isThin, readSource } from "./sources.ts"

export interface Replayed {
  seq: number
  publisher: string
  delivery: string
  outcome: "replayed" | "refused"
  /** Why it was refused, or what of it still cannot be stored. */
  code?: string
  detail?: string
  errors: ProblemError[]
}

/**
 * Replays one attempt. What comes through closes its dead letter; what does not leaves it open, and says why.
 * @throws what D1 and R2 throw
 */
export async function replay(wire: Wire, clock: () => number, attempt: LoggedAttempt): Promise<Replayed> {
  const began = clock()
  const { seq, deliveryId } = attempt
  const result = await deliver(wire, attempt).then(
    ({ errors }) => ({ errors, problem: undefined }),
    (error: unknown) => {
      if (!(error instanceof Problem) || error.code === "storage_unavailable") throw error
      return { errors: error.errors, problem: error }
    },
  )
  const { errors, problem } = result
  const isDone = problem === undefined && errors.length === 0
  const db = client(wire.env.DB)
  if (isDone) await db.run(closeLetters(sql`seq = ${seq}`, "replayed", wire.now))
  const noted = {
    publisherUid: attempt.publisherUid,
    at: wire.now,
    door: attempt.door,
    deliveryId: `${deliveryId}.replay`,
    verified: "replay" as const,
    messageAt: attempt.messageAt,
    contentType: attempt.contentType ?? undefined,
    headers: new Headers(),
    bodySha256: attempt.bodySha256,
    bytes: 0,
  }
  await record(db, noted, {
    status: problem ? PROBLEMS[problem.code][0] : 200,
    ms: clock() - began,
    code: problem?.code,
    detail: problem?.message,
    errors,
    replayOf: seq,
  })
  return {
    seq,
    publisher: attempt.publisher,
    delivery: deliveryId,
    outcome: isDone ? "replayed" : "refused",
    errors,
    ...(problem && { code: problem.code, detail: problem.message }),
  }
}

/** Attempts of strangers, and replays, which have nothing of their own. */
const NOBODYS: ReadonlySet<string> = new Set<Verified>(["refused", "none", "replay"])

const notReplayable = (why: string): Problem => new Problem("not_replayable", why)

/** @throws Problem if it still cannot be understood, or can no longer be. */
async function deliver(wire: Wire, attempt: LoggedAttempt): Promise<{ errors: ProblemError[] }> {
  const { env, now } = wire
  const db = client(env.DB)
  const door = doorOf(attempt.door)
  if (!door) throw notReplayable("A ping holds no articles: ping again, and the feed is fetched.")
  if (NOBODYS.has(attempt.signature)) throw notReplayable("It is not known who sent it.")
  const publisher = await readPublisherByUid(db, attempt.publisherUid)
  if (publisher?.state !== "active") throw notReplayable(`The publisher ${attempt.publisher} is not active.`)
  const source = await readSource(db, publisher.uid, sourceOf(door))
  if (door.kind === "source" && (!source || isThin(source))) {
    throw notReplayable(`Messages of the source ${door.name} are not taken for content: it is gone, or not trusted.`)
  }
  const body = await readKept(env.RECEIVED, attempt)
  if (!body) throw notReplayable("Its bytes are kept no longer: ask the publisher to send it again.")
  const message = readLetter(
    {
      door,
      body,
      contentType: attempt.contentType ?? undefined,
      headers: new Headers(attempt.headers),
      messageAt: attempt.messageAt,
      signed: attempt.signature !== "bearer",
      source,
    },
    now,
  )
  if (message.items.length === 0) throw notReplayable("By what is known of its sender today it holds no article.")
  // Not under its own id: that may stand for what was stored of it, and be answered as the first time.
  const deliveryId = `${attempt.deliveryId}.replay.${attempt.seq}.${now}`
  return acceptAll(wire, message, { publisher, deliveryId, bodySha256: attempt.bodySha256, body })
}
