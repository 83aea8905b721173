/**
 * Encrypts deterministically: the same text for the same use always has the same ciphertext, so a ciphertext can be a
 * validator. The nonce of AES-256-GCM is a MAC of use and text, as in SIV modes (RFC 5297). Web Crypto has no SIV mode.
 */

/** 96 bits (NIST SP 800-38D, 8.2). The probability that two of 2^32 texts have the same nonce is 2^-33. */
const NONCE_BYTES = 12
const TAG_BYTES = 16
/** Texts are padded to a multiple of this size. Otherwise the length would reveal the number of digits. */
const BLOCK_BYTES = 128

export interface SivKeys {
  encryption: CryptoKey
  mac: CryptoKey
}

/**
 * Derives the keys of the owner `info` by HKDF (RFC 5869). The result reveals neither other keys nor the master key.
 */
export async function deriveSivKeys(masterKey: Uint8Array<ArrayBuffer>, info: string): Promise<SivKeys> {
  const secret = await crypto.subtle.importKey("raw", masterKey, "HKDF", false, ["deriveKey"])
  const derivation = (purpose: string) => ({
    name: "HKDF",
    hash: "SHA-256",
    salt: new Uint8Array(),
    info: encoder.encode(`feedwire ${purpose} ${info}`),
  })
  const [encryption, mac] = await Promise.all([
    crypto.subtle.deriveKey(derivation("encryption"), secret, { name: "AES-GCM", length: 256 }, false, [
      "encrypt",
      "decrypt",
    ]),
    crypto.subtle.deriveKey(derivation("mac"), secret, { name: "HMAC", hash: "SHA-256", length: 256 }, false, ["sign"]),
  ])
  return { encryption, mac }
}

/** @param use the purpose of the text; decrypt() must get the same purpose */
export async function encrypt(keys: SivKeys, text: Uint8Array, use: string): Promise<Uint8Array<ArrayBuffer>> {
  const paddedText = pad(text)
  const additionalData = encoder.encode(use)
  // NUL separates use and text. A use has no NUL, so two different pairs never have the same bytes.
  const macInput = await new Blob([additionalData, "\0", paddedText]).arrayBuffer()
  const mac = await crypto.subtle.sign("HMAC", keys.mac, macInput)
  const iv = new Uint8Array(mac, 0, NONCE_BYTES)
  const ciphertext = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData }, keys.encryption, paddedText)
  return new Uint8Array(await new Blob([iv, ciphertext]).arrayBuffer())
}

/** @returns undefined if the bytes were changed or encrypted with other keys or for another use */
export async function decrypt(
  keys: SivKeys,
  bytes: Uint8Array<ArrayBuffer>,
  use: string,
): Promise<Uint8Array | undefined> {
  if (bytes.length < NONCE_BYTES + BLOCK_BYTES + TAG_BYTES) return undefined
  const algorithm = { name: "AES-GCM", iv: bytes.subarray(0, NONCE_BYTES), additionalData: encoder.encode(use) }
  try {
    return removePadding(
      new Uint8Array(await crypto.subtle.decrypt(algorithm, keys.encryption, bytes.subarray(NONCE_BYTES))),
    )
  } catch (error) {
    // A failed authentication is an expected result; any other failure is an error.
    if (error instanceof DOMException && error.name === "OperationError") return undefined
    throw error
  }
}

const encoder = new TextEncoder()

/** Pads a text as in ISO/IEC 7816-4: with the byte 0x80, then zeros. */
function pad(text: Uint8Array): Uint8Array<ArrayBuffer> {
  const paddedText = new Uint8Array(Math.ceil((text.length + 1) / BLOCK_BYTES) * BLOCK_BYTES)
  paddedText.set(text)
  paddedText[text.length] = 0x80
  return paddedText
}

const removePadding = (paddedText: Uint8Array): Uint8Array => paddedText.subarray(0, paddedText.lastIndexOf(0x80))
