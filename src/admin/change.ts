/** A change of where names lead: thought out on a look at the names, done only while they are still so. */
import type { SQL } from "drizzle-orm"
import type { Context } from "hono"
import { commitWire, type Directory } from "../articles/directory.ts"
import { type Naming, restandingScopes } from "../articles/filing.ts"
import { parseNaming, selectNaming } from "../articles/naming.ts"
import { beginRestanding, isOutdated, type Restanding, readBegun, restand } from "../articles/restand.ts"
import { batch, client, type Db } from "../db/client.ts"
import type { AppEnv } from "../env.ts"
import { logError } from "../http/log.ts"
import { Problem } from "../http/problem.ts"
import { announce } from "../hub/announce.ts"
import { audited, type Deed } from "./audit.ts"
import { restandingOf } from "./restandings.ts"

/** Sections, aliases and defaults of all publishers at one moment. */
export type Known = Naming & { directory: Directory }

export interface Change {
  statements: SQL[]
  /** What names lead to when the statements are done. */
  after: Naming
  /** Scopes of whose articles something else is shown then, wherever they stand. */
  anew?: string[]
  /** What was done, for those who watch its restandings. */
  reason: string
  /** Whether feeds show what changes. */
  isShown: boolean
  /** What the audit says of it. */
  deed: Deed
}

/** How often a change is thought out again because another came first. */
const ATTEMPTS = 10
/** Batches of the restandings that a request does at once: a small wire is done when the answer comes. */
const SHARE = 5

/**
 * Does a change with all that follows from it: one batch notes the walks, the request does the first share of them, the
 * sweep does the rest.
 * @param plan may be asked several times; throws what is wrong with the request.
 * @returns the member of the answer that tells of the walks, if there are any.
 */
export async function change(
  c: Context<AppEnv>,
  plan: (before: Known) => Change | Promise<Change>,
): Promise<{ restandings?: ReturnType<typeof restandingOf>[] }> {
  const db = client(c.env.DB)
  const { now } = c.var
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const before = parseNaming(...(await batch(db, selectNaming())))
    const { statements, after, anew = [], reason, isShown, deed } = await plan(before)
    if (statements.length === 0) return {}
    const { filing } = before.directory
    const walks = { filed: restandingScopes(before, after), anew }
    const all = [...beginRestanding(filing, walks, reason, now), audited(deed, now), ...statements]
    try {
      await (isShown ? commitWire(db, all, now) : batch(db, all))
    } catch (error) {
      if (isOutdated(error)) continue
      throw error
    }
    if (isShown) await announce(c.executionCtx, db, undefined, now)
    if (walks.filed.length + walks.anew.length === 0) return {}
    await walkFirstShare(c, db)
    const begun: Restanding[] = await readBegun(db, filing + 1)
    return begun.length === 0 ? {} : { restandings: begun.map(restandingOf) }
  }
  throw new Problem("storage_unavailable", "Sections are being changed by somebody else.", [], { "retry-after": "5" })
}

/** A failure is logged and not answered: the change is made, and the sweep goes on where the walk stands. */
async function walkFirstShare(c: Context<AppEnv>, db: Db): Promise<void> {
  const { now, requestId } = c.var
  try {
    for (let share = 0; share < SHARE && (await restand(db, now)); share++) {
      await announce(c.executionCtx, db, undefined, now)
    }
  } catch (error) {
    logError("restanding_cut_off", error, { id: requestId })
  }
}
