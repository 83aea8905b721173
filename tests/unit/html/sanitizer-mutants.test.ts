import { describe, expect, it } from "vitest"
import type { Check } from "./check.ts"
import { MEDIA_CHECKS } from "./media-checks.ts"
import { built, type Mutant } from "./mutants.ts"
import { CHECKS } from "./sanitizer-checks.ts"
import { MUTANTS } from "./sanitizer-mutants.ts"

const MEDIA_FILES = new Set(
  "embedded-media media-markup media-places open-elements picture-address picture-names same-picture late-attributes pictures visibility players".split(
    " ",
  ),
)

/** Mutants that follow each other often fail the same checks. */
let lastFailed: Check[] = []

/** The checks that most probably fail come first: those whose HTML has most words of the mutant's part. */
function probableFirst({ part, file }: Mutant): Check[] {
  const words = [...new Set(part.match(/[a-z][\w-]+|[a-z]/gi))]
  const scored = CHECKS.map((check) => ({ check, score: words.filter((word) => check.html.includes(word)).length }))
  const similar = scored
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .map(({ check }) => check)
  const media = MEDIA_FILES.has(file) ? MEDIA_CHECKS : []
  return [...new Set([...similar.slice(0, 20), ...lastFailed, ...media, ...similar, ...CHECKS])]
}

describe("the sanitiser", () => {
  it("passes all checks", async () => {
    const sanitize = await built()
    expect(CHECKS.flatMap((check) => check(sanitize))).toEqual([])
  })

  it.each(MUTANTS.map((mutant) => [mutant.name, mutant] as const))("fails a check without %s", async (_, mutant) => {
    const sanitize = await built(mutant)
    const failed = probableFirst(mutant).find((check) => check(sanitize).length > 0)
    expect(failed).toBeDefined()
    if (failed) lastFailed = [failed, ...lastFailed.filter((check) => check !== failed)].slice(0, 12)
  })
})
