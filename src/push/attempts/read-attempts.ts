/** Reads the log of attempts, for operators and publishers. */
import { type SQL, sql } from "drizzle-orm"
import { type Db, literal } from "../../db/client.ts"
import type { ProblemError } from "../../http/problem.ts"

export interface LoggedAttempt {
  id: number
  publisher: string
  publisherUid: string
  receivedAt: number
  endpoint: string
  deliveryId: string
  authentication: string
  keyId: string | null
  messageAt: number
  contentType: string | null
  headers: Record<string, string>
  bodySha256: string
  sizeInBytes: number
  status: number
  ms: number
  code: string | null
  detail: string | null
  errors: ProblemError[]
  deadLetter: "open" | "replayed" | "dismissed" | "superseded" | null
  closedAt: number | null
  replayOf: number | null
  /** Key of the stored bytes of a dead letter. */
  objectKey: string | null
}

type AttemptRow = Omit<LoggedAttempt, "headers" | "errors"> & { headers: string; errors: string | null }

const ATTEMPT_COLUMNS = sql`t.id, p.slug publisher, t.publisher_uid publisherUid, t.received_at receivedAt, t.endpoint, t.delivery_id deliveryId, t.authentication,
  t.key_id keyId, t.message_at messageAt, t.content_type contentType, t.headers, t.body_sha256 bodySha256, t.size_in_bytes sizeInBytes, t.status,
  t.ms, t.code, t.detail, t.errors, t.dead_letter deadLetter, t.closed_at closedAt, t.replay_of replayOf, t.object_key objectKey`

const parseAttempt = (row: AttemptRow): LoggedAttempt => ({
  ...row,
  headers: JSON.parse(row.headers) as Record<string, string>,
  errors: JSON.parse(row.errors ?? "[]") as ProblemError[],
})

export interface AttemptFilter {
  publisherUid?: string | undefined
  /** An HTTP status, or a class of them: 4 for 400 to 499. */
  status?: number | undefined
  /** Milliseconds UTC, the first included, the second not. */
  since?: number | undefined
  until?: number | undefined
  /** Only open dead letters. */
  openDeadLetters?: boolean | undefined
  /** Only rows before this one. */
  before?: number | undefined
}

/** Rows that one page with a filter by status may scan. */
const MAX_SCANNED_ROWS = 5000

/** The newest first. A page that is short because it scanned MAX_SCANNED_ROWS has a `next` too. */
export async function listAttempts(
  db: Db,
  filter: AttemptFilter,
  limit: number,
): Promise<{ attempts: LoggedAttempt[]; next: number | undefined }> {
  const { publisherUid, status, since, until, openDeadLetters, before } = filter
  const conditions: SQL[] = [
    ...(openDeadLetters ? [sql`dead_letter = 'open'`] : []),
    ...(publisherUid === undefined ? [] : [sql`publisher_uid = ${publisherUid}`]),
    ...(before === undefined ? [] : [sql`id < ${before}`]),
    ...(since === undefined ? [] : [sql`received_at >= ${since}`]),
    ...(until === undefined ? [] : [sql`received_at < ${until}`]),
  ]
  const matches =
    status === undefined
      ? sql`true`
      : status < 10
        ? sql`t.status / 100 = ${literal(status)}`
        : sql`t.status = ${status}`
  const whereClause = conditions.length === 0 ? sql`` : sql`where ${sql.join(conditions, sql` and `)}`
  const scannedRows = sql`(select * from attempts ${whereClause} order by id desc limit ${literal(MAX_SCANNED_ROWS)})`
  const rows =
    await db.all<AttemptRow>(sql`select ${ATTEMPT_COLUMNS} from ${scannedRows} t join publishers p on p.uid = t.publisher_uid
    where ${matches} order by t.id desc limit ${literal(limit + 1)}`)
  if (rows.length > limit) return { attempts: rows.slice(0, limit).map(parseAttempt), next: rows[limit - 1]?.id }
  const [scanEnd] = await db.all<{ id: number | null; rows: number }>(
    sql`select min(id) id, count(*) rows from ${scannedRows}`,
  )
  return {
    attempts: rows.map(parseAttempt),
    next: scanEnd?.rows === MAX_SCANNED_ROWS ? (scanEnd.id ?? undefined) : undefined,
  }
}

export async function readAttempt(db: Db, id: number): Promise<LoggedAttempt | undefined> {
  const [row] = await db.all<AttemptRow>(
    sql`select ${ATTEMPT_COLUMNS} from attempts t join publishers p on p.uid = t.publisher_uid where t.id = ${id}`,
  )
  return row && parseAttempt(row)
}

/** The newest dead letter of a delivery, for its sender. */
export async function readDeadLetter(
  db: Db,
  publisherUid: string,
  deliveryId: string,
): Promise<LoggedAttempt | undefined> {
  const [row] =
    await db.all<AttemptRow>(sql`select ${ATTEMPT_COLUMNS} from attempts t join publishers p on p.uid = t.publisher_uid
    where t.publisher_uid = ${publisherUid} and t.delivery_id = ${deliveryId} and t.dead_letter is not null
    order by t.id desc limit 1`)
  return row && parseAttempt(row)
}

/** Selects attempts to replay: authenticated ones, or only the open dead letters among them. */
export interface ReplayFilter {
  publisherUid?: string | undefined
  /** Values of attempts.id, both included. */
  from?: number | undefined
  to?: number | undefined
  /** Milliseconds UTC, the first included, the second not. */
  since?: number | undefined
  until?: number | undefined
  deadLettersOnly: boolean
}

/** The oldest first: what was sent first is replayed first. */
export async function listReplayable(db: Db, filter: ReplayFilter, limit: number): Promise<LoggedAttempt[]> {
  const { publisherUid, from, to, since, until, deadLettersOnly } = filter
  const conditions: SQL[] = [
    deadLettersOnly ? sql`t.dead_letter = 'open'` : sql`t.authentication not in ('refused', 'none', 'replay')`,
    ...(publisherUid === undefined ? [] : [sql`t.publisher_uid = ${publisherUid}`]),
    ...(from === undefined ? [] : [sql`t.id >= ${from}`]),
    ...(to === undefined ? [] : [sql`t.id <= ${to}`]),
    ...(since === undefined ? [] : [sql`t.received_at >= ${since}`]),
    ...(until === undefined ? [] : [sql`t.received_at < ${until}`]),
  ]
  const rows =
    await db.all<AttemptRow>(sql`select ${ATTEMPT_COLUMNS} from attempts t join publishers p on p.uid = t.publisher_uid
    where ${sql.join(conditions, sql` and `)} order by t.id limit ${literal(limit)}`)
  return rows.map(parseAttempt)
}

/** Open dead letters, of one publisher or of all. */
export async function countOpenDeadLetters(db: Db, publisherUid: string | undefined): Promise<number> {
  const condition = publisherUid === undefined ? sql`` : sql`and publisher_uid = ${publisherUid}`
  const [row] = await db.all<{ open: number }>(
    sql`select count(*) open from attempts where dead_letter = 'open' ${condition}`,
  )
  return row?.open ?? 0
}
