import { describe, expect, it } from "vitest"
import { excerpt, htmlToText } from "../../../src/html/excerpt.ts"
import { sanitizeHtml } from "../../../src/html/sanitize.ts"
import * as fc from "../../fast-check.ts"

const clean = (html: string) => sanitizeHtml(html, undefined)

describe("htmlToText", () => {
  it("writes a line for each block and decodes what the sanitiser encodes", () => {
    const body = clean(
      `<h1>T &amp; U</h1><p>a <b>b</b>c<br>d &lt;e&gt; &amp;amp;</p><ul><li>f</li><li>g</li></ul>h<img alt=x>`,
    )
    expect(htmlToText(body)).toBe("T & U\na bc\nd <e> &amp;\nf\ng\nh")
    expect(htmlToText(clean("<table><tr><td>1<td>2<tr><td>3</table>"))).toBe("1 2\n3")
    expect(htmlToText("")).toBe("")
  })

  it("returns any text that was written as HTML", () => {
    const encoded = (text: string) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`)
    const words = fc.array(fc.string({ unit: "grapheme", minLength: 1 }).filter((word) => !/[\s\p{Cc}]/u.test(word)))
    fc.assert(
      fc.property(words, (list) => {
        expect(htmlToText(clean(`<p>${list.map(encoded).join(" ")}</p>`))).toBe(list.join(" "))
      }),
      { numRuns: 300 },
    )
  })
})

describe("excerpt", () => {
  it("ends with a whole word", () => {
    expect(excerpt("one two, three four", 10)).toBe("one two…")
    expect(excerpt("one two three", 8)).toBe("one two…")
    expect(excerpt("one two\n three ", 13)).toBe("one two three")
    expect(excerpt("", 5)).toBe("")
  })

  it("cuts scripts without spaces between characters", () => {
    expect(excerpt("日本語日本語", 4)).toBe("日本語…")
    expect(excerpt("👨‍👩‍👧‍👦👨‍👩‍👧‍👦👨‍👩‍👧‍👦", 2)).toBe("👨‍👩‍👧‍👦…")
    expect(excerpt("مُحَمَّد", 2)).toBe("مُ…")
  })

  it("is never longer than the limit", () => {
    const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" })
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 60 }), fc.integer({ min: 1, max: 40 }), (text, most) => {
        expect([...graphemes.segment(excerpt(text, most))].length).toBeLessThanOrEqual(most)
      }),
      { numRuns: 300 },
    )
  })
})
