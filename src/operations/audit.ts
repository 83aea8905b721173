/** Writes and lists the audit: a row for each action of an operator. Triggers prevent changes and deletions of these rows. */
import { desc, lt, type SQL, sql } from "drizzle-orm"
import { rowFrom } from "../db/client.ts"
import { audit as table } from "../db/schema.ts"
import type { OperationContext } from "./context.ts"
import { isoTime } from "./iso-time.ts"

export interface AuditAction {
  /** A noun and a verb, such as `key.revoke`. */
  action: string
  /** The object of the action as a path: publishers/nahar, attempts/17. */
  subject: string
  /** What the action says besides a change, without secrets, because no one can delete a row of the audit. */
  detail?: Record<string, unknown>
  /** What was before and after a change, without secrets. See changeOf(). */
  before?: Record<string, unknown>
  after?: Record<string, unknown>
  /** The row is written only if this condition is true before the change. */
  onlyIf?: SQL
}

/** Returns the statement that writes the audit. It is the first of its batch, because onlyIf tests the old state. */
export function insertAudit({ db, now, actor }: OperationContext, entry: AuditAction) {
  const { action, subject, detail = {}, before, after, onlyIf = sql`true` } = entry
  const row = {
    ...{ at: now, actor: actor.name, action, subject },
    detail: { ...detail, ...(before && { before }), ...(after && { after }) },
  }
  return db.insert(table).select(rowFrom(table, row, sql`where ${onlyIf}`))
}

/**
 * The changed members before and after a change.
 * @param current is what the admin API shows; a member that it does not show was null
 * @param changed are the members with their new values; see changedMembers()
 */
export function changeOf(current: object, changed: object): Required<Pick<AuditAction, "before" | "after">> {
  const values = new Map(Object.entries(current))
  const changes = Object.entries(changed).filter(([, value]) => value !== undefined)
  return {
    before: Object.fromEntries(changes.map(([name]) => [name, values.get(name) ?? null])),
    after: Object.fromEntries(changes),
  }
}

/** A page of at most `limit` rows that are older than the row `before`. */
export interface Page {
  before: number | undefined
  limit: number
}

export async function listAudit({ db }: OperationContext, { before, limit }: Page) {
  const rows = await db
    .select()
    .from(table)
    .where(before === undefined ? undefined : lt(table.id, before))
    .orderBy(desc(table.id))
    .limit(limit + 1)
  const page = rows.slice(0, limit)
  return {
    entries: page.map(({ id, at, ...row }) => ({ id, at: isoTime(at), ...row })),
    ...(rows.length > limit && { next: page.at(-1)?.id }),
  }
}
