/** Removes what a page hides from a body, such as the preview text of a newsletter. Pure. */
import { readTags } from "./tags.ts"
import { hidesContent } from "./visibility.ts"

/** Most bodies hide nothing, and are not parsed for it. */
const MAY_HIDE =
  /\shidden[\s=>"'/]|(?:display|visibility|opacity|max-height|max-width|height|width|font-size|position|text-indent|clip|scale|transform|zoom)\s{0,9}:/i

/**
 * Returns the body without the elements that people do not see. A script may show them later, so they stay in the body
 * itself, but they are no beginning of the text.
 */
export function withoutHidden(html: string): string {
  if (!MAY_HIDE.test(html)) return html
  const parts: string[] = []
  let depth = 0
  let hiddenAt: { depth: number; from: number } | undefined
  let from = 0
  readTags(html, {
    open(_, attributes, start) {
      depth += 1
      if (hiddenAt === undefined && hidesContent(attributes)) hiddenAt = { depth, from: start }
    },
    text() {},
    close(end) {
      if (hiddenAt?.depth === depth) {
        parts.push(html.slice(from, hiddenAt.from))
        from = end
        hiddenAt = undefined
      }
      depth -= 1
    },
  })
  return parts.join("") + html.slice(from)
}
