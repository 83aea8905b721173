/** Runs each program in its own process group, so that all its processes end together. */
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process"
import { setTimeout as wait } from "node:timers/promises"
import { fileURLToPath } from "node:url"

const leaderScript = fileURLToPath(new URL("process-group-leader.ts", import.meta.url))

/** A group that does not end is killed after this number of milliseconds. */
export const END_LIMIT_MS = 5_000

/** Starts a program in a group that ends with this process, even if this process is killed. */
export function spawnGroup(
  program: string,
  args: string[],
  options: SpawnOptions & { stdio: ["ignore", "pipe" | "inherit", "pipe" | "inherit"] },
): ChildProcess {
  const child = spawn(process.execPath, [leaderScript, program, ...args], {
    ...options,
    detached: true,
    stdio: [...options.stdio, "ipc"],
  })
  child.on("exit", () => signalGroup(child, "SIGKILL"))
  return child
}

/** Ends the whole group, and kills it after END_LIMIT_MS. */
export async function endGroup(child: ChildProcess, signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
  signalGroup(child, signal)
  const deadline = Date.now() + END_LIMIT_MS
  while (signalGroup(child, 0) && Date.now() < deadline) await wait(50)
  signalGroup(child, "SIGKILL")
}

/** Sends a signal to every process of a group. Returns false if the group is gone. */
function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals | 0): boolean {
  if (pid === undefined) return false
  try {
    process.kill(-pid, signal)
    return true
  } catch {
    return false
  }
}

/** Calls `stop` on Ctrl-C, on a signal to end, and if the parent process has ended. */
export function onStop(stop: (signal: NodeJS.Signals) => void): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop)
  const parent = process.ppid
  setInterval(() => {
    if (process.ppid !== parent) stop("SIGTERM")
  }, 1000).unref()
}
