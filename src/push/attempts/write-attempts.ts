/**
 * Writes the log of attempts: one row for every attempt to deliver something. Dead letters are attempts that could not be
 * understood or stored: an operator must look at them. The same batch counts the bytes of a publisher. read-attempts.ts reads
 * the log.
 */
import { type SQL, sql } from "drizzle-orm"
import { batch, type Db, literal } from "../../db/client.ts"
import type { ProblemError } from "../../http/problem.ts"
import { isSecretHeader } from "../../text/secret-headers.ts"
import { endpointName } from "../auth/endpoints.ts"
import type { Incoming, Sender, UnauthenticatedMessage } from "../auth/incoming.ts"
import { recordUse } from "../auth/keys.ts"
import { dayOf } from "../auth/quota.ts"

export interface AttemptResult {
  /** The id of the delivery in the log. */
  deliveryId: string
  /** The id of another delivery whose dead letter is closed too. */
  supersedes?: string | undefined
  status: number
  /** Milliseconds that the attempt took. */
  ms: number
  code?: string | undefined
  detail?: string | undefined
  errors?: ProblemError[] | undefined
  /** Key of the stored bytes; set for a dead letter only. */
  objectKey?: string | undefined
  /** The message came before and got the same answer again: the dead letter of the first attempt stays as it is. */
  isRepeated?: boolean
}

/** Unauthenticated attempts that are recorded for one publisher within an hour. */
const UNAUTHENTICATED_PER_HOUR = literal(60)
const HOUR_MS = 3_600_000

/** Limits in bytes of JSON, so that no sender can fill the log. */
const HEADERS_LIMIT_BYTES = 32 * 1024
const ERRORS_LIMIT_BYTES = 64 * 1024

/** Records an attempt, counts its bytes, and closes the dead letter of an earlier attempt of the same delivery. */
export async function recordAttempt(db: Db, incoming: Incoming, result: AttemptResult): Promise<void> {
  const { receivedAt, sender } = incoming
  const { uid } = sender.publisher
  const ids = sql`(${result.deliveryId}, ${result.supersedes ?? result.deliveryId})`
  await batch(db, [
    ...(result.isRepeated
      ? []
      : [closeDeadLetters(sql`publisher_uid = ${uid} and delivery_id in ${ids}`, "superseded", receivedAt)]),
    ...countActivity(incoming, result),
    ...(sender.key ? recordUse(sender.key, receivedAt) : []),
    insertAttempt(attemptOf(incoming, sender), result, sql`uid = ${uid}`),
  ])
}

/** Records a request that failed to authenticate, or a ping: the first few of an hour only. */
export async function recordUnauthenticated(
  db: Db,
  slug: string,
  message: UnauthenticatedMessage,
  authentication: "refused" | "none",
  result: AttemptResult,
): Promise<void> {
  const { receivedAt } = message
  await db.run(
    insertAttempt(
      attemptOf(message, { authentication, messageAt: receivedAt }),
      result,
      sql`slug = ${slug} and (select count(*) from (select 1 from attempts where publisher_uid = uid
        and authentication in ('refused', 'none') and received_at > ${receivedAt - HOUR_MS} limit ${UNAUTHENTICATED_PER_HOUR})) < ${UNAUTHENTICATED_PER_HOUR}`,
    ),
  )
}

/** The columns that do not depend on the result. A replay has neither headers nor bytes of its own. */
function attemptOf(
  { receivedAt, endpoint, contentType, headers, bodySha256, body }: UnauthenticatedMessage,
  { authentication, key, messageAt, replayOf }: Pick<Sender, "authentication" | "key" | "messageAt" | "replayOf">,
) {
  return {
    receivedAt,
    endpoint: endpointName(endpoint),
    authentication,
    keyId: key?.id ?? null,
    messageAt,
    contentType: contentType?.slice(0, 256) ?? null,
    headers: redactedHeaders(replayOf === undefined ? headers : new Headers()),
    bodySha256,
    sizeInBytes: replayOf === undefined ? body.length : 0,
    replayOf: replayOf ?? null,
  }
}

function insertAttempt(attempt: ReturnType<typeof attemptOf>, result: AttemptResult, condition: SQL): SQL {
  return sql`insert into attempts (publisher_uid, received_at, endpoint, delivery_id, authentication, key_id, message_at, content_type,
      headers, body_sha256, size_in_bytes, status, ms, code, detail, errors, dead_letter, object_key, replay_of)
    select uid, ${attempt.receivedAt}, ${attempt.endpoint}, ${result.deliveryId}, ${attempt.authentication}, ${attempt.keyId},
      ${attempt.messageAt}, ${attempt.contentType}, ${attempt.headers},
      ${attempt.bodySha256}, ${attempt.sizeInBytes}, ${result.status}, ${result.ms}, ${result.code ?? null},
      ${result.detail?.slice(0, 2000) ?? null}, ${result.errors?.length ? boundedJson(result.errors, ERRORS_LIMIT_BYTES) : null},
      ${result.objectKey ? "open" : null}, ${result.objectKey ?? null}, ${attempt.replayOf}
    from publishers where ${condition}`
}

/**
 * Sent bytes count towards the daily limit, whether the message is stored or refused. Fetched bytes do not count:
 * otherwise anyone could use up the limit by pings. Only a message with a status of 2xx ends a publisher's silence.
 */
function countActivity({ receivedAt, body, sender }: Incoming, { status }: AttemptResult): SQL[] {
  if (sender.authentication === "replay") return []
  const storedAt = status >= 200 && status < 300 ? receivedAt : null
  const countedBytes = sender.authentication === "fetch" ? 0 : body.length
  return [
    sql`insert into publisher_activity as activity (publisher_uid, day, bytes, messages, last_at, usual_gap)
    values (${sender.publisher.uid}, ${dayOf(receivedAt)}, ${countedBytes}, ${storedAt === null ? 0 : 1}, ${storedAt}, 0)
    on conflict (publisher_uid) do update set
      day = excluded.day, bytes = iif(activity.day = excluded.day, activity.bytes, 0) + excluded.bytes,
      messages = activity.messages + excluded.messages,
      usual_gap = iif(excluded.last_at is null, activity.usual_gap,
        max(excluded.last_at - coalesce(activity.last_at, excluded.last_at), activity.usual_gap * 49 / 50)),
      last_at = max(coalesce(excluded.last_at, activity.last_at), coalesce(activity.last_at, excluded.last_at))`,
  ]
}

/** Closes dead letters: an operator need not look at them any more. */
export function closeDeadLetters(condition: SQL, state: "replayed" | "dismissed" | "superseded", now: number): SQL {
  return sql`update attempts set dead_letter = ${state}, closed_at = ${now} where dead_letter = 'open' and ${condition}`
}

/** The headers without secrets. */
function redactedHeaders(headers: Headers): string {
  const entries = [...headers].map(([name, value]): [string, string] => [
    name.slice(0, 100),
    isSecretHeader(name) ? "(redacted)" : value.slice(0, 4096),
  ])
  return boundedJson(Object.fromEntries(entries), HEADERS_LIMIT_BYTES)
}

/** JSON of a list or an object; if it would be too long, its last members are left out. */
function boundedJson(value: object, bytes: number): string {
  const isList = Array.isArray(value)
  let entries = Object.entries(value)
  for (;;) {
    const json = JSON.stringify(isList ? entries.map(([, member]) => member) : Object.fromEntries(entries))
    if (json.length <= bytes || entries.length === 0) return json
    entries = entries.slice(0, Math.floor(entries.length / 2))
  }
}
