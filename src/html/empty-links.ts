/** Removes the links of a cleaned body that have nothing to click, such as one around a frame. Pure. */
import { TAG, VOID_ELEMENTS } from "./directions.ts"

/** Elements that show nothing without content. */
const INLINE_TAG = /^<(?:b|i|em|strong|span|u|s|small)>$/

/** Returns the body without the tags of its empty links. A link to an empty link may need its id. */
export function withoutEmptyLinks(html: string): string {
  if (!html.includes("<a ")) return html
  const parts: string[] = []
  const open: { tag: string; part: number; isEmpty: boolean }[] = []
  const setFull = () => {
    const outer = open.at(-1)
    if (outer !== undefined) outer.isEmpty = false
  }
  let from = 0
  for (const { 0: tag, 1: slash, 2: name = "", index } of html.matchAll(TAG)) {
    const text = html.slice(from, index)
    if (text.trim() !== "") setFull()
    from = index + tag.length
    parts.push(text)
    if (slash === "") {
      if (VOID_ELEMENTS.has(name)) setFull()
      else open.push({ tag, part: parts.length, isEmpty: true })
      parts.push(tag)
      continue
    }
    const element = open.pop()
    const isEmptyLink = element?.isEmpty && /^<a (?!(?:.* )?id=")/s.test(element.tag)
    if (isEmptyLink) parts[element.part] = ""
    else if (!element?.isEmpty || !INLINE_TAG.test(element.tag)) setFull()
    parts.push(isEmptyLink ? "" : tag)
  }
  return parts.join("") + html.slice(from)
}

/** Removes each `picture` without content. They may be nested, at most as deep as the sanitizer allows. */
export function withoutEmptyPictures(html: string): string {
  const without = html.replaceAll("<picture></picture>", "")
  return without === html ? html : withoutEmptyPictures(without)
}
