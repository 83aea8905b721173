/** Runs `npm test` and `npm run check`: installs missing packages, then runs test.ts. */
import { install, runScript } from "./install.mjs"
import { runInstalled } from "./run.mjs"

await runScript(async () => {
  await install()
  return runInstalled("node", ["scripts/test.ts", ...process.argv.slice(2)])
})
