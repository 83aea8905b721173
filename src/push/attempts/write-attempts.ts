/**
 * Writes the log of attempts: one row for every attempt to deliver something. Dead letters are attempts that could not be
 * understood or stored: an operator must look at them. The same batch counts the bytes of a publisher. read-attempts.ts reads
 * the log.
 */
import { type SQL, sql } from "drizzle-orm"
import { batch, type Db, literal } from "../../db/client.ts"
import type { ProblemError } from "../../http/problem.ts"
import { isSecretHeader } from "../../text/secret-headers.ts"
import type { AuthenticationMethod } from "../auth/authenticate.ts"
import { type Key, recordUse } from "../auth/keys.ts"
import { dayOf } from "../auth/quota.ts"

export interface Attempt {
  publisherUid: string
  /** When it began, milliseconds UTC. */
  receivedAt: number
  /** The name of the endpoint below /push/{publisher}. */
  endpoint: string
  deliveryId: string
  /** The delivery that the same message may have been before: its dead letter is closed too. */
  earlierDelivery?: { id: string } | undefined
  authentication: AuthenticationMethod
  key?: Pick<Key, "id" | "lastUsedAt"> | undefined
  messageAt: number
  contentType: string | undefined
  headers: Headers
  bodySha256: string
  sizeInBytes: number
}

export interface AttemptResult {
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
  /** The attempt that was replayed. */
  replayOf?: number | undefined
}

/** Unauthenticated attempts that are recorded for one publisher within an hour. */
const UNAUTHENTICATED_PER_HOUR = literal(60)
const HOUR_MS = 3_600_000

/** Limits in bytes of JSON, so that no sender can fill the log. */
const HEADERS_LIMIT_BYTES = 32 * 1024
const ERRORS_LIMIT_BYTES = 64 * 1024

/** Records an attempt, counts its bytes, and closes the dead letter of an earlier attempt of the same delivery. */
export async function recordAttempt(db: Db, attempt: Attempt, result: AttemptResult): Promise<void> {
  const { publisherUid, deliveryId, earlierDelivery, receivedAt } = attempt
  const ids = sql`(${deliveryId}, ${earlierDelivery?.id ?? deliveryId})`
  await batch(db, [
    ...(result.isRepeated
      ? []
      : [closeDeadLetters(sql`publisher_uid = ${publisherUid} and delivery_id in ${ids}`, "superseded", receivedAt)]),
    ...countActivity(attempt, result),
    ...(attempt.key ? recordUse(attempt.key, receivedAt) : []),
    insertAttempt(attempt, result, sql`uid = ${publisherUid}`),
  ])
}

/** Records a request that failed to authenticate, or a ping: the first few of an hour only. */
export async function recordUnauthenticated(
  db: Db,
  slug: string,
  attempt: Omit<Attempt, "publisherUid">,
  result: AttemptResult,
): Promise<void> {
  await db.run(
    insertAttempt(
      attempt,
      result,
      sql`slug = ${slug} and (select count(*) from (select 1 from attempts where publisher_uid = uid
        and authentication in ('refused', 'none') and received_at > ${attempt.receivedAt - HOUR_MS} limit ${UNAUTHENTICATED_PER_HOUR})) < ${UNAUTHENTICATED_PER_HOUR}`,
    ),
  )
}

function insertAttempt(attempt: Omit<Attempt, "publisherUid">, result: AttemptResult, condition: SQL): SQL {
  return sql`insert into attempts (publisher_uid, received_at, endpoint, delivery_id, authentication, key_id, message_at, content_type,
      headers, body_sha256, size_in_bytes, status, ms, code, detail, errors, dead_letter, object_key, replay_of)
    select uid, ${attempt.receivedAt}, ${attempt.endpoint}, ${attempt.deliveryId}, ${attempt.authentication}, ${attempt.key?.id ?? null},
      ${attempt.messageAt}, ${attempt.contentType?.slice(0, 256) ?? null}, ${redactedHeaders(attempt.headers)},
      ${attempt.bodySha256}, ${attempt.sizeInBytes}, ${result.status}, ${result.ms}, ${result.code ?? null},
      ${result.detail?.slice(0, 2000) ?? null}, ${result.errors?.length ? boundedJson(result.errors, ERRORS_LIMIT_BYTES) : null},
      ${result.objectKey ? "open" : null}, ${result.objectKey ?? null}, ${result.replayOf ?? null}
    from publishers where ${condition}`
}

/**
 * Sent bytes count towards the daily limit, whether the message is stored or refused. Fetched bytes do not count:
 * otherwise anyone could use up the limit by pings. Only a message with a status of 2xx ends a publisher's silence.
 */
function countActivity(
  { publisherUid, receivedAt, sizeInBytes, authentication }: Attempt,
  { status }: AttemptResult,
): SQL[] {
  if (authentication === "replay") return []
  const storedAt = status >= 200 && status < 300 ? receivedAt : null
  const countedBytes = authentication === "fetch" ? 0 : sizeInBytes
  return [
    sql`insert into publisher_activity as activity (publisher_uid, day, bytes, messages, last_at, usual_gap)
    values (${publisherUid}, ${dayOf(receivedAt)}, ${countedBytes}, ${storedAt === null ? 0 : 1}, ${storedAt}, 0)
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
