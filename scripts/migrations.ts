/** Applies migrations/ to the local D1 database when they changed since the last time. */
import { spawn } from "node:child_process"
import { createHash } from "node:crypto"
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { messageOf, Remedy, root, secondsSince } from "./terminal.ts"

// The note lies beside the database, so that deleting the one deletes the other.
const databases = join(root, ".wrangler/state/v3/d1")
const note = join(databases, "feedwire-migrations.sha256")

/** Applies what is pending; a note of what was applied spares a start the four seconds of asking. */
export async function applyLocalMigrations(): Promise<void> {
  const digest = digestOf(join(root, "migrations"))
  if (existsSync(note) && readFileSync(note, "utf8") === digest) return
  const started = Date.now()
  console.log("Applying migrations to the local database …")
  const { code, output } = await capture("wrangler", ["d1", "migrations", "apply", "DB", "--local"])
  if (code !== 0) {
    console.error(output.trimEnd())
    if (/\b(EACCES|EPERM|EROFS)\b|readonly database/.test(output)) {
      throw new Remedy(`the folder ${root} cannot be written: change its owner (chown) and start again.`)
    }
    throw new Remedy("the migrations failed as shown above: put that right, or delete .wrangler/state to begin anew.")
  }
  try {
    mkdirSync(databases, { recursive: true })
    writeFileSync(note, digest)
  } catch (error) {
    throw new Remedy(`.wrangler cannot be written (${messageOf(error)}): make the folder ${root} writable.`)
  }
  console.log(`Migrations applied in ${secondsSince(started)}`)
}

function digestOf(folder: string): string {
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
