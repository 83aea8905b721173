/** The hex digits of each byte. */
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"))

/** Returns SHA-256 (FIPS 180-4) in hex, of bytes or of a text in UTF-8. */
export async function sha256(data: Uint8Array | string): Promise<string> {
  const bytes = typeof data === "string" ? new TextEncoder().encode(data) : (data as Uint8Array<ArrayBuffer>)
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))
  let hex = ""
  for (const byte of digest) hex += HEX[byte]
  return hex
}
