/** Prints reports of scripts: a failure is one line with its remedy, and a long step shows its duration. */
import { constants } from "node:os"
import { fileURLToPath } from "node:url"

export const root = fileURLToPath(new URL("..", import.meta.url))

/** A failure that the reader can fix. Its message is one line that names the remedy. */
export class Remedy extends Error {}

/** Runs a script's main function. A Remedy is printed as one line, and the exit code is then 1. */
export async function runScript(main: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await main()
  } catch (error) {
    if (!(error instanceof Remedy)) throw error
    console.error(`feedwire: ${error.message}`)
    process.exitCode = 1
  }
}

/** Returns the seconds since a moment as a text for people: "0.4 s", "12 s". */
export function secondsSince(started: number): string {
  const seconds = (Date.now() - started) / 1000
  return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`
}

/** Returns the exit code by which a shell reports a process that was ended by a signal. */
export function exitCodeOf(code: number | null, signal: NodeJS.Signals | null): number {
  return code ?? 128 + (signal ? constants.signals[signal] : 0)
}

/** Returns the message of an error in one line, with the cause of a failed fetch. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause
  return cause instanceof Error ? `${error.message} (${cause.message || cause.name})` : error.message
}
