/** The log of deliveries as operators and publishers read it. */
import { type SQL, sql } from "drizzle-orm"
import { type Db, literal } from "../db/client.ts"
import type { ProblemError } from "../http/problem.ts"

export interface LoggedAttempt {
  seq: number
  publisher: string
  publisherUid: string
  at: number
  door: string
  deliveryId: string
  signature: string
  keyId: string | null
  messageAt: number
  contentType: string | null
  headers: Record<string, string>
  bodySha256: string
  bytes: number
  status: number
  ms: number
  code: string | null
  detail: string | null
  errors: ProblemError[]
  letter: "open" | "replayed" | "dismissed" | "superseded" | null
  closedAt: number | null
  replayOf: number | null
  /** Key of the bytes of a dead letter. */
  kept: string | null
}

type AttemptRow = Omit<LoggedAttempt, "headers" | "errors"> & { headers: string; errors: string | null }

const COLUMNS = sql`t.seq, p.slug publisher, t.publisher_uid publisherUid, t.at, t.door, t.delivery_id deliveryId, t.signature,
  t.key_id keyId, t.message_at messageAt, t.content_type contentType, t.headers, t.body_sha256 bodySha256, t.bytes, t.status,
  t.ms, t.code, t.detail, t.errors, t.letter, t.closed_at closedAt, t.replay_of replayOf, t.kept`

const parsed = (row: AttemptRow): LoggedAttempt => ({
  ...row,
  headers: JSON.parse(row.headers) as Record<string, string>,
  errors: JSON.parse(row.errors ?? "[]") as ProblemError[],
})

export interface Filter {
  publisherUid?: string | undefined
  /** An HTTP status, or a class of them: 4 for 400 to 499. */
  status?: number | undefined
  /** Milliseconds UTC, the first included, the second not. */
  since?: number | undefined
  until?: number | undefined
  /** Dead letters that are open. */
  open?: boolean | undefined
  /** Only rows before this one. */
  before?: number | undefined
}

/** Rows that a filter by status looks at, at most, for one page. */
const LOOK = 5000

/** The newest first. A page that ends before `limit` because it has looked at enough says where to go on. */
export async function listAttempts(
  db: Db,
  filter: Filter,
  limit: number,
): Promise<{ attempts: LoggedAttempt[]; next: number | undefined }> {
  const { publisherUid, status, since, until, open, before } = filter
  const where: SQL[] = [
    ...(open ? [sql`letter = 'open'`] : []),
    ...(publisherUid === undefined ? [] : [sql`publisher_uid = ${publisherUid}`]),
    ...(before === undefined ? [] : [sql`seq < ${before}`]),
    ...(since === undefined ? [] : [sql`at >= ${since}`]),
    ...(until === undefined ? [] : [sql`at < ${until}`]),
  ]
  const matches =
    status === undefined
      ? sql`true`
      : status < 10
        ? sql`t.status / 100 = ${literal(status)}`
        : sql`t.status = ${status}`
  const all = where.length === 0 ? sql`` : sql`where ${sql.join(where, sql` and `)}`
  const looked = sql`(select * from attempts ${all} order by seq desc limit ${literal(LOOK)})`
  const rows =
    await db.all<AttemptRow>(sql`select ${COLUMNS} from ${looked} t join publishers p on p.uid = t.publisher_uid
    where ${matches} order by t.seq desc limit ${literal(limit + 1)}`)
  if (rows.length > limit) return { attempts: rows.slice(0, limit).map(parsed), next: rows[limit - 1]?.seq }
  const [end] = await db.all<{ seq: number | null; rows: number }>(
    sql`select min(seq) seq, count(*) rows from ${looked}`,
  )
  return { attempts: rows.map(parsed), next: end?.rows === LOOK ? (end.seq ?? undefined) : undefined }
}

export async function readAttempt(db: Db, seq: number): Promise<LoggedAttempt | undefined> {
  const [row] = await db.all<AttemptRow>(
    sql`select ${COLUMNS} from attempts t join publishers p on p.uid = t.publisher_uid where t.seq = ${seq}`,
  )
  return row && parsed(row)
}

/** The last thing that went wrong with a delivery, for its sender. */
export async function readLetterOf(
  db: Db,
  publisherUid: string,
  deliveryId: string,
): Promise<LoggedAttempt | undefined> {
  const [row] =
    await db.all<AttemptRow>(sql`select ${COLUMNS} from attempts t join publishers p on p.uid = t.publisher_uid
    where t.publisher_uid = ${publisherUid} and t.delivery_id = ${deliveryId} and t.letter is not null
    order by t.seq desc limit 1`)
  return row && parsed(row)
}

/** What may be replayed: attempts by somebody who was known, or only the open dead letters among them. */
export interface Replayable {
  publisherUid?: string | undefined
  /** Rows, both included. */
  from?: number | undefined
  to?: number | undefined
  /** Milliseconds UTC, the first included, the second not. */
  since?: number | undefined
  until?: number | undefined
  letters: boolean
}

/** The oldest first: what was sent first is replayed first. */
export async function listReplayable(db: Db, which: Replayable, limit: number): Promise<LoggedAttempt[]> {
  const { publisherUid, from, to, since, until, letters } = which
  const where: SQL[] = [
    letters ? sql`t.letter = 'open'` : sql`t.signature not in ('refused', 'none', 'replay')`,
    ...(publisherUid === undefined ? [] : [sql`t.publisher_uid = ${publisherUid}`]),
    ...(from === undefined ? [] : [sql`t.seq >= ${from}`]),
    ...(to === undefined ? [] : [sql`t.seq <= ${to}`]),
    ...(since === undefined ? [] : [sql`t.at >= ${since}`]),
    ...(until === undefined ? [] : [sql`t.at < ${until}`]),
  ]
  const rows =
    await db.all<AttemptRow>(sql`select ${COLUMNS} from attempts t join publishers p on p.uid = t.publisher_uid
    where ${sql.join(where, sql` and `)} order by t.seq limit ${literal(limit)}`)
  return rows.map(parsed)
}

/** Open dead letters, of one publisher or of all. */
export async function countOpen(db: Db, publisherUid: string | undefined): Promise<number> {
  const whose = publisherUid === undefined ? sql`` : sql`and publisher_uid = ${publisherUid}`
  const [row] = await db.all<{ open: number }>(sql`select count(*) open from attempts where letter = 'open' ${whose}`)
  return row?.open ?? 0
}
