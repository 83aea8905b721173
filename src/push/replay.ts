/**
 * Replays a stored message with its original time and the sender's settings of today. An article that has changed
 * since stays as it is, and a second replay of the same message changes nothing.
 */
import { sql } from "drizzle-orm"
import { createDbClient } from "../db/client.ts"
import { PROBLEMS, Problem, type ProblemError } from "../http/problem.ts"
import type { LoggedAttempt } from "./attempts/read-attempts.ts"
import { readStored } from "./attempts/stored-bytes.ts"
import { closeDeadLetters, recordAttempt } from "./attempts/write-attempts.ts"
import type { AuthenticationMethod } from "./auth/authenticate.ts"
import { parseEndpoint, sourceNameOf } from "./auth/endpoints.ts"
import { readPublisherByUid } from "./auth/publishers.ts"
import { isNotificationOnly, readSource } from "./auth/sources.ts"
import { ingestAll, type Wire } from "./ingest/ingest.ts"
import { readMessage } from "./ingest/read-message.ts"

export interface ReplayResult {
  id: number
  publisher: string
  deliveryId: string
  outcome: "replayed" | "refused"
  /** Why it was refused, or why some of it still cannot be stored. */
  code?: string
  detail?: string
  errors: ProblemError[]
}

/**
 * Replays one attempt. Success closes its dead letter; failure leaves it open and returns the reason.
 * @throws what D1 and R2 throw
 */
export async function replay(context: Wire, clock: () => number, attempt: LoggedAttempt): Promise<ReplayResult> {
  const startedAt = clock()
  const { id, deliveryId } = attempt
  const result = await redeliver(context, attempt).then(
    ({ errors }) => ({ errors, problem: undefined }),
    (error: unknown) => {
      if (!(error instanceof Problem) || error.code === "storage_unavailable") throw error
      return { errors: error.errors, problem: error }
    },
  )
  const { errors, problem } = result
  const hasSucceeded = problem === undefined && errors.length === 0
  const db = createDbClient(context.env.DB)
  if (hasSucceeded) await db.run(closeDeadLetters(sql`id = ${id}`, "replayed", context.now))
  const replayAttempt = {
    publisherUid: attempt.publisherUid,
    receivedAt: context.now,
    endpoint: attempt.endpoint,
    deliveryId: `${deliveryId}.replay`,
    authentication: "replay" as const,
    messageAt: attempt.messageAt,
    contentType: attempt.contentType ?? undefined,
    headers: new Headers(),
    bodySha256: attempt.bodySha256,
    sizeInBytes: 0,
  }
  await recordAttempt(db, replayAttempt, {
    status: problem ? PROBLEMS[problem.code][0] : 200,
    ms: clock() - startedAt,
    code: problem?.code,
    detail: problem?.message,
    errors,
    replayOf: id,
  })
  return {
    id,
    publisher: attempt.publisher,
    deliveryId,
    outcome: hasSucceeded ? "replayed" : "refused",
    errors,
    ...(problem && { code: problem.code, detail: problem.message }),
  }
}

/** Authentication of attempts that cannot be replayed: their sender is unknown, or they are replays themselves. */
const NOT_REPLAYABLE_METHODS: ReadonlySet<string> = new Set<AuthenticationMethod>(["refused", "none", "replay"])

const notReplayable = (why: string): Problem => new Problem("not_replayable", why)

/** @throws Problem if the message still cannot be stored, or can no longer be replayed. */
async function redeliver(context: Wire, attempt: LoggedAttempt): Promise<{ errors: ProblemError[] }> {
  const { env, now } = context
  const db = createDbClient(env.DB)
  const endpoint = parseEndpoint(attempt.endpoint)
  if (!endpoint) throw notReplayable("A ping holds no articles: ping again, and the feed is fetched.")
  if (NOT_REPLAYABLE_METHODS.has(attempt.authentication)) throw notReplayable("Its sender is unknown.")
  const publisher = await readPublisherByUid(db, attempt.publisherUid)
  if (publisher?.state !== "active") throw notReplayable(`The publisher ${attempt.publisher} is not active.`)
  const source = await readSource(db, publisher.uid, sourceNameOf(endpoint))
  if (endpoint.kind === "source" && (!source || isNotificationOnly(source))) {
    throw notReplayable(
      `Messages of the source ${endpoint.name} are not read as articles: the source is gone or not trusted.`,
    )
  }
  const body = await readStored(env.RECEIVED, attempt)
  if (!body) throw notReplayable("Its bytes are no longer stored: ask the publisher to send it again.")
  const message = readMessage(
    {
      endpoint,
      body,
      contentType: attempt.contentType ?? undefined,
      headers: new Headers(attempt.headers),
      messageAt: attempt.messageAt,
      isSigned: attempt.authentication !== "bearer",
      source,
    },
    now,
  )
  if (message.items.length === 0) throw notReplayable("Read with the sender's settings of today, it holds no article.")
  // A new delivery id: under its own id the message could count as repeated and get the first answer again.
  const deliveryId = `${attempt.deliveryId}.replay.${attempt.id}.${now}`
  return ingestAll(context, message, { publisher, deliveryId, bodySha256: attempt.bodySha256, body })
}
