/** Manages operators. The last owner stays, because only an owner can make operators and tokens. */
import { and, count, eq, exists, max, ne, or, type SQL, sql } from "drizzle-orm"
import { alias } from "drizzle-orm/sqlite-core"
import { batch, type Db, isoTimeOf } from "../db/client.ts"
import { operatorTokens, operators as table } from "../db/operator-schema.ts"
import { Problem } from "../http/problem.ts"
import { changeOf, insertAudit } from "./audit.ts"
import type { OperationContext } from "./context.ts"
import type { Input } from "./input.ts"
import type { ChangeOperator, CreateOperator } from "./input-schemas.ts"
import { conflictHandler } from "./name-conflict.ts"
import { insertToken, newStoredToken, operatorNotFound, tokenJson } from "./operator-tokens.ts"

/** Lists operators, each with the number of tokens and the time of the last use. */
export async function listOperators({ db }: Pick<OperationContext, "db">, name?: string) {
  const ofOperator = eq(operatorTokens.operatorName, table.name)
  const lastUse = db
    .select({ at: max(operatorTokens.lastUsedAt) })
    .from(operatorTokens)
    .where(ofOperator)
  return db
    .select({
      name: table.name,
      role: table.role,
      created_at: isoTimeOf(table.createdAt),
      tokens: db.$count(operatorTokens, ofOperator),
      last_used_at: isoTimeOf(sql`(${lastUse})`),
    })
    .from(table)
    .where(name === undefined ? undefined : eq(table.name, name))
    .orderBy(table.name)
}

/** Creates an operator with a first token, which only this answer contains. */
export async function createOperator(context: OperationContext, { name, role }: Input<typeof CreateOperator>) {
  const { db, now } = context
  const token = await newStoredToken(name, null, now)
  await batch(db, [
    insertAudit(context, { action: "operator.create", subject: operatorPath(name), detail: { role } }),
    db.insert(table).values({ name, role, createdAt: now }),
    ...Object.values(insertToken(context, token.row)),
  ]).catch(conflictHandler("operator", name, "name"))
  return { ...(await mustFindOperator(db, name)), token: tokenJson(token) }
}

/** @throws Problem not_found, last_owner */
export async function changeRole(context: OperationContext, name: string, { role }: Input<typeof ChangeOperator>) {
  const { db } = context
  const current = await mustFindOperator(db, name)
  if (current.role !== role) {
    const which = and(eq(table.name, name), ne(table.role, role), mayLose(db, name))
    const { changed } = await batch(db, {
      audit: insertAudit(context, {
        action: "operator.change",
        subject: operatorPath(name),
        ...changeOf(current, { role }),
        onlyIf: exists(db.select().from(table).where(which)),
      }),
      changed: db.update(table).set({ role }).where(which).returning({ name: table.name }),
    })
    if (changed.length === 0) await refuseChange(db, name, role)
  }
  return mustFindOperator(db, name)
}

/** Removes an operator with all tokens. @throws Problem not_found, last_owner */
export async function removeOperator(context: OperationContext, name: string): Promise<void> {
  const { db } = context
  const { role } = await mustFindOperator(db, name)
  const which = and(eq(table.name, name), mayLose(db, name))
  const mayRemove = exists(db.select().from(table).where(which))
  const { removed } = await batch(db, {
    audit: insertAudit(context, {
      action: "operator.remove",
      subject: operatorPath(name),
      before: { role },
      onlyIf: mayRemove,
    }),
    tokens: db.delete(operatorTokens).where(and(eq(operatorTokens.operatorName, name), mayRemove)),
    removed: db.delete(table).where(which).returning({ name: table.name }),
  })
  if (removed.length === 0) await refuseChange(db, name, undefined)
}

/** Whether the operator is no owner, or there is another owner. The statement decides, so of two requests at once, only one succeeds. */
function mayLose(db: Db, name: string): SQL | undefined {
  const others = alias(table, "others")
  const otherOwner = db
    .select({ n: count() })
    .from(others)
    .where(and(eq(others.role, "owner"), ne(others.name, name)))
  return or(ne(table.role, "owner"), sql`(${otherOwner}) > 0`)
}

/** Finds why a statement changed nothing: another request was first, or the operator is the last owner. */
async function refuseChange(db: Db, name: string, wanted: string | undefined): Promise<void> {
  const { role } = await mustFindOperator(db, name)
  if (role === wanted) return
  throw new Problem("last_owner", `${name} is the last owner: make another operator an owner first.`)
}

/** @throws Problem not_found, with a suggestion */
async function mustFindOperator(db: Db, name: string) {
  const [operator] = await listOperators({ db }, name)
  if (operator) return operator
  throw await operatorNotFound(db, name)
}

const operatorPath = (name: string): string => `operators/${name}`
