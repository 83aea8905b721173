/**
 * Writes the log of deliveries: every attempt to deliver something, and the dead letters among them, which could not be
 * understood or stored and wait for somebody. What a publisher sent is counted with it. log.ts reads it.
 */
import { type SQL, sql } from "drizzle-orm"
import { batch, type Db, literal } from "../db/client.ts"
import type { ProblemError } from "../http/problem.ts"
import { isSecretHeader } from "../http/secret-headers.ts"
import { type Key, noteUse } from "./keys.ts"
import { dayOf } from "./quota.ts"

/** How an attempt was verified: by which scheme; `refused` by none, `none` where none was asked for. */
export type Verified = "v1" | "v1a" | "bearer" | "hmac" | "token" | "none" | "refused" | "replay" | "fetch"

export interface Attempt {
  publisherUid: string
  /** When it began, milliseconds UTC. */
  at: number
  /** The address below /push/{publisher}. */
  door: string
  deliveryId: string
  /** The id that the same message may have had before. */
  earlier?: { id: string } | undefined
  verified: Verified
  key?: Pick<Key, "id" | "lastUsedAt"> | undefined
  messageAt: number
  contentType: string | undefined
  headers: Headers
  bodySha256: string
  bytes: number
}

export interface Result {
  status: number
  /** Milliseconds that it took. */
  ms: number
  code?: string | undefined
  detail?: string | undefined
  errors?: ProblemError[] | undefined
  /** Where the bytes stand, if anything of it waits for somebody: a dead letter. */
  kept?: string | undefined
  /** It came before, and was answered as the first time: what became of that stays as it is. */
  isRepetition?: boolean
  /** The attempt that was replayed. */
  replayOf?: number | undefined
}

/** Attempts of strangers that are written down, for one publisher within an hour. */
const STRANGERS_AN_HOUR = literal(60)
const HOUR = 3_600_000

/** Bytes of JSON: enough for what is sent, too little to fill the log with. */
const HEADERS_BYTES = 32 * 1024
const ERRORS_BYTES = 64 * 1024

/** Writes an attempt down, charges its bytes, and closes the dead letter of an earlier attempt of the same delivery. */
export async function record(db: Db, attempt: Attempt, result: Result): Promise<void> {
  const { publisherUid, deliveryId, earlier, at } = attempt
  const ids = sql`(${deliveryId}, ${earlier?.id ?? deliveryId})`
  await batch(db, [
    ...(result.isRepetition
      ? []
      : [closeLetters(sql`publisher_uid = ${publisherUid} and delivery_id in ${ids}`, "superseded", at)]),
    ...charge(attempt, result),
    ...(attempt.key ? noteUse(attempt.key, at) : []),
    insertAttempt(attempt, result, sql`uid = ${publisherUid}`),
  ])
}

/** Writes down that somebody knocked in vain, or of whom nothing was asked; only the first few of an hour. */
export async function recordStranger(
  db: Db,
  slug: string,
  attempt: Omit<Attempt, "publisherUid">,
  result: Result,
): Promise<void> {
  await db.run(
    insertAttempt(
      attempt,
      result,
      sql`slug = ${slug} and (select count(*) from (select 1 from attempts where publisher_uid = uid
        and signature in ('refused', 'none') and at > ${attempt.at - HOUR} limit ${STRANGERS_AN_HOUR})) < ${STRANGERS_AN_HOUR}`,
    ),
  )
}

function insertAttempt(attempt: Omit<Attempt, "publisherUid">, result: Result, which: SQL): SQL {
  return sql`insert into attempts (publisher_uid, at, door, delivery_id, signature, key_id, message_at, content_type,
      headers, body_sha256, bytes, status, ms, code, detail, errors, letter, kept, replay_of)
    select uid, ${attempt.at}, ${attempt.door}, ${attempt.deliveryId}, ${attempt.verified}, ${attempt.key?.id ?? null},
      ${attempt.messageAt}, ${attempt.contentType?.slice(0, 256) ?? null}, ${redacted(attempt.headers)},
      ${attempt.bodySha256}, ${attempt.bytes}, ${result.status}, ${result.ms}, ${result.code ?? null},
      ${result.detail?.slice(0, 2000) ?? null}, ${result.errors?.length ? bounded(result.errors, ERRORS_BYTES) : null},
      ${result.kept ? "open" : null}, ${result.kept ?? null}, ${result.replayOf ?? null}
    from publishers where ${which}`
}

/**
 * Bytes that were sent count on the day, whatever became of them; those that we fetched do not, or whoever pings could use
 * them up. Silence ends with what was taken.
 */
function charge({ publisherUid, at, bytes, verified }: Attempt, { status }: Result): SQL[] {
  if (verified === "replay") return []
  const taken = status >= 200 && status < 300 ? at : null
  const sent = verified === "fetch" ? 0 : bytes
  return [
    sql`insert into publisher_activity as held (publisher_uid, day, bytes, messages, last_at, usual_gap)
    values (${publisherUid}, ${dayOf(at)}, ${sent}, ${taken === null ? 0 : 1}, ${taken}, 0)
    on conflict (publisher_uid) do update set
      day = excluded.day, bytes = iif(held.day = excluded.day, held.bytes, 0) + excluded.bytes,
      messages = held.messages + excluded.messages,
      usual_gap = iif(excluded.last_at is null, held.usual_gap,
        max(excluded.last_at - coalesce(held.last_at, excluded.last_at), held.usual_gap * 49 / 50)),
      last_at = max(coalesce(excluded.last_at, held.last_at), coalesce(held.last_at, excluded.last_at))`,
  ]
}

/** Dead letters that nobody has to look at any more. */
export function closeLetters(which: SQL, letter: "replayed" | "dismissed" | "superseded", now: number): SQL {
  return sql`update attempts set letter = ${letter}, closed_at = ${now} where letter = 'open' and ${which}`
}

/** What was sent beside the body, without what opens anything. */
function redacted(headers: Headers): string {
  const shown = [...headers].map(([name, value]): [string, string] => [
    name.slice(0, 100),
    isSecretHeader(name) ? "(redacted)" : value.slice(0, 4096),
  ])
  return bounded(Object.fromEntries(shown), HEADERS_BYTES)
}

/** JSON of a list or an object, without its last members where it would be too long. */
function bounded(value: object, bytes: number): string {
  const isList = Array.isArray(value)
  let entries = Object.entries(value)
  for (;;) {
    const json = JSON.stringify(isList ? entries.map(([, member]) => member) : Object.fromEntries(entries))
    if (json.length <= bytes || entries.length === 0) return json
    entries = entries.slice(0, Math.floor(entries.length / 2))
  }
}
