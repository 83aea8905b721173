/** Measures texts in bytes of UTF-8. Pure. */

const encoder = new TextEncoder()

/** Returns the size of a text in bytes if it exceeds the limit, else undefined. A short text is not encoded. */
export function bytesAbove(text: string, limit: number): number | undefined {
  // A UTF-16 unit has at most three bytes in UTF-8.
  if (3 * text.length <= limit) return undefined
  const bytes = encoder.encode(text).length
  return bytes > limit ? bytes : undefined
}
