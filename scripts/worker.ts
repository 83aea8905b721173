/** Starts the local Worker: `wrangler dev` in its own process group, so that all its processes end together. */
import type { ChildProcess } from "node:child_process"
import { chmodSync, createWriteStream, fchmodSync, mkdirSync, openSync, type WriteStream } from "node:fs"
import { connect, createServer } from "node:net"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { setTimeout as wait } from "node:timers/promises"
import { endGroup, spawnGroup } from "./process-group.ts"
import { messageOf, Remedy, root } from "./terminal.ts"
import { isWorthShowing } from "./worker-output.ts"

const START_LIMIT_MS = 90_000

/** A running Worker. `ended` resolves when the Worker has ended for any reason. */
export interface LocalWorker {
  url: string
  ended: Promise<void>
  stop(): Promise<void>
}

/** Returns the port in PORT, or 8787 if PORT is not set. */
export function portFrom(env: NodeJS.ProcessEnv): number {
  const text = env.PORT || "8787"
  const port = Number(text)
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port
  throw new Remedy(`PORT is "${text}": give a number from 1 to 65535, for example \`PORT=8788 npm start\`.`)
}

/** @throws Remedy if a program already listens on the port */
export async function checkPortFree(port: number): Promise<void> {
  const hosts = ["127.0.0.1", "::1"]
  const busy = await Promise.all(hosts.flatMap((host) => [isAnswered(host, port), isRefused(host, port)]))
  if (!busy.includes(true)) return
  const other = port < 65_535 ? port + 1 : 8787
  throw new Remedy(
    `port ${port} is busy (another \`npm start\`?): end the program that uses it, or choose another: PORT=${other} npm start`,
  )
}

function isAnswered(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 1000 })
    const done = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket.on("connect", () => done(true))
    socket.on("error", () => done(false))
    socket.on("timeout", () => done(false))
  })
}

function isRefused(host: string, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EACCES") return resolve(error.code === "EADDRINUSE")
      reject(new Remedy(`port ${port} needs administrator rights: choose one above 1023: PORT=8787 npm start`))
    })
    server.listen({ host, port }, () => server.close(() => resolve(false)))
  })
}

/** Starts `wrangler dev`, writes all output to .feedwire/worker.log, and waits until the Worker answers. */
export async function startWorker(port: number, abort: AbortSignal): Promise<LocalWorker> {
  const url = `http://localhost:${port}`
  const vars = [`FEEDS_URL:${url}`]
  if (process.env.ALLOW_LOOPBACK)
    vars.push(`ALLOW_LOOPBACK:${process.env.ALLOW_LOOPBACK === "false" ? "false" : "true"}`)
  makeOwnersOnly(join(root, ".wrangler"))
  const args = ["dev", "--port", String(port), "--inspector-port", "0", "--show-interactive-dev-session=false"]
  const child = spawnGroup("wrangler", [...args, ...vars.flatMap((pair) => ["--var", pair])], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, CLOUDFLARE_CF_FETCH_ENABLED: "false", WRANGLER_SEND_METRICS: "false", NO_COLOR: "1" },
  })
  const ended = new Promise<void>((resolve) => {
    child.on("exit", () => resolve())
    child.on("error", () => resolve())
  })
  const output = followOutput(child)
  const worker = { url, ended, stop: () => endGroup(child) }
  try {
    await untilReady(url, output, AbortSignal.any([abort, AbortSignal.timeout(START_LIMIT_MS)]), child)
  } catch (error) {
    await worker.stop()
    if (!abort.aborted) console.error(output.lines.join("\n"))
    throw error
  }
  output.show = true
  return worker
}

interface Output {
  lines: string[]
  show: boolean
}

/** Lets only the owner read a folder, because wrangler records whole URLs in it, perhaps with secret tokens. */
export function makeOwnersOnly(folder: string): void {
  mkdirSync(folder, { recursive: true })
  chmodSync(folder, 0o700)
}

/** Empties the log file and lets only its owner read it, even if the file had other permissions. */
export function openLog(path: string): WriteStream {
  const fd = openSync(path, "w", 0o600)
  fchmodSync(fd, 0o600)
  return createWriteStream(path, { fd })
}

/** Collects the lines until the Worker is ready. Then it shows failures and unknown lines. */
function followOutput(child: ChildProcess): Output {
  const output: Output = { lines: [], show: false }
  mkdirSync(join(root, ".feedwire"), { recursive: true })
  const log = openLog(join(root, ".feedwire/worker.log"))
  log.on("error", () => undefined)
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue
    createInterface({ input: stream }).on("line", (line) => {
      log.write(`${line}\n`)
      if (!output.show) output.lines.push(line)
      else if (isWorthShowing(line)) console.log(line)
    })
  }
  return output
}

async function untilReady(url: string, output: Output, limit: AbortSignal, child: ChildProcess): Promise<void> {
  let last = "no answer"
  while (!limit.aborted) {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) {
      throw new Remedy("`wrangler dev` ended as shown above: fix that and start again.")
    }
    if (output.lines.some((line) => line.includes("Build failed"))) {
      throw new Remedy("the Worker does not build, as shown above: fix that and start again.")
    }
    try {
      const answer = await fetch(`${url}/healthz`, { signal: AbortSignal.any([limit, AbortSignal.timeout(5000)]) })
      const text = await answer.text()
      if (answer.ok) return
      last = `${answer.status} ${text.slice(0, 300)}`
      // The Worker runs but reports a failure, which the job of every minute (the sweep) may repair.
      if (answer.status === 503 && answer.headers.get("content-type")?.includes("json")) {
        console.log(`The Worker runs, but /healthz says: ${text.slice(0, 500)}`)
        return
      }
    } catch (error) {
      last = messageOf(error)
    }
    await wait(150)
  }
  throw new Remedy(
    `the Worker did not get ready within ${START_LIMIT_MS / 1000} s (last: ${last}): look at the lines above, or delete .wrangler/state and start again.`,
  )
}
