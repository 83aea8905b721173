import { expect, it } from "vitest"
import { reportsOf } from "../../../scripts/demo-readers.ts"

const list = (name: string, length: number) => Array.from({ length }, (_, at) => `${name}${at}`)

it("a hundred readers report at most ten articles each, and the order differs from that of publication", () => {
  const reports = reportsOf([list("a", 30), list("b", 3), list("c", 1)], 100)
  expect(reports).toHaveLength(100)
  for (const ids of reports) expect(ids.length).toBeLessThanOrEqual(10)
  const counts = new Map<string, number>()
  for (const id of reports.flat()) counts.set(id, (counts.get(id) ?? 0) + 1)
  const ofFirst = [...counts].filter(([id]) => id.startsWith("a")).toSorted(([, a], [, b]) => b - a)
  expect(ofFirst.length).toBeGreaterThanOrEqual(5)
  expect(new Set(ofFirst.slice(0, 5).map(([, count]) => count)).size).toBe(5)
  expect(ofFirst.map(([id]) => id)).not.toEqual(list("a", ofFirst.length))
})

it("without articles, nobody reports", () => {
  expect(reportsOf([], 100)).toEqual([])
})
