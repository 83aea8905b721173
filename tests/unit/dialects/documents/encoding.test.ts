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

describe("labels", () => {
  // All labels of https://encoding.spec.whatwg.org/#names-and-labels but UTF-16, each with two bytes or more.
  const labels: [text: string, body: number[], labels: string][] = [
    ["é", [0xc3, 0xa9], "unicode-1-1-utf-8 unicode11utf8 unicode20utf8 utf-8 utf8 x-unicode20utf8"],
    ["А", [0x80], "866 cp866 csibm866 ibm866"],
    ["Ą", [0xa1], "csisolatin2 iso-8859-2 iso-ir-101 iso8859-2 iso88592 iso_8859-2 iso_8859-2:1987 l2 latin2"],
    ["Ħ", [0xa1], "csisolatin3 iso-8859-3 iso-ir-109 iso8859-3 iso88593 iso_8859-3 iso_8859-3:1988 l3 latin3"],
    ["ĸ", [0xa2], "csisolatin4 iso-8859-4 iso-ir-110 iso8859-4 iso88594 iso_8859-4 iso_8859-4:1988 l4 latin4"],
    ["Ё", [0xa1], "csisolatincyrillic cyrillic iso-8859-5 iso-ir-144 iso8859-5 iso88595 iso_8859-5 iso_8859-5:1988"],
    [
      "ا",
      [0xc7],
      "arabic asmo-708 csiso88596e csiso88596i csisolatinarabic ecma-114 iso-8859-6 iso-8859-6-e iso-8859-6-i iso-ir-127 iso8859-6 iso88596 iso_8859-6 iso_8859-6:1987",
    ],
    [
      "Α",
      [0xc1],
      "csisolatingreek ecma-118 elot_928 greek greek8 iso-8859-7 iso-ir-126 iso8859-7 iso88597 iso_8859-7 iso_8859-7:1987 sun_eu_greek",
    ],
    [
      "א",
      [0xe0],
      "csiso88598e csisolatinhebrew hebrew iso-8859-8 iso-8859-8-e iso-ir-138 iso8859-8 iso88598 iso_8859-8 iso_8859-8:1988 visual csiso88598i iso-8859-8-i logical",
    ],
    ["Ē", [0xa2], "csisolatin6 iso-8859-10 iso-ir-157 iso8859-10 iso885910 l6 latin6"],
    ["Ą", [0xc0], "iso-8859-13 iso8859-13 iso885913"],
    ["Ḃ", [0xa1], "iso-8859-14 iso8859-14 iso885914"],
    ["€", [0xa4], "csisolatin9 iso-8859-15 iso8859-15 iso885915 iso_8859-15 l9 iso-8859-16"],
    ["а", [0xc1], "cskoi8r koi koi8 koi8-r koi8_r koi8-ru koi8-u"],
    ["é", [0x8e], "csmacintosh mac macintosh x-mac-roman"],
    ["ก", [0xa1], "dos-874 iso-8859-11 iso8859-11 iso885911 tis-620 windows-874"],
    ["Ą", [0xa5], "cp1250 windows-1250 x-cp1250"],
    ["Ђ", [0x80], "cp1251 windows-1251 x-cp1251"],
    [
      "€–’Ÿ",
      [0x80, 0x96, 0x92, 0x9f],
      "ansi_x3.4-1968 ascii cp1252 cp819 csisolatin1 ibm819 iso-8859-1 iso-ir-100 iso8859-1 iso88591 iso_8859-1 iso_8859-1:1987 l1 latin1 us-ascii windows-1252 x-cp1252",
    ],
    ["Α", [0xc1], "cp1253 windows-1253 x-cp1253"],
    [
      "–ğ",
      [0x96, 0xf0],
      "cp1254 csisolatin5 iso-8859-9 iso-ir-148 iso8859-9 iso88599 iso_8859-9 iso_8859-9:1989 l5 latin5 windows-1254 x-cp1254",
    ],
    ["א", [0xe0], "cp1255 windows-1255 x-cp1255"],
    ["ا", [0xc7], "cp1256 windows-1256 x-cp1256"],
    ["Ą", [0xc0], "cp1257 windows-1257 x-cp1257"],
    ["ư", [0xfd], "cp1258 windows-1258 x-cp1258"],
    ["А", [0x80], "x-mac-cyrillic x-mac-ukrainian"],
    ["中", [0xd6, 0xd0], "chinese csgb2312 csiso58gb231280 gb2312 gb_2312 gb_2312-80 gbk iso-ir-58 x-gbk gb18030"],
    ["中", [0xa4, 0xa4], "big5 big5-hkscs cn-big5 csbig5 x-x-big5"],
    ["日", [0xc6, 0xfc], "cseucpkdfmtjapanese euc-jp x-euc-jp"],
    ["日", [0x1b, 0x24, 0x42, 0x46, 0x7c, 0x1b, 0x28, 0x42], "csiso2022jp iso-2022-jp"],
    ["日", [0x93, 0xfa], "csshiftjis ms932 ms_kanji shift-jis shift_jis sjis windows-31j x-sjis"],
    [
      "한",
      [0xc7, 0xd1],
      "cseuckr csksc56011987 euc-kr iso-ir-149 korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 windows-949",
    ],
    ["\uF780", [0x80], "x-user-defined"],
  ]
  it.each(labels)("%s", (text, body, names) => {
    for (const label of names.split(" ")) {
      for (const written of [
        label,
        `"${label}"`,
        `'${label.toUpperCase()}'`,
        ` " ${label} "`,
        `"${label}`,
        `${label}"`,
      ])
        expect(decodeText(bytes(body), `text/xml; charset=${written}; x=y`), written).toEqual({ text })
      expect(decodeText(bytes(declared(label), body), undefined), label).toEqual({ text: declared(label) + text })
    }
  })

  it("of UTF-16", () => {
    for (const label of "unicodefffe utf-16be".split(" "))
      expect(decodeText(bytes(utf16("<é", "be")), `text/xml; charset='${label}'`)).toEqual({ text: "<é" })
    for (const label of "csunicode iso-10646-ucs-2 ucs-2 unicode unicodefeff utf-16 utf-16le".split(" "))
      expect(decodeText(bytes(utf16("<é", "le")), `text/xml; charset="${label}"`)).toEqual({ text: "<é" })
  })

  it("that the web refuses to decode are reported", () => {
    for (const label of "csiso2022kr hz-gb-2312 iso-2022-cn iso-2022-cn-ext iso-2022-kr replacement".split(" "))
      expect(decodeText(bytes("a"), `text/xml; charset=${label}`)).toHaveProperty("problem")
  })
})

describe("bytes of windows-1252 in UTF-8", () => {
  const warning = "bytes from 0x80 to 0x9F, which are not UTF-8 here, were read as windows-1252"
  const cases: [body: Uint8Array, text: string][] = [
    [bytes([0x93], "a", [0x94]), "“a”"],
    [bytes([0xc3, 0xa9, 0x96, 0xe2, 0x80, 0x93]), "é––"],
    [bytes([0x80]), "€"],
    [bytes("d", [0x92], "un", [0xf0, 0x9f, 0x98, 0x80]), "d’un😀"],
    [bytes([0xef, 0xbb, 0xbf], "x", [0x85, 0x85]), "x……"],
    [bytes([0xd8, 0xa7, 0x97]), "ا—"],
    [bytes([0x81, 0x9d]), "\u0081\u009D"],
  ]
  it.each(cases)("%j", (body, text) => {
    expect(decodeText(body, undefined)).toEqual({ text, warning })
    expect(decodeText(body, "text/xml; charset=utf-8")).toEqual({ text, warning })
  })

  it.each([
    [[0x93, 0xa0]],
    [[0x93, 0xe9, 0x20]],
    [[0xc3, 0x20, 0x93]],
    [[0x93, 0xff]],
    [[0x93, 0xe2, 0x80]],
    [[0xed, 0xa0, 0x80]],
  ])("are not read if other bytes are invalid too: %j", (body) =>
    expect(decodeText(bytes(body), undefined)).toHaveProperty("problem"),
  )
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
