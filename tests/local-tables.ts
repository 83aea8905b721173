/**
 * Creates the tables of a Worker that Miniflare runs. It is a separate file, because wrangler's plugin loads slowly.
 */
import { fileURLToPath } from "node:url"
import { readD1Migrations } from "@cloudflare/vitest-plugin"
import type { Miniflare } from "miniflare"

/** Creates the tables in an empty database: all statements in one transaction, which is one write to the disk. */
export async function createTables(miniflare: Miniflare): Promise<void> {
  const database = await miniflare.getD1Database("DB")
  const migrations = await readD1Migrations(fileURLToPath(new URL("../migrations", import.meta.url)))
  await database.batch(migrations.flatMap(({ queries }) => queries.map((query) => database.prepare(query))))
}
