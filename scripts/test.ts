/**
 * Runs `npm test`: checks of types and lint, and all tests at the same time. Prints a line for each check and test file,
 * and the output of failures. `--only check` runs only the checks. The last line is "N passed, N failed".
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
}

const folder = mkdtempSync(join(tmpdir(), "feedwire-test-"))
const report = join(folder, "vitest.json")

const checks: Step[] = [
  { title: "Generated Worker types agree with wrangler.toml", command: ["wrangler", "types", "--check"] },
  { title: "Types of the Worker", command: ["tsc", "--noEmit"] },
  { title: "Types of scripts and unit tests", command: ["tsc", "--noEmit", "-p", "tsconfig.node.json"] },
  { title: "Lint and format", command: ["biome", "check", "--error-on-warnings", "."] },
]
const vitest: Step = {
  title: "Unit and Worker tests",
  command: ["vitest", "run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`],
}

const running = new Set<ChildProcess>()
let stopping = false
onStop((signal) => {
  if (!stopping) void stop(signal)
  stopping = true
})

async function stop(signal: NodeJS.Signals): Promise<void> {
  await Promise.all([...running].map((child) => endGroup(child, signal)))
  rmSync(folder, { recursive: true, force: true })
  process.exit(exitCodeOf(null, signal))
}

await runScript(async () => {
  const only = isOnlyCheck(process.argv.slice(2))
  let passed = 0
  let failed = 0
  try {
    const tests = only ? undefined : run(vitest, "at once")
    for (const code of await Promise.all(checks.map((step) => run(step, "if it fails")))) {
      if (code === 0) passed += 1
      else failed += 1
    }
    if (tests !== undefined) {
      const counts = countTests(await tests, readReport())
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

function run({ title, command }: Step, printed: "at once" | "if it fails"): Promise<number> {
  const started = Date.now()
  const [program = "", ...args] = command
  console.log(`── ${title} …`)
  return new Promise((resolve) => {
    const env = { ...process.env, WRANGLER_SEND_METRICS: "false", WRANGLER_HIDE_BANNER: "true" }
    const output = printed === "at once" ? "inherit" : "pipe"
    const child = spawnGroup(program, args, { cwd: root, stdio: ["ignore", output, output], env })
    running.add(child)
    const texts: Buffer[] = []
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (text: Buffer) => texts.push(text))
    const done = (code: number) => {
      running.delete(child)
      if (stopping) return
      if (code !== 0) process.stdout.write(Buffer.concat(texts))
      console.log(`── ${title}: ${code === 0 ? "passed" : `FAILED (exit code ${code})`} in ${secondsSince(started)}`)
      resolve(code)
    }
    child.on("error", (error) => {
      console.error(error.message)
      done(127)
    })
    child.on("close", (code, signal) => done(exitCodeOf(code, signal)))
  })
}

function readReport(): VitestReport | undefined {
  try {
    return JSON.parse(readFileSync(report, "utf8")) as VitestReport
  } catch {
    return undefined
  }
}
