/** Checks that the time of a function grows no faster than its text. */
import type { Shape } from "./shapes.ts"
import type { Subject } from "./subject.ts"
import { IS_LONG, timeOf } from "./worst.ts"

/** The length of a text in characters. With a million, the platform's URLSearchParams would become slow. */
export const LENGTH = IS_LONG ? 200_000 : 100_000
/** The text is compared with this many texts of the same length together. */
const PARTS = 16
/**
 * The limit of the ratio of both times. It is 1 for linear time, and 16 for quadratic time. Linear work whose memory does
 * not fit into the caches of the processor reaches 5.
 */
const MOST = 7
/** Shorter times (milliseconds of CPU time) are not compared. Quadratic time reaches this limit even at 5 ps a pair. */
export const LONG = IS_LONG ? 100 : 50
/** How often a slow function is measured, because other causes of a long time do not occur in every measurement. */
const TRIES = 3

/** Returns milliseconds of CPU time of this thread, independent of other work on the machine. Its clock is coarse. */
async function computing(subject: Subject, text: string, times = 1): Promise<number> {
  const before = process.threadCpuUsage()
  for (let time = 0; time < times; time++) await timeOf(subject, text)
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1000
}

/** @returns milliseconds of CPU time @throws if a whole text takes far more time than its parts */
export async function growingTime(subject: Subject, shape: Shape, length = LENGTH): Promise<number> {
  const part = shape.text(length / PARTS)
  let whole = Number.POSITIVE_INFINITY
  let parts = 0
  // The first run of a pattern is slower, because it is compiled for the second.
  await timeOf(subject, part)
  for (let tries = 0; tries < TRIES; tries++) {
    whole = Math.min(whole, await computing(subject, shape.text(length)))
    if (whole < LONG) return whole
    parts = Math.max(parts, await computing(subject, part, PARTS))
    if (whole < MOST * parts) return whole
  }
  const times = `${Math.round(whole)} ms for ${length} characters, ${Math.round(parts)} ms for ${PARTS} times ${length / PARTS}`
  throw new Error(`${subject.name}: time grows faster than the text ${JSON.stringify(shape.name)}: ${times}`)
}
