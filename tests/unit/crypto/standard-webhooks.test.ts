import { generateKeyPairSync, type KeyObject, sign as signWith } from "node:crypto"
import { Webhook } from "standardwebhooks"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { sign } from "../../../scripts/sign.ts"
import { constantTimeEqual } from "../../../src/crypto/constant-time.ts"
import {
  decodeKey,
  decodePublicKey,
  decodeSecret,
  newSecret,
  readSignedHeaders,
  type SignedHeaders,
  type VerificationKey,
  verifySignature,
} from "../../../src/crypto/standard-webhooks.ts"
import { decodeBase64, encodeBase64 } from "../../../src/text/base64.ts"
import * as fc from "../../fast-check.ts"

const NOW = 1_770_000_000_999
const SECONDS = 1_770_000_000
const bytes = (text: string) => new TextEncoder().encode(text)
const secretOf = (length: number, fill = 7) => new Uint8Array(length).fill(fill)
const whsec = (secret: Uint8Array) => `whsec_${Buffer.from(secret).toString("base64")}`
const A = secretOf(32, 1)
const B = secretOf(24, 2)
const BODY = `{"type":"article.published","data":{"title":"خبر"}}`

function headers(changes: Record<string, string | undefined> = {}): Headers {
  const all: Record<string, string | undefined> = {
    "webhook-id": "msg_1",
    "webhook-timestamp": String(SECONDS),
    "webhook-signature": `v1,${Buffer.alloc(32).toString("base64")}`,
    ...changes,
  }
  return new Headers(Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
}

function read(changes: Record<string, string | undefined> = {}, now = NOW): SignedHeaders {
  const result = readSignedHeaders(headers(changes), now)
  if (!result.ok) throw new Error(result.problem)
  return result.signed
}

function problem(changes: Record<string, string | undefined>, now = NOW): string {
  const result = readSignedHeaders(headers(changes), now)
  return result.ok ? "none" : result.problem
}

const v1 = (secret: Uint8Array): VerificationKey => ({ scheme: "v1", bytes: secret })

/** Positions in `keys`, -1 for none. */
async function verify(list: string, keys: (Uint8Array | VerificationKey | undefined)[], body = bytes(BODY)) {
  const all = keys.map((key) => (key instanceof Uint8Array ? v1(key) : key))
  return (await verifySignature(body, read({ "webhook-signature": list }), all))?.index ?? -1
}

interface Pair {
  key: VerificationKey
  /** whpk_… */
  text: string
  /** One entry of webhook-signature, by node:crypto, which is not what verifies. */
  sign: (body: Uint8Array, id?: string, seconds?: number) => string
}

function newPair(): Pair {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519")
  const raw = Buffer.from(String(publicKey.export({ format: "jwk" }).x), "base64url")
  const text = `whpk_${raw.toString("base64")}`
  return {
    key: decodeKey(text) ?? expect.fail("the key is refused"),
    text,
    sign: (body, id = "msg_1", seconds = SECONDS) => `v1a,${ed25519(privateKey, body, id, seconds)}`,
  }
}

const ed25519 = (key: KeyObject, body: Uint8Array, id: string, seconds: number) =>
  signWith(null, Buffer.concat([bytes(`${id}.${seconds}.`), body]), key).toString("base64")

/** Little-endian, as RFC 8032 (5.1.2) writes numbers. */
const littleEndian = (value: bigint) =>
  Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 255n))
const numberOf = (value: Uint8Array) => BigInt(`0x${Buffer.from(value).reverse().toString("hex")}`)
const whpk = (key: Uint8Array) => `whpk_${Buffer.from(key).toString("base64")}`

describe("readSignedHeaders", () => {
  it("requires all three headers", () => {
    for (const name of ["webhook-id", "webhook-timestamp", "webhook-signature"]) {
      expect(problem({ [name]: undefined })).toBe("missing_headers")
      expect(problem({ [name]: "" })).toBe("missing_headers")
    }
  })

  it("accepts ids of 1 to 256 visible characters without a full stop", () => {
    for (const id of ["a", "!~-/_:", "x".repeat(256), "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W"]) {
      expect(read({ "webhook-id": id }).id).toBe(id)
    }
    for (const id of ["a.b", ".", "a b", "x".repeat(257), "é", "a\tb", "one, two"]) {
      expect(problem({ "webhook-id": id })).toBe("bad_id")
    }
  })

  it("accepts times of whole seconds", () => {
    for (const time of ["now", "-1", "+1", "1e9", "0x1", "01770000000", "1770000000.5", "1 2", "9".repeat(16)]) {
      expect(problem({ "webhook-timestamp": time })).toBe("bad_timestamp")
    }
    expect(problem({ "webhook-timestamp": "0" })).toBe("too_old")
    expect(problem({ "webhook-timestamp": "99999999999" })).toBe("too_new")
    expect(problem({ "webhook-timestamp": String(NOW) })).toBe("timestamp_in_milliseconds")
  })

  it("accepts 300 seconds either way and not 301", () => {
    for (const now of [SECONDS * 1000, NOW]) {
      expect(problem({ "webhook-timestamp": String(SECONDS - 300) }, now)).toBe("none")
      expect(problem({ "webhook-timestamp": String(SECONDS - 301) }, now)).toBe("too_old")
      expect(problem({ "webhook-timestamp": String(SECONDS + 300) }, now)).toBe("none")
      expect(problem({ "webhook-timestamp": String(SECONDS + 301) }, now)).toBe("too_new")
    }
  })

  it("passes over other versions and garbage", () => {
    const digest = (fill: number) => Buffer.alloc(32, fill).toString("base64")
    const list = `v1a,${digest(1)} v1 v1, ,  v1,%%% v1,${digest(2)} v2,x v1,AAAA v1,${digest(3)},x v1,${digest(4)}, v1,${digest(5)}`
    expect(read({ "webhook-signature": list }).signatures).toEqual(
      [2, 4, 5].map((fill) => ({ scheme: "v1", bytes: secretOf(32, fill) })),
    )
    for (const none of [
      "x",
      "v1",
      "v1,",
      "v1a,AAAA",
      `V1,${digest(1)}`,
      `v1,${Buffer.alloc(33).toString("base64")}`,
      " , , ",
    ]) {
      expect(problem({ "webhook-signature": none })).toMatch(/bad_signature|missing_headers/)
    }
  })

  it("accepts both schemes, 16 signatures in all", () => {
    const signature = (scheme: string, length: number) => `${scheme},${Buffer.alloc(length).toString("base64")}`
    const both = Array.from({ length: 1_000 }, () => `${signature("v1a", 64)} v2,AAAA ${signature("v1", 32)}`).join(" ")
    const schemes = read({ "webhook-signature": both }).signatures.map(({ scheme }) => scheme)
    expect(schemes).toEqual(Array.from({ length: 8 }, () => ["v1a", "v1"]).flat())
    // The length belongs to the scheme: neither passes for the other.
    for (const wrong of [signature("v1", 64), signature("v1a", 32), signature("v1a", 63), signature("v1a", 65)]) {
      expect(problem({ "webhook-signature": wrong })).toBe("bad_signature")
    }
  })

  it("accepts svix- names, but never beside webhook- names", () => {
    const svix = Object.fromEntries([...headers()].map(([name, value]) => [name.replace("webhook", "svix"), value]))
    const none = { "webhook-id": undefined, "webhook-timestamp": undefined, "webhook-signature": undefined }
    expect(read({ ...none, ...svix })).toEqual(read())
    expect(problem({ ...none, ...svix, "svix-timestamp": String(SECONDS - 301) })).toBe("too_old")
    expect(problem({ ...none, ...svix, "svix-id": undefined })).toBe("missing_headers")
    expect(read({ ...svix, "svix-id": "other", "svix-timestamp": "1" })).toEqual(read())
    for (const name of ["webhook-id", "webhook-timestamp", "webhook-signature"]) {
      expect(problem({ ...svix, [name]: undefined })).toBe("missing_headers")
      expect(problem({ ...none, ...svix, [name]: headers().get(name) ?? "" })).toBe("missing_headers")
      expect(problem({ ...none, ...svix, [name]: "" })).toBe("missing_headers")
    }
  })

  it("never throws", () => {
    const value = fc.string({ unit: fc.constantFrom(..."v1a,., =+/0923Az~") })
    fc.assert(
      fc.property(value, value, value, fc.double(), (id, time, list, now) => {
        const input = { "webhook-id": id, "webhook-timestamp": time, "webhook-signature": list }
        expect(readSignedHeaders(headers(input), now)).toHaveProperty("ok")
      }),
    )
  })
})

describe("verifySignature", () => {
  it("names the secret that verifies", async () => {
    const byA = await sign(bytes(BODY), "msg_1", SECONDS, A)
    const byB = await sign(bytes(BODY), "msg_1", SECONDS, B)
    expect(await verify(byA, [A])).toBe(0)
    expect(await verify(byA, [B, A])).toBe(1)
    expect(await verify(byB, [A])).toBe(-1)
    expect(await verify(`${byB} ${byA}`, [A])).toBe(0)
    expect(await verify(`${byB} ${byA}`, [A, B])).toBe(0)
    expect(await verify(`${byA.replace("v1,", "v1a,")} v1,AAAA ${byB}`, [A, B])).toBe(1)
  })

  it("covers the id, the time and each byte of the body", async () => {
    const body = bytes(BODY)
    const list = await sign(body, "msg_1", SECONDS, A)
    for (let i = 0; i < body.length; i++) {
      const changed = body.slice()
      changed[i] = (changed[i] ?? 0) ^ 1
      expect(await verify(list, [A], changed)).toBe(-1)
    }
    expect(await verify(list, [A], body.slice(1))).toBe(-1)
    expect(await verifySignature(body, read({ "webhook-signature": list, "webhook-id": "msg_2" }), [v1(A)])).toBe(
      undefined,
    )
    const later = read({ "webhook-signature": list, "webhook-timestamp": String(SECONDS + 1) })
    expect(await verifySignature(body, later, [v1(A)])).toBe(undefined)
  })

  it("accepts bytes that are not UTF-8, and an empty body", async () => {
    for (const body of [new Uint8Array([0xff, 0xfe, 0x00]), new Uint8Array(), bytes("\ufeff{}\r\n")]) {
      expect(await verify(await sign(body, "msg_1", SECONDS, A), [A], body)).toBe(0)
    }
  })

  it("does the same work with no secret, with an empty one and after a match", async () => {
    const list = `${await sign(bytes(BODY), "msg_1", SECONDS, A)} v1,${Buffer.alloc(32).toString("base64")}`
    const spy = vi.spyOn(crypto.subtle, "verify")
    const calls = async (secrets: Uint8Array[]) => {
      spy.mockClear()
      return [await verify(list, secrets), spy.mock.calls.length]
    }
    expect(await calls([])).toEqual([-1, 2])
    expect(await calls([new Uint8Array()])).toEqual([-1, 2])
    expect(await calls([A])).toEqual([0, 2])
    expect(await calls([A, B])).toEqual([0, 4])
    spy.mockRestore()
  })

  it("does the same work whether there is a public key or not", async () => {
    const list = `${one.sign(bytes(BODY))} ${await sign(bytes(BODY), "msg_1", SECONDS, A)} ${two.sign(bytes(BODY))}`
    const spy = vi.spyOn(crypto.subtle, "verify")
    const schemes = async (keys: (VerificationKey | undefined)[]) => {
      spy.mockClear()
      await verify(list, keys)
      return spy.mock.calls.map(([algorithm]) => (algorithm as { name: string }).name).join(" ")
    }
    const once = "HMAC Ed25519 Ed25519"
    for (const keys of [[], [undefined], [v1(A)], [one.key], [one.key, v1(A)]]) expect(await schemes(keys)).toBe(once)
    expect(await schemes([one.key, two.key])).toBe("HMAC Ed25519 Ed25519 Ed25519 Ed25519")
    spy.mockRestore()
  })

  it("refuses to sign with an empty secret", async () => {
    await expect(sign(bytes(BODY), "msg_1", SECONDS, new Uint8Array())).rejects.toThrow(/empty secret/)
  })
})

const one = newPair()
const two = newPair()

describe("v1a", () => {
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

  it("is not v1 under another name", async () => {
    const byA = await sign(bytes(BODY), "msg_1", SECONDS, A)
    const by1 = one.sign(bytes(BODY))
    const keys = [v1(A), one.key, v1(one.key.bytes)]
    // As many bytes as the other scheme has, so that only the arithmetic can tell.
    const digest = Buffer.from(byA.slice(3), "base64")
    const padded = Buffer.concat([digest, Buffer.alloc(32)]).toString("base64")
    const cut = Buffer.from(by1.slice(4), "base64").subarray(0, 32).toString("base64")
    for (const list of [`v1a,${padded}`, `v1,${cut}`]) expect(await verify(list, keys)).toBe(-1)
    for (const list of [byA.replace("v1,", "v1a,"), by1.replace("v1a,", "v1,")]) {
      expect(problem({ "webhook-signature": list })).toBe("bad_signature")
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

  it("has one signature only: one whose S is not below the order of the group is refused (RFC 8032, 5.1.7)", async () => {
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

  it("accepts what node:crypto signs", async () => {
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
      // Twice where 255 bits hold the number twice; with the sign of x and with the other, which no point has if x = 0.
      for (const written of y + p < 2n ** 255n ? [y, y + p] : [y]) {
        for (const sign of [0n, 1n])
          expect([x, decodePublicKey(whpk(littleEndian(written + (sign << 255n))))]).toEqual([x, undefined])
      }
    }
    expect(decodePublicKey(whpk(new Uint8Array(32)))).toBeUndefined()
    for (let i = 0; i < 50; i++) expect(decodeKey(newPair().text)).toBeDefined()
  })
})

/** The points whose order divides 8: L times any point, by the addition of RFC 8032, 5.1.4 in affine coordinates. */
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

describe("the specification's library", () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: NOW, toFake: ["Date"] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  const text = fc.string({ unit: "grapheme" })
  const key = fc.uint8Array({ minLength: 24, maxLength: 64 })
  const id = fc.string({ unit: fc.constantFrom(..."abcXYZ019_-"), minLength: 1, maxLength: 40 })
  const offset = fc.integer({ min: -300, max: 300 })

  it("accepts what we sign", async () => {
    await fc.assert(
      fc.asyncProperty(text, key, id, offset, async (body, secret, name, seconds) => {
        const signature = await sign(bytes(body), name, SECONDS + seconds, secret)
        const input = {
          "webhook-id": name,
          "webhook-timestamp": String(SECONDS + seconds),
          "webhook-signature": `v1,AAAA ${signature}`,
        }
        expect(() => new Webhook(whsec(secret)).verify(body, input, { jsonParse: false })).not.toThrow()
      }),
      { numRuns: 50 },
    )
  })

  it("signs what we accept", async () => {
    await fc.assert(
      fc.asyncProperty(text, key, id, offset, async (body, secret, name, seconds) => {
        const list = new Webhook(whsec(secret)).sign(name, new Date((SECONDS + seconds) * 1000), body)
        const signed = read({
          "webhook-id": name,
          "webhook-timestamp": String(SECONDS + seconds),
          "webhook-signature": list,
        })
        const decoded = decodeSecret(whsec(secret))
        expect(decoded).toEqual(secret)
        expect(await verifySignature(bytes(body), signed, [v1(A), v1(decoded ?? A)])).toEqual({
          index: 1,
          scheme: "v1",
        })
      }),
      { numRuns: 50 },
    )
  })

  it("draws the line at the same second", () => {
    const webhook = new Webhook(whsec(A))
    for (const seconds of [-301, -300, 300, 301]) {
      const list = webhook.sign("msg_1", new Date((SECONDS + seconds) * 1000), BODY)
      const input = {
        "webhook-id": "msg_1",
        "webhook-timestamp": String(SECONDS + seconds),
        "webhook-signature": list,
      }
      let theirs = "none"
      try {
        webhook.verify(BODY, input)
      } catch (error) {
        theirs = String(error).includes("old") ? "too_old" : "too_new"
      }
      expect(problem(input)).toBe(theirs)
    }
  })
})

describe("secrets", () => {
  it("have 24 to 64 bytes", () => {
    for (const length of [24, 32, 64]) expect(decodeSecret(whsec(secretOf(length)))).toEqual(secretOf(length))
    for (const length of [0, 23, 65]) expect(decodeSecret(whsec(secretOf(length)))).toBeUndefined()
  })

  it("begin with whsec_ and are base64", () => {
    const encoded = whsec(secretOf(32)).slice(6)
    for (const bad of [
      "",
      encoded,
      `WHSEC_${encoded}`,
      `whsec_${encoded} `,
      `whsec_${encoded}=`,
      `whsec_-${encoded.slice(1)}`,
    ]) {
      expect(decodeSecret(bad)).toBeUndefined()
    }
  })

  it("are new each time", () => {
    const [one, two] = [newSecret(), newSecret()]
    expect(one).not.toBe(two)
    expect(decodeSecret(one)).toHaveLength(32)
  })

  it("are compared whole", async () => {
    expect(await constantTimeEqual("token", "token")).toBe(true)
    expect(await constantTimeEqual("", "")).toBe(true)
    for (const other of ["", "toke", "tokeN", "token "]) expect(await constantTimeEqual("token", other)).toBe(false)
  })
})

describe("base64", () => {
  it("goes both ways as Buffer does", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (value) => {
        expect(encodeBase64(value)).toBe(Buffer.from(value).toString("base64"))
        expect(decodeBase64(encodeBase64(value))).toEqual(value)
      }),
    )
    for (const bad of ["A", "A===", "AA=A", "AA AA", "A-__", "é", "AAAAA"]) expect(decodeBase64(bad)).toBeUndefined()
  })
})
