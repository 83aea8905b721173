import { describe, expect, it } from "vitest"
import { open, seal, sealingKeys } from "../../../src/http/seal.ts"

const masterKey = (byte: number, bytes = 32) => Buffer.alloc(bytes, byte).toString("base64")
const A = masterKey(1)
const B = masterKey(2)
const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

describe("seal and open", () => {
  it("gives the secret back, whatever is in it", async () => {
    const keys = await sealingKeys(A)
    for (const plain of [SECRET, "", "سرّ 🗝", "x".repeat(10_000)]) {
      expect(await open(keys, await seal(keys, plain, "key:1"), "key:1")).toBe(plain)
    }
  })

  it("writes version, master key, iv and ciphertext, never twice the same", async () => {
    const keys = await sealingKeys(A)
    const sealed = await seal(keys, SECRET, "key:1")
    expect(sealed).toMatch(/^1\.[\w-]{8}\.[\w-]{16}\.[\w-]{72}$/)
    expect(sealed.split(".")[1]).toBe(keys.current)
    expect(await seal(keys, SECRET, "key:1")).not.toBe(sealed)
  })

  it("does not open for another row", async () => {
    const keys = await sealingKeys(A)
    const sealed = await seal(keys, SECRET, "key:1")
    await expect(open(keys, sealed, "key:2")).rejects.toThrow(
      /key:2 does not open: it was changed, or sealed for another/,
    )
  })

  it("does not open with one character changed", async () => {
    const keys = await sealingKeys(A)
    const sealed = await seal(keys, SECRET, "key:1")
    for (let i = 0; i < sealed.length; i++) {
      const old = sealed[i] ?? ""
      const other = old === "." ? "-" : old < "a" ? "z" : "A"
      const changed = sealed.slice(0, i) + other + sealed.slice(i + 1)
      await expect(open(keys, changed, "key:1")).rejects.toThrow(/of key:1 /)
    }
  })

  it("opens with the previous master key, and seals with the current one", async () => {
    const old = await seal(await sealingKeys(A), SECRET, "key:1")
    const rotated = await sealingKeys(B, A)
    expect(await open(rotated, old, "key:1")).toBe(SECRET)
    const fresh = await seal(rotated, SECRET, "key:1")
    expect(fresh.split(".")[1]).toBe(rotated.current)
    expect(fresh.split(".")[1]).not.toBe(old.split(".")[1])
    expect(await open(await sealingKeys(B), fresh, "key:1")).toBe(SECRET)
    await expect(open(await sealingKeys(B), old, "key:1")).rejects.toThrow(/set the old key as MASTER_KEY_PREVIOUS/)
  })

  it("says what a malformed value should look like", async () => {
    const keys = await sealingKeys(A)
    const [version, key, iv, text] = (await seal(keys, SECRET, "key:1")).split(".")
    for (const sealed of [
      ...["", "1", "....", SECRET, `${version}.${key}.${iv}`, `${version}.${key}.${iv}.`, `2.${key}.${iv}.${text}`],
      ...[
        `1.${key}.${iv}.${text}.`,
        `1.${key}.${iv?.slice(1)}.${text}`,
        `1.${key}.${iv}.${text}=`,
        `1.${key}.${iv}.a b`,
      ],
    ]) {
      await expect(open(keys, sealed, "key:1")).rejects.toThrow(/not in the form "1\.key\.iv\.ciphertext"/)
    }
    await expect(open(keys, `1.${key}.${iv}.${text?.slice(0, 8)}`, "key:1")).rejects.toThrow(/does not open/)
  })

  it("never says the secret", async () => {
    const keys = await sealingKeys(A)
    for (const sealed of [SECRET, `1.x.y.${SECRET}`, await seal(await sealingKeys(B), SECRET, "key:1")]) {
      const error: unknown = await open(keys, sealed, "key:1").catch((cause: unknown) => cause)
      expect(String(error)).not.toContain(SECRET)
    }
  })
})

describe("sealingKeys", () => {
  it("takes base64 of 32 bytes, with the line break that openssl prints", async () => {
    expect((await sealingKeys(`${A}\n`)).current).toBe((await sealingKeys(A)).current)
    expect((await sealingKeys(A, "")).byFingerprint.size).toBe(1)
    expect((await sealingKeys(A, A)).byFingerprint.size).toBe(1)
    expect((await sealingKeys(A, B)).byFingerprint.size).toBe(2)
  })

  it("names the setting and the remedy", async () => {
    for (const bad of ["", "secret", masterKey(1, 31), masterKey(1, 33), `${A.slice(0, -2)}*=`, "ÿ".repeat(44)]) {
      await expect(sealingKeys(bad)).rejects.toThrow(
        'MASTER_KEY must be base64 of 32 random bytes: make one with "openssl rand -base64 32"',
      )
    }
    await expect(sealingKeys(A, "short")).rejects.toThrow(/^MASTER_KEY_PREVIOUS must .* "openssl rand -base64 32"/)
  })
})
