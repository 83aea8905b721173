import { describe, expect, it } from "vitest"
import type { ParseProblem } from "../../../src/dialects/message.ts"
import { parseJson } from "../../../src/dialects/parse-json.ts"
import * as fc from "../../fast-check.ts"

const LIMITS = { depth: 64, tags: 20_000 }
const MIB = 1024 * 1024
const bytes = (text: string) => new TextEncoder().encode(text)
const parse = (text: string | Uint8Array) => parseJson(typeof text === "string" ? bytes(text) : text, LIMITS)

function value(text: string | Uint8Array): unknown {
  const result = parse(text)
  return "value" in result ? result.value : expect.fail(result.problem.detail)
}

function problem(text: string | Uint8Array): ParseProblem {
  const result = parse(text)
  return "problem" in result ? result.problem : expect.fail(`${String(text)} is taken`)
}

const place = (text: string) => /line \d+, column \d+/.exec(problem(text).detail)?.[0]

/** A reviver that makes texts of integers above 2^53. A number with a large exponent stays as it is written. */
function exactIntegers(_: string, value: unknown, { source = "" }: { source?: string } = {}): unknown {
  if (typeof value !== "number" || Number.isSafeInteger(value) || value === 0) return value
  const [mantissa = "", exponent = "0"] = source.toLowerCase().split("e")
  const [whole = "", fraction = ""] = mantissa.split(".")
  const shift = Number(exponent) - fraction.length
  if (shift > 20) return source
  const [digits, divisor] = [BigInt(whole + fraction), 10n ** BigInt(Math.max(0, -shift))]
  return digits % divisor === 0n ? String((digits * 10n ** BigInt(Math.max(0, shift))) / divisor) : value
}

describe("valid JSON", () => {
  it("is read as JSON.parse reads it", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), (text) => {
        const result = parse(text)
        // JSON.parse silently accepts these two.
        if ("problem" in result) expect(result.problem.detail).toMatch(/__proto__ is a name|occurs twice/)
        else expect(result.value).toEqual(JSON.parse(text, exactIntegers))
      }),
      { numRuns: 500 },
    )
  })

  it("keeps every digit of long integers, as text", () => {
    const long = [
      "9007199254740993",
      "-9007199254740993",
      "9223372036854775807",
      "18446744073709551615",
      "1".repeat(400),
    ]
    for (const digits of long) {
      expect(value(digits)).toBe(digits)
      expect(value(` [ ${digits}\n,{"id":${digits} , "a":1},"${digits}"]`)).toEqual([
        digits,
        { id: digits, a: 1 },
        digits,
      ])
    }
    const numbers = ["9007199254740991", "-9007199254740991", "1000000000000000.5", "0.12345678901234567"]
    expect(value(`[${numbers.join(",")}]`)).toEqual(numbers.map(Number))
    const others: [written: string, digits: string][] = [
      ["1234567890123456e2", "123456789012345600"],
      ["9007199254740993.0", "9007199254740993"],
      ["-9007199254740993.000", "-9007199254740993"],
      ["9007199254740993e0", "9007199254740993"],
      ["9007199254740993E+00", "9007199254740993"],
      ["900719925474099300e-2", "9007199254740993"],
      ["9.223372036854775807e18", "9223372036854775807"],
      ["0.00018446744073709551615e23", "18446744073709551615"],
      ["1e16", "10000000000000000"],
      ["1e400", "1e400"],
      ["-2.5E+999", "-2.5E+999"],
    ]
    for (const [written, digits] of others) expect(value(`{"id":${written}}`)).toEqual({ id: digits })
    expect(value("[0e400,-0.0e999,1e15,5e-1]")).toEqual([0, -0, 1e15, 0.5])
    expect(place(`[9007199254740993,\n9007199254740993 x]`)).toBe("line 2, column 18")
    expect(place("01234567890123456789")).toBe("line 1, column 2")
  })

  it("is distinguished from invalid JSON as JSON.parse does, with any change of the text", () => {
    const mark = fc.constantFrom(
      ...'{}[]":,\\/u0189aAfFgeE+-. \t\n\r\u0000\u001f\u007f\u00a0\ufeff\u2028tn',
      "",
      "true",
      "1e5",
      '""',
    )
    const change = fc.tuple(fc.nat(), fc.nat({ max: 2 }), mark)
    const base = fc.oneof(
      fc.json(),
      fc.constantFrom('{"a\\u00e9\\n":[-0.5E+3,true,null,{}],"b":[[]]}', " [1 , 2]\r\n", "-0"),
    )
    fc.assert(
      fc.property(base, fc.array(change, { minLength: 1, maxLength: 3 }), (text, changes) => {
        let changed = text
        for (const [place, removed, inserted] of changes) {
          const at = place % (changed.length + 1)
          changed = changed.slice(0, at) + inserted + changed.slice(at + removed)
        }
        // Encoded as bytes, text has no lone surrogates, and decoding removes a byte order mark.
        const sent = new TextDecoder().decode(bytes(changed))
        let expected: unknown
        try {
          expected = { value: JSON.parse(sent, exactIntegers) }
        } catch (error) {
          expected = error
        }
        const result = parse(changed)
        if (expected instanceof SyntaxError) expect([sent, result]).toEqual([sent, { problem: expect.anything() }])
        else if ("value" in result) expect(result).toEqual(expected)
        else
          expect([sent, result.problem.detail]).toEqual([
            sent,
            expect.stringMatching(/__proto__ is a name|occurs twice/),
          ])
      }),
      { numRuns: 500 },
    )
  })

  it("may begin with a byte order mark", () => {
    expect(value(bytes('\ufeff{"a":1}'))).toEqual({ a: 1 })
    expect(place("\ufeff{x")).toBe("line 1, column 2")
    expect(place("\ufeff\ufeff1")).toBe("line 1, column 1")
  })

  it("may have NUL and lone surrogates in strings, which are removed elsewhere", () => {
    expect(value('["\\u0000\\ud800","\\ud83d\\ude00"]')).toEqual(["\u0000\ud800", "😀"])
  })
})

describe("broken JSON is refused", () => {
  it.each([
    ["", "line 1, column 1 should be a value, where the body ends"],
    [" \n", "line 2, column 1 should be a value, where the body ends"],
    ["{", "line 1, column 2 should be a name in double quotes, where the body ends"],
    ["{'a':1}", "line 1, column 2 should be a name in double quotes."],
    ['{"a":1,}', "line 1, column 8 should be a name in double quotes."],
    ['{"a" 1}', "line 1, column 6 should be a colon."],
    ['{"a":1 "b":2}', "line 1, column 8 should be a comma or }."],
    ['{"a":}', "line 1, column 6 should be a value."],
    ["[1,]", "line 1, column 4 should be a value."],
    ["[1}", "line 1, column 3 should be a comma or ]."],
    ["[1\r\n,2\r\n", "line 3, column 1 should be a comma or ], where the body ends"],
    ['{\n  "é": "😀" x\n}', "line 2, column 13 should be a comma or }."],
    ["1 2", "line 1, column 3 should be nothing more."],
    ["{} {}", "line 1, column 4 should be nothing more."],
    ["NaN", "line 1, column 1 should be a value."],
    ["[undefined]", "line 1, column 2 should be a value."],
    ["[-]", "line 1, column 3 should be a digit."],
    ["[1.]", "line 1, column 4 should be a digit."],
    ["[1e+]", "line 1, column 5 should be a digit."],
    ["[01]", "line 1, column 3 should be a comma or ]."],
    ['["a\nb"]', "line 1, column 4 should be an escape instead of a control character."],
    ['["a', "line 1, column 4 should be the end of a string, where the body ends"],
    ['["\\x"]', "line 1, column 3 should be one of"],
    ['["\\u12g4"]', "line 1, column 3 should be one of"],
    ['["\\u12', "line 1, column 3 should be one of"],
    ["<html>", "line 1, column 1 should be a value."],
  ])("%j: %s", (text, detail) => {
    expect(problem(text)).toEqual({ code: "invalid_json", detail: expect.stringContaining(detail) })
  })

  it.each([
    [[0x22, 0xff, 0x22], 1],
    [[0x22, 0xc0, 0x80, 0x22], 1],
    [[0x22, 0xed, 0xa0, 0x80, 0x22], 1],
    [[0x22, 0xc3, 0x28, 0x22], 1],
    [[0x22, 0xe2, 0x82], 1],
    [[0xef, 0xbb, 0xbf, 0x22, 0xd8, 0xa7, 0xf5, 0x22], 6],
    // A replacement character may be valid input, and it shares bytes with broken ones.
    [[0x22, 0xef, 0xbf, 0xbd, 0xef, 0xbf, 0x22], 4],
    [[0x22, 0xef, 0xbf, 0xbd, 0xef], 4],
    [[0xff, 0xfe, 0x22, 0x00, 0x22, 0x00], 0],
  ])("bytes %j are not UTF-8 at %i", (sent, offset) => {
    const { code, detail } = problem(Uint8Array.from(sent))
    expect([code, detail]).toEqual(["invalid_json", expect.stringContaining(`byte ${offset} `)])
  })
})

describe("refused JSON", () => {
  it("has a name twice in one object", () => {
    const pointers = (text: string) => problem(text).errors?.map(({ pointer }) => pointer)
    expect(problem('{"data":[{"id":1},{"a/b~":{"id":1,\n"id":1}}]}')).toEqual({
      code: "invalid_json",
      detail: "/data/1/a~1b~0/id occurs twice in its object (line 2, column 1).",
      errors: [{ pointer: "/data/1/a~1b~0/id", detail: "occurs twice in its object (line 2, column 1)" }],
    })
    expect(pointers('{"":1,"":2}')).toEqual(["/"])
    expect(pointers('{"a":1,"\\u0061":2}')).toEqual(["/a"])
    expect(pointers('{"\\n":1,"\\u000a":2}')).toEqual(["/\n"])
    expect(pointers('{"\\u005c/":1,"\\\\\\/":2}')).toEqual(["/\\~1"])
    expect(pointers('{"a":{"a":1},"b":1,"a":2}')).toEqual(["/a"])
    expect(pointers('[{"a":1},{"a":1},{"a":1,"b":[{"a":1}],"a":1}]')).toEqual(["/2/a"])
    // The names differ, or are in different objects.
    const fine = '[{"a":{"a":{"a":[{"a":1},{"a":1}]}}},{"a":1,"A":1,"á":1,"a ":1,"1":1,"01":1}]'
    expect(value(fine)).toEqual(JSON.parse(fine))
  })

  it("has the name __proto__", () => {
    for (const name of ["__proto__", "__\\u0070roto__", "\\u005f_proto__"]) {
      expect(problem(`{"data":{"${name}":{"deleted":true}}}`)).toMatchObject({
        code: "invalid_json",
        detail: "/data/__proto__ is a name that is not accepted (line 1, column 10).",
        errors: [{ pointer: "/data/__proto__" }],
      })
    }
    expect(value('["__proto__",{"__proto":1,"constructor":1}]')).toHaveLength(2)
  })

  it("is nested more than 64 levels deep", () => {
    const arrays = (depth: number) => "[".repeat(depth) + "]".repeat(depth)
    const objects = (depth: number) => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`
    for (const deep of [arrays, objects]) {
      expect(value(deep(64))).toEqual(JSON.parse(deep(64)))
      for (const depth of [65, 100_000])
        expect(problem(deep(depth)).detail).toContain("is nested deeper than 64 (line 1,")
    }
    expect(problem(arrays(65)).errors?.[0]?.pointer).toBe("/0".repeat(64))
    expect(value(`["${"[".repeat(100)}${"{".repeat(100)}\\"["]`)).toHaveLength(1)
  })

  it('has more than 20,000 "<", however they are written', () => {
    const text = (count: number) => `["${"<".repeat(count - 4)}\\u003c\\u003C",{"<\\u003c":1},"\\\\u003c"]`
    expect(value(text(20_000))).toHaveLength(3)
    expect(problem(text(20_001))).toEqual({
      code: "body_too_large",
      detail: 'The body has at least 20001 "<"; at most 20000 are accepted. Split the batch.',
    })
  })

  it("is never repeated at length in the answer", () => {
    const long = "x".repeat(500_000)
    const { detail, errors } = problem(`{"${long}":1,"${long}":2}`)
    expect(detail.length).toBeLessThan(300)
    expect(errors?.[0]?.pointer).toBe(`/${"x".repeat(100)}…`)
  })
})

describe("the worst JSON of 1 MiB", () => {
  const filled = (start: string, unit: (index: number) => string, end: string) => {
    const units: string[] = []
    for (let length = start.length, i = 0; length < MIB; i++) {
      units.push(unit(i))
      length += unit(i).length + 1
    }
    return start + units.join(",") + end
  }
  it.each([
    ["names", filled("{", (i) => `"${i.toString(36)}":1`, "}")],
    ["numbers as names", filled("{", (i) => `"${i}":1`, "}")],
    ["escaped names", filled("{", (i) => `"\\n${i}":1`, "}")],
    ["objects", filled("[", () => '{"a":1}', "]")],
    ["nested objects", filled("[", () => `${'{"a":'.repeat(63)}1${"}".repeat(63)}`, "]")],
    ["numbers", filled("[", () => "0", "]")],
    ["one string", `"${"x".repeat(MIB)}"`],
    ["escapes", `"${"\\u0041".repeat(MIB / 6)}"`],
    ["backslashes", `"${"\\\\".repeat(MIB / 2)}\\u003c"`],
    ["short escapes", `"${"\\n".repeat(MIB / 2)}"`],
    ["white space", `${" ".repeat(MIB)}1`],
    ["lines before a fault", `${"\n".repeat(MIB)}x`],
    ["levels", "[".repeat(MIB)],
  ])("with %s is read or refused", (_, text) => {
    expect(Object.keys(parse(bytes(text)))).toHaveLength(1)
  })
})
