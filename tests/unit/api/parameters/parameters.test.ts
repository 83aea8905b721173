/** Tests the accepted values of each parameter. */

import { describe, expect, it } from "vitest"
import { type CursorPosition, cursorPosition } from "../../../../src/api/parameters/cursor.ts"
import { encodeCursor } from "../../../../src/articles/model/cursor.ts"
import { SELECTION_PARAMETERS } from "../../../../src/articles/read/selection-parameters.ts"
import { languages, number, oneOf, slug, slugs, someOf, time, timeAtEnd } from "../../../../src/http/parameter-types.ts"
import { Problem } from "../../../../src/http/problem.ts"
import * as fc from "../../../fast-check.ts"

const { tag: tags } = SELECTION_PARAMETERS

const problemOf = (read: () => unknown): string => {
  try {
    read()
  } catch (error) {
    if (error instanceof Problem) return [error.message, ...error.errors.map(({ detail }) => detail)].join(" ")
    throw error
  }
  throw new Error("was taken")
}

describe("times", () => {
  it("are RFC 3339 in any zone, to the millisecond", () => {
    const moment = fc.date({ min: new Date(0), max: new Date(Date.UTC(9998, 0)), noInvalidDate: true })
    const minutes = fc.integer({ min: -14 * 60, max: 14 * 60 })
    fc.assert(
      fc.property(moment, minutes, fc.boolean(), (at, offset, escaped) => {
        const local = new Date(at.getTime() + offset * 60_000).toISOString().slice(0, -1)
        const [hours, rest] = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60].map((n) =>
          String(n).padStart(2, "0"),
        )
        // A plus that was not encoded arrives as a space.
        const sign = offset < 0 ? "-" : escaped ? "+" : " "
        expect(time([at.toISOString()], "since")).toBe(at.getTime())
        expect(time([`${local}${sign}${hours}:${rest}`], "since")).toBe(at.getTime())
      }),
    )
  })

  it("may be a day, which means its beginning or its end", () => {
    const day = Date.UTC(2026, 10, 25)
    expect(time(["2026-11-25"], "since")).toBe(day)
    expect(timeAtEnd(["2026-11-25"], "until")).toBe(day + 86_400_000 - 1)
    expect(timeAtEnd(["2026-11-25T00:00:00Z"], "until")).toBe(day)
    expect([time([], "since"), timeAtEnd([], "until")]).toEqual([undefined, undefined])
    expect(time(["2028-02-29"], "since")).toBe(Date.UTC(2028, 1, 29))
  })

  it.each([
    ...[
      "2026-02-30",
      "2026-02-29T00:00:00Z",
      "2026-13-01",
      "2026-11-25T24:30:00Z",
      "2026-11-25T24:00:00Z",
      "2026-11-25 08:00:00Z",
      "25.11.2026",
    ],
    ...["1764057600", "2026-11-25T08:00", "2026-11", "now", "2026-11-25T08:00:00+0200", "+002026-11-25T08:00:00Z"],
  ])("do not include %s", (value) => {
    expect(problemOf(() => time([value], "since"))).toContain("must be a time such as")
  })

  it("may be given once", () => {
    expect(problemOf(() => time(["2026-11-25", "2026-11-25"], "since"))).toContain("was given 2 times")
  })
})

describe("lists", () => {
  it("are repeated or separated by commas, without duplicates, in one order", () => {
    expect(slugs(["b, a", "A", "c"], "section")).toEqual(["a", "b", "c"])
    expect(languages(["FR-ca,ar"], "lang")).toEqual(["ar", "fr-ca"])
    // Tags may contain commas.
    expect(tags(["Rock, Roll", " rock,  roll "], "tag")).toEqual(["rock, roll"])
    expect(someOf(["id", "title", "url"])(["url,id", "id"], "fields")).toEqual(["id", "url"])
    expect(someOf(["id"])([], "fields")).toBeUndefined()
  })

  it("have at most ten values", () => {
    const eleven = Array.from({ length: 11 }, (_, n) => `s${n}`)
    expect(problemOf(() => slugs(eleven, "section"))).toContain("more than 10 values")
    expect(slugs([...eleven.slice(1), "s1", "s2"], "section")).toHaveLength(10)
  })

  it("get an error for every invalid value, but at most eleven", () => {
    const x = "x".repeat(101)
    expect(problemOf(() => slugs(["A_,b", "C_"], "section"))).toMatch(/"a_" must be .*"c_" must be /)
    expect(problemOf(() => languages(["english,fr,arabic"], "lang"))).toMatch(/"english".* en\?.*"arabic".* ar\?/)
    expect(problemOf(() => tags([`1${x}`, "fine", `🎈${x}`], "tag"))).toMatch(/"1x{19}…" must have .*"🎈x{19}…" must /)
    const many = Array.from({ length: 1000 }, (_, n) => `${n}_`)
    expect(problemOf(() => slugs(many, "section")).match(/must be|more than 10 values/g)).toHaveLength(12)
    const most = [...many.slice(0, 2), ..."abcdefghi"]
    expect(problemOf(() => slugs(most, "section"))).toMatch(/"0_".*"1_".*more than 10 values$/)
    expect(problemOf(() => slug(["a,b"], "section"))).toContain('"a,b" must be')
    expect(slug([" A-b "], "section")).toBe("a-b")
  })

  it("get suggestions of similar names", () => {
    const read = () => someOf(["title", "tags", "id"])(["titel,idd,x"], "fields")
    expect(problemOf(read)).toMatch(/"titel".*title\?.*"idd".*id\?.*"x" is not one of its names\.$/)
    expect(problemOf(() => oneOf(["json", "ninjs"], "json")(["ninj"], "format"))).toContain("Did you mean ninjs?")
    expect(oneOf(["json", "ninjs"], "json")(["NINJS"], "format")).toBe("ninjs")
    // Each value would be compared with every slug.
    const many = Array.from({ length: 1000 }, (_, n) => `n${n}`).join(",")
    expect(problemOf(() => someOf(["title"])([many], "fields"))).toMatch(
      /"n49" is not one of its names\..*has 950 more unknown names$/,
    )
  })
})

describe("numbers", () => {
  it("are whole, within their bounds, in decimal digits", () => {
    const limit = number(1, 100, 50)
    expect([limit([], "limit"), limit(["1"], "limit"), limit(["100"], "limit")]).toEqual([50, 1, 100])
    for (const bad of ["0", "101", "-1", "1.5", "1e1", "0x10", "١", " 5", "9999999999"]) {
      expect(problemOf(() => limit([bad], "limit"))).toContain("must be a number from 1 to 100")
    }
  })
})

describe("cursors", () => {
  const read = (text: string) => cursorPosition(text, ["page", "changed"])
  const id = "0123456789abcdef0123456789abcdef"

  it("are decoded as they were encoded", () => {
    for (const kind of ["page", "changed"] as const) {
      expect(read(encodeCursor("0a1b2c3d4e", kind, [1795661693823, id]))).toEqual({
        kind,
        epoch: "0a1b2c3d4e",
        position: ["1795661693823", id],
      })
    }
  })

  it("are refused if they are any other text, which is never a server error", () => {
    const near = fc
      .tuple(
        fc.constantFrom("page", "changed", "inventory", "tags"),
        fc.array(fc.oneof(fc.string(), fc.constantFrom("12", "1x", id, `${id}0`))),
      )
      .map(([kind, position]) =>
        btoa(unescape(encodeURIComponent(["1", "e", kind, ...position].join(".")))).replace(/=+$/, ""),
      )
    fc.assert(
      fc.property(fc.oneof(fc.string(), near), (value) => {
        let found: CursorPosition
        try {
          found = read(value)
        } catch (error) {
          expect(error).toBeInstanceOf(Problem)
          return
        }
        expect(found.position).toEqual([expect.stringMatching(/^\d{1,15}$/), expect.stringMatching(/^[0-9a-f]{32}$/)])
      }),
      { numRuns: 2000 },
    )
  })
})
