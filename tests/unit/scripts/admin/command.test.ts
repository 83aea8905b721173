/** Tests the rules that all commands of `npm run admin` share. */
import { describe, expect, it } from "vitest"
import { parseOptions } from "../../../../scripts/admin/command.ts"
import { commands } from "../../../../scripts/admin/index.ts"
import { find } from "./commands.ts"

describe("the admin commands", () => {
  it("have examples that begin with their own words, and no two have the same words", () => {
    for (const { words, examples } of commands) {
      expect(examples.length).toBeGreaterThan(0)
      for (const example of examples) expect(example.startsWith(words.join(" "))).toBe(true)
    }
    const names = commands.map(({ words }) => words.join(" "))
    expect(new Set(names).size).toBe(names.length)
  })

  it("have flags with a value, and flags without one", () => {
    expect(parseOptions(find("source change").flags)).toMatchObject({
      "feed-url": { type: "string" },
      "renew-token": { type: "boolean" },
    })
  })

  it("warn if they cannot be undone", () => {
    expect(commands.filter(({ warning }) => warning).map(({ words }) => words.join(" "))).toEqual([
      "publisher remove",
      "article takedown",
      "section retire",
      "operator remove",
    ])
    expect(find("publisher remove").warning?.(["nahar"])).toContain("nahar will be removed permanently")
  })
})
