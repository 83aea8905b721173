/** Checks that the time of a function grows no faster than its text. */
import type { Shape } from "./shapes.ts"
import type { Subject } from "./subject.ts"
import { IS_LONG, timeOf } from "./worst.ts"

/** The length of a text in characters. With a million, the platform's URLSearchParams would become slow. */
export const LENGTH = IS_LONG ? 200_000 : 100_000
/** The fraction of the text that is measured for comparison. */
const PART = 1 / 8
/** The limit of the ratio of both times. It is 8 for linear time, 10 with a logarithm, and 64 for quadratic time. */
const MOST = 24
/** Shorter times (milliseconds of CPU time) are not compared. Quadratic time reaches this limit even at 5 ps a pair. */
export const LONG = IS_LONG ? 100 : 50
/** How often a slow function is measured, because other causes of a long time do not occur in every measurement. */
const TRIES = 3

/** Returns milliseconds of CPU time of this thread, independent of other work on the machine. */
async function computing(subject: Subject, text: string): Promise<number> {
  const before = process.threadCpuUsage()
  await timeOf(subject, text)
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1000
}

/** @returns milliseconds of CPU time @throws if a whole text takes far more time than a fraction of it */
export async function growingTime(subject: Subject, shape: Shape, length = LENGTH): Promise<number> {
  let whole = Number.POSITIVE_INFINITY
  let part = 0
  for (let tries = 0; tries < TRIES; tries++) {
    whole = Math.min(whole, await computing(subject, shape.text(length)))
    if (whole < LONG) return whole
    part = Math.max(part, await computing(subject, shape.text(length * PART)))
    if (whole < MOST * part) return whole
  }
  const times = `${Math.round(whole)} ms for ${length} characters, ${Math.round(part)} ms for ${length * PART}`
  throw new Error(`${subject.name}: time grows faster than the text ${JSON.stringify(shape.name)}: ${times}`)
}
