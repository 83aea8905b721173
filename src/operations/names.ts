/** Chooses how a tag or an author is spelt. Their first spelling is shown until an operator chooses another. */
import { eq } from "drizzle-orm"
import { runAfterCommit } from "../after-commit/purge.ts"
import { authorScope, tagScope } from "../articles/model/scope.ts"
import { commitWire } from "../articles/taxonomy/directory.ts"
import { scopes } from "../db/schema.ts"
import { Problem } from "../http/problem.ts"
import { shownName } from "../text/fold-name.ts"
import { changeOf, insertAudit } from "./audit.ts"
import type { OperationContext } from "./context.ts"
import { type Input, invalidMember } from "./input.ts"
import type { ChangeName } from "./input-schemas.ts"

const SCOPE_OF = { tag: tagScope, author: authorScope }

/**
 * Stores another spelling of the name. Every feed gets a new validator and is purged, as after the change of a section,
 * because feeds of many selections may show the name.
 */
export async function changeName(
  context: OperationContext,
  noun: "tag" | "author",
  name: string,
  input: Input<typeof ChangeName>,
) {
  const { db, ctx, now } = context
  const scopeOf = SCOPE_OF[noun]
  const spelling = shownName(input.name)
  const key = scopeOf(name)
  if (scopeOf(spelling) !== key) {
    throw invalidMember("/name", `is not another spelling of ${JSON.stringify(name)}, but another ${noun}`)
  }
  const [stored] = await db
    .select({ name: scopes.name, articleCount: scopes.articleCount })
    .from(scopes)
    .where(eq(scopes.key, key))
  if (!stored) throw new Problem("not_found", `No article has ever had the ${noun} ${JSON.stringify(name)}.`)
  if (stored.name !== spelling) {
    const audit = { action: `${noun}.spell`, subject: `${noun}s/${spelling}`, ...changeOf(stored, { name: spelling }) }
    const change = db.update(scopes).set({ name: spelling }).where(eq(scopes.key, key))
    await commitWire(db, [insertAudit(context, audit), change], now)
    await runAfterCommit(ctx, db, undefined, now)
  }
  return { name: spelling, article_count: stored.articleCount }
}
