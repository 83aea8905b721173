/**
 * What the edge may still show as it was: the scopes of all commits that are not known to be purged. The platform's
 * purge budget is small, so a purge needs a token, and there is one every PURGE_INTERVAL.
 */
import { type SQL, sql } from "drizzle-orm"
import type { Db } from "../db/client.ts"
import { ALL, shadowOf, WIRE } from "./scope.ts"

/** Milliseconds between two purges: five a minute is the platform's budget. */
export const PURGE_INTERVAL = 12_000

/**
 * A page that was being rendered when its commit came may be stored after the purge: only a purge this many
 * milliseconds after a commit makes it clean.
 */
export const SETTLING = 10_000

/** More scopes than this are not listed: then everything is purged. */
export const MAX_DIRTY = 100

/**
 * Statements for a batch: tries for the token, then reads those dirty scopes that have feeds of their own. Read the results with
 * parseDirty(). The joins are in their order by force: SQLite would begin with all commits that there ever were.
 */
export function takePurgeToken(now: number, condition: SQL) {
  return [
    sql<{ id: number }>`update purge set next_at = ${now + PURGE_INTERVAL}
      where next_at <= ${now} and ${condition} returning id`,
    sql<{
      scope: string
    }>`select distinct s.value scope from purge p cross join commits c cross join json_each(c.scopes) s
      where p.next_at = ${now + PURGE_INTERVAL} and c.no > p.purged and (s.value in (${ALL}, ${shadowOf(ALL)}, ${WIRE}) or s.value like 'all/%'
        or s.value like 'section:%' or s.value like 'publisher:%' or s.value like 'lang:%' or s.value like 'reads:%')
      limit ${MAX_DIRTY + 1}`,
  ] as const
}

/** @returns the dirty scopes, or undefined if somebody else holds the token. */
export function parseDirty(token: unknown[], scopes: { scope: string }[]): string[] | undefined {
  return token.length === 0 ? undefined : scopes.map(({ scope }) => scope)
}

/** After a purge begun at `now` succeeded: commits that had settled by then are clean. */
export async function markPurged(db: Db, now: number): Promise<void> {
  await db.run(sql`update purge set purged = max(purged, coalesce(
    (select no from commits where at <= ${now - SETTLING} order by no desc limit 1), 0))`)
}

/** When the oldest commit was made that is not known to be purged, milliseconds UTC. */
export async function dirtySince(db: Db): Promise<number | undefined> {
  const [row] = await db.all<{ at: number }>(
    sql`select c.at from purge p cross join commits c where c.no > p.purged order by c.no limit 1`,
  )
  return row?.at
}
