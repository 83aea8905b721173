import { expect, test } from "vitest"
import { foldName } from "../../src/text/fold-name.ts"
import * as fc from "../fast-check.ts"
import { byCodePoint } from "../flows/code-points.ts"
import { article, makeWire, push, send } from "../flows/world.ts"

const { two } = await makeWire({ publishers: { two: {} } })
test("any tags come once each, and in order", async () => {
  const words = fc.uniqueArray(
    fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }).filter((name) => foldName(name) !== ""),
    { minLength: 1, maxLength: 30, selector: foldName },
  )
  await fc.assert(
    fc.asyncProperty(words, fc.integer({ min: 1, max: 6 }), async (tags, limit) => {
      const sent = article({ tags: tags.map((tag) => `~${tag}`) }, 3)
      const answered = await push(two, sent)
      expect(answered.json.results[0].outcome).toBe("created")
      const seen: string[] = []
      for (let url: string | undefined = `/v1/tags?prefix=~&limit=${limit}`; url !== undefined; ) {
        const { json } = await send(url)
        seen.push(...json.tags.map(({ name }: { name: string }) => name))
        url = json.next
      }
      expect(seen.map(foldName)).toEqual(byCodePoint(tags.map((tag) => foldName(`~${tag}`))))
      await push(two, { id: sent.id }, { type: "article.deleted" })
    }),
    { numRuns: 25, endOnFailure: true },
  )
})
