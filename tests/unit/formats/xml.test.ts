import { expect, test } from "vitest"
import { attribute, cdata, element, escapeAttribute, escapeText } from "../../../src/formats/xml.ts"
import { legalText, singleLine } from "../../../src/text/legal-text.ts"

test("text without special characters stays as it is", () => {
  const text = "Ärger in Zürich: 5 % 'mehr' — ياسمين 日本 🙂"
  expect(legalText(text)).toBe(text)
  expect(escapeText(text)).toBe(text)
  expect(escapeAttribute(text)).toBe(text)
})

test("characters that XML 1.0 forbids or discourages are removed", () => {
  expect(legalText("a\u0000b\u0008c\u000Bd\u000Ce\u001Ff\uFFFEg\uFFFFh\u007Fi\u0085j")).toBe("abcdefghij")
})

test("noncharacters are removed", () => {
  expect(legalText("a\uFDD0b\uFDEFc\u{1FFFE}d\u{1FFFF}e\u{10FFFF}f")).toBe("abcdef")
})

test("tab and line feed stay, and CR becomes a line feed, as in an XML parser", () => {
  expect(legalText("a\tb\nc\r\nd\re")).toBe("a\tb\nc\nd\ne")
})

test("lone surrogates are removed, pairs stay", () => {
  expect(legalText("a\uD83Db\uDE42c\uD83D\uDE42d\uD83D")).toBe("abc🙂d")
  expect(legalText("\uDE42\uD83D")).toBe("")
  expect(legalText("\uD83D\u0000\uDE42")).toBe("")
})

test("the last legal characters before the illegal ones stay", () => {
  const last = "\uFFFD\uFDCF\uFDF0\uE000\uD7FF\u00A0\u{1FFFD}\u{10FFFD}"
  expect(legalText(last)).toBe(last)
})

test("markup is escaped once, and quotes only where they would end something", () => {
  expect(escapeText(`<a href="x">'&amp;'</a>`)).toBe(`&lt;a href="x"&gt;'&amp;amp;'&lt;/a&gt;`)
  expect(escapeAttribute(`"a" & 'b'\n\t<`)).toBe("&quot;a&quot; &amp; 'b'&#10;&#9;&lt;")
})

test("]]> is well-formed everywhere", () => {
  expect(escapeText("a]]>b")).toBe("a]]&gt;b")
  expect(cdata("a]]>b")).toBe("<![CDATA[a]]]]><![CDATA[>b]]>")
})

test("a line has no white space at its ends and single spaces inside", () => {
  expect(singleLine(" \n Late\t night\r\n  edition ")).toBe("Late night edition")
  expect(singleLine("\u0008 \u0008")).toBe("")
  expect(singleLine("\u2003One\u2028two\u2029three\u2009")).toBe("One two three")
  expect(singleLine(undefined)).toBe("")
})

test("an empty value gives no element and no attribute", () => {
  expect(element("title", "")).toBe("")
  expect(attribute("title", "")).toBe("")
  expect(attribute("length", undefined)).toBe("")
})

test("elements and attributes are escaped", () => {
  expect(element("a", "1 < 2", attribute("b", '"'))).toBe('<a b="&quot;">1 &lt; 2</a>\n')
  expect(attribute("length", 7)).toBe(' length="7"')
})
