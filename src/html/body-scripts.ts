/** Counts the letters of a sanitized body without making its text, because every push pays for it. Pure. */
import type { ScriptCounter } from "../text/script.ts"

/** A tag of an element for code, or any other tag. */
const CODE_TAG = /^<(pre|code|kbd|samp)[ >]/

/**
 * Adds the letters of a body from sanitizeHtml().
 * @param withCode whether the ASCII letters of programs count too
 * @returns whether the body has any text that counts
 */
export function countBodyScripts(counter: ScriptCounter, html: string, withCode: boolean): boolean {
  let hasText = false
  /** The index of the end tag of the code that is read. */
  let codeEnd = -1
  for (let at = 0; at < html.length; ) {
    const open = html.indexOf("<", at)
    const end = open === -1 ? html.length : open
    const isCode = at < codeEnd
    if (end > at) {
      hasText ||= (isCode ? /[^\s!-~]/ : /\S/).test(html.slice(at, end))
      counter.read(html, at, end, isCode)
    }
    if (open === -1) break
    const [, name] = withCode || open < codeEnd ? [] : (CODE_TAG.exec(html.slice(open, open + 6)) ?? [])
    if (name !== undefined) {
      const close = html.indexOf(`</${name}>`, open)
      codeEnd = close === -1 ? html.length : close
    }
    // No attribute from sanitizeHtml() has a ">".
    const close = html.indexOf(">", open)
    at = close === -1 ? html.length : close + 1
  }
  return hasText
}
