/** Runs `node scripts/installed.mjs PROGRAM …`: installs missing packages, then runs PROGRAM from node_modules/.bin. */
import { install, Remedy, runScript } from "./install.mjs"
import { runInstalled } from "./run.mjs"

await runScript(async () => {
  const [program, ...args] = process.argv.slice(2)
  if (!program) throw new Remedy("name the program to run: node scripts/installed.mjs PROGRAM …")
  await install()
  return runInstalled(program, args)
})
