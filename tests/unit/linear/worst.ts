/** Finds the texts for which a function takes the most time, and errors that are no valid results. */
import { SHAPES, type Shape } from "./shapes.ts"
import type { Subject } from "./subject.ts"

/** Whether `npm run test:long` runs. */
export const IS_LONG = Number(process.env.FEEDWIRE_EFFORT ?? 1) > 1

/** Milliseconds. */
export async function timeOf({ name, work }: Subject, text: string): Promise<number> {
  const started = performance.now()
  try {
    const answer = work(text)
    if (answer instanceof Promise) await answer
  } catch (error) {
    // The text caused "Maximum call stack size exceeded" or "Invalid string length".
    if (error instanceof RangeError) throw new Error(`${name} breaks: ${error.message}`)
  }
  return performance.now() - started
}

/** Returns the shortest of several times, because other work on the machine makes some times longer. */
export async function leastTimeOf(subject: Subject, text: string, times: number): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (let time = 0; time < times; time++) least = Math.min(least, await timeOf(subject, text))
  return least
}

/** The number of characters in the last round. */
export const SEARCHED = 5000
/**
 * In each round, the function reads each remaining shape of text `times` times, cut to `length`. The `kept` slowest shapes
 * stay for the next round: many after the first, because a function that is not compiled yet is slow for any shape.
 */
const ROUNDS = IS_LONG
  ? [
      { length: 600, times: 1, kept: 100 },
      { length: 600, times: 2, kept: 16 },
      { length: SEARCHED, times: 2, kept: 3 },
    ]
  : [
      { length: 200, times: 1, kept: 40 },
      { length: 600, times: 2, kept: 10 },
      { length: SEARCHED, times: 2, kept: 2 },
    ]

/** The shapes of this run: half of them, chosen by its seed, or all in `npm run test:long`. */
const OF_THIS_RUN = SHAPES.filter((_, at) => IS_LONG || at % 2 === Number(process.env.FEEDWIRE_SEED ?? 0) % 2)

export interface Timed {
  shape: Shape
  /** Milliseconds for SEARCHED characters. */
  time: number
}

/**
 * Quadratic time is far longer than linear time even for short texts. So all shapes are measured with short texts, and
 * only the slowest with longer ones.
 * @returns the worst shapes, the slowest first
 */
export async function worstShapes(subject: Subject, shapes: readonly Shape[] = OF_THIS_RUN): Promise<Timed[]> {
  let timed: Timed[] = shapes.map((shape) => ({ shape, time: 0 }))
  for (const { length, times, kept } of ROUNDS) {
    for (const each of timed) each.time = await leastTimeOf(subject, each.shape.text(length), times)
    timed = timed.sort((a, b) => b.time - a.time).slice(0, kept)
  }
  return timed
}
