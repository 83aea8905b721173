import { createHmac } from "node:crypto"
import * as v from "valibot"
import { describe, expect, it } from "vitest"
import {
  type SignatureScheme,
  SignatureSchemeSchema,
  secretBytes,
  verifyScheme,
} from "../../../src/crypto/signature-scheme.ts"
import * as fc from "../../fast-check.ts"

const NOW = 1_770_000_000_999
const SECONDS = 1_770_000_000
const BODY = `{"title":"خبر"}`
const SECRET = "whsec_c2VjcmV0IHNlY3JldCBzZWNyZXQ="
const bytes = (text: string) => new TextEncoder().encode(text)

/** Stripe and Sanity put time and signature into parameters of one header. */
const PARAMETERS: SignatureScheme = {
  signature: { headers: ["x-sig"], parameter: "v1" },
  time: { parameter: "t", unit: "ms" },
  algorithm: "SHA-256",
  key: "text",
  encoding: "hex",
  template: "{ts}.{body}",
}
const PLAIN: SignatureScheme = {
  signature: { headers: ["x-sig"] },
  algorithm: "SHA-256",
  key: "text",
  encoding: "hex",
  template: "{body}",
}

function digest(scheme: SignatureScheme, message: string, secret: string | Buffer = SECRET): string {
  const name = scheme.algorithm.replace("-", "").toLowerCase()
  return createHmac(name, secret).update(message).digest(scheme.encoding)
}

const verify = (scheme: SignatureScheme, headers: Record<string, string>, secrets = [SECRET], body = BODY, now = NOW) =>
  verifyScheme(scheme, new Headers(headers), bytes(body), secrets, now)

async function problem(...args: Parameters<typeof verify>): Promise<string> {
  const result = await verify(...args)
  return result.ok ? "none" : result.problem
}

describe("every scheme of the table verifies", () => {
  const algorithms = ["SHA-1", "SHA-256", "SHA-384", "SHA-512"] as const
  const encodings = ["hex", "base64", "base64url"] as const
  const templates = ["{id}.{ts}.{body}", "{ts}.{body}", "{ts}:{body}", "{body}{ts}", "{body}"] as const

  it.each(algorithms)("%s, in every encoding, over every template, with both forms of key", async (algorithm) => {
    for (const encoding of encodings) {
      for (const template of templates) {
        for (const key of ["text", "base64"] as const) {
          const isTimed = template.includes("{ts}")
          const isNamed = template.includes("{id}")
          const scheme: SignatureScheme = {
            ...{ algorithm, encoding, template, key, signature: { headers: ["x-sig"] } },
            ...(isTimed && { time: { header: "x-time", unit: "s" as const } }),
            ...(isNamed && { id: "x-id" }),
          }
          expect(v.parse(SignatureSchemeSchema, scheme)).toEqual(scheme)
          const message = template
            .replace("{id}", "msg_1")
            .replace("{ts}", String(SECONDS))
            .replace("{body}", () => BODY)
          const secret = key === "text" ? SECRET : Buffer.from(SECRET.slice("whsec_".length), "base64")
          const headers = { "x-sig": digest(scheme, message, secret), "x-time": String(SECONDS), "x-id": "msg_1" }
          expect(await verify(scheme, headers)).toEqual({
            ok: true,
            secret: 0,
            ...(isTimed && { timestamp: SECONDS * 1000 }),
            ...(isNamed && { id: "msg_1" }),
          })
          expect(await problem(scheme, headers, [SECRET], `${BODY} `)).toBe("bad_signature")
          expect(await problem(scheme, headers, [`${SECRET.slice(0, -2)}A=`])).toBe("bad_signature")
        }
      }
    }
  })
})

describe("the verification of headers", () => {
  const good = digest(PLAIN, BODY)

  it("accepts one of several, joined in any way", async () => {
    const prefixed: SignatureScheme = { ...PLAIN, signature: { headers: ["x-sig"], prefix: "sha256=" } }
    const bad = good.replace(/^./, (digit) => (digit === "0" ? "1" : "0"))
    expect(await problem(prefixed, { "x-sig": `sha256=${good}` })).toBe("none")
    expect(await problem(prefixed, { "x-sig": `sha256=${bad}, sha256=${good}` })).toBe("none")
    expect(await problem(prefixed, { "x-sig": `sha1=${good} sha256=${good}` })).toBe("none")
    expect(await problem(prefixed, { "x-sig": `sha1=${good}` })).toBe("malformed_signature")
    expect(await problem(prefixed, { "x-sig": good })).toBe("malformed_signature")
    expect(await problem(PLAIN, { "x-sig": good.toUpperCase() })).toBe("none")
  })

  it("reads the header that is present", async () => {
    const two: SignatureScheme = { ...PLAIN, signature: { headers: ["x-new", "x-old"] } }
    const other = digest(PLAIN, BODY, "another")
    expect(await problem(two, { "x-new": other, "x-old": good })).toBe("none")
    expect(await problem(two, { "x-old": good })).toBe("none")
    expect(await problem(two, { "x-sig": good })).toBe("missing_headers")
    expect(await problem(two, { "x-new": "" })).toBe("missing_headers")
  })

  it("tries at most 16 signatures", async () => {
    const list = (count: number) => [...Array.from({ length: count }, () => "0".repeat(64)), good].join(" ")
    expect(await problem(PLAIN, { "x-sig": list(15) })).toBe("none")
    expect(await problem(PLAIN, { "x-sig": list(16) })).toBe("bad_signature")
    // Values that cannot be signatures are not counted.
    expect(await problem(PLAIN, { "x-sig": [...Array(20).fill("00"), good].join(" ") })).toBe("none")
  })

  it("skips values that are no digests", async () => {
    const none = ["0", good.slice(2), `${good}00`, `${good.slice(0, -1)}g`, `v1=${good}`, ",,", "=", "é"]
    for (const text of none) expect(await problem(PLAIN, { "x-sig": text }), text).toBe("malformed_signature")
    const url: SignatureScheme = { ...PLAIN, encoding: "base64url" }
    // The digest contains - and _, which the other alphabet does not have.
    const body = Array.from({ length: 100 }, (_, no) => String(no)).find((text) => /[-_]/.test(digest(url, text))) ?? ""
    expect(await problem(url, { "x-sig": digest(url, body) }, [SECRET], body)).toBe("none")
    const other = digest({ ...url, encoding: "base64" }, body)
    expect(await problem(url, { "x-sig": other }, [SECRET], body)).toBe("malformed_signature")
    expect(await problem({ ...url, encoding: "base64" }, { "x-sig": other }, [SECRET], body)).toBe("none")
  })
})

describe("the verification of the time", () => {
  const header = (at: number | string) => ({ "x-sig": `t=${at},v1=${digest(PARAMETERS, `${at}.${BODY}`)}` })

  it("accepts at most 300 seconds either way", async () => {
    for (const now of [NOW, NOW + 1]) {
      expect(await problem(PARAMETERS, header(now - 300_000), [SECRET], BODY, now)).toBe("none")
      expect(await problem(PARAMETERS, header(now - 300_001), [SECRET], BODY, now)).toBe("too_old")
      expect(await problem(PARAMETERS, header(now + 300_000), [SECRET], BODY, now)).toBe("none")
      expect(await problem(PARAMETERS, header(now + 300_001), [SECRET], BODY, now)).toBe("too_new")
    }
    const scheme: SignatureScheme = { ...PARAMETERS, time: { parameter: "t", unit: "s" } }
    for (const now of [SECONDS * 1000, NOW]) {
      expect(await problem(scheme, header(SECONDS - 300), [SECRET], BODY, now)).toBe("none")
      expect(await problem(scheme, header(SECONDS - 301), [SECRET], BODY, now)).toBe("too_old")
      expect(await problem(scheme, header(SECONDS + 300), [SECRET], BODY, now)).toBe("none")
      expect(await problem(scheme, header(SECONDS + 301), [SECRET], BODY, now)).toBe("too_new")
    }
  })

  it("reports a time in the wrong unit", async () => {
    expect(await problem(PARAMETERS, header(SECONDS))).toBe("timestamp_in_seconds")
    const scheme: SignatureScheme = { ...PARAMETERS, time: { parameter: "t", unit: "s" } }
    expect(await problem(scheme, header(NOW))).toBe("timestamp_in_milliseconds")
  })

  it("accepts only a whole number", async () => {
    for (const at of ["now", "-1", "+1", "1e12", "0x1", `0${NOW}`, `${NOW}.5`, "9".repeat(16), ""]) {
      expect(await problem(PARAMETERS, header(at)), at).toBe("bad_timestamp")
    }
    expect(await problem(PARAMETERS, { "x-sig": `v1=${"0".repeat(64)}` })).toBe("missing_headers")
    const twice = `t=${NOW},t=${NOW + 1},v1=${digest(PARAMETERS, `${NOW}.${BODY}`)}`
    expect(await problem(PARAMETERS, { "x-sig": twice })).toBe("bad_timestamp")
  })

  it("covers it by the signature", async () => {
    const moved = header(NOW)["x-sig"].replace(String(NOW), String(NOW + 1))
    expect(await problem(PARAMETERS, { "x-sig": moved })).toBe("bad_signature")
  })

  it("keeps it apart from the end of the body", async () => {
    const scheme: SignatureScheme = { ...PARAMETERS, template: "{body}{ts}" }
    const signature = digest(scheme, `${BODY}1${NOW}`)
    expect(await problem(scheme, { "x-sig": `t=1${NOW},v1=${signature}` })).toBe("too_new")
    // The message is verified, but its body is no JSON.
    expect(await problem(scheme, { "x-sig": `t=${NOW},v1=${signature}` }, [SECRET], `${BODY}1`)).toBe("none")
  })
})

describe("the verification of the id", () => {
  const scheme: SignatureScheme = { ...PARAMETERS, template: "{id}.{ts}.{body}", id: "x-id" }
  const signed = (id: string) => ({ "x-id": id, "x-sig": `t=${NOW},v1=${digest(scheme, `${id}.${NOW}.${BODY}`)}` })

  it("requires visible characters without a full stop, because the end could be read as the time", async () => {
    expect(await problem(scheme, signed("msg_1"))).toBe("none")
    for (const id of ["a.1", "a b", "x".repeat(257)]) expect(await problem(scheme, signed(id))).toBe("bad_id")
    expect(await problem(scheme, { "x-sig": signed("msg_1")["x-sig"] })).toBe("missing_headers")
    expect(await problem(scheme, { ...signed("msg_1"), "x-id": "msg_2" })).toBe("bad_signature")
  })
})

describe("the verification with secrets", () => {
  const signed = (secret: string) => ({ "x-sig": digest(PLAIN, BODY, secret) })

  it("names the secret that verifies", async () => {
    expect(await verify(PLAIN, signed("b"), ["a", "b", "b"])).toMatchObject({ ok: true, secret: 1 })
    expect(await problem(PLAIN, signed("c"), ["a", "b"])).toBe("bad_signature")
  })

  it("verifies nothing without secrets, and nothing with an empty one", async () => {
    expect(await problem(PLAIN, signed("a"), [])).toBe("bad_signature")
    expect(await problem(PLAIN, signed(""), [""])).toBe("bad_signature")
    expect(await problem({ ...PLAIN, key: "base64" }, signed(""), ["whsec_"])).toBe("bad_signature")
  })

  it("reads secrets as the scheme defines", () => {
    expect(secretBytes(PLAIN, "whsec_YWJj")).toEqual(bytes("whsec_YWJj"))
    expect(secretBytes({ ...PLAIN, key: "base64" }, "whsec_YWJj")).toEqual(bytes("abc"))
    expect(secretBytes({ ...PLAIN, key: "base64" }, "YWJj")).toEqual(bytes("abc"))
    expect(secretBytes({ ...PLAIN, key: "base64" }, "not base64!")).toBeUndefined()
    expect(secretBytes(PLAIN, "")).toBeUndefined()
  })
})

describe("SchemeSchema", () => {
  const paths = (scheme: object) =>
    (v.safeParse(SignatureSchemeSchema, scheme).issues ?? []).map((issue) => v.getDotPath(issue) ?? "")

  it("accepts valid schemes and names what is invalid", () => {
    expect(paths(PARAMETERS)).toEqual([])
    expect(paths({ ...PLAIN, template: "{ts}.{body}" })).toEqual(["time"])
    expect(paths({ ...PARAMETERS, template: "{body}" })).toEqual(["time"])
    expect(paths({ ...PARAMETERS, template: "{id}.{ts}.{body}" })).toEqual(["id"])
    // With an unsigned id, the message could be sent again under another id.
    expect(paths({ ...PLAIN, id: "x-id" })).toEqual(["id"])
    expect(paths({ ...PARAMETERS, signature: { headers: ["x-sig"] } })).toEqual(["time"])
    expect(paths({ ...PARAMETERS, signature: { headers: ["x-sig"], parameter: "v1", prefix: "v1=" } })).toEqual([
      "signature.parameter",
    ])
    expect(paths({ ...PLAIN, template: "{ts}{body}" })).toEqual(["template"])
    expect(paths({ ...PLAIN, algorithm: "MD5" })).toEqual(["algorithm"])
    expect(paths({ ...PLAIN, colour: "red" })).toEqual(["colour"])
    expect(paths({ ...PLAIN, signature: { headers: [] } })).toEqual(["signature.headers"])
    expect(paths({ ...PLAIN, signature: { headers: ["x sig"] } })).toEqual(["signature.headers.0"])
    expect(paths({ ...PLAIN, signature: { headers: ["x-sig"], prefix: "a,b" } })).toEqual(["signature.prefix"])
  })
})

it("never throws, with any headers", async () => {
  const value = fc.string({ unit: fc.constantFrom(..."v1t=,. 0af+/-_é\t") })
  await fc.assert(
    fc.asyncProperty(value, value, fc.constantFrom(PLAIN, PARAMETERS), async (signature, time, scheme) => {
      const headers = new Headers()
      headers.set("x-sig", encodeURIComponent(signature).replaceAll("%2C", ",").replaceAll("%3D", "="))
      headers.set("x-time", encodeURIComponent(time))
      expect(await verifyScheme(scheme, headers, bytes(BODY), [SECRET], NOW)).toHaveProperty("ok")
    }),
    { numRuns: 200 },
  )
})
