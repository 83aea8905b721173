/** Replays a stored message with its original time and its sender's current settings. A second replay does nothing. */
import { eq } from "drizzle-orm"
import { attempts } from "../db/schema.ts"
import { MAX_ARTICLES } from "../dialects/message.ts"
import type { WorkContext } from "../env.ts"
import { Problem, type ProblemError } from "../http/problem.ts"
import type { LoggedAttempt } from "./attempts/read-attempts.ts"
import { type MessageOutcome, recordOutcome } from "./attempts/record-outcome.ts"
import { readStored } from "./attempts/stored-bytes.ts"
import { closeDeadLetters } from "./attempts/write-attempts.ts"
import { parseEndpoint, sourceNameOf } from "./auth/endpoints.ts"
import type { Incoming } from "./auth/incoming.ts"
import { readPublisherByUid } from "./auth/publishers.ts"
import { isNotificationOnly, readSource } from "./auth/sources.ts"
import { deliver, NO_ARTICLE_DETAIL } from "./ingest/deliver.ts"
import { rejectionsOf } from "./ingest/delivery-entry.ts"
import { readMessage } from "./ingest/read-message.ts"
import { allRejectedProblem, previewMessage } from "./ingest/store-message.ts"

/** The result as the admin API shows it. */
export interface ReplayResult {
  id: number
  publisher: string
  delivery_id: string
  /** A dry run has replayable in place of replayed. */
  outcome: "replayed" | "replayable" | "refused"
  /** The reason why the replay was refused, or why some articles still cannot be stored. */
  code?: string
  detail?: string
  errors: ProblemError[]
}

const notReplayable = (why: string): Problem => new Problem("not_replayable", why)

/** A replay must not store a message that was refused before it was read. @throws Problem not_replayable */
export function mustBeReplayable({ id, authentication, replayOf }: LoggedAttempt): void {
  if (authentication === "none") throw notReplayable(`Attempt ${id} is a ping, which holds no articles.`)
  if (authentication === "refused")
    throw notReplayable(
      `Attempt ${id} was refused before it was read, so the wire has no bytes of it: ask the publisher to send it again.`,
    )
  if (replayOf !== null) throw notReplayable(`Attempt ${id} is a replay of ${replayOf}: replay ${replayOf} instead.`)
}

/** Replays one attempt. A success closes its dead letter, a failure leaves it open. @throws errors of D1 and R2 */
export async function replay(context: WorkContext, attempt: LoggedAttempt): Promise<ReplayResult> {
  const { db, clock } = context
  const { id, publisher, deliveryId } = attempt
  const startedAt = clock()
  mustBeReplayable(attempt)
  const { incoming, refusal } = await readAgain(context, attempt, startedAt)
  if (refusal) await recordOutcome(context, incoming, refusal)
  const { error: problem, errors: rejections } = refusal ?? (await deliver(context, incoming))
  if (problem !== undefined && !(problem instanceof Problem)) throw problem
  const errors = problem?.errors ?? rejections
  const hasSucceeded = problem === undefined && errors.length === 0
  if (hasSucceeded) await closeDeadLetters(db, eq(attempts.id, id), "replayed", startedAt)
  return {
    id,
    publisher,
    delivery_id: deliveryId,
    outcome: hasSucceeded ? "replayed" : "refused",
    errors,
    ...(problem && { code: problem.code, detail: problem.message }),
  }
}

/** Says what a replay would do with the sender's current settings, and stores nothing. @throws errors of D1 and R2 */
export async function previewReplay(context: WorkContext, attempt: LoggedAttempt): Promise<ReplayResult> {
  const { id, publisher, deliveryId } = attempt
  mustBeReplayable(attempt)
  const now = context.clock()
  const { incoming, refusal } = await readAgain(context, attempt, now)
  const { problem, errors } =
    refusal?.error instanceof Problem
      ? { problem: refusal.error, errors: refusal.error.errors }
      : await previewArticles(context, incoming, now)
  return {
    id,
    publisher,
    delivery_id: deliveryId,
    outcome: problem === undefined && errors.length === 0 ? "replayable" : "refused",
    errors,
    ...(problem && { code: problem.code, detail: problem.message }),
  }
}

async function previewArticles(
  { db, settings }: WorkContext,
  incoming: Incoming,
  now: number,
): Promise<{ problem: Problem | undefined; errors: ProblemError[] }> {
  try {
    const message = readMessage(incoming, now)
    if (message.items.length === 0) return { problem: notReplayable(NO_ARTICLE_DETAIL), errors: [] }
    const errors: ProblemError[] = []
    let isStorable = false
    for (let at = 0; at < message.items.length; at += MAX_ARTICLES) {
      const chunk = { ...message, items: message.items.slice(at, at + MAX_ARTICLES) }
      const { entries, events } = await previewMessage(db, chunk, incoming.sender.publisher, now, settings.language)
      errors.push(...rejectionsOf(entries))
      isStorable ||= events.length > 0 || entries.some(({ outcome }) => outcome !== "rejected")
    }
    return { problem: isStorable ? undefined : allRejectedProblem(errors), errors }
  } catch (error) {
    if (error instanceof Problem) return { problem: error, errors: error.errors }
    throw error
  }
}

/** Reads the bytes of a message and its sender's current settings. `refusal` says why it can no longer be delivered. */
async function readAgain(
  { env, db }: WorkContext,
  attempt: LoggedAttempt,
  now: number,
): Promise<{ incoming: Incoming; refusal: MessageOutcome | undefined }> {
  const endpoint = parseEndpoint(attempt.endpoint)
  const publisher = await readPublisherByUid(db, attempt.publisherUid)
  if (!endpoint || !publisher) throw notReplayable(`Attempt ${attempt.id} holds no articles.`)
  const [source, body] = await Promise.all([
    readSource(db, publisher.uid, sourceNameOf(endpoint)),
    readStored(env.RECEIVED, attempt),
  ])
  const incoming: Incoming = {
    endpoint,
    body: body ?? new Uint8Array(),
    bodySha256: attempt.bodySha256,
    contentType: attempt.contentType ?? undefined,
    headers: new Headers(attempt.headers),
    receivedAt: now,
    sender: {
      publisher,
      source,
      authentication: "replay",
      isSigned: attempt.authentication !== "bearer",
      messageAt: attempt.messageAt,
      // The id is new, because a message with a known id is not processed again, but gets the first answer.
      delivery: { id: `${attempt.deliveryId}.replay`, occurrence: `${attempt.id}.${now}` },
      replayOf: attempt.id,
    },
  }
  const why = whySenderIsRefused(incoming) ?? (body ? undefined : BYTES_DELETED_DETAIL)
  const refusal = why === undefined ? undefined : { error: notReplayable(why), errors: [], rejectedRaw: [] }
  return { incoming, refusal }
}

const BYTES_DELETED_DETAIL = "The bytes of the message are no longer stored: ask the publisher to send it again."

function whySenderIsRefused({ endpoint, sender: { publisher, source } }: Incoming): string | undefined {
  if (publisher.state !== "active") return `The publisher ${publisher.slug} is not active.`
  if (endpoint.kind !== "source" || (source && !isNotificationOnly(source))) return undefined
  return `Messages of the source ${endpoint.name} are not read as articles: the source is gone or not trusted.`
}
