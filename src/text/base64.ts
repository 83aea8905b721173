/** Encodes and decodes base64 and base64url (RFC 4648 §4 and §5), for keys, digests and tokens, not for bodies. */

export function encodeBase64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))
}

/** Decodes standard base64, or returns undefined. White space is refused, although `atob` ignores it. */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
  } catch {
    return undefined
  }
}

/** Encodes base64url without padding, so that no character needs escaping in JSON or in an address. */
export function encodeBase64Url(bytes: Uint8Array): string {
  return encodeBase64(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")
}

export function decodeBase64Url(text: string): Uint8Array<ArrayBuffer> | undefined {
  return /^[A-Za-z0-9_-]+$/.test(text) ? decodeBase64(text.replaceAll("-", "+").replaceAll("_", "/")) : undefined
}
