import fc from "fast-check"
import { expect, test } from "vitest"
import { listMember, numberMember, objectMember, quoted, quotedBody, textMember } from "../../../src/formats/json.ts"
import { legalText } from "../../../src/text/legal-text.ts"

const anyText = fc.string({ unit: "binary", maxLength: 40 })

test("each character is quoted as JSON.stringify does", () => {
  for (let unit = 0; unit <= 0xffff; unit++) {
    const text = `a${String.fromCharCode(unit)}b`
    const body = legalText(text)
    if (quoted(text) !== JSON.stringify(text) || quotedBody(body) !== JSON.stringify(body))
      expect.fail(unit.toString(16))
  }
})

test("any text is quoted as JSON.stringify does, and any body of legal characters", () => {
  fc.assert(
    fc.property(anyText, (text) => {
      expect(quoted(text)).toBe(JSON.stringify(text))
      expect(quotedBody(legalText(text))).toBe(JSON.stringify(legalText(text)))
    }),
  )
})

test("members follow another one, and there is none for what is empty or unknown", () => {
  expect(textMember("a", 'b"')).toBe(',"a":"b\\""')
  expect(numberMember("a", 0)).toBe(',"a":0')
  expect(listMember("a", ["1", '"b"'])).toBe(',"a":[1,"b"]')
  expect(objectMember("a", ["", ',"b":1', "", ',"c":2'])).toBe(',"a":{"b":1,"c":2}')
  expect([textMember("a", ""), numberMember("a", undefined), listMember("a", []), objectMember("a", [""])]).toEqual(
    Array(4).fill(""),
  )
})
