/** Lets operators read the log of attempts, and replay or dismiss its dead letters. */
import { and, eq, exists } from "drizzle-orm"
import { batch, type Db } from "../db/client.ts"
import { attempts as table } from "../db/schema.ts"
import { Problem } from "../http/problem.ts"
import {
  type AttemptOutcome,
  countOpenDeadLetters,
  countReplayable,
  type LoggedAttempt,
  listAttempts,
  listReplayable,
  outcomeOf,
  readAttempt,
} from "../push/attempts/read-attempts.ts"
import { readStored } from "../push/attempts/stored-bytes.ts"
import { closeDeadLetters, isOpen } from "../push/attempts/write-attempts.ts"
import { mustBeReplayable, previewReplay, type ReplayResult, replay } from "../push/replay.ts"
import { changeOf, insertAudit, type Page } from "./audit.ts"
import type { OperationContext } from "./context.ts"
import { mustFindChangeablePublisher, mustFindPublisher } from "./find-by-slug.ts"
import type { Input } from "./input.ts"
import type { ReplayRange } from "./input-schemas.ts"
import { isoTime } from "./iso-time.ts"

/** How many attempts one request may replay. Each attempt may have a hundred articles. */
const MAX_REPLAYS = 20

interface DeadLetterQuery extends Page {
  publisher: string | undefined
}

interface AttemptQuery extends DeadLetterQuery {
  /** A status, or its first digit for a class of statuses. */
  status: number | undefined
  outcome?: AttemptOutcome | undefined
  since: number | undefined
  until: number | undefined
}

export async function findAttempts({ db }: OperationContext, { publisher, limit, ...range }: AttemptQuery) {
  const filter = { ...range, publisherUid: await publisherUidOf(db, publisher) }
  const { attempts, next } = await listAttempts(db, filter, limit)
  return { attempts: attempts.map(attemptJson), ...(next !== undefined && { next }) }
}

export async function showAttempt({ db }: OperationContext, id: string) {
  const attempt = await mustFindAttempt(db, id)
  const { headers, errors, bodySha256 } = attempt
  return { ...attemptJson(attempt), headers, errors, body_sha256: bodySha256 }
}

/** Reads the bytes of an authenticated attempt as they came. @throws Problem not_found */
export async function readAttemptBody({ env, db }: OperationContext, idText: string) {
  const attempt = await mustFindAttempt(db, idText)
  const { id, authentication } = attempt
  const isAuthenticated = authentication !== "refused" && authentication !== "none"
  const body = isAuthenticated ? await readStored(env.RECEIVED, attempt) : undefined
  if (!body)
    throw new Problem(
      "not_found",
      `The bytes of attempt ${id} were never stored, or were deleted because of their age.`,
    )
  return { id, body }
}

/**
 * Replays a page of attempts, the oldest first. A request that fails may be repeated: what it replayed is no open dead
 * letter any more. A dry run stores nothing, and says which of them would succeed.
 */
export async function replayAttempts(context: OperationContext, input: Input<typeof ReplayRange>) {
  const { publisher, dead_letters: deadLettersOnly = true, dry_run: isDryRun = false, ...range } = input
  const { db } = context
  const publisherUid = publisher === undefined ? undefined : (await mustFindChangeablePublisher(db, publisher)).uid
  const filter = { ...range, publisherUid, deadLettersOnly }
  const replayable = await listReplayable(db, filter, MAX_REPLAYS + 1)
  const attempts = replayable.slice(0, MAX_REPLAYS)
  const next = replayable[MAX_REPLAYS]?.id
  const remaining = next === undefined ? 0 : await countReplayable(db, { ...filter, from: next })
  // The audit is written first, so that it lists all replays even if the request fails.
  if (attempts.length > 0 && !isDryRun) {
    const ids = attempts.map(({ id }) => id)
    await insertAudit(context, { action: "attempt.replay", subject: "attempts", detail: { ...input, ids } })
  }
  const replays: ReplayResult[] = []
  for (const attempt of attempts) replays.push(await (isDryRun ? previewReplay : replay)(context, attempt))
  return { ...(isDryRun && { dry_run: true }), replays, remaining, ...(next !== undefined && { next }) }
}

export async function replayAttempt(context: OperationContext, idText: string) {
  const attempt = await mustFindAttempt(context.db, idText)
  const { id, publisher, deliveryId } = attempt
  mustBeReplayable(attempt)
  const detail = { publisher, delivery_id: deliveryId }
  await insertAudit(context, { action: "attempt.replay", subject: `attempts/${id}`, detail })
  return replay(context, attempt)
}

export async function listDeadLetters({ db }: OperationContext, { publisher, before, limit }: DeadLetterQuery) {
  const publisherUid = await publisherUidOf(db, publisher)
  const [{ attempts, next }, open] = await Promise.all([
    listAttempts(db, { publisherUid, before, openDeadLetters: true }, limit),
    countOpenDeadLetters(db, publisherUid),
  ])
  const deadLetters = attempts.map((attempt) => ({ ...attemptJson(attempt), errors: attempt.errors }))
  return { dead_letters: deadLetters, open, ...(next !== undefined && { next }) }
}

export async function dismissDeadLetter(context: OperationContext, idText: string) {
  const { db, now } = context
  const { id, deadLetter, publisher, deliveryId } = await mustFindAttempt(db, idText)
  if (deadLetter === null) throw new Problem("not_found", `Attempt ${id} is not a dead letter.`)
  if (deadLetter === "open") {
    const which = eq(table.id, id)
    const onlyIf = exists(db.select().from(table).where(and(which, isOpen)))
    const detail = { publisher, delivery_id: deliveryId }
    await batch(db, [
      insertAudit(context, {
        ...{ action: "dead-letter.dismiss", subject: `dead-letters/${id}`, detail, onlyIf },
        ...changeOf({ dead_letter: deadLetter }, { dead_letter: "dismissed" }),
      }),
      closeDeadLetters(db, which, "dismissed", now),
    ])
  } else if (deadLetter !== "dismissed") {
    throw new Problem("invalid_request", `The dead letter ${id} is not open: it was ${deadLetter} already.`)
  }
  return { id, dead_letter: "dismissed" }
}

const publisherUidOf = async (db: Db, slug: string | undefined): Promise<string | undefined> =>
  slug === undefined ? undefined : (await mustFindPublisher(db, slug)).uid

/** @throws Problem not_found */
async function mustFindAttempt(db: Db, id: string): Promise<LoggedAttempt> {
  const attempt = /^\d{1,15}$/.test(id) ? await readAttempt(db, Number(id)) : undefined
  if (attempt) return attempt
  throw new Problem(
    "not_found",
    `There is no attempt ${id} in the log: it never existed, or was deleted because of its age.`,
  )
}

const attemptJson = (attempt: LoggedAttempt) => ({
  id: attempt.id,
  publisher: attempt.publisher,
  received_at: isoTime(attempt.receivedAt),
  endpoint: attempt.endpoint,
  query: attempt.query,
  delivery_id: attempt.deliveryId,
  authentication: attempt.authentication,
  key_id: attempt.keyId,
  message_at: isoTime(attempt.messageAt),
  content_type: attempt.contentType,
  size_in_bytes: attempt.sizeInBytes,
  outcome: outcomeOf(attempt),
  status: attempt.status,
  ms: attempt.ms,
  code: attempt.code,
  detail: attempt.detail,
  dead_letter: attempt.deadLetter,
  closed_at: isoTime(attempt.closedAt),
  replay_of: attempt.replayOf,
})
