/** Tests whether a client accepts a 304 or a delta instead of the whole document. */
import { expect, test } from "vitest"
import { acceptsDelta } from "../../../src/http/conditional-request.ts"

const accepts = (value: string) => acceptsDelta(new Headers({ "a-im": value }))

test.each(["feed", "FEED", " feed ", "vcdiff, feed", "feed;q=1", "feed;q=1.0", "feed; q=0.5", "feed ; q=0.001"])(
  "A-IM: %s accepts a delta",
  (value) => expect(accepts(value)).toBe(true),
)

test.each(["", "vcdiff", "feeds", "feed;q=0", "feed;q=0.", "feed;q=0.000", "feed;q=2", "feed;q=0.5x", "feed q=1"])(
  "A-IM: %s accepts no delta",
  (value) => expect(accepts(value)).toBe(false),
)
