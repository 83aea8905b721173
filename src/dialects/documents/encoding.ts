/** Decodes the bytes of a document from the encoding that the document or its media type declares. Pure. */
import { windows1252 } from "../../text/legal-text.ts"
import type { ParseProblem } from "../message.ts"

/** An XML declaration must end within this number of bytes. */
const DECLARATION_BYTES = 1024

const BYTE_ORDER_MARKS: [bytes: number[], label: string][] = [
  [[0xef, 0xbb, 0xbf], "utf-8"],
  [[0xfe, 0xff], "utf-16be"],
  [[0xff, 0xfe], "utf-16le"],
]

/**
 * Returns the text without a byte order mark. The encoding is the first of these (RFC 7303 §3, XML 1.0 appendix F):
 * byte order mark, charset of the content type, byte pattern of UTF-16, XML declaration, UTF-8.
 * @returns invalid_document for an unknown encoding, or for a byte that is invalid in the encoding, with its place
 */
export function decodeText(
  bytes: Uint8Array,
  contentType: string | undefined,
): { text: string; warning?: string } | { problem: ParseProblem } {
  const { label, reason } = labelOf(bytes, contentType)
  const decoder = decoderOf(label)
  if (decoder === undefined) {
    const detail = `The encoding ${JSON.stringify(label.slice(0, 100))}, ${reason}, is unknown: send UTF-8.`
    return { problem: { code: "invalid_document", detail } }
  }
  try {
    return { text: decoder.decode(bytes) }
  } catch {
    const text = decoder.encoding === "utf-8" ? withWindows1252(bytes) : undefined
    if (text !== undefined) return { text, warning: WINDOWS_1252_WARNING }
    const place = `Byte ${firstInvalidByte(bytes, label)} of the document, counted from 0,`
    const detail = `${place} cannot be read as ${decoder.encoding}, ${reason}.`
    return { problem: { code: "invalid_document", detail } }
  }
}

const WINDOWS_1252_WARNING = "bytes from 0x80 to 0x9F, which are not UTF-8 here, were read as windows-1252"

/**
 * Decodes UTF-8 in which another program inserted quotes or dashes as single bytes of windows-1252.
 * @returns undefined if other bytes are invalid too
 */
function withWindows1252(bytes: Uint8Array): string | undefined {
  const encoder = new TextEncoder()
  const parts: Uint8Array[] = []
  let start = 0
  for (let at = 0; at < bytes.length; ) {
    const byte = bytes[at] ?? 0
    if (byte >= 0x80 && byte <= 0x9f) {
      parts.push(bytes.subarray(start, at), encoder.encode(windows1252(byte)))
      start = at + 1
    }
    // Only the first byte of a character is read here. The decoder checks the bytes after it.
    at += byte < 0xc0 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4
  }
  parts.push(bytes.subarray(start))
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(concatenate(parts))
  } catch {
    return undefined
  }
}

function concatenate(parts: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

function labelOf(bytes: Uint8Array, contentType: string | undefined): { label: string; reason: string } {
  const mark = BYTE_ORDER_MARKS.find(([start]) => start.every((byte, at) => bytes[at] === byte))
  if (mark !== undefined) return { label: mark[1], reason: "by its byte order mark" }
  // Some programs write single quotes, or forget one of the quotes.
  const [, parameter = ""] = /;\s*charset\s*=\s*("[^";]*|'[^';]*|[^\s;,]*)/i.exec(contentType ?? "") ?? []
  const charset = parameter.replace(/["'\\]/g, "").trim()
  const pattern = utf16Of(bytes)
  // The charset UTF-16 does not say which byte comes first, but the first character of XML or JSON shows the order.
  if (/^utf-?16$/i.test(charset) && pattern !== undefined) return { label: pattern, reason: "by its first character" }
  if (charset !== "") return { label: charset, reason: "the charset of its content type" }
  if (pattern !== undefined) return { label: pattern, reason: "by its first character" }
  const start = String.fromCharCode(...bytes.subarray(0, DECLARATION_BYTES))
  const declaredLabel = /^\s*<\?xml\s[^>]*?\sencoding\s*=\s*["']([^"'>]*)["']/.exec(start)?.[1]?.trim() ?? ""
  // If bytes of ASCII declare UTF-16, a program changed the encoding but not the declaration.
  if (declaredLabel === "" || /^(?:utf-?16|ucs-?2|unicode|csunicode)/i.test(declaredLabel)) {
    return { label: "utf-8", reason: "the default" }
  }
  return { label: declaredLabel, reason: "by its XML declaration" }
}

/** Finds the byte order of UTF-16. The first character is ASCII, so one of its two bytes is NUL. */
function utf16Of([first, second]: Uint8Array): string | undefined {
  if (first === 0 && second !== 0 && second !== undefined) return "utf-16be"
  return second === 0 && first !== 0 ? "utf-16le" : undefined
}

function decoderOf(label: string): TextDecoder | undefined {
  try {
    return new TextDecoder(label, { fatal: true, ignoreBOM: false })
  } catch (error) {
    // The constructor throws this error for an unknown label (Encoding Standard), and no other error.
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/** Finds the first invalid byte by binary search, because every part before this byte can be decoded. */
function firstInvalidByte(bytes: Uint8Array, label: string): number {
  let [validEnd, invalidEnd] = [0, bytes.length]
  while (invalidEnd - validEnd > 1) {
    const middle = (validEnd + invalidEnd) >> 1
    if (isValidPrefix(bytes.subarray(0, middle), label)) validEnd = middle
    else invalidEnd = middle
  }
  return validEnd
}

function isValidPrefix(bytes: Uint8Array, label: string): boolean {
  try {
    decoderOf(label)?.decode(bytes, { stream: true })
    return true
  } catch {
    return false
  }
}
