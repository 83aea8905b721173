/** The audit: the actions of operators in their order. Rows are never changed or deleted (its triggers prevent it). */
import { type SQL, sql } from "drizzle-orm"
import { Hono } from "hono"
import { literal } from "../db/client.ts"
import type { AppEnv } from "../env.ts"
import { readQuery } from "../http/parameters.ts"
import { isoTime } from "./iso-time.ts"
import { PAGE_PARAMETERS } from "./parameters.ts"

export interface AuditAction {
  /** noun.verb */
  action: string
  /** As in the path of the request: publishers/nahar, attempts/17. */
  subject: string
  /** The input of the action. Never a secret: nothing can be deleted from the audit. */
  detail: object
  /** The row is written only if this condition is true before the change. */
  onlyIf?: SQL
}

/** The statement for the batch of a change. It comes first, because onlyIf is about the state before the change. */
export function insertAudit({ action, subject, detail, onlyIf }: AuditAction, now: number): SQL {
  return sql`insert into audit (at, action, subject, detail)
    select ${now}, ${action}, ${subject}, ${JSON.stringify(detail)} where ${onlyIf ?? sql`true`}`
}

interface AuditRow {
  id: number
  at: number
  action: string
  subject: string
  detail: string
}

export const audit = new Hono<AppEnv>().get("/audit", async (c) => {
  const { before, limit } = readQuery(c, PAGE_PARAMETERS)
  const rows = await c.var.db.all<AuditRow>(sql`select id, at, action, subject, detail from audit
    where id < ${before ?? Number.MAX_SAFE_INTEGER} order by id desc limit ${literal(limit + 1)}`)
  const page = rows.slice(0, limit)
  return c.json({
    entries: page.map(({ id, at, detail, ...row }) => ({
      id,
      at: isoTime(at),
      ...row,
      detail: JSON.parse(detail),
    })),
    ...(rows.length > limit && { next: page.at(-1)?.id }),
  })
})
