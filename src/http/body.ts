/** Reading a body without trusting what the sender says of its length. */

/** @returns the bytes, or undefined as soon as there are more than `limit`. */
export async function readBytes(request: Request, limit: number): Promise<Uint8Array | undefined> {
  if (!request.body) return new Uint8Array()
  const declared = Number(request.headers.get("content-length") ?? 0)
  if (declared > limit) return undefined
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of request.body as ReadableStream<Uint8Array>) {
    length += part.byteLength
    if (length > limit) return undefined
    parts.push(part)
  }
  const bytes = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.byteLength
  }
  return bytes
}
