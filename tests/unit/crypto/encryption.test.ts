import { describe, expect, it } from "vitest"
import { decryptSecret, encryptionKeys, encryptSecret } from "../../../src/crypto/encryption.ts"

const masterKey = (byte: number, bytes = 32) => Buffer.alloc(bytes, byte).toString("base64")
const A = masterKey(1)
const B = masterKey(2)
const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

describe("encryption of secrets", () => {
  it("is decrypted to the same secret", async () => {
    const keys = await encryptionKeys(A)
    for (const plain of [SECRET, "", "سرّ 🗝", "x".repeat(10_000)]) {
      expect(await decryptSecret(keys, await encryptSecret(keys, plain, "key:1"), "key:1")).toBe(plain)
    }
  })

  it("has version, master key, iv and ciphertext, and is never the same twice", async () => {
    const keys = await encryptionKeys(A)
    const encrypted = await encryptSecret(keys, SECRET, "key:1")
    expect(encrypted).toMatch(/^1\.[\w-]{8}\.[\w-]{16}\.[\w-]{72}$/)
    expect(encrypted.split(".")[1]).toBe(keys.current)
    expect(await encryptSecret(keys, SECRET, "key:1")).not.toBe(encrypted)
  })

  it("is not decrypted for another row", async () => {
    const keys = await encryptionKeys(A)
    const encrypted = await encryptSecret(keys, SECRET, "key:1")
    await expect(decryptSecret(keys, encrypted, "key:2")).rejects.toThrow(
      /key:2 cannot be decrypted: it was changed, or encrypted for another/,
    )
  })

  it("is not decrypted with one character changed", async () => {
    const keys = await encryptionKeys(A)
    const encrypted = await encryptSecret(keys, SECRET, "key:1")
    for (let i = 0; i < encrypted.length; i++) {
      const old = encrypted[i] ?? ""
      const other = old === "." ? "-" : old < "a" ? "z" : "A"
      const changed = encrypted.slice(0, i) + other + encrypted.slice(i + 1)
      await expect(decryptSecret(keys, changed, "key:1")).rejects.toThrow(/of key:1 /)
    }
  })

  it("decrypts with the previous master key, and encrypts with the current one", async () => {
    const old = await encryptSecret(await encryptionKeys(A), SECRET, "key:1")
    const rotated = await encryptionKeys(B, A)
    expect(await decryptSecret(rotated, old, "key:1")).toBe(SECRET)
    const fresh = await encryptSecret(rotated, SECRET, "key:1")
    expect(fresh.split(".")[1]).toBe(rotated.current)
    expect(fresh.split(".")[1]).not.toBe(old.split(".")[1])
    expect(await decryptSecret(await encryptionKeys(B), fresh, "key:1")).toBe(SECRET)
    await expect(decryptSecret(await encryptionKeys(B), old, "key:1")).rejects.toThrow(
      /set the old key as MASTER_KEY_PREVIOUS/,
    )
  })

  it("names the form of a valid value in its errors", async () => {
    const keys = await encryptionKeys(A)
    const [version, key, iv, text] = (await encryptSecret(keys, SECRET, "key:1")).split(".")
    for (const encrypted of [
      ...["", "1", "....", SECRET, `${version}.${key}.${iv}`, `${version}.${key}.${iv}.`, `2.${key}.${iv}.${text}`],
      ...[
        `1.${key}.${iv}.${text}.`,
        `1.${key}.${iv?.slice(1)}.${text}`,
        `1.${key}.${iv}.${text}=`,
        `1.${key}.${iv}.a b`,
      ],
    ]) {
      await expect(decryptSecret(keys, encrypted, "key:1")).rejects.toThrow(/not in the form "1\.key\.iv\.ciphertext"/)
    }
    await expect(decryptSecret(keys, `1.${key}.${iv}.${text?.slice(0, 8)}`, "key:1")).rejects.toThrow(
      /cannot be decrypted/,
    )
  })

  it("never reveals the secret in an error", async () => {
    const keys = await encryptionKeys(A)
    for (const encrypted of [
      SECRET,
      `1.x.y.${SECRET}`,
      await encryptSecret(await encryptionKeys(B), SECRET, "key:1"),
    ]) {
      const error: unknown = await decryptSecret(keys, encrypted, "key:1").catch((cause: unknown) => cause)
      expect(String(error)).not.toContain(SECRET)
    }
  })
})

describe("the master keys", () => {
  it("may be base64 of 32 bytes, with the line break that openssl prints", async () => {
    expect((await encryptionKeys(`${A}\n`)).current).toBe((await encryptionKeys(A)).current)
    expect((await encryptionKeys(A, "")).byFingerprint.size).toBe(1)
    expect((await encryptionKeys(A, A)).byFingerprint.size).toBe(1)
    expect((await encryptionKeys(A, B)).byFingerprint.size).toBe(2)
  })

  it("have errors that name the setting and the remedy", async () => {
    for (const bad of ["", "secret", masterKey(1, 31), masterKey(1, 33), `${A.slice(0, -2)}*=`, "ÿ".repeat(44)]) {
      await expect(encryptionKeys(bad)).rejects.toThrow(
        'MASTER_KEY must be base64 of 32 random bytes: make one with "openssl rand -base64 32"',
      )
    }
    await expect(encryptionKeys(A, "short")).rejects.toThrow(/^MASTER_KEY_PREVIOUS must .* "openssl rand -base64 32"/)
  })
})
