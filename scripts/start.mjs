/** Runs `npm start`: installs missing packages, then runs start.ts. */
import { install, runScript } from "./install.mjs"
import { runInstalled } from "./run.mjs"

// start.ts is another process, which cannot know when this one began.
process.env.FEEDWIRE_STARTED = String(Date.now())
await runScript(async () => {
  await install()
  return runInstalled("node", ["scripts/start.ts", ...process.argv.slice(2)])
})
