import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1"

export type Db = DrizzleD1Database

/** Drizzle over the D1 binding. Making one costs nothing: a request makes its own. */
export function client(binding: D1Database): Db {
  return drizzle(binding)
}
