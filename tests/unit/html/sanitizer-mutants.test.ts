import { describe, expect, it } from "vitest"
import { CHECKS } from "./sanitizer-checks.ts"
import { built, MUTANTS, SOURCE } from "./sanitizer-mutants.ts"

describe("the sanitiser", () => {
  it("passes all checks", () => {
    const sanitize = built(SOURCE)
    expect(CHECKS.flatMap((check) => check(sanitize))).toEqual([])
  })

  it.each(MUTANTS.map(({ name, source }) => [name, source] as const))("fails a check without %s", (_, source) => {
    const sanitize = built(source)
    expect(CHECKS.some((check) => check(sanitize).length > 0)).toBe(true)
  })
})
