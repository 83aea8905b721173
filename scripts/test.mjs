/** `npm test` and `npm run check`: installs what is missing, then runs test.ts. */
import { install, runScript } from "./install.mjs"
import { runInstalled } from "./run.mjs"

await runScript(async () => {
  await install()
  return runInstalled("node", ["scripts/test.ts", ...process.argv.slice(2)])
})
