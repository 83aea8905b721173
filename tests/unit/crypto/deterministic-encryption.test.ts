import { describe, expect, it } from "vitest"
import { decrypt, deriveSivKeys, encrypt } from "../../../src/crypto/deterministic-encryption.ts"

const master = (byte: number) => new Uint8Array(32).fill(byte)
const bytes = (text: string) => new TextEncoder().encode(text)
const text = (bytes: Uint8Array | undefined) => bytes && new TextDecoder().decode(bytes)
const keysOf = (byte = 1, info = "partners a") => deriveSivKeys(master(byte), info)

describe("deterministic encryption", () => {
  it("is decrypted to the same text, of any length", async () => {
    const keys = await keysOf()
    for (const length of [0, 1, 126, 127, 128, 129, 6000]) {
      const plain = new Uint8Array(length).map((_, at) => (at * 7) % 256)
      expect(await decrypt(keys, await encrypt(keys, plain, "use"), "use")).toEqual(plain)
    }
    for (const plain of ["\u0000", "", "سرّ 🗝"]) {
      expect(text(await decrypt(keys, await encrypt(keys, bytes(plain), "use"), "use"))).toBe(plain)
    }
    const ends = Uint8Array.of(0x80, 0, 0x80, 0)
    expect(await decrypt(keys, await encrypt(keys, ends, "use"), "use")).toEqual(ends)
  })

  it("is the same for the same text and use with a key derived again, and differs otherwise", async () => {
    const first = await encrypt(await keysOf(), bytes("a.1"), "use")
    expect(await encrypt(await keysOf(), bytes("a.1"), "use")).toEqual(first)
    const others = await Promise.all([
      encrypt(await keysOf(), bytes("a.2"), "use"),
      encrypt(await keysOf(), bytes("a.1"), "another"),
      encrypt(await keysOf(2), bytes("a.1"), "use"),
      encrypt(await keysOf(1, "partners b"), bytes("a.1"), "use"),
    ])
    const nonces = [first, ...others].map((each) => each.slice(0, 12).join())
    expect(new Set(nonces).size).toBe(5)
    expect(new Set([first, ...others].map((each) => each.slice(12).join())).size).toBe(5)
  })

  it("has the same length for a number of any length", async () => {
    const keys = await keysOf()
    const lengths = [1, 999, 1000, 10 ** 12].map(async (no) => (await encrypt(keys, bytes(`e.${no}`), "use")).length)
    expect(new Set(await Promise.all(lengths)).size).toBe(1)
  })

  it("returns nothing for text that was changed, cut, or encrypted with other keys or for another use", async () => {
    const keys = await keysOf()
    const whole = await encrypt(keys, bytes("a.1"), "use")
    for (let at = 0; at < whole.length; at++) {
      const changed = whole.slice()
      changed[at] = (changed[at] ?? 0) ^ 1
      expect(await decrypt(keys, changed, "use")).toBeUndefined()
      expect(await decrypt(keys, whole.slice(0, at), "use")).toBeUndefined()
    }
    expect(await decrypt(keys, Uint8Array.of(...whole, 0), "use")).toBeUndefined()
    expect(await decrypt(keys, whole, "another")).toBeUndefined()
    expect(await decrypt(await keysOf(2), whole, "use")).toBeUndefined()
    expect(await decrypt(await keysOf(1, "partners b"), whole, "use")).toBeUndefined()
  })
})
