/** Tests headers and symmetric signatures of Standard Webhooks. */
import { Webhook } from "standardwebhooks"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { sign } from "../../../scripts/sign.ts"
import { constantTimeEqual } from "../../../src/crypto/constant-time.ts"
import {
  decodeSecret,
  newSecret,
  readSignedHeaders,
  type VerificationKey,
  verifySignature,
} from "../../../src/crypto/standard-webhooks.ts"
import { decodeBase64, encodeBase64 } from "../../../src/text/base64.ts"
import * as fc from "../../fast-check.ts"
import {
  A,
  B,
  BODY,
  bytes,
  headers,
  NOW,
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

  it("accepts times in whole seconds", () => {
    for (const time of ["now", "-1", "+1", "1e9", "0x1", "01770000000", "1770000000.5", "1 2", "9".repeat(16)]) {
      expect(problem({ "webhook-timestamp": time })).toBe("bad_timestamp")
    }
    expect(problem({ "webhook-timestamp": "0" })).toBe("too_old")
    expect(problem({ "webhook-timestamp": "99999999999" })).toBe("too_new")
    expect(problem({ "webhook-timestamp": String(NOW) })).toBe("timestamp_in_milliseconds")
  })

  it("accepts 300 seconds either way, but not 301", () => {
    for (const now of [SECONDS * 1000, NOW]) {
      expect(problem({ "webhook-timestamp": String(SECONDS - 300) }, now)).toBe("none")
      expect(problem({ "webhook-timestamp": String(SECONDS - 301) }, now)).toBe("too_old")
      expect(problem({ "webhook-timestamp": String(SECONDS + 300) }, now)).toBe("none")
      expect(problem({ "webhook-timestamp": String(SECONDS + 301) }, now)).toBe("too_new")
    }
  })

  it("skips other versions and garbage", () => {
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
      expect(problem({ "webhook-signature": none })).toMatch(/^(?:no_signature|malformed_signature|missing_headers)$/)
    }
  })

  it("accepts both schemes, and 16 signatures in all", () => {
    const signature = (scheme: string, length: number) => `${scheme},${Buffer.alloc(length).toString("base64")}`
    const both = Array.from({ length: 1_000 }, () => `${signature("v1a", 64)} v2,AAAA ${signature("v1", 32)}`).join(" ")
    const schemes = read({ "webhook-signature": both }).signatures.map(({ scheme }) => scheme)
    expect(schemes).toEqual(Array.from({ length: 8 }, () => ["v1a", "v1"]).flat())
    // Each scheme has its own length of signatures, so the length of the other scheme is refused.
    for (const wrong of [signature("v1", 64), signature("v1a", 32), signature("v1a", 63), signature("v1a", 65)]) {
      expect(problem({ "webhook-signature": wrong })).toBe("malformed_signature")
    }
  })

  it("says whether a signature is missing or malformed", () => {
    const digest = (fill: number) => Buffer.alloc(32, fill).toString("base64")
    for (const none of ["v2,AAAA", "sha256=AAAA", `V1,${digest(1)}`, digest(1), "x", "v1=AAAA"])
      expect(problem({ "webhook-signature": none }), none).toBe("no_signature")
    for (const malformed of [
      "v1,AAAA",
      "v1,",
      "v1",
      "v1a,AAAA",
      `v1,${digest(1)}x`,
      `v1,${digest(1)},x`,
      "v2,A v1,é",
      "v1,!!",
    ])
      expect(problem({ "webhook-signature": malformed }), malformed).toBe("malformed_signature")
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

describe("the library of the specification", () => {
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

  it("accepts signatures of the wire", async () => {
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

  it("makes signatures that the wire accepts", async () => {
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

  it("has its limit at the same second", () => {
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

  it("are compared as a whole", async () => {
    expect(await constantTimeEqual("token", "token")).toBe(true)
    expect(await constantTimeEqual("", "")).toBe(true)
    for (const other of ["", "toke", "tokeN", "token "]) expect(await constantTimeEqual("token", other)).toBe(false)
  })
})

describe("base64", () => {
  it("is encoded and decoded as Buffer does", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (value) => {
        expect(encodeBase64(value)).toBe(Buffer.from(value).toString("base64"))
        expect(decodeBase64(encodeBase64(value))).toEqual(value)
      }),
    )
    for (const bad of ["A", "A===", "AA=A", "AA AA", "A-__", "é", "AAAAA"]) expect(decodeBase64(bad)).toBeUndefined()
  })
})
