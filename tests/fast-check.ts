/**
 * Exports fast-check with the seed of this run (vitest.config.ts). `npm run test:long` multiplies the number of inputs
 * of each property. `npm test` uses only a part of this number, because each run of `npm test` has other inputs.
 */
import * as fastCheck from "fast-check"
import { inject } from "vitest"

declare module "vitest" {
  interface ProvidedContext {
    /** Seeds all random values. */
    seed: number
    /** Factor for the number of runs of each property. */
    effort: number
  }
}

export * from "fast-check"

fastCheck.configureGlobal({ seed: inject("seed") })

const RUNS = 100
/** `npm test` runs a property this many times, or a quarter of its number if that is more. */
const SHORT = 20

const runsOf = (wanted: number, effort: number): number =>
  effort > 1 ? wanted * effort : Math.max(Math.min(wanted, SHORT), Math.ceil(wanted / 4))

type Parameters<Ts> = fastCheck.Parameters<Ts>

export function assert<Ts>(property: fastCheck.IProperty<Ts>, more?: Parameters<Ts>): void
export function assert<Ts>(property: fastCheck.IAsyncProperty<Ts>, more?: Parameters<Ts>): Promise<void>
export function assert<Ts>(property: fastCheck.IRawProperty<Ts>, more: Parameters<Ts> = {}): unknown {
  return fastCheck.assert(property, { ...more, numRuns: runsOf(more.numRuns ?? RUNS, inject("effort")) })
}

/** Any text of this length in code points. fast-check's `unit: "binary"` would make a table of all code points. */
export const anyText = (lengths: fastCheck.ArrayConstraints = {}): fastCheck.Arbitrary<string> =>
  fastCheck
    .array(fastCheck.oneof(codePoint(0, 0xd7ff), codePoint(0xe000, 0x10ffff), codePoint(0x20, 0x7e)), lengths)
    .map((points) => String.fromCodePoint(...points))

const codePoint = (min: number, max: number) => fastCheck.integer({ min, max })
