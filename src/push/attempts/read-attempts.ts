/** Reads the log of attempts, for operators and publishers. */
import {
  and,
  count,
  desc,
  eq,
  getTableColumns,
  gte,
  inArray,
  isNotNull,
  isNull,
  like,
  lt,
  lte,
  min,
  ne,
  notInArray,
  or,
  sql,
} from "drizzle-orm"
import { type Db, literal } from "../../db/client.ts"
import { publishers, attempts as table } from "../../db/schema.ts"
import type { ProblemError } from "../../http/problem.ts"
import { isOpen } from "./write-attempts.ts"

const ATTEMPT_COLUMNS = {
  ...getTableColumns(table),
  publisher: publishers.slug,
  errors: sql`coalesce(${table.errors}, '[]')`.mapWith((json: string) => JSON.parse(json) as ProblemError[]),
}

const selectAttempts = (db: Db) =>
  db.select(ATTEMPT_COLUMNS).from(table).innerJoin(publishers, eq(publishers.uid, table.publisherUid)).$dynamic()

export type LoggedAttempt = Awaited<ReturnType<typeof selectAttempts>>[number]

/** See outcomeOf(). */
export const ATTEMPT_OUTCOMES = ["stored", "failed", "refused", "notified"] as const
export type AttemptOutcome = (typeof ATTEMPT_OUTCOMES)[number]

/**
 * What came of an attempt: its articles were stored; it failed at least in part; it was refused because of its sender or
 * its form; or it was a notification, which has no articles.
 */
export function outcomeOf({
  authentication,
  status,
  deadLetter,
}: Pick<LoggedAttempt, "authentication" | "status" | "deadLetter">): AttemptOutcome {
  if (authentication === "refused") return "refused"
  if (status >= 400 || deadLetter !== null) return "failed"
  return authentication === "none" || status === 202 ? "notified" : "stored"
}

/** The same in SQL. */
const OUTCOME = sql`case
  when ${table.authentication} = 'refused' then 'refused'
  when ${table.status} >= 400 or ${table.deadLetter} is not null then 'failed'
  when ${table.authentication} = 'none' or ${table.status} = 202 then 'notified'
  else 'stored' end`

export interface AttemptFilter {
  publisherUid?: string | undefined
  /** An HTTP status, or its first digit: 4 selects 400 to 499. */
  status?: number | undefined
  outcome?: AttemptOutcome | undefined
  /** Milliseconds UTC. An attempt at `since` is included, an attempt at `until` is not. */
  since?: number | undefined
  until?: number | undefined
  /** Whether only open dead letters are listed. */
  openDeadLetters?: boolean | undefined
  /** Only rows with a smaller id are listed. */
  before?: number | undefined
}

/** The maximum number of rows that a page scans if it filters by status. */
const MAX_SCANNED_ROWS = 5000

/** Lists the newest attempts first. A page that stops after MAX_SCANNED_ROWS may be short, but it has a `next`. */
export async function listAttempts(
  db: Db,
  filter: AttemptFilter,
  limit: number,
): Promise<{ attempts: LoggedAttempt[]; next: number | undefined }> {
  const { publisherUid, status, outcome, since, until, openDeadLetters, before } = filter
  const conditions = [
    openDeadLetters ? isOpen : undefined,
    ofPublisher(publisherUid),
    before === undefined ? undefined : lt(table.id, before),
    isBetween(since, until),
    isAfter(since),
    isBefore(until),
  ]
  const hasStatus =
    status === undefined
      ? undefined
      : status < 10
        ? sql`${table.status} / 100 = ${literal(status)}`
        : eq(table.status, status)
  const matches = and(hasStatus, outcome === undefined ? undefined : sql`${OUTCOME} = ${outcome}`)
  // The subquery has the same name as the table, so that columns of the table can be selected from the subquery.
  const scannedRows = db
    .select()
    .from(table)
    .where(and(...conditions))
    .orderBy(desc(table.id))
    .limit(MAX_SCANNED_ROWS)
    .as("attempts")
  const attempts = await db
    .select(ATTEMPT_COLUMNS)
    .from(scannedRows)
    .innerJoin(publishers, eq(publishers.uid, table.publisherUid))
    .where(matches)
    .orderBy(desc(table.id))
    .limit(limit + 1)
  if (attempts.length > limit) return { attempts: attempts.slice(0, limit), next: attempts[limit - 1]?.id }
  const [scanEnd] = await db.select({ id: min(scannedRows.id), count: count() }).from(scannedRows)
  return { attempts, next: scanEnd?.count === MAX_SCANNED_ROWS ? (scanEnd.id ?? undefined) : undefined }
}

const ofPublisher = (uid: string | undefined) => (uid === undefined ? undefined : eq(table.publisherUid, uid))

const isBetween = (since: number | undefined, until: number | undefined) =>
  and(
    since === undefined ? undefined : gte(table.receivedAt, since),
    until === undefined ? undefined : lt(table.receivedAt, until),
  )

/** How long after its arrival a message may be in the log, so that ids are only about in the order of arrivals. */
const MAX_DURATION_MS = 600_000

/**
 * An id such that attempts with smaller ids were recorded before a time (milliseconds UTC). Ids follow the time of
 * recording, so a binary search finds it in 41 look-ups, however many attempts there are.
 */
const idAt = (time: number) => sql`(
  with recursive leaps (no, leap) as (
    select 0, 1 << 40
    union all
    select
      no + iif(
        coalesce((select received_at from attempts where id > leaps.no + leap order by id limit 1) < ${time}, 0), leap, 0),
      leap >> 1
    from leaps
    where leap > 0
  )
  select no from leaps where leap = 0
)`

const isAfter = (since: number | undefined) =>
  since === undefined ? undefined : sql`${table.id} >= ${idAt(since - MAX_DURATION_MS)}`
const isBefore = (until: number | undefined) =>
  until === undefined ? undefined : sql`${table.id} <= ${idAt(until + MAX_DURATION_MS)} + 1`

export async function readAttempt(db: Db, id: number): Promise<LoggedAttempt | undefined> {
  const [attempt] = await selectAttempts(db).where(eq(table.id, id))
  return attempt
}

/** Reads the newest dead letter of a publisher's delivery. */
export async function readDeadLetter(
  db: Db,
  publisherUid: string,
  deliveryId: string,
): Promise<LoggedAttempt | undefined> {
  const [attempt] = await selectAttempts(db)
    .where(and(eq(table.publisherUid, publisherUid), eq(table.deliveryId, deliveryId), isNotNull(table.deadLetter)))
    .orderBy(desc(table.id))
    .limit(1)
  return attempt
}

/** Selects the attempts to replay: those that can have another result, or only the open dead letters among them. */
export interface ReplayFilter {
  publisherUid?: string | undefined
  /** Values of attempts.id. `from` and `to` are included. */
  from?: number | undefined
  to?: number | undefined
  /** Milliseconds UTC. An attempt at `since` is included, an attempt at `until` is not. */
  since?: number | undefined
  until?: number | undefined
  deadLettersOnly: boolean
}

/**
 * Whether another mapping, section or limit, or a correction of the wire itself, can change the result. A message that is
 * no JSON, has a wrong type or the id of another message stays refused; operators may replay it by its id.
 */
const canChange = or(
  and(isNull(table.code), ne(table.status, 202)),
  inArray(table.code, ["all_articles_rejected", "body_too_large", "internal_error"]),
  and(eq(table.code, "invalid_message"), like(table.endpoint, "sources/%")),
)

/** Lists the oldest attempts first, so that messages are replayed in the order of their arrival. */
export async function listReplayable(db: Db, filter: ReplayFilter, limit: number): Promise<LoggedAttempt[]> {
  return selectAttempts(db).where(isReplayable(filter)).orderBy(table.id).limit(limit)
}

function isReplayable({ publisherUid, from, to, since, until, deadLettersOnly }: ReplayFilter) {
  return and(
    deadLettersOnly ? isOpen : notInArray(table.authentication, ["refused", "none", "replay"]),
    canChange,
    ofPublisher(publisherUid),
    from === undefined ? undefined : gte(table.id, from),
    to === undefined ? undefined : lte(table.id, to),
    isBetween(since, until),
    isAfter(since),
    isBefore(until),
  )
}

/** The largest number of attempts that are counted. */
export const MAX_COUNTED = 10_000

/** Counts the open dead letters, as far as MAX_COUNTED. */
export async function countOpenDeadLetters(db: Db, publisherUid: string | undefined): Promise<number> {
  return countUpTo(db, selectIds(db).where(and(isOpen, ofPublisher(publisherUid))))
}

/** Counts the attempts that listReplayable() lists, as far as MAX_COUNTED. */
export const countReplayable = (db: Db, filter: ReplayFilter): Promise<number> =>
  countUpTo(db, selectIds(db).where(isReplayable(filter)))

const selectIds = (db: Db) => db.select({ id: table.id }).from(table).$dynamic()

async function countUpTo(db: Db, query: ReturnType<typeof selectIds>): Promise<number> {
  const [row] = await db.select({ count: count() }).from(query.limit(MAX_COUNTED).as("counted"))
  return row?.count ?? 0
}
