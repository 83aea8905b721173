/**
 * Writes the log of attempts: one row for each attempt to deliver a message. A dead letter is an attempt whose message
 * could not be read or stored, so an operator must look at it. The same batch counts a publisher's bytes.
 */
import { and, eq, gt, inArray, type SQL, sql } from "drizzle-orm"
import { batch, type Db, literal, rowFrom } from "../../db/client.ts"
import { publisherActivity, publishers, attempts as table } from "../../db/schema.ts"
import type { ProblemError } from "../../http/problem.ts"
import { isSecretHeader } from "../../text/secret-headers.ts"
import { endpointName } from "../auth/endpoints.ts"
import type { Incoming, Sender, UnauthenticatedMessage } from "../auth/incoming.ts"
import { recordUse } from "../auth/keys.ts"
import { dayOf } from "../auth/quota.ts"

export interface AttemptResult {
  deliveryId: string
  /** The id of an earlier delivery, whose dead letter is closed too. */
  supersedes?: string | undefined
  status: number
  /** Duration of the attempt in milliseconds. */
  ms: number
  code?: string | undefined
  detail?: string | undefined
  errors?: ProblemError[] | undefined
  /** Key of the stored bytes. Only a dead letter has one. */
  objectKey?: string | undefined
  /** Whether the message was sent before. A repetition does not close the dead letter of the first attempt. */
  isRepeated?: boolean
}

/** How many unauthenticated attempts are recorded for one publisher within an hour. */
const UNAUTHENTICATED_PER_HOUR = 60
const HOUR_MS = 3_600_000

/** Limits in bytes of JSON, so that no sender can fill the log. */
const HEADERS_LIMIT_BYTES = 32 * 1024
const ERRORS_LIMIT_BYTES = 64 * 1024

/** Records an attempt, counts its bytes, and closes the dead letter of an earlier attempt of the same delivery. */
export async function recordAttempt(db: Db, incoming: Incoming, result: AttemptResult): Promise<void> {
  const { receivedAt, sender } = incoming
  const { uid } = sender.publisher
  const ids = [result.deliveryId, result.supersedes ?? result.deliveryId]
  const isEarlier = and(eq(table.publisherUid, uid), inArray(table.deliveryId, ids)) as SQL
  await batch(db, [
    ...(result.isRepeated ? [] : [closeDeadLetters(db, isEarlier, "superseded", receivedAt)]),
    ...countActivity(db, incoming, result),
    ...(sender.key ? recordUse(db, sender.key, receivedAt) : []),
    insertAttempt(db, attemptOf(incoming, sender), result, eq(publishers.uid, uid)),
  ])
}

/** Records a ping or a request that failed to authenticate, up to UNAUTHENTICATED_PER_HOUR. */
export async function recordUnauthenticated(
  db: Db,
  slug: string,
  message: UnauthenticatedMessage,
  authentication: "refused" | "none",
  result: AttemptResult,
): Promise<void> {
  const { receivedAt } = message
  // SQLite uses the partial index of these attempts only if the query contains the values as literals.
  const isUnauthenticated = sql`${table.authentication} in ('refused', 'none')`
  const isRecent = gt(table.receivedAt, receivedAt - HOUR_MS)
  const recent = db
    .select({ id: table.id })
    .from(table)
    .where(and(eq(table.publisherUid, publishers.uid), isUnauthenticated, isRecent))
    .limit(UNAUTHENTICATED_PER_HOUR)
  const isWithinLimit = sql`(select count(*) from ${recent}) < ${literal(UNAUTHENTICATED_PER_HOUR)}`
  const attempt = attemptOf(message, { authentication, messageAt: receivedAt })
  await insertAttempt(db, attempt, result, sql`${publishers.slug} = ${slug} and ${isWithinLimit}`)
}

/** Returns the columns that do not depend on the result. A replay does not store headers and size a second time. */
function attemptOf(
  { receivedAt, endpoint, query, contentType, headers, bodySha256, body }: UnauthenticatedMessage,
  { authentication, key, messageAt, replayOf }: Pick<Sender, "authentication" | "key" | "messageAt" | "replayOf">,
) {
  return {
    receivedAt,
    endpoint: endpointName(endpoint),
    query,
    authentication,
    keyId: key?.id,
    messageAt,
    contentType: contentType?.slice(0, 256),
    headers: sql`${redactedHeaders(replayOf === undefined ? headers : new Headers())}`,
    bodySha256,
    sizeInBytes: replayOf === undefined ? body.length : 0,
    replayOf,
  }
}

/** @param condition selects the publisher; nothing is recorded if no publisher matches */
function insertAttempt(db: Db, attempt: ReturnType<typeof attemptOf>, result: AttemptResult, condition: SQL) {
  const { deliveryId, status, ms, code, detail, errors, objectKey } = result
  const row = {
    ...attempt,
    publisherUid: sql`uid`,
    deliveryId,
    status,
    ms,
    code,
    detail: detail?.slice(0, 2000),
    errors: errors?.length ? boundedJson(errors, ERRORS_LIMIT_BYTES) : null,
    deadLetter: objectKey ? ("open" as const) : null,
    objectKey,
  }
  return db.insert(table).select(rowFrom(table, row, sql`from ${publishers} where ${condition}`))
}

/**
 * Adds the size of a message to the publisher's bytes of the day, even if the message is refused. Fetched bytes do not
 * count, because anyone could use up the daily limit by pings. Only a 2xx updates the time of the last message.
 */
function countActivity(db: Db, { receivedAt, body, sender }: Incoming, { status }: AttemptResult) {
  if (sender.authentication === "replay") return []
  const storedAt = status >= 200 && status < 300 ? receivedAt : null
  const { day, bytes, messages, lastMessageAt, usualGap } = publisherActivity
  const row = {
    publisherUid: sender.publisher.uid,
    day: dayOf(receivedAt),
    bytes: sender.authentication === "fetch" ? 0 : body.length,
    messages: storedAt === null ? 0 : 1,
    lastMessageAt: storedAt,
    usualGap: 0,
  }
  const [last, newLast] = [lastMessageAt, sql`excluded.last_message_at`]
  const gap = sql`max(${newLast} - coalesce(${last}, ${newLast}), ${usualGap} * 49 / 50)`
  const set = {
    day: sql`excluded.day`,
    bytes: sql`iif(${day} = excluded.day, ${bytes}, 0) + excluded.bytes`,
    messages: sql`${messages} + excluded.messages`,
    usualGap: sql`iif(${newLast} is null, ${usualGap}, ${gap})`,
    lastMessageAt: sql`max(coalesce(${newLast}, ${last}), coalesce(${last}, ${newLast}))`,
  }
  return [db.insert(publisherActivity).values(row).onConflictDoUpdate({ target: publisherActivity.publisherUid, set })]
}

/** The value is a literal, because SQLite otherwise does not use the partial index of open dead letters. */
export const isOpen = sql`${table.deadLetter} = 'open'`

export function closeDeadLetters(
  db: Db,
  condition: SQL,
  deadLetter: Exclude<(typeof table.$inferSelect)["deadLetter"], "open" | null>,
  now: number,
) {
  return db.update(table).set({ deadLetter, closedAt: now }).where(and(isOpen, condition))
}

function redactedHeaders(headers: Headers): string {
  const entries = [...headers].map(([name, value]): [string, string] => [
    name.slice(0, 100),
    isSecretHeader(name) ? "(redacted)" : value.slice(0, 4096),
  ])
  return boundedJson(Object.fromEntries(entries), HEADERS_LIMIT_BYTES)
}

/** Returns the JSON of a list or an object. If the JSON would be too long, the last members are left out. */
function boundedJson(value: object, bytes: number): string {
  const isList = Array.isArray(value)
  let entries = Object.entries(value)
  for (;;) {
    const json = JSON.stringify(isList ? entries.map(([, member]) => member) : Object.fromEntries(entries))
    if (json.length <= bytes || entries.length === 0) return json
    entries = entries.slice(0, Math.floor(entries.length / 2))
  }
}
