/** Whether the time of a function grows no faster than its text. */
import type { Shape } from "./shapes.ts"
import type { Subject } from "./subject.ts"
import { timeOf } from "./worst.ts"

/** Characters. */
export const LENGTH = Number(process.env.FEEDWIRE_EFFORT ?? 1) > 1 ? 1_000_000 : 100_000
/** The text is compared with one of this part of its length. */
const PART = 1 / 8
/** Time that grows with the length is 8 times as long, with its logarithm 10 times, with its square 64 times. */
const MOST = 24
/** Milliseconds of computing from which on times are compared: a square takes so long even at 5 ps for a pair of characters. */
const LONG = 50
/** Whatever else makes one time longer does not do so each time. */
const TRIES = 3

/** Milliseconds that this thread computed, whatever else the machine did meanwhile. */
async function computing(subject: Subject, text: string): Promise<number> {
  const before = process.threadCpuUsage()
  await timeOf(subject, text)
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1000
}

/** @returns milliseconds of computing; throws if a text of the whole length takes far more than one of a part of it. */
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
