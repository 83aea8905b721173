/** What is written down of a request: that it was taken, that somebody was turned away, or a dead letter with its bytes. */
import type { Context } from "hono"
import { client } from "../db/client.ts"
import type { AppEnv } from "../env.ts"
import { describeError, orLogged } from "../http/log.ts"
import { isStorageFailure, PROBLEMS, Problem, type ProblemCode, type ProblemError } from "../http/problem.ts"
import { type Attempt, record, recordStranger } from "./attempts.ts"
import { type Sender, UnrecognizedError } from "./authenticate.ts"
import { keepDead } from "./bytes.ts"
import { letterOfEntries } from "./entries-letter.ts"
import { OverQuotaError } from "./quota.ts"

/** What is known of a request before anybody is known by it. */
export type Seen = Pick<Attempt, "at" | "door" | "contentType" | "headers" | "bodySha256" | "bytes">

/** Those who may not come in are written down, a few of them an hour. */
const TURNED_AWAY: ProblemCode[] = ["unauthorized", "publisher_disabled", "publisher_removed", "body_too_large"]

export function noteTurnedAway(c: Context<AppEnv>, slug: string, seen: Seen, error: unknown): void {
  if (!(error instanceof Problem)) return
  if (!(error instanceof OverQuotaError) && !TURNED_AWAY.includes(error.code)) return
  // A message that was too large in another way was read: it is a letter, or was only tried.
  if (error.code === "body_too_large" && seen.bytes > 0) return
  const attempt = { ...seen, deliveryId: "", verified: "refused", messageAt: seen.at } as const
  const detail = detailOf(error)
  const [status] = PROBLEMS[error.code]
  const result = { status, ms: c.var.clock() - seen.at, code: error.code, detail }
  noteLater(c, recordStranger(client(c.env.DB), slug, attempt, result))
}

const detailOf = (problem: Problem): string => (problem instanceof UnrecognizedError ? problem.why : problem.message)

/** @param isRepetition it came before, and was answered as the first time. */
export function noteTaken(c: Context<AppEnv>, sender: Sender, seen: Seen, status: number, isRepetition = false): void {
  const result = { status, ms: c.var.clock() - seen.at, isRepetition }
  noteLater(c, record(client(c.env.DB), attemptOf(sender, seen), result))
}

const attemptOf = (sender: Sender, seen: Seen): Attempt => ({ ...seen, ...sender, publisherUid: sender.publisher.uid })

/** What was answered stands, also where it cannot be noted any more: then only the log knows of it. */
function noteLater(c: Context<AppEnv>, recorded: Promise<void>): void {
  c.executionCtx.waitUntil(orLogged(recorded, "attempt_not_recorded", { id: c.var.requestId }))
}

/** The sender is told to send it again, or that it may not: it would help nobody to keep it. */
const NO_LETTERS: ReadonlySet<ProblemCode> = new Set(["storage_unavailable", "unauthorized", "too_many_requests"])

/** Whether a message stays undelivered until somebody does something: also where it is we who failed on it. */
export function isLetter(error: unknown): boolean {
  return error instanceof Problem ? !NO_LETTERS.has(error.code) : !isStorageFailure(error)
}

export interface Undelivered {
  /** Why nothing of it was stored; left out if only some articles were not. */
  error?: unknown
  errors?: ProblemError[]
  /** Draft.raw of each article that was rejected. */
  rejected: string[]
  isRepetition?: boolean
}

/**
 * Keeps the bytes and writes the letter, before anything is answered.
 * @returns the id of its delivery.
 */
export async function noteLetter(
  c: Context<AppEnv>,
  sender: Sender,
  seen: Seen & { body: Uint8Array },
  { error, errors, rejected, isRepetition = false }: Undelivered,
): Promise<string> {
  const db = client(c.env.DB)
  const problem =
    error === undefined || error instanceof Problem ? error : new Problem("internal_error", describeError(error))
  const { deliveryId, isDismissed } = await nameLetter(c, sender, seen, problem, rejected)
  await record(
    db,
    { ...attemptOf(sender, seen), deliveryId },
    {
      status: problem ? PROBLEMS[problem.code][0] : 200,
      ms: c.var.clock() - seen.at,
      code: problem?.code,
      detail: problem?.message,
      errors: errors ?? problem?.errors,
      kept: isDismissed ? undefined : await keepDead(c.env.RECEIVED, seen.bodySha256, seen.body),
      isRepetition,
    },
  )
  return deliveryId
}

/** By what an attempt of the same delivery finds the letter of this one. */
async function nameLetter(
  c: Context<AppEnv>,
  { publisher, deliveryId, isUnnamed }: Sender,
  { bodySha256 }: Seen,
  problem: Problem | undefined,
  rejected: string[],
): Promise<{ deliveryId: string; isDismissed: boolean }> {
  // Another message under an id that was used must not be closed by a repetition of the first.
  if (problem?.code === "delivery_id_reused")
    return { deliveryId: `${deliveryId}.${bodySha256.slice(0, 16)}`, isDismissed: false }
  if (!isUnnamed) return { deliveryId, isDismissed: false }
  if (rejected.length === 0) return { deliveryId: `document.${bodySha256.slice(0, 32)}`, isDismissed: false }
  return letterOfEntries(client(c.env.DB), publisher.uid, "document", rejected)
}
