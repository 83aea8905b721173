/**
 * Applies migrations/ to the local D1 database. Until version 0.1.0 we edit the migrations in place, so a database with
 * older migrations cannot be updated.
 */
import { spawn } from "node:child_process"
import { createHash } from "node:crypto"
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { messageOf, Remedy, root, secondsSince } from "./terminal.ts"

const migrations = join(root, "migrations")
const databases = join(root, ".wrangler/state/v3/d1")

/**
 * Applies the migrations once. The recorded hash of the files makes the next start four seconds faster, because
 * wrangler need not check them.
 */
export async function applyLocalMigrations(): Promise<void> {
  if (areApplied(migrations, databases)) return
  const started = Date.now()
  console.log("Applying migrations to the local database …")
  recordHash(migrations, databases, "pending")
  const { code, output } = await capture("wrangler", ["d1", "migrations", "apply", "DB", "--local"])
  if (code !== 0) {
    console.error(output.trimEnd())
    if (/\b(EACCES|EPERM|EROFS)\b|readonly database/.test(output)) {
      throw new Remedy(`the folder ${root} cannot be written: change its owner (chown) and start again.`)
    }
    throw new Remedy(
      "the migrations failed as shown above: correct them, run `rm -rf .wrangler/state`, and start again.",
    )
  }
  recordHash(migrations, databases, "applied")
  console.log(`Migrations applied in ${secondsSince(started)}`)
}

/**
 * @param databases is the folder of the local databases
 * @returns false if there is no database, or if a start was interrupted while it applied these migrations
 * @throws Remedy if the database has other or unknown migrations
 */
export function areApplied(migrations: string, databases: string): boolean {
  if (!hasDatabase(databases)) return false
  const hash = hashOf(migrations)
  const record = recordIn(databases)
  const recorded = existsSync(record) ? readFileSync(record, "utf8") : ""
  if (recorded === hash) return true
  if (recorded === `${hash} pending`) return false
  throw new Remedy(
    "the local database was made by other migrations than those in migrations/: run `rm -rf .wrangler/state`, which deletes all of its articles, publishers and keys, and start again.",
  )
}

export function recordHash(migrations: string, databases: string, state: "pending" | "applied"): void {
  try {
    mkdirSync(databases, { recursive: true })
    writeFileSync(recordIn(databases), hashOf(migrations) + (state === "pending" ? " pending" : ""))
  } catch (error) {
    throw new Remedy(`.wrangler cannot be written (${messageOf(error)}): make the folder ${root} writable.`)
  }
}

/** The record is beside the databases, so that it is deleted together with them. */
const recordIn = (databases: string): string => join(databases, "feedwire-migrations.sha256")

const hasDatabase = (databases: string): boolean =>
  existsSync(databases) &&
  readdirSync(databases, { recursive: true, encoding: "utf8" }).some((path) => /(?<!metadata)\.sqlite$/.test(path))

function hashOf(folder: string): string {
  const hash = createHash("sha256")
  for (const name of readdirSync(folder).sort()) {
    if (name.endsWith(".sql"))
      hash
        .update(`${name}\0`)
        .update(readFileSync(join(folder, name)))
        .update("\0")
  }
  return hash.digest("hex")
}

function capture(program: string, args: string[]): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, WRANGLER_SEND_METRICS: "false", NO_COLOR: "1" }
    const child = spawn(program, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"], env })
    let output = ""
    const keep = (chunk: Buffer) => {
      output += chunk.toString()
    }
    child.stdout.on("data", keep)
    child.stderr.on("data", keep)
    child.on("error", reject)
    child.on("close", (code) => resolve({ code, output }))
  })
}
