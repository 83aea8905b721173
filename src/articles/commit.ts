/** What every commit does alike, as parts of its statements. */
import { type SQL, sql } from "drizzle-orm"

/** Commits are in the order of their times too, though clocks differ: those who ask by time miss none. */
export const commitTime = (now: number): SQL =>
  sql`max(${now}, coalesce((select at from commits order by no desc limit 1), 0))`

/** When a scope touched at `at` says that it changed: a second at least after the wire, which is part of its label. */
export const afterWire = (at: SQL): SQL => sql`max(${at}, (select (changed_at / 1000 + 1) * 1000 from wire))`
