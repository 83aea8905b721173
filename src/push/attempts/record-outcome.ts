/** Records in the log of attempts whether a message was stored or refused, or became a dead letter. */
import { hash128 } from "../../articles/model/article.ts"
import type { Db } from "../../db/client.ts"
import type { WorkContext } from "../../env.ts"
import { isStorageFailure, PROBLEMS, Problem, type ProblemCode, type ProblemError } from "../../http/problem.ts"
import { describeError, logRejection } from "../../log/log.ts"
import { UnauthenticatedError } from "../auth/authenticate.ts"
import { FormError, type Incoming, type Sender, type UnauthenticatedMessage } from "../auth/incoming.ts"
import { OverQuotaError } from "../auth/quota.ts"
import { readDeadLetter } from "./read-attempts.ts"
import { storeDeadLetter } from "./stored-bytes.ts"
import { recordAttempt, recordUnauthenticated } from "./write-attempts.ts"

export interface MessageOutcome {
  /** 202 if the message only scheduled a fetch. If `error` is set, the log gets the status of the error instead. */
  status?: 200 | 202
  /** The reason why no article of the message was stored. */
  error?: unknown
  /** The errors of all rejected articles. */
  errors: ProblemError[]
  /** Draft.raw of each rejected article. */
  rejectedRaw: string[]
  /** The id of the first delivery, if this message repeats a delivery. The sender gets the first answer again. */
  repeatOf?: string
}

/**
 * Records the outcome of an authenticated message. A dead letter is written before the answer, a success after it.
 * @returns the id of the delivery in the log
 */
export async function recordOutcome(
  context: WorkContext,
  incoming: Incoming,
  outcome: MessageOutcome,
): Promise<string> {
  const { env, db, clock } = context
  const { sender, body, bodySha256, receivedAt } = incoming
  const { earlier, id } = sender.delivery
  const problem = problemOf(outcome.error)
  const hasFailed = problem !== undefined || outcome.rejectedRaw.length > 0
  const wasRecorded = hasFailed && (await hasDeadLetter(db, sender, outcome))
  // If a replay fails, its dead letter stays open, and no new dead letter is made.
  const isDeadLetter = hasFailed && !wasRecorded && sender.replayOf === undefined
  const { deliveryId, isDismissed } = isDeadLetter
    ? await deadLetterIdOf(db, incoming, problem, outcome.rejectedRaw)
    : { deliveryId: id, isDismissed: false }
  const write = recordAttempt(db, incoming, {
    deliveryId,
    // A document that can be read closes the dead letter of an earlier document that could not be read.
    supersedes: problem?.code === "delivery_id_reused" ? undefined : (earlier?.id ?? id),
    status: problem ? PROBLEMS[problem.code][0] : (outcome.status ?? 200),
    ms: clock() - receivedAt,
    code: problem?.code,
    detail: problem?.message,
    errors: wasRecorded ? [] : (problem?.errors ?? outcome.errors),
    objectKey: isDeadLetter && !isDismissed ? await storeDeadLetter(env.RECEIVED, bodySha256, body) : undefined,
    isRepeated: outcome.repeatOf !== undefined,
  })
  if (isPushed(sender) && !isDeadLetter) recordAfterAnswer(context, write)
  else await write
  return deliveryId
}

const isPushed = ({ authentication }: Sender): boolean => authentication !== "fetch" && authentication !== "replay"

/** The answer is already sent, so a failure to record is only logged. */
function recordAfterAnswer({ ctx, requestId }: WorkContext, write: Promise<void>): void {
  ctx.waitUntil(logRejection(write, "attempt_not_recorded", { id: requestId }))
}

/** Turns an unexpected error into a problem whose cause only the operator sees. */
const problemOf = (error: unknown): Problem | undefined =>
  error === undefined || error instanceof Problem ? error : new Problem("internal_error", describeError(error))

/** Finds out whether the first attempt left a dead letter. A repeated message does not change that dead letter. */
async function hasDeadLetter(db: Db, { publisher }: Sender, { repeatOf }: MessageOutcome): Promise<boolean> {
  return repeatOf !== undefined && (await readDeadLetter(db, publisher.uid, repeatOf)) !== undefined
}

/**
 * Returns the id of a dead letter. A later attempt with the same id closes it. If a document without a delivery id has
 * rejected articles, the id contains the hash of these articles, so that they always share one dead letter.
 * @returns isDismissed is true if an operator dismissed this dead letter, so that no new dead letter is opened
 */
async function deadLetterIdOf(
  db: Db,
  { sender, bodySha256 }: Incoming,
  problem: Problem | undefined,
  rejectedRaw: string[],
): Promise<{ deliveryId: string; isDismissed: boolean }> {
  const { id, document } = sender.delivery
  // The id belongs to another message. If the other message is sent again, it must not close this dead letter.
  if (problem?.code === "delivery_id_reused")
    return { deliveryId: `${id}.${bodySha256.slice(0, 16)}`, isDismissed: false }
  if (!document) return { deliveryId: id, isDismissed: false }
  if (rejectedRaw.length === 0) return { deliveryId: document.id, isDismissed: false }
  const deliveryId = `${document.articlePrefix}.${await hash128(rejectedRaw.join("\n"))}`
  const latest = await readDeadLetter(db, sender.publisher.uid, deliveryId)
  return { deliveryId, isDismissed: latest?.deadLetter === "dismissed" }
}

/** After these codes no message is kept for a replay: the sender must send again, or is not allowed to send. */
const CODES_WITHOUT_DEAD_LETTER: ReadonlySet<ProblemCode> = new Set([
  "storage_unavailable",
  "unauthorized",
  "too_many_requests",
])

/** Whether an error is recorded. An unexpected error of a fetch is not recorded, because the feed is fetched again. */
export function isRecordable(error: unknown, sender: Sender): boolean {
  if (error instanceof FormError) return false
  if (error instanceof Problem) return !CODES_WITHOUT_DEAD_LETTER.has(error.code)
  return isPushed(sender) && !isStorageFailure(error)
}

/** The codes of refused messages that are recorded, up to a limit in each hour. */
const RECORDED_REFUSALS: ProblemCode[] = [
  ...(["unauthorized", "publisher_disabled", "publisher_removed"] as const),
  ...(["unknown_parameter", "invalid_parameter", "body_too_large", "unsupported_media_type"] as const),
]

/** After these codes the body may be unread. */
const CODES_WITHOUT_BODY: ReadonlySet<ProblemCode> = new Set(["body_too_large", "unsupported_media_type"])

export function recordRefusal(
  context: WorkContext,
  slug: string,
  message: UnauthenticatedMessage,
  error: unknown,
): void {
  if (!(error instanceof Problem)) return
  if (!(error instanceof OverQuotaError) && !RECORDED_REFUSALS.includes(error.code)) return
  // If the body was read, the message is a dead letter already, or it was a dry run.
  if (!(error instanceof FormError) && CODES_WITHOUT_BODY.has(error.code) && message.body.length > 0) return
  const { db, clock } = context
  const [status] = PROBLEMS[error.code]
  const result = { deliveryId: "", status, ms: clock() - message.receivedAt, code: error.code, detail: detailOf(error) }
  recordAfterAnswer(context, recordUnauthenticated(db, slug, message, "refused", result))
}

/** The errors of parameters repeat their names, which may be secrets, so that the log has only the redacted query. */
const PARAMETER_CODES: ReadonlySet<ProblemCode> = new Set(["unknown_parameter", "invalid_parameter"])

function detailOf(problem: Problem): string | undefined {
  if (problem instanceof UnauthenticatedError) return problem.why
  return PARAMETER_CODES.has(problem.code) ? undefined : problem.message
}
