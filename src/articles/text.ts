/**
 * The text of an article's body, as it would read without markup. Only for HTML that sanitize.ts wrote: its tags are well
 * formed, and four characters stand as entities. It is not stored, because it can be had from the HTML in a fraction of the
 * time that reading it from D1 would take.
 */

/** What stands in the text for the tags of elements that are no part of a line. */
const BREAKS: ReadonlyMap<string, string> = new Map([
  ..."br caption dd div dt figcaption hr li summary tr".split(" ").map((tag) => [tag, "\n"] as const),
  ..."blockquote details dl figure h2 h3 h4 h5 h6 ol p pre table ul".split(" ").map((tag) => [tag, "\n\n"] as const),
  ..."td th".split(" ").map((tag) => [tag, "\t"] as const),
])

const ENTITIES: Record<string, string> = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"' }

/** Lines are divided by LF, paragraphs by an empty line. */
export function textOf(html: string): string {
  let text = ""
  let at = 0
  for (let open = html.indexOf("<"); open !== -1; open = html.indexOf("<", at)) {
    text += html.slice(at, open)
    const close = html.indexOf(">", open)
    if (close === -1) break
    text += spaceFor(html, open, close)
    at = close + 1
  }
  text += html.slice(at)
  return tidy(text.includes("&") ? text.replace(/&(?:amp|lt|gt|quot);/g, (entity) => ENTITIES[entity] ?? entity) : text)
}

/** What stands in the text for a tag. */
function spaceFor(html: string, open: number, close: number): string {
  const from = html.charCodeAt(open + 1) === SLASH ? open + 2 : open + 1
  let end = from
  while (end < close && html.charCodeAt(end) > SPACE && html.charCodeAt(end) !== SLASH) end += 1
  return BREAKS.get(html.slice(from, end)) ?? ""
}

const SLASH = 47
const SPACE = 32

/** Blanks at the ends of lines, and more than one empty line, come from the markup. */
function tidy(text: string): string {
  const even = /[\t ]\n|\n[\t ]|\n{3}/.test(text)
    ? text.replace(/[\t ]*\n[\t ]*/g, "\n").replace(/\n{3,}/g, "\n\n")
    : text
  return even.trim()
}
