/** Opens, finds, lists and ends the sessions of operators in the console. */
import { and, asc, desc, eq, exists, gt, inArray, isNotNull, isNull, lte, or } from "drizzle-orm"
import { sha256 } from "../crypto/digest.ts"
import { newToken, newTokenId } from "../crypto/token.ts"
import { batch, type Db, isoTimeOf } from "../db/client.ts"
import { operators, operatorTokens } from "../db/operator-schema.ts"
import { sessions as table } from "../db/session-schema.ts"
import { Problem } from "../http/problem.ts"
import { insertAudit } from "./audit.ts"
import type { OperationContext } from "./context.ts"
import { type Actor, hasRights, SHARED_TOKEN_ACTOR } from "./roles.ts"

/** A session ends after this time, in milliseconds. */
export const SESSION_MS = 12 * 3_600_000
/** How many expired sessions one run of the sweep deletes. */
const MAX_EXPIRED = 500

export interface Session {
  id: string
  actor: Actor
  /** Milliseconds since 1970. */
  expiresAt: number
}

/**
 * Opens a session for the actor of the context.
 * @param tokenId the operator's token; undefined for ADMIN_TOKEN
 * @returns the secret of the session, which only its cookie contains
 */
export async function openSession(context: OperationContext, tokenId: string | undefined): Promise<string> {
  const { db, now } = context
  const secret = newToken()
  const id = newTokenId()
  const row = { secretSha256: await sha256(secret), id, tokenId: tokenId ?? null }
  await batch(db, [
    insertAudit(context, { action: "session.open", subject: `sessions/${id}`, detail: {} }),
    db.insert(table).values({ ...row, createdAt: now, expiresAt: now + SESSION_MS }),
  ])
  return secret
}

/** Finds a session that has not ended, with the role that its operator has now. */
export async function findSession(db: Db, secret: string, now: number): Promise<Session | undefined> {
  const [row] = await selectSessions(db)
    .where(and(eq(table.secretSha256, await sha256(secret)), isOpen(now)))
    .limit(1)
  return row && { id: row.id, actor: actorOf(row), expiresAt: row.expiresAt }
}

/** Lists the sessions that have not ended. Only an owner sees those of others. */
export async function listSessions({ db, now, actor }: OperationContext) {
  const rows = await selectSessions(db)
    .where(and(isOpen(now), hasRights(actor.role, "owner") ? undefined : eq(operators.name, actor.name)))
    .orderBy(desc(table.createdAt), asc(table.id))
  return rows.map((row) => ({
    id: row.id,
    operator: actorOf(row).name,
    created_at: row.createdText,
    expires_at: row.expiresText,
  }))
}

/** Ends a session at once. @throws Problem not_found, for the session of another operator too unless an owner asks */
export async function endSession(context: OperationContext, id: string): Promise<void> {
  const { db } = context
  const isListed = (await listSessions(context)).some((session) => session.id === id)
  const which = eq(table.id, id)
  const { ended } = isListed
    ? await batch(db, {
        audit: insertAudit(context, {
          action: "session.end",
          subject: `sessions/${id}`,
          detail: {},
          onlyIf: exists(db.select().from(table).where(which)),
        }),
        ended: db.delete(table).where(which).returning({ id: table.id }),
      })
    : { ended: [] }
  if (ended.length === 0) throw new Problem("not_found", `There is no session ${id}: it may have ended.`)
}

/** Deletes sessions after their end. @returns the number of deleted sessions */
export async function deleteExpiredSessions(db: Db, now: number): Promise<number> {
  const expired = db.select({ id: table.id }).from(table).where(lte(table.expiresAt, now)).limit(MAX_EXPIRED)
  const deleted = await db.delete(table).where(inArray(table.id, expired)).returning({ id: table.id })
  return deleted.length
}

const selectSessions = (db: Db) =>
  db
    .select({
      ...{ id: table.id, tokenId: table.tokenId, expiresAt: table.expiresAt },
      ...{ createdText: isoTimeOf(table.createdAt), expiresText: isoTimeOf(table.expiresAt) },
      ...{ name: operators.name, role: operators.role },
    })
    .from(table)
    .leftJoin(operatorTokens, eq(operatorTokens.id, table.tokenId))
    .leftJoin(operators, eq(operators.name, operatorTokens.operatorName))
    .$dynamic()

type SessionRow = Awaited<ReturnType<typeof selectSessions>>[number]

/** Whether a session has neither expired nor lost its token. A removed operator has no tokens. */
const isOpen = (now: number) => and(gt(table.expiresAt, now), or(isNull(table.tokenId), isNotNull(operators.name)))

const actorOf = ({ name, role }: Pick<SessionRow, "name" | "role">): Actor =>
  name === null || role === null ? SHARED_TOKEN_ACTOR : { name, role }
