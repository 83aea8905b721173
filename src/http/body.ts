/** Reads a body without trust in the length that the sender declares. */
import { Problem } from "./problem.ts"

/**
 * @returns the bytes, or undefined as soon as the body has more than `limit` bytes
 * @throws Problem unsupported_media_type for a compressed body; the error of an interrupted body
 */
export async function readBytes(request: Request, limit: number): Promise<Uint8Array | undefined> {
  mustBeUncompressed(request.headers)
  if (!request.body) return new Uint8Array()
  const declared = request.headers.get("content-length")
  if (declared !== null) {
    // HTTP ends the body at its declared length (RFC 9112 §6.2), so it can be read in one piece, which is faster.
    if (Number(declared) > limit) return undefined
    const bytes = new Uint8Array(await request.arrayBuffer())
    return bytes.byteLength > limit ? undefined : bytes
  }
  const parts: Uint8Array<ArrayBuffer>[] = []
  let length = 0
  for await (const part of request.body as ReadableStream<Uint8Array<ArrayBuffer>>) {
    length += part.byteLength
    if (length > limit) return undefined
    parts.push(part)
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer())
}

/** A few compressed bytes can inflate to gigabytes. @throws Problem unsupported_media_type */
export function mustBeUncompressed(headers: Headers): void {
  const coding = headers.get("content-encoding")?.trim() ?? ""
  // Some programs put the character encoding into this header.
  if (/^(?:identity|utf-?8)?$/i.test(coding)) return
  const detail = `The body has the Content-Encoding ${coding.slice(0, 100)}, which is not accepted: send it without compression.`
  throw new Problem("unsupported_media_type", detail, [], { "accept-encoding": "identity" })
}
