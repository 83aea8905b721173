/** Reads ids of articles from requests: a tag: URI, or the hex digits that URLs contain. Pure. */

/** @returns the 32 hex digits of an id, or of any wire's tag: URI (RFC 4151); undefined for any other text */
export function articleIdIn(text: string): string | undefined {
  return /^(?:tag:[^:/]{1,255}:)?([0-9a-f]{32})$/i.exec(text)?.[1]?.toLowerCase()
}
