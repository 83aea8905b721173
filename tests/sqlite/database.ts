/** Makes a new migrated database for each test in about a millisecond. */
import { readdirSync, readFileSync } from "node:fs"
import { DatabaseSync } from "node:sqlite"
import { createDbClient, type Db } from "../../src/db/client.ts"
import { createD1, type InMemoryD1 } from "./d1.ts"

const folder = new URL("../../migrations/", import.meta.url)

let image: Uint8Array | undefined

/** The database's file after the migrations, made once for each process. */
function migrated(): Uint8Array {
  const sqlite = new DatabaseSync(":memory:")
  for (const name of readdirSync(folder).sort()) sqlite.exec(readFileSync(new URL(name, folder), "utf8"))
  return sqlite.serialize()
}

export type InMemoryDb = Db & { $client: InMemoryD1 }

export function createDatabase(): InMemoryDb {
  image ??= migrated()
  return createDbClient(createD1(image)) as InMemoryDb
}
