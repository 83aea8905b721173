const encoder = new TextEncoder()

/** The maximum size of the buffer that is used again for the next document. */
const KEPT_BYTES = 1024 * 1024
let kept = new Uint8Array(256 * 1024)

/**
 * Encodes texts in UTF-8, one after another, and copies parts that are bytes. Joining the texts first is slower,
 * because V8 copies a joined text.
 * @param ends gets the position in the bytes at which each part ends
 */
export function encodeTexts(texts: Iterable<string | Uint8Array>, ends?: number[]): Uint8Array<ArrayBuffer> {
  let buffer = kept
  let length = 0
  for (const text of texts) {
    // A UTF-16 unit has at most three bytes in UTF-8, so 3 * length is an upper bound.
    const needed = length + (typeof text === "string" ? 3 * text.length : text.length)
    if (needed > buffer.length) {
      const larger = new Uint8Array(Math.max(needed, 2 * buffer.length))
      larger.set(buffer.subarray(0, length))
      buffer = larger
    }
    if (typeof text === "string") length += encoder.encodeInto(text, buffer.subarray(length)).written
    else {
      buffer.set(text, length)
      length += text.length
    }
    ends?.push(length)
  }
  if (buffer.length <= KEPT_BYTES) kept = buffer
  return buffer.slice(0, length)
}
