/** Tests the contrast of colours, and that the style sheet has the backgrounds with which colours are compared. */
import { readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { BACKGROUNDS, darkVariantOf } from "../../../src/articles/taxonomy/appearance.ts"
import { type Color, contrastOf, hasContrast, parseColor, withContrast } from "../../../src/text/color.ts"
import * as fc from "../../fast-check.ts"

// The ratios are from the WebAIM Contrast Checker, to two digits.
test.each<[Color, Color, number]>([
  ["#000000", "#ffffff", 21],
  ["#ffffff", "#ffffff", 1],
  ["#777777", "#ffffff", 4.47],
  ["#767676", "#ffffff", 4.54],
  ["#ff0000", "#ffffff", 3.99],
  ["#0000ff", "#ffffff", 8.59],
  ["#ffff00", "#000000", 19.55],
])("%s on %s has a contrast of %d", (one, other, ratio) => {
  expect(Math.floor(contrastOf(one, other) * 100) / 100).toBe(ratio)
  expect(contrastOf(other, one)).toBe(contrastOf(one, other))
})

test.each([
  ["#abc", "#aabbcc"],
  ["#ABCDEF", "#abcdef"],
  ["#0B57A4", "#0b57a4"],
  ["abc", undefined],
  ["#abcd", undefined],
  ["#12345g", undefined],
  ["red", undefined],
  ["#fff;}", undefined],
  ["", undefined],
])("%j is read as %j", (text, color) => {
  expect(parseColor(text)).toBe(color)
})

test("the backgrounds are those of the style sheet", () => {
  const css = readFileSync("src/site/styles/base.css", "utf8")
  const valuesOf = (name: string) => [...css.matchAll(new RegExp(`--${name}: (#\\w+);`, "g"))].map(([, value]) => value)
  const [paper, tint] = [valuesOf("paper"), valuesOf("tint")].map((values) =>
    values.map((each) => parseColor(`${each}`)),
  )
  expect({ light: [paper?.[0], tint?.[0]], dark: [paper?.[1], tint?.[1]] }).toEqual(BACKGROUNDS)
})

describe("a mixture", () => {
  const anyColor = fc.integer({ min: 0, max: 0xffffff }).map((n): Color => `#${n.toString(16).padStart(6, "0")}`)

  test("has enough contrast, whatever the colour was, and a colour with enough contrast is kept", () => {
    fc.assert(
      fc.property(anyColor, (color) => {
        const dark = darkVariantOf(color)
        expect(hasContrast(dark, BACKGROUNDS.dark)).toBe(true)
        if (hasContrast(color, BACKGROUNDS.dark)) expect(dark).toBe(color)
        expect(hasContrast(withContrast(color, BACKGROUNDS.light, "#000000"), BACKGROUNDS.light)).toBe(true)
      }),
    )
  })
})
