/** Chooses how a tag or an author is spelt. Their first spelling is shown until an operator chooses another. */
import { eq } from "drizzle-orm"
import { type Context, Hono } from "hono"
import { runAfterCommit } from "../after-commit/purge.ts"
import { authorScope, tagScope } from "../articles/model/scope.ts"
import { commitWire } from "../articles/taxonomy/directory.ts"
import { scopes } from "../db/schema.ts"
import type { AppEnv } from "../env.ts"
import { Problem } from "../http/problem.ts"
import { shownName } from "../text/fold-name.ts"
import { insertAudit } from "./audit.ts"
import { invalidMember, readBody } from "./body.ts"
import { ChangeName } from "./request-schemas.ts"

export const names = new Hono<AppEnv>()
  .patch("/tags/:name", (c) => changeName(c, "tag", tagScope))
  .patch("/authors/:name", (c) => changeName(c, "author", authorScope))

/**
 * Stores another spelling of the name. Every feed gets a new validator and is purged, as after the change of a section,
 * because feeds of many selections may show the name.
 */
async function changeName(c: Context<AppEnv>, noun: "tag" | "author", scopeOf: (name: string) => string) {
  const { db, now } = c.var
  const name = c.req.param("name") ?? ""
  const spelling = shownName((await readBody(c.req.raw, ChangeName)).name)
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
    const audit = { action: `${noun}.spell`, subject: `${noun}s/${spelling}`, detail: { before: stored.name } }
    const change = db.update(scopes).set({ name: spelling }).where(eq(scopes.key, key))
    await commitWire(db, [insertAudit(c, audit), change], now)
    await runAfterCommit(c.executionCtx, db, undefined, now)
  }
  return c.json({ name: spelling, article_count: stored.articleCount })
}
