/**
 * Runs `npm run test:long`: runs each property with ten times its number of random inputs, all flows in workerd, and
 * costs at 100,000 articles. `npm run test:long -- 50` runs each property with fifty times its number.
 */
import type { ChildProcess } from "node:child_process"
import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { endGroup, onStop, spawnGroup } from "./process-group.ts"
import { exitCodeOf, Remedy, root, runScript, secondsSince } from "./terminal.ts"

const EFFORT = 10

/** Returns the tests in Node whose inputs depend on the effort: they import its module or call `inject("effort")`. */
const unitTests = (): string[] =>
  globSync("tests/{unit,crash,browser}/**/*.test.ts", { cwd: root })
    .filter((path) =>
      /from "[./]+(?:fast-check|linear\/growth)\.ts"|inject\("effort"\)/.test(readFileSync(join(root, path), "utf8")),
    )
    .sort()

let running: ChildProcess | undefined
onStop((signal) => void stop(signal))

async function stop(signal: NodeJS.Signals): Promise<void> {
  if (running) await endGroup(running, signal)
  process.exit(exitCodeOf(null, signal))
}

await runScript(async () => {
  const started = Date.now()
  const [effort = String(EFFORT), ...rest] = process.argv.slice(2)
  if (!/^[1-9]\d*$/.test(effort) || rest.length > 0) {
    throw new Remedy(`"${process.argv.slice(2).join(" ")}" is not understood: npm run test:long -- ${EFFORT}`)
  }
  const seed = Number(process.env.FEEDWIRE_SEED ?? Math.floor(Math.random() * 2 ** 30))
  const again = `FEEDWIRE_SEED=${seed} npm run test:long -- ${effort}`
  console.log(`Each property gets ${effort} times its number of random inputs. To repeat the same inputs: ${again}`)
  const more = { FEEDWIRE_SEED: String(seed), FEEDWIRE_EFFORT: effort }
  const codes = [
    await runTests(["--project=unit", ...unitTests()], more),
    await runTests(["--project=workerd"], { ...more, FEEDWIRE_WORKERD: "all" }),
  ]
  // In one run of vitest, all histories (random requests) share a database that only grows, so more histories need more
  // runs.
  for (let round = 0; round < Number(effort); round++) {
    console.log(`\n── Histories, FEEDWIRE_SEED=${seed + round}`)
    codes.push(await runTests(["--project=flows", "tests/histories"], { FEEDWIRE_SEED: String(seed + round) }))
  }
  const failed = codes.find((code) => code !== 0)
  console.log(`\n${failed === undefined ? "Passed" : "FAILED"} in ${secondsSince(started)}: ${again}`)
  return failed ?? 0
})

function runTests(args: string[], more: Record<string, string>): Promise<number> {
  const env = { ...process.env, WRANGLER_SEND_METRICS: "false", ...more }
  return new Promise((resolve) => {
    running = spawnGroup("vitest", ["run", ...args], { cwd: root, stdio: ["ignore", "inherit", "inherit"], env })
    running.on("error", (error) => {
      console.error(error.message)
      resolve(127)
    })
    running.on("exit", (code, signal) => resolve(exitCodeOf(code, signal)))
  })
}
