/** Computes times and numbers of commits in SQL. A commit is the number of a batch of changes. */
import { type SQL, sql } from "drizzle-orm"

/** The time of a new commit. Clocks differ, so it is at least the time of the last commit. */
export const commitTime = (now: number): SQL =>
  sql`max(${now}, coalesce((select at from commits order by no desc limit 1), 0))`

/**
 * The last commit before a time (milliseconds UTC), or 0. Commit numbers have no gaps and follow the order of times, so
 * a binary search finds the commit in 31 look-ups, however many commits there are.
 */
export const lastCommitBefore = (time: number): SQL => sql`(
  with recursive leaps (no, leap) as (
    select 0, 1 << 30
    union all
    select
      no + iif(coalesce((select at from commits where commits.no = leaps.no + leap) < ${time}, 0), leap, 0),
      leap >> 1
    from leaps
    where leap > 0
  )
  select no from leaps where leap = 0
)`

/** The changed_at of a scope. It is at least a second later than the wire's, so that Last-Modified grows. */
export const afterWire = (at: SQL): SQL => sql`max(${at}, (select (changed_at / 1000 + 1) * 1000 from wire))`
