/** What all commands of `npm run admin` have in common. */
import { describe, expect, it } from "vitest"
import { parseOptions } from "../../../../scripts/admin/command.ts"
import { commands } from "../../../../scripts/admin/index.ts"
import { find } from "./commands.ts"

describe("the admin commands", () => {
  it("each begin their examples with their own words, and have no other by the same", () => {
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

  it("warn of what cannot be undone", () => {
    expect(commands.filter(({ warning }) => warning).map(({ words }) => words.join(" "))).toEqual([
      "publisher remove",
      "section retire",
    ])
    expect(find("publisher remove").warning?.(["nahar"])).toContain("nahar will be removed permanently")
  })
})
