/** Ids of articles as partners send them: a tag: URI, or the hex digits in addresses. Pure. */

/** @returns the 32 hex digits, alone or at the end of a tag: URI (RFC 4151), of whatever wire; undefined for anything else. */
export function articleIdIn(text: string): string | undefined {
  return /^(?:tag:[^:/]{1,255}:)?([0-9a-f]{32})$/i.exec(text)?.[1]?.toLowerCase()
}
