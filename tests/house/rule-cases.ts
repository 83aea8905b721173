/** Tests each rule on all of src/ and on short texts, in which it must catch every violation and nothing else. */
import { describe, expect, test } from "vitest"
import { filesIn, read } from "./project.ts"
import type { Rule } from "./rules.ts"
import { parse } from "./source.ts"

/** The text of a file, its path, and whether the rule must catch it there. */
export interface Case {
  path: string
  text: string
  caught: boolean
}
export const bad = (path: string, text: string): Case => ({ path, text, caught: true })
export const good = (path: string, text: string): Case => ({ path, text, caught: false })

export interface RuleWithCases {
  says: string
  rule: Rule
  cases: Case[]
}

export const sources = filesIn("src", /\.[cm]?[jt]sx?$/).map((path) => parse(path.slice("src/".length), read(path)))

export function describeRules(rules: RuleWithCases[]): void {
  test("sources are found", () => {
    expect(sources.map(({ path }) => path)).toContain("index.ts")
  })

  describe.each(rules)("$says", ({ rule, cases }) => {
    test("no file in src/ breaks the rule", () => {
      expect(sources.flatMap(rule)).toEqual([])
    })

    test.each(cases)("caught: $caught in $path: $text", ({ path, text, caught }) => {
      expect(rule(parse(path, text)).length > 0).toBe(caught)
    })
  })
}
