/** Leads the process group of a program of spawnGroup(), and ends the group if the parent process is killed. */
import { spawn } from "node:child_process"
import { END_LIMIT_MS } from "./process-group.ts"
import { exitCodeOf } from "./terminal.ts"

const [program = "", ...args] = process.argv.slice(2)

// A signal to the group also reaches the program, so this process only waits for the program to end.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined)

const child = spawn(program, args, { stdio: "inherit" })
child.on("error", (error) => {
  console.error(`${program} does not start: ${error.message}`)
  process.exit(127)
})
child.on("exit", (code, signal) => {
  // Without the parent process, this process must kill the remaining processes of the program.
  if (!process.connected) process.kill(0, "SIGKILL")
  process.exit(exitCodeOf(code, signal))
})

// The channel closes whenever the parent process ends.
process.on("disconnect", () => {
  process.kill(0, "SIGTERM")
  setTimeout(() => process.kill(0, "SIGKILL"), END_LIMIT_MS)
})
