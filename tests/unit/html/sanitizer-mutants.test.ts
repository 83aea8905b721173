import { describe, expect, it } from "vitest"
import { MEDIA_CHECKS } from "./media-checks.ts"
import { built } from "./mutants.ts"
import { CHECKS } from "./sanitizer-checks.ts"
import { MUTANTS } from "./sanitizer-mutants.ts"

const MEDIA_FILES = new Set("embedded-media media-markup media-places pictures players".split(" "))

describe("the sanitiser", () => {
  it("passes all checks", () => {
    const sanitize = built()
    expect(CHECKS.flatMap((check) => check(sanitize))).toEqual([])
  })

  it.each(MUTANTS.map((mutant) => [mutant.name, mutant] as const))("fails a check without %s", (_, mutant) => {
    const sanitize = built(mutant)
    // The checks that most probably fail come first.
    const checks = MEDIA_FILES.has(mutant.file) ? [...MEDIA_CHECKS, ...CHECKS] : CHECKS
    expect(checks.some((check) => check(sanitize).length > 0)).toBe(true)
  })
})
