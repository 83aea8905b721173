/**
 * `npm run test:long`: runs each property with many times as many random inputs as `npm test`, and each cost that must
 * not depend on the number of articles with 100,000 of them. `npm run test:long -- 50` runs fifty times as many inputs.
 */
import type { ChildProcess } from "node:child_process"
import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { endGroup, onStop, spawnGroup } from "./process-group.ts"
import { exitCodeOf, Remedy, root, runScript, secondsSince } from "./terminal.ts"

const EFFORT = 20

/** Files that get more to do: they import the effort. */
const filesIn = (folder: string): string[] =>
  globSync(`${folder}/**/*.test.ts`, { cwd: root })
    .filter((path) => /from "[./]+(?:fast-check|size-of-wire)\.ts"/.test(readFileSync(join(root, path), "utf8")))
    .sort()

let running: ChildProcess | undefined
onStop((signal) => void stop(signal))

async function stop(signal: NodeJS.Signals): Promise<void> {
  if (running) await endGroup(running, signal)
  process.exit(exitCodeOf(null, signal))
}

await runScript(async () => {
  const started = Date.now()
  const [effort = String(EFFORT), ...more] = process.argv.slice(2)
  if (!/^[1-9]\d*$/.test(effort) || more.length > 0) {
    throw new Remedy(`"${process.argv.slice(2).join(" ")}" is not understood: npm run test:long -- ${EFFORT}`)
  }
  const seed = process.env.FEEDWIRE_SEED ?? String(Math.floor(Math.random() * 2 ** 31))
  const again = `FEEDWIRE_SEED=${seed} npm run test:long -- ${effort}`
  console.log(`Each property runs ${effort} times as often as in npm test. To repeat the same inputs: ${again}`)
  const env = { ...process.env, FEEDWIRE_SEED: seed, FEEDWIRE_EFFORT: effort, WRANGLER_SEND_METRICS: "false" }
  const inNode = await runTests(["--project=unit", "--project=histories", ...filesIn("tests/{unit,histories}")], env)
  const inWorkerd = await runTests(["--project=flows", ...filesIn("tests/flows")], env)
  console.log(`\n${inNode || inWorkerd ? "FAILED" : "Passed"} in ${secondsSince(started)}: ${again}`)
  return inNode || inWorkerd
})

function runTests(args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((resolve) => {
    running = spawnGroup("vitest", ["run", ...args], { cwd: root, stdio: ["ignore", "inherit", "inherit"], env })
    running.on("error", (error) => {
      console.error(error.message)
      resolve(127)
    })
    running.on("exit", (code, signal) => resolve(exitCodeOf(code, signal)))
  })
}
