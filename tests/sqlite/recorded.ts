/** A database that records its round trips, so that a test can count them and check their query plans. */
import { expect } from "vitest"
import { createDbClient, type Db } from "../../src/db/client.ts"
import type { InMemoryDb } from "./database.ts"
import { scans } from "./query-plan.ts"

export interface RecordedDb {
  db: Db
  /** The statements of each round trip. */
  trips: { sql: string; params: unknown[] }[][]
  /**
   * Fails if a recorded statement scans a growing table, and then forgets all statements.
   * @param meant names the tables and indexes that may be scanned
   */
  expectNoScans(meant?: string[]): Promise<void>
}

export function recorded(inMemory: InMemoryDb): RecordedDb {
  const { $client } = inMemory
  const trips: RecordedDb["trips"] = []
  /** Every method that runs statements runs them at once, as one transaction. */
  const trip = async <R>(run: () => Promise<R>): Promise<R> => {
    const before = $client.executed.length
    const result = await run()
    trips.push($client.executed.slice(before))
    return result
  }
  const originals = new WeakMap<D1PreparedStatement, D1PreparedStatement>()
  const wrap = (statement: D1PreparedStatement): D1PreparedStatement => {
    const wrapped = {
      bind: (...values: unknown[]) => wrap(statement.bind(...values)),
      all: () => trip(() => statement.all()),
      run: () => trip(() => statement.run()),
      raw: () => trip(() => statement.raw()),
    } as unknown as D1PreparedStatement
    originals.set(wrapped, statement)
    return wrapped
  }
  const db = createDbClient({
    prepare: (text: string) => wrap($client.prepare(text)),
    batch: (statements: D1PreparedStatement[]) =>
      trip(() => $client.batch(statements.flatMap((each) => originals.get(each) ?? []))),
  } as unknown as D1Database)
  const expectNoScans = async (meant: string[] = []) => {
    for (const statement of trips.splice(0).flat()) {
      const names = await scans(inMemory, statement)
      expect(names.filter((name) => !meant.includes(name))).toEqual([])
    }
  }
  return { db, trips, expectNoScans }
}
