/** Tests that a document is head, entries with separators, and tail, and that entries do not depend on each other. */

import { expect, test } from "vitest"
import { type Feed, type FeedFrame, FORMATS } from "../../../src/formats/feed.ts"
import { RENDERERS } from "../../../src/formats/render.ts"
import * as fc from "../../fast-check.ts"
import { render } from "../../render.ts"
import { anyEntry, anyFeed } from "./arbitrary.ts"

/** Only the members that head and tail may read. */
const frameOf = ({ entries, ...feed }: Feed): FeedFrame => ({
  ...feed,
  entries: entries.map(({ id, publishedAt, updatedAt }) => ({ id, publishedAt, updatedAt })),
})

test.each(FORMATS)("%s: a document consists of its parts, each rendered alone", (format) => {
  const { head, entry, separator, tail } = RENDERERS[format]
  fc.assert(
    fc.property(anyFeed, (feed) => {
      const frame = frameOf(feed)
      const entries = feed.entries.map((each) => entry(structuredClone(each), { feedLanguage: feed.language }))
      const document = head(frame) + entries.join(separator) + tail(frame)
      expect(document).toBe(render(feed, format))
    }),
    { numRuns: 20 },
  )
})

test.each(FORMATS)("%s: an entry is the same in every feed of the same language", (format) => {
  const { entry } = RENDERERS[format]
  fc.assert(
    fc.property(anyFeed, anyFeed, anyEntry, (one, other, any) => {
      const alone = entry(any, { feedLanguage: "ar" })
      for (const feed of [one, other])
        expect(render({ ...feed, language: "ar", entries: [...feed.entries, any] }, format)).toContain(alone)
    }),
    { numRuns: 10 },
  )
})

test.each(FORMATS)("%s: an undefined member is left out", (format) => {
  fc.assert(
    fc.property(anyFeed, (feed) => {
      const members = ["url", "title", "subtitle", "dateline", "summary", "html", "language", "image", "attribution"]
      const more = ["externalUrl", "rights", "correction"]
      const absent = Object.fromEntries([...members, ...more].map((name) => [name, undefined]))
      const entries = feed.entries.map((each) => ({ ...absent, ...each }))
      expect(render({ ...feed, entries }, format)).toBe(render(feed, format))
    }),
    { numRuns: 5 },
  )
})
