/** The bytes of a document → its text, in whatever encoding they are. Pure. */
import type { ReadingProblem } from "../message.ts"

/** Bytes in which an XML declaration has to end. */
const DECLARATION_BYTES = 1024

const BYTE_ORDER_MARKS: [bytes: number[], label: string][] = [
  [[0xef, 0xbb, 0xbf], "utf-8"],
  [[0xfe, 0xff], "utf-16be"],
  [[0xff, 0xfe], "utf-16le"],
]

/**
 * Text, without the byte order mark. What says the encoding, in this order (RFC 7303 §3, XML 1.0 appendix F): a byte order
 * mark, the charset of the content type, the pattern of UTF-16, the XML declaration; else it is UTF-8.
 *
 * Labels are those of the WHATWG Encoding Standard, and all of its encodings are there.
 *
 * @param contentType of the message, with its parameters
 * @returns invalid_document for an unknown label, and for bytes that this encoding does not have, with the place of the first
 */
export function decodeText(
  bytes: Uint8Array,
  contentType: string | undefined,
): { text: string } | { problem: ReadingProblem } {
  const { label, why } = labelOf(bytes, contentType)
  const decoder = decoderOf(label)
  if (decoder === undefined) {
    const detail = `The encoding ${JSON.stringify(label.slice(0, 100))}, ${why}, is unknown: send UTF-8.`
    return { problem: { code: "invalid_document", detail } }
  }
  try {
    return { text: decoder.decode(bytes) }
  } catch {
    const place = `Byte ${firstBroken(bytes, label)} of the document, counted from 0,`
    const detail = `${place} cannot be read as ${decoder.encoding}, ${why}.`
    return { problem: { code: "invalid_document", detail } }
  }
}

function labelOf(bytes: Uint8Array, contentType: string | undefined): { label: string; why: string } {
  const mark = BYTE_ORDER_MARKS.find(([start]) => start.every((byte, at) => bytes[at] === byte))
  if (mark !== undefined) return { label: mark[1], why: "what its byte order mark says" }
  const charset = /;\s*charset\s*=\s*(?:"([^"]*)"|([^\s;"]*))/i.exec(contentType ?? "")
  const named = (charset?.[1] ?? charset?.[2] ?? "").trim()
  const pattern = utf16Of(bytes)
  // UTF-16 without a mark says nothing of the order of its bytes, but the first character of XML and JSON does.
  if (/^utf-?16$/i.test(named) && pattern !== undefined) return { label: pattern, why: "what its first character says" }
  if (named !== "") return { label: named, why: "the charset of its content type" }
  if (pattern !== undefined) return { label: pattern, why: "what its first character says" }
  const start = String.fromCharCode(...bytes.subarray(0, DECLARATION_BYTES))
  const declared = /^\s*<\?xml\s[^>]*?\sencoding\s*=\s*["']([^"'>]*)["']/.exec(start)?.[1]?.trim() ?? ""
  // A declaration that can be read byte by byte is not UTF-16, whatever it says: it was converted without being corrected.
  if (declared === "" || /^(?:utf-?16|ucs-?2|unicode|csunicode)/i.test(declared)) {
    return { label: "utf-8", why: "what documents are that name none" }
  }
  return { label: declared, why: "what its XML declaration says" }
}

/** The first character is ASCII, so one of its two bytes is NUL. */
function utf16Of([first, second]: Uint8Array): string | undefined {
  if (first === 0 && second !== 0 && second !== undefined) return "utf-16be"
  return second === 0 && first !== 0 ? "utf-16le" : undefined
}

function decoderOf(label: string): TextDecoder | undefined {
  try {
    return new TextDecoder(label, { fatal: true, ignoreBOM: false })
  } catch (error) {
    // The only thing that the standard lets the constructor throw.
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/** By halves: the bytes before the first broken one can be decoded, as the beginning of something longer. */
function firstBroken(bytes: Uint8Array, label: string): number {
  let [whole, broken] = [0, bytes.length]
  while (broken - whole > 1) {
    const middle = (whole + broken) >> 1
    if (canBegin(bytes.subarray(0, middle), label)) whole = middle
    else broken = middle
  }
  return whole
}

function canBegin(bytes: Uint8Array, label: string): boolean {
  try {
    decoderOf(label)?.decode(bytes, { stream: true })
    return true
  } catch {
    return false
  }
}
