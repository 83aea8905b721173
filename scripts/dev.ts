/** Runs `npm run dev`: prepares and starts the Worker without the demo, with wrangler's own log and shortcuts. */
import { spawn } from "node:child_process"
import { ensureDevVars } from "./dev-vars.ts"
import { applyLocalMigrations } from "./migrations.ts"
import { exitCodeOf, root, runScript } from "./terminal.ts"
import { checkPortFree, portFrom } from "./worker.ts"

await runScript(async () => {
  const port = portFrom(process.env)
  await checkPortFree(port)
  ensureDevVars()
  await applyLocalMigrations()
  const vars = ["--var", `FEEDS_URL:http://localhost:${port}`]
  const child = spawn("wrangler", ["dev", "--port", String(port), ...vars, ...process.argv.slice(2)], {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, CLOUDFLARE_CF_FETCH_ENABLED: "false", WRANGLER_SEND_METRICS: "false" },
  })
  // Ctrl-C also reaches wrangler, so this process only waits for wrangler to end. wrangler ignores SIGHUP.
  process.on("SIGINT", () => undefined)
  for (const signal of ["SIGTERM", "SIGHUP"] as const) process.on(signal, () => child.kill("SIGTERM"))
  return new Promise((resolve, reject) => {
    child.on("exit", (code, signal) => resolve(exitCodeOf(code, signal)))
    child.on("error", reject)
  })
})
