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

export interface AttemptFilter {
  publisherUid?: string | undefined
  /** An HTTP status, or its first digit: 4 selects 400 to 499. */
  status?: number | undefined
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
  const { publisherUid, status, since, until, openDeadLetters, before } = filter
  const conditions = [
    openDeadLetters ? isOpen : undefined,
    ofPublisher(publisherUid),
    before === undefined ? undefined : lt(table.id, before),
    isBetween(since, until),
  ]
  const matches =
    status === undefined
      ? undefined
      : status < 10
        ? sql`${table.status} / 100 = ${literal(status)}`
        : eq(table.status, status)
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
  const { publisherUid, from, to, since, until, deadLettersOnly } = filter
  const conditions = [
    deadLettersOnly ? isOpen : notInArray(table.authentication, ["refused", "none", "replay"]),
    canChange,
    ofPublisher(publisherUid),
    from === undefined ? undefined : gte(table.id, from),
    to === undefined ? undefined : lte(table.id, to),
    isBetween(since, until),
  ]
  return selectAttempts(db)
    .where(and(...conditions))
    .orderBy(table.id)
    .limit(limit)
}

export async function countOpenDeadLetters(db: Db, publisherUid: string | undefined): Promise<number> {
  return db.$count(table, and(isOpen, ofPublisher(publisherUid)))
}
