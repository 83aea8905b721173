/** Tests Standard Webhooks with private and public keys. */
import { describe, expect, it } from "vitest"
import { sign } from "../../../scripts/sign.ts"
import {
  decodeKey,
  decodePublicKey,
  type VerificationKey,
  verifySignature,
} from "../../../src/crypto/standard-webhooks.ts"
import * as fc from "../../fast-check.ts"
import {
  A,
  B,
  BODY,
  bytes,
  newPair,
  one,
  problem,
  read,
  SECONDS,
  secretOf,
  two,
  v1,
  verify,
  whsec,
} from "./webhook-headers.ts"

/** RFC 8032 (5.1.2) writes numbers in little-endian order. */
const littleEndian = (value: bigint) =>
  Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 255n))

const numberOf = (value: Uint8Array) => BigInt(`0x${Buffer.from(value).reverse().toString("hex")}`)

const whpk = (key: Uint8Array) => `whpk_${Buffer.from(key).toString("base64")}`

describe("a v1a signature", () => {
  it("names the key that verifies, and the scheme", async () => {
    const byA = await sign(bytes(BODY), "msg_1", SECONDS, A)
    const by1 = one.sign(bytes(BODY))
    const by2 = two.sign(bytes(BODY))
    const which = (list: string, keys: VerificationKey[]) =>
      verifySignature(bytes(BODY), read({ "webhook-signature": list }), keys)
    expect(await which(`${by1} ${byA}`, [one.key])).toEqual({ index: 0, scheme: "v1a" })
    expect(await which(`${by1} ${byA}`, [v1(A)])).toEqual({ index: 0, scheme: "v1" })
    expect(await which(`${by1} ${byA}`, [v1(A), one.key])).toEqual({ index: 0, scheme: "v1" })
    expect(await which(`${byA} ${by1}`, [v1(B), two.key, one.key, v1(A)])).toEqual({ index: 2, scheme: "v1a" })
    expect(await which(`${by2} ${by1}`, [v1(A), one.key])).toEqual({ index: 1, scheme: "v1a" })
    expect(await which(`v2,AAAA ,, v1a, v1a,!! ${by2} v1a,AAAA ${by1},`, [one.key])).toEqual({
      index: 0,
      scheme: "v1a",
    })
    expect(await which(by1, [two.key, v1(A)])).toBe(undefined)
    expect(await verify(by1, [undefined, one.key])).toBe(1)
  })

  it("is not valid as v1", async () => {
    const byA = await sign(bytes(BODY), "msg_1", SECONDS, A)
    const by1 = one.sign(bytes(BODY))
    const keys = [v1(A), one.key, v1(one.key.bytes)]
    // The digest has as many bytes as a signature of the other scheme, so that only the computation can reject it.
    const digest = Buffer.from(byA.slice(3), "base64")
    const padded = Buffer.concat([digest, Buffer.alloc(32)]).toString("base64")
    const cut = Buffer.from(by1.slice(4), "base64").subarray(0, 32).toString("base64")
    for (const list of [`v1a,${padded}`, `v1,${cut}`]) expect(await verify(list, keys)).toBe(-1)
    for (const list of [byA.replace("v1,", "v1a,"), by1.replace("v1a,", "v1,")]) {
      expect(problem({ "webhook-signature": list })).toBe("malformed_signature")
      expect(await verify(`${list} v1,${Buffer.alloc(32).toString("base64")}`, keys)).toBe(-1)
    }
  })

  it("covers the id, the time, each byte of the body and each bit of the signature", async () => {
    const body = bytes("{}\r\n\u00e9")
    const list = one.sign(body)
    expect(await verify(list, [one.key], body)).toBe(0)
    for (let i = 0; i < body.length; i++) {
      const changed = body.slice()
      changed[i] = (changed[i] ?? 0) ^ 1
      expect(await verify(list, [one.key], changed)).toBe(-1)
    }
    expect(await verify(one.sign(body, "msg_2"), [one.key], body)).toBe(-1)
    expect(await verify(one.sign(body, "msg_1", SECONDS + 1), [one.key], body)).toBe(-1)
    const signature = Buffer.from(list.slice(4), "base64")
    for (let bit = 0; bit < 512; bit++) {
      const changed = Buffer.from(signature)
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(await verify(`v1a,${changed.toString("base64")}`, [one.key], body)).toBe(-1)
    }
  })

  it("has one form: a signature whose S is not below the order of the group is refused (RFC 8032, 5.1.7)", async () => {
    const order = 2n ** 252n + 27742317777372353535851937790883648493n
    const signature = Buffer.from(one.sign(bytes(BODY)).slice(4), "base64")
    const s = numberOf(signature.subarray(32))
    for (const [added, index] of [
      [0n, 0],
      [order, -1],
      [2n * order, -1],
    ] as const) {
      const other = Buffer.concat([signature.subarray(0, 32), littleEndian(s + added)])
      expect(await verify(`v1a,${other.toString("base64")}`, [one.key])).toBe(index)
    }
  })

  it("is accepted from node:crypto", async () => {
    const body = fc.uint8Array({ maxLength: 300 })
    await fc.assert(
      fc.asyncProperty(body, fc.integer({ min: -300, max: 300 }), async (input, offset) => {
        const seconds = SECONDS + offset
        const signed = read({
          "webhook-signature": one.sign(input, "msg_x", seconds),
          "webhook-id": "msg_x",
          "webhook-timestamp": String(seconds),
        })
        expect(await verifySignature(input, signed, [v1(A), one.key])).toEqual({ index: 1, scheme: "v1a" })
      }),
      { numRuns: 50 },
    )
  })
})

describe("public keys", () => {
  it("begin with whpk_ and are base64 of 32 bytes", () => {
    expect(decodePublicKey(one.text)).toEqual(one.key.bytes)
    expect(decodeKey(one.text)).toEqual({ scheme: "v1a", bytes: one.key.bytes })
    expect(decodeKey(whsec(A))).toEqual({ scheme: "v1", bytes: A })
    const encoded = one.text.slice(5)
    const others = [0, 31, 33, 64].map((length) => whpk(secretOf(length)))
    for (const bad of ["", encoded, `WHPK_${encoded}`, `whsk_${encoded}`, `${one.text} `, whsec(A), ...others]) {
      expect(decodePublicKey(bad)).toBeUndefined()
    }
    for (const bad of ["", encoded, "whsec_", "whpk_", whpk(secretOf(31)), whsec(secretOf(23))]) {
      expect(decodeKey(bad)).toBeUndefined()
    }
  })

  it("are refused if they would verify unsigned messages: all points of small order, in any encoding", () => {
    const small = smallOrder()
    expect(small).toHaveLength(8)
    const p = 2n ** 255n - 19n
    for (const { x, y } of small) {
      // y and y + p are the same coordinate. If y + p fits into 255 bits, both must be refused, with each sign bit.
      for (const written of y + p < 2n ** 255n ? [y, y + p] : [y]) {
        for (const sign of [0n, 1n])
          expect([x, decodePublicKey(whpk(littleEndian(written + (sign << 255n))))]).toEqual([x, undefined])
      }
    }
    expect(decodePublicKey(whpk(new Uint8Array(32)))).toBeUndefined()
    for (let i = 0; i < 50; i++) expect(decodeKey(newPair().text)).toBeDefined()
  })
})

/** The points whose order divides 8: L times any point, by the addition of RFC 8032, 5.1.4, in affine coordinates. */
function smallOrder(): { x: bigint; y: bigint }[] {
  type Point = { x: bigint; y: bigint }
  const p = 2n ** 255n - 19n
  const mod = (value: bigint) => ((value % p) + p) % p
  const power = (base: bigint, exponent: bigint): bigint => {
    if (exponent === 0n) return 1n
    const half = power(mod(base * base), exponent >> 1n)
    return exponent & 1n ? mod(half * base) : half
  }
  const inverse = (value: bigint) => power(mod(value), p - 2n)
  const d = mod(-121665n * inverse(121666n))
  const add = (a: Point, b: Point): Point => {
    const product = mod(d * a.x * b.x * a.y * b.y)
    return {
      x: mod((a.x * b.y + b.x * a.y) * inverse(1n + product)),
      y: mod((a.y * b.y + a.x * b.x) * inverse(1n - product)),
    }
  }
  const times = (point: Point, n: bigint): Point => {
    if (n === 0n) return { x: 0n, y: 1n }
    const half = times(add(point, point), n >> 1n)
    return n & 1n ? add(half, point) : half
  }
  const root = power(2n, (p - 1n) / 4n)
  const found = new Map<string, Point>()
  for (let y = 2n; y < 60n && found.size < 8; y++) {
    const square = mod((y * y - 1n) * inverse(d * y * y + 1n))
    const guess = power(square, (p + 3n) / 8n)
    const x = [guess, mod(guess * root)].find((each) => mod(each * each) === square)
    if (x === undefined) continue
    const point = times({ x, y }, 2n ** 252n + 27742317777372353535851937790883648493n)
    for (const each of [point, { ...point, x: mod(-point.x) }]) found.set(`${each.x} ${each.y}`, each)
  }
  return [...found.values()]
}
