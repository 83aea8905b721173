/**
 * Runs `npm start` after the packages are installed: prepares secrets and database, starts the Worker, loads the demo
 * newsroom, and calls the scheduled job (the sweep) every minute.
 */
import { setTimeout as wait } from "node:timers/promises"
import { RefusedError } from "./admin/client.ts"
import { loadDemo } from "./demo.ts"
import { runSweep } from "./demo-readers.ts"
import { ensureDevVars } from "./dev-vars.ts"
import { curlExample, urlsToTry } from "./guide.ts"
import { applyLocalMigrations } from "./migrations.ts"
import { onStop } from "./process-group.ts"
import { messageOf, Remedy, runScript, secondsSince } from "./terminal.ts"
import { checkPortFree, type LocalWorker, portFrom, startWorker } from "./worker.ts"
import { withPort } from "./worker-url.ts"

const SWEEP_INTERVAL_MS = 60_000

await runScript(async () => {
  // The time to install packages counts too.
  const started = Number(process.env.FEEDWIRE_STARTED) || Date.now()
  const [argument] = process.argv.slice(2)
  if (argument !== undefined) throw new Remedy(`npm start takes no ${argument}. Another port: PORT=8888 npm start`)
  const stop = listenForStop()
  const port = portFrom(process.env)
  await checkPortFree(port)
  const vars = ensureDevVars()
  await applyLocalMigrations()
  if (stop.aborted) return 0
  console.log("Starting the Worker …")
  let worker: LocalWorker | undefined
  try {
    worker = await startWorker(port, stop)
    const stopped = new Promise<void>((resolve) => stop.addEventListener("abort", () => resolve()))
    const end = Promise.race([stopped, worker.ended])
    await Promise.race([showNewsroom(worker, vars.ADMIN_TOKEN ?? "", started), end])
    const sweepEnd = new AbortController()
    const sweeping = sweep(worker.url, sweepEnd.signal)
    await end
    sweepEnd.abort()
    await sweeping
    if (stop.aborted) return 0
    throw new Remedy("the Worker ended by itself; its last output is in .feedwire/worker.log. Start again.")
  } catch (error) {
    if (stop.aborted) return 0
    throw error instanceof RefusedError ? new Remedy(`the Worker refused the demo newsroom: ${error.message}`) : error
  } finally {
    if (stop.aborted) console.log("\nStopping …")
    await worker?.stop()
  }
})
// An open request or a wait of the sweep would keep this process alive.
process.exit()

async function showNewsroom(worker: LocalWorker, token: string, started: number): Promise<void> {
  console.log("Loading the demo newsroom …")
  const { sections, publishers, connections } = await loadDemo({ url: worker.url, token })
  const connection = connections.find(({ publisher }) => publisher === "meridian") ?? connections[0]
  console.log(`\nfeedwire runs on ${worker.url} (started in ${secondsSince(started)})\n`)
  console.log(urlsToTry(worker.url, sections, publishers))
  if (connection) {
    console.log(`\nPush an article: paste this, then look at ${worker.url}/sections/world/feed.rss\n`)
    console.log(curlExample(connection))
  }
  console.log(`\nPublishers, keys and sections: ${withPort("npm run admin -- --help")}. Ctrl-C ends everything.`)
}

/** Calls the scheduled handler every minute, because Cron does not run locally. */
async function sweep(url: string, signal: AbortSignal): Promise<void> {
  let failing = false
  while (!signal.aborted) {
    try {
      await runSweep(url, AbortSignal.any([signal, AbortSignal.timeout(30_000)]))
      failing = false
    } catch (error) {
      if (!signal.aborted && !failing) console.log(`The scheduled handler failed: ${messageOf(error)}`)
      failing = true
    }
    await wait(SWEEP_INTERVAL_MS, undefined, { signal }).catch(() => undefined)
  }
}

function listenForStop(): AbortSignal {
  const controller = new AbortController()
  onStop(() => controller.abort())
  return controller.signal
}
