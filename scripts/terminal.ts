/** Prints reports of scripts: one line with the remedy for a failure, and the duration of a long step. */
import { constants } from "node:os"
import { fileURLToPath } from "node:url"

export const root = fileURLToPath(new URL("..", import.meta.url))

/** A failure that the reader can fix. Its message has the remedy in one line. */
export class Remedy extends Error {}

/** Runs the main function of a script. For a Remedy, it prints one line, and the exit code is 1. */
export async function runScript(main: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await main()
  } catch (error) {
    if (!(error instanceof Remedy)) throw error
    console.error(`feedwire: ${error.message}`)
    process.exitCode = 1
  }
}

/** Returns the elapsed seconds as a text for people: "0.4 s", "12 s". */
export function secondsSince(started: number): string {
  const seconds = (Date.now() - started) / 1000
  return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`
}

/** Returns the exit code of a process, as a shell computes it after a signal. */
export function exitCodeOf(code: number | null, signal: NodeJS.Signals | null): number {
  return code ?? 128 + (signal ? constants.signals[signal] : 0)
}

/** Returns the message of an error in one line, with the cause of a failed fetch. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause
  return cause instanceof Error ? `${error.message} (${cause.message || cause.name})` : error.message
}
