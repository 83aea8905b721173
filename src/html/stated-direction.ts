/** Finds the direction that a publisher states for a whole body. Pure. */
import type { Direction } from "../text/direction.ts"

/** The beginning of a word or number. The letters of an entity of sanitizeHtml() are none. */
const WORD = /[\p{L}\p{N}]/u
const hasWords = (text: string): boolean => WORD.test(text.includes("&") ? text.replace(/&[a-z]+;/g, "") : text)

/**
 * Returns the direction of a body from sanitizeHtml() if all words are in elements that state the same one. Then `dir`
 * speaks about the whole text, and not about a quotation in it.
 */
export function statedDirection(html: string): Direction | undefined {
  if (!html.includes('dir="')) return undefined
  /** For each open element, the direction that the outermost element with `dir` states. */
  const open: (string | undefined)[] = []
  const found = new Set<string | undefined>()
  let at = 0
  while (at < html.length) {
    const start = html.indexOf("<", at)
    if (hasWords(html.slice(at, start === -1 ? html.length : start))) found.add(open.at(-1))
    // No attribute from sanitizeHtml() has a ">".
    const end = start === -1 ? -1 : html.indexOf(">", start)
    if (end === -1) break
    if (html[start + 1] === "/") open.pop()
    else if (html[end - 1] !== "/") open.push(open.at(-1) ?? / dir="(ltr|rtl)"/.exec(html.slice(start, end))?.[1])
    at = end + 1
  }
  const [direction] = found
  return found.size === 1 ? (direction as Direction | undefined) : undefined
}
