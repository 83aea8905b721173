/** Tests secrets in the form of text. */

import { describe, expect, it } from "vitest"
import {
  isOperatorToken,
  newOperatorToken,
  newPartnerKey,
  newToken,
  readPartnerKey,
  writePartnerKey,
} from "../../../src/crypto/token.ts"
import * as fc from "../../fast-check.ts"

describe("a token", () => {
  it("is 256 random bits that need no encoding in an address or a header", () => {
    const many = Array.from({ length: 1000 }, newToken)
    for (const token of many) expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect(new Set(many).size).toBe(many.length)
    // Every character of the alphabet occurs.
    expect(new Set(many.join("")).size).toBe(64)
  })
})

describe("a token of an operator", () => {
  it("says what it is, and nothing before, after or in place of it is accepted", () => {
    const whole = newOperatorToken()
    expect(isOperatorToken(whole)).toBe(true)
    fc.assert(
      fc.property(fc.anyText({ minLength: 1 }), fc.nat(whole.length - 1), (other, at) => {
        expect(isOperatorToken(other + whole)).toBe(false)
        expect(isOperatorToken(whole + other)).toBe(false)
        expect(isOperatorToken(whole.slice(0, at) + whole.slice(at + 1))).toBe(false)
      }),
    )
  })
})

describe("a partner's key", () => {
  it("is decoded as it was encoded", () => {
    for (let i = 0; i < 1000; i++) {
      const key = newPartnerKey()
      expect(readPartnerKey(writePartnerKey(key))).toEqual(key)
    }
  })

  it("may have underscores in its secret, because its id ends at the first", () => {
    const secret = `_${"a".repeat(20)}_fwk_${"-".repeat(17)}`
    expect(readPartnerKey(`fwk_0123456789ab_${secret}`)).toEqual({ id: "0123456789ab", secret })
  })

  it.each(["", "fwk_", "fwk__", `fwk_0123456789ab_${"a".repeat(42)}`, `fwk_0123456789ab_${"a".repeat(44)}`])(
    "is not %j",
    (text) => {
      expect(readPartnerKey(text)).toBeUndefined()
    },
  )

  it("is refused with anything before, after or in place of it", () => {
    const whole = writePartnerKey(newPartnerKey())
    fc.assert(
      fc.property(fc.anyText({ minLength: 1 }), fc.nat(whole.length - 1), (other, at) => {
        expect(readPartnerKey(other + whole)).toBeUndefined()
        expect(readPartnerKey(whole + other)).toBeUndefined()
        expect(readPartnerKey(whole.slice(0, at) + whole.slice(at + 1))).toBeUndefined()
        expect(readPartnerKey(other)).toBeUndefined()
      }),
    )
  })
})
