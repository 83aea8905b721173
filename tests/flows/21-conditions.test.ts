/** Tests validators of feeds that an isolate has in memory. */
import { expect, test } from "vitest"
import { testConditions } from "./feed-conditions.ts"
import { ASKING, FORMATS, makeWire, REMEMBERING, requestsWith, SELECTIONS } from "./feeds.ts"
import type { Answer } from "./world.ts"

makeWire()

test("an isolate with validators in memory, and one that reads them from D1, give the same answers", async () => {
  const headersOf = ({ headers }: Answer) => [...headers].filter(([name]) => name !== "cache-status")
  for (const selection of SELECTIONS) {
    for (const format of FORMATS) {
      const [sent, other] = [
        await requestsWith(REMEMBERING).get(`${selection}/feed.${format}`),
        await requestsWith(ASKING).get(`${selection}/feed.${format}`),
      ]
      expect([other.status, other.text, headersOf(other)]).toEqual([200, sent.text, headersOf(sent)])
    }
  }
})

testConditions(REMEMBERING)
