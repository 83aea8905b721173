/** Reads a body without trusting the length that the sender declares. */

/** @returns the bytes, or undefined as soon as the body has more than `limit` bytes */
export async function readBytes(request: Request, limit: number): Promise<Uint8Array | undefined> {
  if (!request.body) return new Uint8Array()
  const declared = request.headers.get("content-length")
  if (declared !== null) {
    // HTTP ends the body at its declared length (RFC 9112 §6.2). So it can be read in one piece, which is far faster.
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
