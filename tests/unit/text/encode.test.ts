import { expect, test } from "vitest"
import { encodeTexts } from "../../../src/text/encode.ts"

const bytesOf = (texts: string[]): number[] => [...new TextEncoder().encode(texts.join(""))]

test.each([
  ["nothing", []],
  ["empty texts", ["", "a", ""]],
  ["characters of one to four bytes", ["a", "é", "مرفأ", "日本", "🙂"]],
  ["more bytes than the kept buffer", ["x".repeat(300_000), "日".repeat(500_000), "end"]],
  ["few bytes after many", ["x"]],
])("%s are the bytes of the whole text", (_, texts) => {
  expect(Buffer.from(encodeTexts(texts)).equals(Buffer.from(bytesOf(texts)))).toBe(true)
})

test("a document does not change when another one is encoded", () => {
  const first = encodeTexts(["first"])
  encodeTexts(["other"])
  expect(new TextDecoder().decode(first)).toBe("first")
})
