/** How many bytes of UTF-8 a text has. Pure. */

const encoder = new TextEncoder()

/** The bytes of a text, if they are more than a limit. A text that cannot have so many is not encoded. */
export function bytesAbove(text: string, limit: number): number | undefined {
  // A unit of UTF-16 has at most three bytes in UTF-8.
  if (3 * text.length <= limit) return undefined
  const bytes = encoder.encode(text).length
  return bytes > limit ? bytes : undefined
}
