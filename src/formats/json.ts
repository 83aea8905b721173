/**
 * Writes JSON member by member, as xml.ts writes XML element by element: `JSON.stringify` of an object takes longer, and most of an
 * entry's members are short texts of which nothing is escaped. A member has a comma before it; no object begins with an optional one.
 */

import { JSON_ESCAPED, NOT_ONE_LINE, scan } from "../text/scan.ts"

/** A text in quotes, as `JSON.stringify` returns it. */
export function quoted(text: string): string {
  return scan(text) & (JSON_ESCAPED | NOT_ONE_LINE) ? JSON.stringify(text) : `"${text}"`
}

/**
 * The same for a body, of which a few characters are escaped; it takes less than half the time of `JSON.stringify`.
 * @param html with legal characters only, as contentHtml() returns it: JSON escapes no others of them than these four.
 */
export function quotedBody(html: string): string {
  // Patterns instead of replaceAll(), of which the result is a rope in V8.
  const escaped = html.replace(/\\/g, "\\\\").replace(/"/g, '\\"').replace(/\n/g, "\\n").replace(/\t/g, "\\t")
  return `"${escaped}"`
}

/** "" for an empty text: nothing in a feed is null or empty. */
export function textMember(name: string, text: string): string {
  return text === "" ? "" : `,"${name}":${quoted(text)}`
}

/** "" for an unknown number. */
export function numberMember(name: string, value: number | undefined): string {
  return value === undefined ? "" : `,"${name}":${value}`
}

/** "" for an empty list. @param items each as JSON */
export function listMember(name: string, items: string[]): string {
  return items.length === 0 ? "" : `,"${name}":[${items.join(",")}]`
}

/** An object of which all members are optional; "" without members. */
export function objectMember(name: string, members: string[]): string {
  const [first, ...others] = members.filter((member) => member !== "")
  return first === undefined ? "" : `,"${name}":{${first.slice(1)}${others.join("")}}`
}
