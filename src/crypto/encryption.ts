/**
 * Encrypts secrets for the database by AES-256-GCM. Only the Worker's settings contain the master key, so a copy of the
 * database reveals no secret. An encrypted value is `1.{fingerprint}.{iv}.{ciphertext}`; the fingerprint identifies the
 * master key. The identity of the row is authenticated too, so nobody can move a value to another row.
 */
import { ConfigurationError } from "../log/error-causes.ts"
import { decodeBase64, decodeBase64Url, encodeBase64Url } from "../text/base64.ts"

const CIPHERTEXT_VERSION = "1"
const KEY_BYTES = 32
/** 96 random bits are safe for 2^32 values under one key (NIST SP 800-38D, 5.2.1.1 and 8.2.2). */
const IV_BYTES = 12

export interface EncryptionKeys {
  /** Fingerprint of the key that encrypts new values. A value with another fingerprint must be encrypted again. */
  current: string
  byFingerprint: ReadonlyMap<string, CryptoKey>
}

/** Reads the master keys. `current` encrypts, both keys decrypt. @throws ConfigurationError that names the setting */
export async function encryptionKeys(current: string, previous?: string): Promise<EncryptionKeys> {
  const currentKey = await importMasterKey(current, "MASTER_KEY")
  const previousKey = previous?.trim() ? await importMasterKey(previous, "MASTER_KEY_PREVIOUS") : undefined
  // The current key is last, so that it wins if both are the same.
  return { current: currentKey[0], byFingerprint: new Map([...(previousKey ? [previousKey] : []), currentKey]) }
}

/** @throws Error that names the setting and says how to make a key */
export function masterKeyBytes(text: string, setting: string): Uint8Array<ArrayBuffer> {
  // `openssl … | wrangler secret put` leaves a line break at the end.
  const bytes = decodeBase64(text.trim())
  if (bytes?.length === KEY_BYTES) return bytes
  throw new ConfigurationError(
    `${setting} must be base64 of ${KEY_BYTES} random bytes: make one with "openssl rand -base64 32"`,
  )
}

async function importMasterKey(text: string, setting: string): Promise<[fingerprint: string, key: CryptoKey]> {
  const bytes = masterKeyBytes(text, setting)
  // The fingerprint has 48 bits of a digest, which do not help to find a key of 256 random bits.
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))
  const key = await crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"])
  return [encodeBase64Url(digest.slice(0, 6)), key]
}

/** Encrypts a secret for the row that `identity` names, for example `key:17`. Each call returns another ciphertext. */
export async function encryptSecret(keys: EncryptionKeys, plain: string, identity: string): Promise<string> {
  const key = keys.byFingerprint.get(keys.current)
  if (key === undefined) throw new Error("No master key encrypts: set MASTER_KEY")
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES))
  const ciphertext = await crypto.subtle.encrypt(cipherParameters(iv, identity), key, new TextEncoder().encode(plain))
  return [CIPHERTEXT_VERSION, keys.current, encodeBase64Url(iv), encodeBase64Url(new Uint8Array(ciphertext))].join(".")
}

/** Decrypts a value of encryptSecret() for the same identity. @throws ConfigurationError, without the secret */
export async function decryptSecret(keys: EncryptionKeys, value: string, identity: string): Promise<string> {
  const [version, fingerprint = "", encodedIv = "", encodedCiphertext = "", ...rest] = value.split(".")
  const iv = decodeBase64Url(encodedIv)
  const ciphertext = decodeBase64Url(encodedCiphertext)
  if (version !== CIPHERTEXT_VERSION || iv?.length !== IV_BYTES || ciphertext === undefined || rest.length > 0) {
    throw new ConfigurationError(
      `The encrypted secret of ${identity} is not in the form "${CIPHERTEXT_VERSION}.key.iv.ciphertext"`,
    )
  }
  const key = keys.byFingerprint.get(fingerprint)
  if (key === undefined) {
    throw new ConfigurationError(
      `The secret of ${identity} was encrypted with the master key ${fingerprint}, which is neither MASTER_KEY nor ` +
        "MASTER_KEY_PREVIOUS: set the old key as MASTER_KEY_PREVIOUS, or issue a new secret",
    )
  }
  let plain: ArrayBuffer
  try {
    plain = await crypto.subtle.decrypt(cipherParameters(iv, identity), key, ciphertext)
  } catch {
    throw new ConfigurationError(
      `The encrypted secret of ${identity} cannot be decrypted: it was changed, or encrypted for another row`,
    )
  }
  return new TextDecoder().decode(plain)
}

function cipherParameters(iv: Uint8Array<ArrayBuffer>, identity: string) {
  return { name: "AES-GCM", iv, additionalData: new TextEncoder().encode(identity) }
}
