import { describe, expect, it } from "vitest"
import { decodeText } from "../../../../src/dialects/documents/encoding.ts"
import * as fc from "../../../fast-check.ts"

const bytes = (...parts: (string | number[])[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === "string" ? [...part].map((c) => c.charCodeAt(0)) : part)))

const utf16 = (text: string, order: "le" | "be"): number[] =>
  [...text].flatMap((character) => {
    const code = character.charCodeAt(0)
    return order === "le" ? [code & 0xff, code >> 8] : [code >> 8, code & 0xff]
  })

const declared = (encoding: string) => `<?xml version="1.0" encoding="${encoding}"?><a>`

describe("the encoding is named by", () => {
  const cases: [name: string, body: Uint8Array, contentType: string | undefined, text: string][] = [
    ["nothing: UTF-8", bytes([0xc3, 0xa9]), undefined, "é"],
    ["a byte order mark, which is removed", bytes([0xef, 0xbb, 0xbf], "a"), "text/xml", "a"],
    ["a mark of UTF-16LE", bytes([0xff, 0xfe], utf16("<é", "le")), undefined, "<é"],
    ["a mark of UTF-16BE", bytes([0xfe, 0xff], utf16("<é", "be")), undefined, "<é"],
    ["UTF-16LE without a mark", bytes(utf16("<é", "le")), undefined, "<é"],
    ["UTF-16BE without a mark", bytes(utf16("<é", "be")), "application/xml; charset=utf-16", "<é"],
    ["the mark wins over the charset", bytes([0xef, 0xbb, 0xbf, 0xc3, 0xa9]), "text/xml; charset=latin1", "é"],
    [
      "the charset wins over the declaration",
      bytes(declared("utf-8"), [0xe9]),
      "text/xml; charset=latin1",
      `${declared("utf-8")}é`,
    ],
    ["a quoted charset", bytes([0xc7]), 'text/xml; charset="Windows-1256"; x=y', "ا"],
    ["the declaration", bytes(declared("windows-1256"), [0xc7]), "text/xml", `${declared("windows-1256")}ا`],
    [
      "a declaration in single quotes, after a blank line",
      bytes("\n<?xml version='1.0' encoding='iso-8859-6'?>", [0xc7]),
      undefined,
      "\n<?xml version='1.0' encoding='iso-8859-6'?>ا",
    ],
    [
      "a declaration of UTF-16 in readable ASCII is wrong",
      bytes(declared("utf-16"), [0xc3, 0xa9]),
      undefined,
      `${declared("utf-16")}é`,
    ],
    ["Cyrillic", bytes(declared("koi8-r"), [0xc1]), undefined, `${declared("koi8-r")}а`],
    [
      "ISO-8859-1, which means windows-1252 on the web",
      bytes(declared("iso-8859-1"), [0x80]),
      undefined,
      `${declared("iso-8859-1")}€`,
    ],
    ["Japanese", bytes(declared("shift_jis"), [0x93, 0xfa]), undefined, `${declared("shift_jis")}日`],
    ["Chinese", bytes(declared("gb18030"), [0xd6, 0xd0]), undefined, `${declared("gb18030")}中`],
    ["an empty body", bytes(), undefined, ""],
  ]
  it.each(cases)("%s", (_, body, contentType, text) => {
    expect(decodeText(body, contentType)).toEqual({ text })
  })
})

describe("text that cannot be decoded", () => {
  it("is reported with the encoding and the first broken byte", () => {
    expect(decodeText(bytes("abc", [0xff], "abc", [0xff]), undefined)).toEqual({
      problem: {
        code: "invalid_document",
        detail: "Byte 3 of the document, counted from 0, cannot be read as utf-8, the default.",
      },
    })
    const arabic = decodeText(bytes(declared("iso-8859-6"), [0xc7, 0xa1]), undefined)
    expect(arabic).toMatchObject({ problem: { detail: expect.stringMatching(/^Byte 47 .* iso-8859-6, by its XML/) } })
  })

  it("is reported if it is incomplete at the end", () => {
    const result = decodeText(bytes("abc", [0xe2, 0x82]), "text/xml; charset=utf-8")
    expect(result).toMatchObject({
      problem: { detail: expect.stringContaining("as utf-8, the charset of its content type") },
    })
  })

  it("is reported with an unknown label", () => {
    for (const [contentType, body] of [
      ["text/xml; charset=klingon", "<a>"],
      [undefined, declared("klingon")],
    ] as const) {
      expect(decodeText(bytes(body), contentType)).toMatchObject({
        problem: { code: "invalid_document", detail: expect.stringMatching(/^The encoding "klingon", .* is unknown/) },
      })
    }
    expect(decodeText(bytes(declared("replacement")), undefined)).toHaveProperty("problem")
  })

  it("never throws, and the position is right", () => {
    const labels = fc.constantFrom(
      undefined,
      "text/xml; charset=shift_jis",
      "x; charset=windows-1253",
      "x; charset=utf-16",
    )
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), labels, (body, contentType) => {
        const result = decodeText(body, contentType)
        if ("text" in result) return
        const place = /^Byte (\d+) .* read as ([\w-]+),/.exec(result.problem.detail)
        if (place === null) return
        const before = body.subarray(0, Number(place[1]))
        new TextDecoder(place[2], { fatal: true }).decode(before, { stream: true })
      }),
    )
  })
})
