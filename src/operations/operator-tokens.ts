/** Makes, lists, finds and revokes the tokens of operators. */
import { and, eq, exists, isNull, lte, or, sql } from "drizzle-orm"
import { constantTimeEqual } from "../crypto/constant-time.ts"
import { sha256 } from "../crypto/digest.ts"
import { isOperatorToken, newOperatorToken, newTokenId } from "../crypto/token.ts"
import { batch, type Db, isoTimeOf, rowFrom } from "../db/client.ts"
import { operators, operatorTokens as table } from "../db/operator-schema.ts"
import { Problem } from "../http/problem.ts"
import { didYouMean } from "../text/near-matches.ts"
import { insertAudit } from "./audit.ts"
import type { OperationContext } from "./context.ts"
import type { Input } from "./input.ts"
import type { CreateOperatorToken } from "./input-schemas.ts"
import { isoTime } from "./iso-time.ts"
import { type Actor, SHARED_TOKEN_ACTOR } from "./roles.ts"

/** The Worker writes `last_used_at` at most once within this time. */
const USE_PRECISION_MS = 3_600_000

type TokenRow = typeof table.$inferSelect

/** A token and its row. Only the answer to the request that makes the token contains its text. */
interface NewToken {
  row: TokenRow
  text: string
}

export async function newStoredToken(operatorName: string, note: string | null, now: number): Promise<NewToken> {
  const text = newOperatorToken()
  const row = {
    tokenSha256: await sha256(text),
    id: newTokenId(),
    operatorName,
    note,
    createdAt: now,
    lastUsedAt: null,
  }
  return { row, text }
}

export const tokenJson = ({ row: { id, note, createdAt }, text }: NewToken) => ({
  id,
  note,
  created_at: isoTime(createdAt),
  secret: text,
})

/** Returns statements that write nothing if the operator does not exist, because another request may remove it. */
export function insertToken(context: OperationContext, row: TokenRow) {
  const { db } = context
  const { operatorName, id, note } = row
  const subject = `operators/${operatorName}/tokens/${id}`
  const onlyIf = exists(db.select().from(operators).where(eq(operators.name, operatorName)))
  return {
    auditOfToken: insertAudit(context, { action: "token.create", subject, detail: { note }, onlyIf }),
    tokens: db
      .insert(table)
      .select(rowFrom(table, row, sql`where ${onlyIf}`))
      .returning({ id: table.id }),
  }
}

/** @throws Problem not_found */
export async function listTokens({ db }: OperationContext, operatorName: string) {
  const tokens = await db
    .select({
      id: table.id,
      note: table.note,
      created_at: isoTimeOf(table.createdAt),
      last_used_at: isoTimeOf(table.lastUsedAt),
    })
    .from(table)
    .where(eq(table.operatorName, operatorName))
    .orderBy(table.createdAt, table.id)
  const [operator] =
    tokens.length > 0 ? tokens : await db.select().from(operators).where(eq(operators.name, operatorName))
  if (!operator) throw await operatorNotFound(db, operatorName)
  return tokens
}

/** Makes the problem of an unknown operator, with a suggestion. */
export async function operatorNotFound(db: Db, name: string): Promise<Problem> {
  const names = (await db.select({ name: operators.name }).from(operators)).map((each) => each.name)
  return new Problem("not_found", `There is no operator ${name} here.${didYouMean(name, names)}`)
}

/** @throws Problem not_found */
export async function createToken(context: OperationContext, name: string, input: Input<typeof CreateOperatorToken>) {
  const token = await newStoredToken(name, input.note ?? null, context.now)
  const { tokens } = await batch(context.db, insertToken(context, token.row))
  if (tokens.length === 0) throw await operatorNotFound(context.db, name)
  return tokenJson(token)
}

/** @throws Problem not_found */
export async function revokeToken(context: OperationContext, name: string, id: string): Promise<void> {
  const { db } = context
  const which = and(eq(table.operatorName, name), eq(table.id, id))
  const onlyIf = exists(db.select().from(table).where(which))
  const { deleted } = await batch(db, {
    audit: insertAudit(context, {
      action: "token.revoke",
      subject: `operators/${name}/tokens/${id}`,
      detail: {},
      onlyIf,
    }),
    deleted: db.delete(table).where(which).returning({ id: table.id }),
  })
  if (deleted.length === 0) throw new Problem("not_found", `${name} has no token ${id}.`)
}

/** An operator who was found by a token. */
export interface TokenHolder {
  actor: Actor
  tokenId: string
  lastUsedAt: number | null
}

/** Finds the operator by the hash of the token, so the time of the answer says nothing about stored tokens. */
async function findTokenHolder(db: Db, text: string): Promise<TokenHolder | undefined> {
  if (!isOperatorToken(text)) return undefined
  const [row] = await db
    .select({ name: operators.name, role: operators.role, tokenId: table.id, lastUsedAt: table.lastUsedAt })
    .from(table)
    .innerJoin(operators, eq(operators.name, table.operatorName))
    .where(eq(table.tokenSha256, await sha256(text)))
  return row && { actor: { name: row.name, role: row.role }, tokenId: row.tokenId, lastUsedAt: row.lastUsedAt }
}

/** Whether ADMIN_TOKEN is open: a short one can be guessed, so it authorizes no one. */
export const MIN_SHARED_TOKEN_LENGTH = 32

/** Finds who has a token, which may be ADMIN_TOKEN. Only an operator's own token has an id. */
export async function findActor(
  db: Db,
  shared: string | undefined,
  text: string,
): Promise<{ actor: Actor; holder?: TokenHolder } | undefined> {
  const isShared = await constantTimeEqual(shared ?? "", text)
  if ((shared ?? "").length >= MIN_SHARED_TOKEN_LENGTH && isShared) return { actor: SHARED_TOKEN_ACTOR }
  const holder = await findTokenHolder(db, text)
  return holder && { actor: holder.actor, holder }
}

/** Records that a token was used, at most once an hour. */
export async function recordTokenUse(db: Db, { tokenId, lastUsedAt }: TokenHolder, now: number): Promise<void> {
  const usedBefore = now - USE_PRECISION_MS
  if (lastUsedAt !== null && lastUsedAt > usedBefore) return
  await db
    .update(table)
    .set({ lastUsedAt: now })
    .where(and(eq(table.id, tokenId), or(isNull(table.lastUsedAt), lte(table.lastUsedAt, usedBefore))))
}
