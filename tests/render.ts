/** Renders a whole document as text from the same parts as feeds/render-document.ts. */
import type { Feed, Format } from "../src/formats/feed.ts"
import { RENDERERS } from "../src/formats/render.ts"

export function render(feed: Feed, format: Format): string {
  const { head, entry, separator, tail } = RENDERERS[format]
  const context = { feedLanguage: feed.language }
  return head(feed) + feed.entries.map((each) => entry(each, context)).join(separator) + tail(feed)
}
