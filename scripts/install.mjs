/**
 * Installs the packages of package-lock.json if they are missing or have other versions. It is JavaScript with only
 * Node's own modules, because it runs before any package is installed, and on Node 20 too.
 */
import { spawn } from "node:child_process"
import { accessSync, constants, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

export const root = fileURLToPath(new URL("..", import.meta.url))

/** A failure that the reader can fix. Its message has the remedy in one line. */
export class Remedy extends Error {}

/** Runs the main function of a script. For a Remedy, it prints one line, and the exit code is 1. */
export async function runScript(main) {
  try {
    process.exitCode = await main()
  } catch (error) {
    if (!(error instanceof Remedy)) throw error
    console.error(`feedwire: ${error.message}`)
    process.exitCode = 1
  }
}

/** Installs the packages of package-lock.json, unless they are already installed. */
export async function install() {
  if (Number(process.versions.node.split(".")[0]) < 20) {
    throw new Remedy(`Node 20 or newer is needed, this is ${process.version}: install it from https://nodejs.org.`)
  }
  if (isInstalled()) return
  checkWritable()
  await checkNpm()
  await npmCi()
}

/** Whether npm has recorded the same version of every package in the lock file as installed. */
export function isInstalled(folder = root) {
  const locked = packagesOf(join(folder, "package-lock.json"))
  const installed = packagesOf(join(folder, "node_modules/.package-lock.json"))
  if (!locked)
    throw new Remedy("package-lock.json is missing or damaged: restore it with `git checkout package-lock.json`.")
  if (!installed) return false
  const same = Object.entries(installed).every(([path, entry]) => {
    const lockedEntry = locked[path]
    return lockedEntry && lockedEntry.version === entry.version && lockedEntry.integrity === entry.integrity
  })
  // An optional package may be missing, because it may be for another platform.
  return same && Object.entries(locked).every(([path, entry]) => path === "" || entry.optional || path in installed)
}

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8")).packages
  } catch {
    return undefined
  }
}

function checkWritable() {
  try {
    accessSync(root, constants.W_OK)
  } catch {
    throw new Remedy(unwritable)
  }
}

const unwritable = `the folder ${root} cannot be written: change its owner (chown) or clone feedwire into a folder of yours.`

async function checkNpm() {
  const remedy = "install Node 20 or newer with npm from https://nodejs.org"
  const { code, output } = await capture("npm", ["--version"])
  if (code !== 0) throw new Remedy(`npm is missing or does not run: ${remedy}.`)
  const version = output.match(/^\d+\.\d+\.\d+/m)?.[0] ?? "unknown"
  if (!(Number(version.split(".")[0]) >= 10)) {
    throw new Remedy(`npm 10 or newer is needed, this is ${version}: run \`npm install -g npm@10\`, or ${remedy}.`)
  }
}

async function npmCi() {
  const started = Date.now()
  const progress = showProgress("Installing packages (npm ci)")
  const flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--fetch-retry-mintimeout=2000"]
  const { code, output } = await capture("npm", ["ci", ...flags])
  progress.end()
  if (code !== 0) throw new Remedy(remedyFor(output))
  console.log(`Installed packages in ${Math.round((Date.now() - started) / 1000)} s`)
}

/** Explains npm's output in one line. */
function remedyFor(output) {
  if (/\b(EACCES|EPERM|EROFS)\b/.test(output)) {
    const path = output.match(/npm error path (.+)/)?.[1]
    return path && !path.startsWith(root)
      ? `npm may not write ${path}: change its owner (chown) and start again.`
      : unwritable
  }
  if (/\bENOSPC\b/.test(output)) return "the disk is full: make room (about 700 MB) and start again."
  if (
    /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT)\b/.test(
      output,
    )
  ) {
    return "the package registry cannot be reached: check the network (or npm's proxy settings) and start again."
  }
  if (output.includes("are in sync")) {
    return "package-lock.json does not match package.json: restore both with git, or run `npm install` after a change."
  }
  const lines = output.split("\n").filter((line) => line && !line.startsWith("npm warn"))
  console.error(lines.slice(0, 30).join("\n"))
  return "npm ci failed as shown above: fix that, or delete node_modules, and start again."
}

/** Runs a command and returns its output. The command ends when this process ends. */
function capture(command, args) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] })
    let output = ""
    const append = (chunk) => {
      output += chunk
    }
    child.stdout.on("data", append)
    child.stderr.on("data", append)
    const stop = (signal) => {
      child.kill(signal)
      process.exit(signal === "SIGINT" ? 130 : 143)
    }
    const signals = ["SIGINT", "SIGTERM", "SIGHUP"]
    const done = (code) => {
      for (const signal of signals) process.off(signal, stop)
      resolve({ code, output })
    }
    for (const signal of signals) process.on(signal, stop)
    child.on("error", (error) => {
      output += error.message
      done(127)
    })
    child.on("close", done)
  })
}

/** Shows a line with the elapsed seconds: every second on a terminal, and every five seconds on other outputs. */
function showProgress(what) {
  const started = Date.now()
  const seconds = () => Math.round((Date.now() - started) / 1000)
  if (!process.stdout.isTTY) {
    console.log(`${what} …`)
    const timer = setInterval(() => console.log(`${what} … ${seconds()} s`), 5000)
    return { end: () => clearInterval(timer) }
  }
  const draw = () => process.stdout.write(`\r${what} … ${seconds()} s`)
  draw()
  const timer = setInterval(draw, 1000)
  return {
    end: () => {
      clearInterval(timer)
      process.stdout.write("\r\u001b[K")
    },
  }
}
