import { describe, expect, test } from "vitest"
import { parseQuery } from "../../../../src/articles/search/parse-query.ts"
import { markTerms, snippetOf } from "../../../../src/articles/search/snippet.ts"
import { wordsOf } from "../../../../src/articles/search/words.ts"
import * as fc from "../../../fast-check.ts"

function snippet(text: string, typed: string): string | undefined {
  const query = parseQuery(typed)
  if ("hint" in query) throw new Error(query.hint)
  return snippetOf(text, query.terms)
}

function marked(headline: string, typed: string): string {
  const query = parseQuery(typed)
  if ("hint" in query) throw new Error(query.hint)
  return markTerms(headline, query.terms)
}

const FILLING = "lorem ipsum dolor sit amet consectetur adipiscing elit ".repeat(20).trim()

describe("a headline is whole, and its matches are marked", () => {
  test.each([
    ["The port of Beirut", "beirut", "The port of <mark>Beirut</mark>"],
    ["«The port» & <the> port!", "port", "«The <mark>port</mark>» &amp; &lt;the&gt; <mark>port</mark>!"],
    ["– The port –", "port", "– The <mark>port</mark> –"],
    ["قطار تجريبي إلى العقبة", "قطارات عقبه", "<mark>قطار</mark> تجريبي إلى <mark>العقبة</mark>"],
    ["Nothing of it", "port", "Nothing of it"],
    ["", "port", ""],
  ])("%s, for %s", (headline, typed, html) => expect(marked(headline, typed)).toBe(html))

  test("also if it is longer than a snippet", () => {
    const words = FILLING.slice(0, 400)
    expect(marked(`port ${words} port`, "port")).toBe(`<mark>port</mark> ${words} <mark>port</mark>`)
  })
})

describe("a snippet marks matches", () => {
  test.each([
    ["The port of Beirut", "beirut", "The port of <mark>Beirut</mark>"],
    ["The port, the port", "port", "The <mark>port</mark>, the <mark>port</mark>"],
    ["قال الوزير في القاهرة", "قاهره", "قال الوزير في <mark>القاهرة</mark>"],
    ["وصل إلى أبي ظبي أمس", "أبوظبي", "وصل إلى <mark>أبي ظبي</mark> أمس"],
    ["Two elections in May", "l’élection", "Two <mark>elections</mark> in May"],
    ["وأَعلنَ الوَزيرُ", "الوزير", "وأَعلنَ <mark>الوَزيرُ</mark>"],
    ["زار بالقاهرة «المتحف»", "متحف", "زار بالقاهرة «<mark>المتحف</mark>»"],
    ["Der Straßenbau", "strassen*", "Der <mark>Straßenbau</mark>"],
    ["the port of the town", '"port of"', "the <mark>port of</mark> the town"],
    ["a state-of-the-art port", '"of the art"', "a state-<mark>of-the-art</mark> port"],
    ["東京都知事", "京都", "東<mark>京都</mark>知事"],
    ["می‌روم", "روم", "می‌<mark>روم</mark>"],
    ["the port -of Beirut", "port -cairo", "the <mark>port</mark> -of Beirut"],
    ["mi mia mio xi", "mi*", "<mark>mi</mark> <mark>mia</mark> <mark>mio</mark> xi"],
    ["one\n\ntwo\tthree", "two", "one <mark>two</mark> three"],
    ["two trains, one train", "train", "two <mark>trains</mark>, one <mark>train</mark>"],
    ["تأخر القطارات", "قطار", "تأخر <mark>القطارات</mark>"],
    ["two trains", '"train"', undefined],
    ["½ cup", "2", "<mark>½</mark> cup"],
  ])("%s, %s", (text, typed, marked) => {
    expect(snippet(text, typed)).toBe(marked)
  })

  test("overlapping matches are marked once", () => {
    expect(snippet("the port of Beirut", '"port of" "of beirut"')).toBe("the <mark>port of</mark> Beirut")
  })

  test("a text that repeats a word is read only as far as necessary, with any other term", () => {
    const phrases = Array.from(
      { length: 12 },
      (_, no) =>
        `"${Array(no + 1)
          .fill("q")
          .join(" ")}"`,
    ).join(" ")
    const shown = snippet(`${"q ".repeat(500_000)}absent`, `${phrases} absent`)
    expect(shown).toMatch(/^<mark>q<\/mark>.*…$/)
  })

  test("nothing is marked without a match", () => {
    expect(snippet("The port of Beirut", "cairo")).toBeUndefined()
    expect(snippet("", "cairo")).toBeUndefined()
    expect(snippet("The port of Beirut", '"beirut port"')).toBeUndefined()
  })
})

describe("a snippet shows a passage", () => {
  test("with whole words and signs of omission", () => {
    const shown = snippet(`${FILLING}. The (port) of Beirut. ${FILLING}`, "port") ?? ""
    expect(shown).toMatch(/^…[a-z]+ .*The \(<mark>port<\/mark>\) of Beirut\. .*[a-z]+…$/)
    const plain = shown.replace(/<\/?mark>|…/g, "")
    expect(plain.length).toBeGreaterThan(120)
    expect(plain.length).toBeLessThanOrEqual(175)
    expect(wordsOf(plain).filter((word) => !FILLING.includes(word))).toEqual(["the", "port", "of", "beirut"])
  })

  test("without signs of omission at the beginning and at the end of the text", () => {
    expect(snippet(`Port. ${FILLING}`, "port")).toMatch(/^<mark>Port<\/mark>\. lorem .*…$/)
    const end = snippet(`${FILLING} port!`, "port") ?? ""
    expect(end).toMatch(/^….* <mark>port<\/mark>!$/)
    expect(end.length).toBeGreaterThan(140)
  })

  test("which is the first with the most different words", () => {
    const text = `port port port. ${FILLING} Beirut. ${FILLING} The port of Beirut. ${FILLING} Beirut port`
    expect(snippet(text, "port beirut")).toContain("The <mark>port</mark> of <mark>Beirut</mark>")
    expect(snippet(text, "port cairo")).toMatch(/^<mark>port<\/mark> <mark>port<\/mark>/)
  })

  test("also of words without spaces", () => {
    const shown = snippet(`${"日本語".repeat(200)}東京${"日本語".repeat(200)}`, "東京") ?? ""
    expect(shown).toContain("<mark>東京</mark>")
    expect(shown.length).toBeLessThan(200)
  })

  test("also of a phrase that is longer than it", () => {
    const phrase = Array.from({ length: 60 }, (_, no) => `w${no}`).join(" ")
    expect(snippet(`${FILLING} ${phrase} ${FILLING}`, `"${phrase}"`)).toContain(`<mark>${phrase}</mark>`)
  })
})

test("as HTML, with the text escaped", () => {
  expect(snippet(`<script>alert("port") & 'x'</script>`, "port")).toBe(
    "&lt;script&gt;alert(&quot;<mark>port</mark>&quot;) &amp; &#39;x&#39;&lt;/script&gt;",
  )
})

describe("a snippet closes every direction mark", () => {
  test("it searches for the beginning of an isolate only if there is one", () => {
    // If each closing sign were compared with all opening signs, this would take 160,000,000,000 steps.
    const text = `word${"\u202a".repeat(400_000)}${"\u2069".repeat(400_000)}`
    const marked = snippetOf(text, [{ words: ["word"], isPrefix: false }]) ?? ""
    expect([marked.startsWith("<mark>word\u202a"), marked.includes("\u2069")]).toEqual([true, false])
  })

  test("marks opened before the passage are not closed, and marks opened in it are", () => {
    expect(snippet(`\u2067${FILLING} port\u2069 x`, "port")).not.toMatch(/\u2067|\u2069/)
    expect(snippet(`port \u2067שלום ${FILLING}\u2069`, "port")).toMatch(/\u2067.*…\u2069$/)
    expect(snippet("port \u202bשלום\u202c \u202d x", "port")).toBe("<mark>port</mark> \u202bשלום\u202c \u202d x\u202c")
  })

  test("the end of an isolate closes all marks inside it", () => {
    expect(snippet("port \u2067a\u202bb\u2069c\u202c", "port")).toBe("<mark>port</mark> \u2067a\u202bb\u2069c")
    expect(snippet("port \u202ba\u2069b", "port")).toBe("<mark>port</mark> \u202bab\u202c")
  })
})

test("a snippet of any text is escaped, balanced, within the limit, and otherwise unchanged", () => {
  const units = [
    ..."abcا الق «»<>&\"'\n\u2066\u2067\u2068\u2069\u202a\u202b\u202c\u202d\u202e\u200f東京-.",
    "port ",
    "Port",
    "قاهرة ",
  ]
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...units), { maxLength: 400 }),
      fc.constantFrom("port", "القاهرة", "po*", '"port port"', "a port", "東京"),
      (parts, typed) => {
        const text = parts.join("")
        const shown = snippet(text, typed)
        if (shown === undefined) return
        expect(shown.replace(/<\/?mark>/g, "")).not.toMatch(/[<>"']|&(?!amp;|lt;|gt;|quot;|#39;)/)
        expect(shown.match(/<mark>/g)?.length).toBe(shown.match(/<\/mark>/g)?.length)
        const open: string[] = []
        for (const [sign] of shown.matchAll(/[\u202a-\u202e\u2066-\u2069]/g)) {
          if (sign === "\u2069") open.splice(open.lastIndexOf("isolate"))
          else if (sign === "\u202c") expect(open.pop()).toBe("embedding")
          else open.push(sign > "\u2065" ? "isolate" : "embedding")
        }
        expect(open).toEqual([])
        const plain = shown
          .replace(/<\/?mark>|^…|…$/g, "")
          .replace(
            /&(amp|lt|gt|quot|#39);/g,
            (_, name) => ({ amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" })[name as "amp"],
          )
        const without = (it: string) => it.replace(/[\u202a-\u202e\u2066-\u2069…]/g, "").replace(/\s+/g, " ")
        expect(without(text)).toContain(without(plain).trim())
      },
    ),
    { numRuns: 3000 },
  )
})
