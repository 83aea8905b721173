/** Which of the shapes a function takes longest for, and what it throws that is no answer. */
import { SHAPES, type Shape } from "./shapes.ts"
import type { Subject } from "./subject.ts"

/** Milliseconds of this thread: others on the machine must not make one shape look worse than another. */
export async function timeOf({ name, work }: Subject, text: string): Promise<number> {
  const before = process.threadCpuUsage()
  try {
    const answer = work(text)
    if (answer instanceof Promise) await answer
  } catch (error) {
    // "Maximum call stack size exceeded", "Invalid string length": a text brought it down.
    if (error instanceof RangeError) throw new Error(`${name} breaks: ${error.message}`)
  }
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1000
}

/** Characters of the last round. */
export const SEARCHED = 5000
/** Characters at which shapes are compared, and how many of the slowest are looked at again. */
const ROUNDS = [
  { length: 600, kept: 16 },
  { length: SEARCHED, kept: 3 },
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
  for (const { length, kept } of ROUNDS) {
    for (const each of timed) each.time = await timeOf(subject, each.shape.text(length))
    timed = timed.sort((a, b) => b.time - a.time).slice(0, kept)
  }
  return timed
}
