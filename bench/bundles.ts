/** Builds the Workers with wrangler's dry run of a deploy. */
import { execFile } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { root } from "../scripts/terminal.ts"

const run = promisify(execFile)

/** @param entry is relative to the project; if it is left out, the wire itself is built */
export async function bundle(entry?: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "feedwire-bench-"))
  try {
    const out = join(folder, "out")
    const args = ["deploy", ...(entry === undefined ? [] : [entry]), "--dry-run", "--outdir", out]
    await run("wrangler", args, { cwd: root, env: { ...process.env, WRANGLER_SEND_METRICS: "false" } })
    const name = (entry ?? "src/index.ts").replace(/^.*\/(.*)\.ts$/, "$1.js")
    return readFileSync(join(out, name), "utf8")
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
