/**
 * Runs an installed program. node_modules/.bin comes first in PATH, so that all programs use the Node of this folder,
 * which is new enough for wrangler.
 */
import { spawn, spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { constants } from "node:os"
import { delimiter, join } from "node:path"
import { Remedy, root } from "./install.mjs"

const bin = join(root, "node_modules", ".bin")
const signals = ["SIGINT", "SIGTERM", "SIGHUP"]
const parent = process.ppid

/** Runs a program in this terminal, sends it all signals, and resolves with its exit code. */
export function runInstalled(program, args) {
  const env = { ...process.env, ...nodeOptions(), PATH: [bin, process.env.PATH].join(delimiter) }
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: root, stdio: "inherit", env })
    // A terminal sends Ctrl-C to the program too, so this process only waits for the program to end.
    const pass = (signal) => {
      if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal)
    }
    for (const signal of signals) process.on(signal, pass)
    // If npm ends without a signal, this process gets another parent. Without npm this proves nothing, because a shell
    // may end before a process that it started in the background.
    const isOrphan = () => process.env.npm_lifecycle_event !== undefined && process.ppid !== parent
    setInterval(() => isOrphan() && child.kill("SIGTERM"), 1000).unref()
    child.on("error", (error) =>
      reject(new Remedy(`${program} does not start (${error.message}): delete node_modules and start again.`)),
    )
    child.on("exit", (code, signal) => resolve(code ?? 128 + (constants.signals[signal] ?? 0)))
  })
}

/** Returns the options that this Node needs to run TypeScript. Throws if no Node is new enough. */
function nodeOptions() {
  const installed = join(bin, "node")
  const node = existsSync(installed) ? installed : process.execPath
  const version = spawnSync(node, ["--version"], { encoding: "utf8" }).stdout?.trim()
  if (!version) {
    throw new Remedy("the Node in node_modules does not run on this system: delete node_modules and start again.")
  }
  const [major = 0, minor = 0] = version.slice(1).split(".").map(Number)
  if (major < 22 || (major === 22 && minor < 12)) {
    throw new Remedy(
      `Node 22.12 or newer is needed on this system, this is ${version}: install it from https://nodejs.org.`,
    )
  }
  if (major > 23 || (major === 23 && minor >= 6) || (major === 22 && minor >= 18)) return {}
  const flags = "--experimental-strip-types --disable-warning=ExperimentalWarning"
  return { NODE_OPTIONS: [process.env.NODE_OPTIONS, flags].filter(Boolean).join(" ") }
}
