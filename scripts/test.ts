/**
 * `npm test`: types, lint, migrations and all tests. `--only check` runs types and lint. The last line is "N passed, N
 * failed".
 */
import type { ChildProcess } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { endGroup, onStop, spawnGroup } from "./process-group.ts"
import { exitCodeOf, Remedy, root, runScript, secondsSince } from "./terminal.ts"
import { countTests, type VitestReport } from "./test-counts.ts"

interface Step {
  title: string
  command: string[]
  check: boolean
}

const folder = mkdtempSync(join(tmpdir(), "feedwire-test-"))
const report = join(folder, "vitest.json")

const steps: Step[] = [
  { title: "Generated Worker types agree with wrangler.toml", command: ["wrangler", "types", "--check"], check: true },
  { title: "Types of the Worker", command: ["tsc", "--noEmit"], check: true },
  { title: "Types of scripts and unit tests", command: ["tsc", "--noEmit", "-p", "tsconfig.node.json"], check: true },
  { title: "Lint and format", command: ["biome", "check", "--error-on-warnings", "."], check: true },
  {
    title: "Migrations on an empty database",
    command: ["wrangler", "d1", "migrations", "apply", "DB", "--local", "--persist-to", join(folder, "state")],
    check: false,
  },
]
const vitest: Step = {
  title: "Unit and Worker tests",
  command: ["vitest", "run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`],
  check: false,
}

let running: ChildProcess | undefined
let stopping = false
onStop((signal) => {
  if (!stopping) void stop(signal)
  stopping = true
})

async function stop(signal: NodeJS.Signals): Promise<void> {
  if (running) await endGroup(running, signal)
  rmSync(folder, { recursive: true, force: true })
  process.exit(exitCodeOf(null, signal))
}

await runScript(async () => {
  const only = isOnlyCheck(process.argv.slice(2))
  let passed = 0
  let failed = 0
  try {
    for (const step of steps.filter(({ check }) => check || !only)) {
      if ((await run(step)) === 0) passed += 1
      else failed += 1
    }
    if (!only) {
      const counts = countTests(await run(vitest), readReport())
      passed += counts.passed
      failed += counts.failed
      for (const note of counts.notes) console.log(note)
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  console.log(`\n${passed} passed, ${failed} failed`)
  return failed > 0 ? 1 : 0
})

function isOnlyCheck(args: string[]): boolean {
  if (args.length === 0) return false
  if (args.join(" ") === "--only check" || args.join(" ") === "--only=check") return true
  throw new Remedy(`"${args.join(" ")}" is not understood: only \`--only check\` is. For one file: npx vitest run PATH`)
}

/** Runs a step under a heading and resolves with its exit code. */
function run(step: Step): Promise<number> {
  const started = Date.now()
  const [program = "", ...args] = step.command
  console.log(`\n── ${step.title}`)
  return new Promise((resolve) => {
    const env = { ...process.env, WRANGLER_SEND_METRICS: "false", WRANGLER_HIDE_BANNER: "true" }
    running = spawnGroup(program, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"], env })
    const done = (code: number) => {
      // After a signal, no further step is run.
      if (stopping) return
      console.log(`── ${code === 0 ? "passed" : `FAILED (exit code ${code})`} in ${secondsSince(started)}`)
      resolve(code)
    }
    running.on("error", (error) => {
      console.error(error.message)
      done(127)
    })
    running.on("exit", (code, signal) => done(exitCodeOf(code, signal)))
  })
}

function readReport(): VitestReport | undefined {
  try {
    return JSON.parse(readFileSync(report, "utf8")) as VitestReport
  } catch {
    return undefined
  }
}
