/** Records the outcome of a request in the log of attempts: stored, refused, or a dead letter with its bytes. */
import type { Context } from "hono"
import type { AppEnv } from "../../env.ts"
import { isStorageFailure, PROBLEMS, Problem, type ProblemCode, type ProblemError } from "../../http/problem.ts"
import { describeError, logRejection } from "../../log/log.ts"
import { type Sender, UnauthenticatedError } from "../auth/authenticate.ts"
import { OverQuotaError } from "../auth/quota.ts"
import { deadLetterIdOfEntries } from "./dead-letter-id.ts"
import { storeDeadLetter } from "./stored-bytes.ts"
import { type Attempt, recordAttempt, recordUnauthenticated } from "./write-attempts.ts"

/** The part of a request that is known before its sender is authenticated. */
export type Seen = Pick<Attempt, "receivedAt" | "endpoint" | "contentType" | "headers" | "bodySha256" | "sizeInBytes">

/** Refusals that are recorded, a limited number of them an hour. */
const RECORDED_REFUSALS: ProblemCode[] = ["unauthorized", "publisher_disabled", "publisher_removed", "body_too_large"]

export function recordRefusal(c: Context<AppEnv>, slug: string, request: Seen, error: unknown): void {
  if (!(error instanceof Problem)) return
  if (!(error instanceof OverQuotaError) && !RECORDED_REFUSALS.includes(error.code)) return
  // If the body was read, it has too many articles or tags: that is a dead letter, or was a dry run.
  if (error.code === "body_too_large" && request.sizeInBytes > 0) return
  const attempt = { ...request, deliveryId: "", authentication: "refused", messageAt: request.receivedAt } as const
  const detail = detailOf(error)
  const [status] = PROBLEMS[error.code]
  const result = { status, ms: c.var.clock() - request.receivedAt, code: error.code, detail }
  recordLater(c, recordUnauthenticated(c.var.db, slug, attempt, result))
}

const detailOf = (problem: Problem): string => (problem instanceof UnauthenticatedError ? problem.why : problem.message)

/** @param isRepeated whether the message came before and got the same answer again */
export function recordDelivery(
  c: Context<AppEnv>,
  sender: Sender,
  request: Seen,
  status: number,
  isRepeated = false,
): void {
  const result = { status, ms: c.var.clock() - request.receivedAt, isRepeated }
  recordLater(c, recordAttempt(c.var.db, attemptOf(sender, request), result))
}

const attemptOf = (sender: Sender, request: Seen): Attempt => ({
  ...request,
  ...sender,
  publisherUid: sender.publisher.uid,
})

/** The answer is already sent, so a failure to record is only logged. */
function recordLater(c: Context<AppEnv>, write: Promise<void>): void {
  c.executionCtx.waitUntil(logRejection(write, "attempt_not_recorded", { id: c.var.requestId }))
}

/** With these codes the sender must send again, or may not send: a stored message would not help. */
const CODES_WITHOUT_DEAD_LETTER: ReadonlySet<ProblemCode> = new Set([
  "storage_unavailable",
  "unauthorized",
  "too_many_requests",
])

/** Whether a message with this error becomes a dead letter, which an operator must look at. Unexpected errors do too. */
export function needsDeadLetter(error: unknown): boolean {
  return error instanceof Problem ? !CODES_WITHOUT_DEAD_LETTER.has(error.code) : !isStorageFailure(error)
}

export interface DeliveryFailure {
  /** Why nothing of the message was stored; left out if only some articles were rejected. */
  error?: unknown
  errors?: ProblemError[]
  /** Draft.raw of each article that was rejected. */
  rejectedRaw: string[]
  isRepeated?: boolean
}

/**
 * Stores the bytes and writes the dead letter before the request is answered.
 * @returns the id of its delivery.
 */
export async function recordDeadLetter(
  c: Context<AppEnv>,
  sender: Sender,
  request: Seen & { body: Uint8Array },
  { error, errors, rejectedRaw, isRepeated = false }: DeliveryFailure,
): Promise<string> {
  const { db } = c.var
  const problem =
    error === undefined || error instanceof Problem ? error : new Problem("internal_error", describeError(error))
  const { deliveryId, isDismissed } = await deadLetterIdOf(c, sender, request, problem, rejectedRaw)
  await recordAttempt(
    db,
    { ...attemptOf(sender, request), deliveryId },
    {
      status: problem ? PROBLEMS[problem.code][0] : 200,
      ms: c.var.clock() - request.receivedAt,
      code: problem?.code,
      detail: problem?.message,
      errors: errors ?? problem?.errors,
      objectKey: isDismissed ? undefined : await storeDeadLetter(c.env.RECEIVED, request.bodySha256, request.body),
      isRepeated,
    },
  )
  return deliveryId
}

/** The id by which a later attempt of the same delivery closes this dead letter. */
async function deadLetterIdOf(
  c: Context<AppEnv>,
  { publisher, deliveryId, hasRandomId }: Sender,
  { bodySha256 }: Seen,
  problem: Problem | undefined,
  rejectedRaw: string[],
): Promise<{ deliveryId: string; isDismissed: boolean }> {
  // The message has the id of another one: that one, repeated, must not close this dead letter.
  if (problem?.code === "delivery_id_reused")
    return { deliveryId: `${deliveryId}.${bodySha256.slice(0, 16)}`, isDismissed: false }
  if (!hasRandomId) return { deliveryId, isDismissed: false }
  if (rejectedRaw.length === 0) return { deliveryId: `document.${bodySha256.slice(0, 32)}`, isDismissed: false }
  return deadLetterIdOfEntries(c.var.db, publisher.uid, "document", rejectedRaw)
}
