/** Measures contestants in alternating rounds, so that a disturbance of the machine affects all of them alike. */

export interface Sample {
  median: number
  min: number
  max: number
}

export interface Effort {
  rounds: number
  /** How long each contestant is loaded in a round, in milliseconds. */
  milliseconds: number
  /** The numbers of messages are multiplied by this factor. */
  scale: number
}

/** Measures A B C, A B C, … The first round is a warm-up and does not count. */
export async function alternate<Name extends string>(
  contestants: Record<Name, () => Promise<number>>,
  rounds: number,
): Promise<Record<Name, Sample>> {
  const measured = await inTurns(contestants, rounds)
  const samples = Object.entries<number[]>(measured).map(([name, values]) => [name, sampleOf(values)])
  return Object.fromEntries(samples) as Record<Name, Sample>
}

/** Works like alternate(), for results of any type. @returns the results of each contestant, round by round */
export async function inTurns<Name extends string, Result>(
  contestants: Record<Name, () => Promise<Result>>,
  rounds: number,
): Promise<Record<Name, Result[]>> {
  const entries = Object.entries(contestants) as [Name, () => Promise<Result>][]
  const measured = new Map<Name, Result[]>(entries.map(([name]) => [name, []]))
  for (let round = 0; round <= rounds; round++) {
    for (const [name, measure] of entries) {
      const value = await measure()
      if (round > 0) measured.get(name)?.push(value)
    }
  }
  return Object.fromEntries(measured) as Record<Name, Result[]>
}

/** Returns the value that this percentage of the values does not exceed (nearest rank). */
export function percentile(values: number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.ceil((sorted.length * percent) / 100) - 1] ?? Number.NaN
}

export function sampleOf(values: number[]): Sample {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (index: number) => sorted[index] ?? Number.NaN
  const half = Math.floor(sorted.length / 2)
  return {
    median: sorted.length % 2 === 1 ? at(half) : (at(half - 1) + at(half)) / 2,
    min: at(0),
    max: at(sorted.length - 1),
  }
}
