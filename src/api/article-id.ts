/** Ids of articles as partners send them: as the answers show them, or as they stand in addresses. Pure. */

/**
 * @returns the 32 hex digits, of a tag: URI (RFC 4151) those at its end; undefined for what is neither. Whose URI it is, is for those to
 * ask who read the wire.
 */
export function articleIdIn(text: string): string | undefined {
  return /^(?:tag:[^:/]{1,255}:)?([0-9a-f]{32})$/i.exec(text)?.[1]?.toLowerCase()
}
