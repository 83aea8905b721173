/** Runs npm's scripts in a copy of the project, so that they have secrets, data and a port of their own. */
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process"
import { once } from "node:events"
import { cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs"
import { type AddressInfo, createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import { root } from "../scripts/terminal.ts"

export interface Started {
  child: ChildProcess
  /** Settles when the last process that inherited the output has ended. */
  closed: Promise<unknown[]>
  /** Waits until the output matches. @throws if the process ends before */
  printed: (text: RegExp) => Promise<string[]>
}

const started: ChildProcess[] = []

/** Starts a process in a group of its own, and reads its output. */
export function run(
  program: string,
  args: string[],
  more: { cwd?: string; env?: Record<string, string | undefined> } = {},
): Started {
  const child = spawn(program, args, { ...(more as SpawnOptions), detached: true, stdio: ["ignore", "pipe", "pipe"] })
  started.push(child)
  let output = ""
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk: Buffer) => {
      output += chunk.toString()
    })
  }
  let isClosed = false
  const closed = once(child, "close").finally(() => {
    isClosed = true
  })
  const printed = async (text: RegExp): Promise<string[]> => {
    while (!text.test(output)) {
      if (isClosed) throw new Error(`It ended before it printed ${text}:\n${output}`)
      await wait(20)
    }
    return text.exec(output) ?? []
  }
  return { child, closed, printed }
}

/** Kills all processes that run() started, with their children. */
export function killAll(): void {
  for (const { pid } of started.splice(0)) {
    try {
      process.kill(-(pid as number), "SIGKILL")
    } catch (error) {
      // The process may have ended.
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error
    }
  }
}

export interface ProjectCopy {
  folder: string
  /** A port that is free now. */
  port: number
  npm: (script: string) => Started
  remove: () => void
}

const FOLDERS = ["demo", "migrations", "public", "scripts", "src"]
const FILES = ["package.json", "package-lock.json", "tsconfig.json", "worker-configuration.d.ts", "wrangler.toml"]

export async function copyProject(): Promise<ProjectCopy> {
  const folder = mkdtempSync(join(tmpdir(), "feedwire-npm-"))
  for (const name of [...FOLDERS, ...FILES]) cpSync(join(root, name), join(folder, name), { recursive: true })
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"))
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, "close")
  const { PATH, HOME } = process.env
  return {
    folder,
    port,
    npm: (script) => run("npm", [script], { cwd: folder, env: { PATH, HOME, PORT: String(port) } }),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
