/** The shapes for which a function needs the most time, and the errors that are no answers. */
import { SHAPES, type Shape } from "./shapes.ts"
import type { Subject } from "./subject.ts"

/** Milliseconds. */
export async function timeOf({ name, work }: Subject, text: string): Promise<number> {
  const started = performance.now()
  try {
    const answer = work(text)
    if (answer instanceof Promise) await answer
  } catch (error) {
    // "Maximum call stack size exceeded", "Invalid string length": a text brought it down.
    if (error instanceof RangeError) throw new Error(`${name} breaks: ${error.message}`)
  }
  return performance.now() - started
}

/** The least of several: whatever else runs on the machine makes one longer now and then. */
export async function leastTimeOf(subject: Subject, text: string, times: number): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (let time = 0; time < times; time++) least = Math.min(least, await timeOf(subject, text))
  return least
}

/** Characters of the last round. */
export const SEARCHED = 5000
/**
 * Characters at which shapes are compared, how often each runs, and how many of the slowest are looked at again. The first
 * round keeps many, because functions that are not compiled yet are slow for any shape.
 */
const ROUNDS = [
  { length: 600, times: 1, kept: 100 },
  { length: 600, times: 2, kept: 16 },
  { length: SEARCHED, times: 2, kept: 3 },
]

export interface Timed {
  shape: Shape
  /** Milliseconds for SEARCHED characters. */
  time: number
}

/**
 * What grows with the square of the length is far slower than anything else already where a text is short. So all shapes are
 * tried in short texts, and the slowest in longer ones.
 * @returns the worst, the slowest first
 */
export async function worstShapes(subject: Subject): Promise<Timed[]> {
  let timed: Timed[] = SHAPES.map((shape) => ({ shape, time: 0 }))
  for (const { length, times, kept } of ROUNDS) {
    for (const each of timed) each.time = await leastTimeOf(subject, each.shape.text(length), times)
    timed = timed.sort((a, b) => b.time - a.time).slice(0, kept)
  }
  return timed
}
