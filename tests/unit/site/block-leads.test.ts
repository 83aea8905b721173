import { expect, test } from "vitest"
import { withOwnLead } from "../../../src/site/block-leads.ts"

const items = (ids: string) => [...ids].map((id) => ({ id }))
const idsOf = (list: { id: string }[]) => list.map(({ id }) => id).join("")

test("each block begins with an article that leads no other block, and the rest keeps its order", () => {
  const leads = new Set<string>()
  const blocks = ["abc", "abd", "abe", "a", "", "ba"].map((ids) => idsOf(withOwnLead(items(ids), leads)))
  expect(blocks).toEqual(["abc", "bad", "eab", "a", "", "ba"])
})

test("an article that may lead is preferred, also if it leads another block", () => {
  const leads = new Set<string>()
  const blocks = ["abc", "abc", "cab", "ab"].map((ids) => idsOf(withOwnLead(items(ids), leads, ({ id }) => id !== "a")))
  expect(blocks).toEqual(["bac", "cab", "cab", "ba"])
  expect(idsOf(withOwnLead(items("a"), leads, () => false))).toBe("a")
})
