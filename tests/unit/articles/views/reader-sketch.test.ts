/** Tests that sketches estimate the number of distinct readers within the stated error, and count no reader twice. */
import { createHmac } from "node:crypto"
import { describe, expect, inject, test } from "vitest"
import {
  addMark,
  decodeSketch,
  encodeSketch,
  estimate,
  hashToMark,
  isMark,
  MARK_COUNT,
  type Sketch,
} from "../../../../src/articles/views/reader-sketch.ts"
import * as fc from "../../../fast-check.ts"

const EMPTY = ""
const TRIALS = 60

/** Marks as the Worker makes them, from a keyed hash of the reader. */
const mark = (key: string, reader: number): number =>
  hashToMark(createHmac("sha256", key).update(`192.0.2.${reader}`).digest())

const sketchOf = (marks: number[]): Sketch => {
  const sketch = decodeSketch(EMPTY)
  for (const each of marks) addMark(sketch, each)
  return sketch
}
const readers = (key: string, count: number): number[] => Array.from({ length: count }, (_, no) => mark(key, no))

const marks = fc.array(
  fc.tuple(fc.nat(4095), fc.integer({ min: 1, max: 31 })).map(([register, rank]) => register * 32 + rank),
  { maxLength: 3000 },
)

describe("the estimate", () => {
  test("of no, one, two and three readers is exact", () => {
    for (const count of [0, 1, 2, 3]) expect(estimate(sketchOf(readers("few", count)))).toBe(count)
  })

  test.each([10, 50, 100, 1000, 1400, 5000, 20_000])(
    "of %i readers has a root mean square error of at most 3 percent",
    (count) => {
      // Other keys make other hashes. Only `npm run test:long` makes sixty large sketches.
      const trials = inject("effort") > 1 ? TRIALS : Math.min(TRIALS, Math.ceil(240_000 / count))
      const errors = Array.from(
        { length: trials },
        (_, trial) => estimate(sketchOf(readers(`${trial}`, count))) / count - 1,
      )
      const rms = Math.sqrt(errors.reduce((sum, error) => sum + error ** 2, 0) / trials)
      const bias = errors.reduce((sum, error) => sum + error, 0) / trials
      expect(rms).toBeLessThan(0.03)
      expect(Math.abs(bias)).toBeLessThan(0.01)
    },
  )

  test("of very many readers is within that error too", () => {
    const count = inject("effort") > 1 ? 500_000 : 100_000
    expect(Math.abs(estimate(sketchOf(readers("many", count))) / count - 1)).toBeLessThan(0.05)
  })

  test("never decreases when a mark is added", () => {
    fc.assert(
      fc.property(marks, marks, (before, more) => {
        const sketch = sketchOf(before)
        const least = estimate(sketch)
        for (const each of more) addMark(sketch, each)
        expect(estimate(sketch)).toBeGreaterThanOrEqual(least)
      }),
      { numRuns: 50 },
    )
  })
})

describe("a sketch", () => {
  test("is the same with repeated marks, and in any order", () => {
    fc.assert(
      fc.property(marks, fc.infiniteStream(fc.nat()), (all, random) => {
        const shuffled = [...all, ...all].map((each) => ({ each, at: random.next().value ?? 0 }))
        const other = shuffled.sort((a, b) => a.at - b.at).map(({ each }) => each)
        expect(encodeSketch(sketchOf(other))).toBe(encodeSketch(sketchOf(all)))
      }),
      { numRuns: 50 },
    )
  })

  test("reports whether a mark is new to it", () => {
    const sketch = decodeSketch(EMPTY)
    expect([addMark(sketch, 5 * 32 + 3), addMark(sketch, 5 * 32 + 3), addMark(sketch, 5 * 32 + 2)]).toEqual([
      true,
      false,
      false,
    ])
    expect(addMark(sketch, 5 * 32 + 4)).toBe(true)
  })

  test("is decoded as it was encoded, with few readers and with many", () => {
    fc.assert(
      fc.property(marks, (all) => {
        const text = encodeSketch(sketchOf(all))
        expect(decodeSketch(text)).toEqual(sketchOf(all))
        expect(text.length).toBeLessThanOrEqual(4096)
        expect(text).toMatch(/^[A-Za-z0-9+/]*$/)
      }),
      { numRuns: 50 },
    )
    const one = (registers: number) => sketchOf(Array.from({ length: registers }, (_, at) => at * 32 + 31))
    // These are the largest sketch that is shorter as a list, the next larger sketch, and others.
    for (const registers of [0, 1, 1365, 1366, 4096]) {
      const text = encodeSketch(one(registers))
      expect(text).toHaveLength(registers <= 1365 ? registers * 3 : 4096)
      expect(decodeSketch(text)).toEqual(one(registers))
    }
  })
})

describe("a mark", () => {
  test("contains a register and a rank, and nothing else of the hash", () => {
    expect(hashToMark(new Uint8Array([0xff, 0xf0, 0x80, 0, 0, 0]))).toBe(4095 * 32 + 1)
    expect(hashToMark(new Uint8Array([0x00, 0x1f, 0x00, 0, 0, 1]))).toBe(1 * 32 + 31)
    expect(hashToMark(new Uint8Array([0x00, 0x10, 0, 0, 0, 0]))).toBe(1 * 32 + 31)
    expect(hashToMark(new Uint8Array([0x00, 0x10, 0, 0, 0x80, 0, 0xff, 0xff]))).toBe(1 * 32 + 17)
    for (const each of readers("any", 2000)) expect(isMark(each)).toBe(true)
  })

  test("does not have one of these values", () => {
    for (const value of [0, 32, 64, -1, 1.5, MARK_COUNT, MARK_COUNT - 32, Number.NaN, "33", null, undefined, [33]]) {
      expect(isMark(value)).toBe(false)
    }
    expect([isMark(1), isMark(MARK_COUNT - 1)]).toEqual([true, true])
  })
})
