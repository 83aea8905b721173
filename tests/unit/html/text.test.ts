/** Tests the text of a body, with its lines and paragraphs. */

import { type DefaultTreeAdapterMap, parseFragment } from "parse5"
import { describe, expect, it } from "vitest"
import { sanitizeHtml } from "../../../src/html/sanitize.ts"
import { textOf } from "../../../src/html/text.ts"
import * as fc from "../../fast-check.ts"

const textFrom = (html: string): string => textOf(sanitizeHtml(html, undefined))

describe("textOf", () => {
  it.each([
    ["<p>one</p><p>two</p>", "one\n\ntwo"],
    ["<h2>head</h2>\n<p>one\n   two <b>three</b>  four</p>\n", "head\n\none two three four"],
    ["<ul><li>a</li><li>b<ul><li>c</li></ul></li><li>d</li></ul>", "a\nb\n\nc\n\nd"],
    ["one<br>two<br><br>three<br><br><br><br>four", "one\ntwo\n\nthree\n\nfour"],
    ["<p>one<br></p><p>two</p>", "one\n\ntwo"],
    ["<blockquote><p>said</p></blockquote><p>then</p>", "said\n\nthen"],
    ["<table><tr><th>x</th><th>y</th></tr><tr><td>1</td><td>2</td></tr></table>after", "x\ty\n1\t2\n\nafter"],
    ["<figure><img src='https://a.example/b.jpg' alt='not said'><figcaption>said</figcaption></figure>", "said"],
    ["<p>a<i> b</i> <i>c</i></p>", "a b c"],
    ["<p>wo<b>rd</b>s</p>", "words"],
    ["<pre>a\n  b\n\n\n\nc</pre>d  e", "a\n  b\n\n\n\nc\n\nd e"],
    ["<p>1 &lt; 2 &amp;amp; &quot;q&quot; &#39;</p>", '1 < 2 &amp; "q" \''],
    ["<p>السطر الأول<br>الثاني</p><p>٣</p>", "السطر الأول\nالثاني\n\n٣"],
    ["<p>a&nbsp;&nbsp;b</p>", "a\u00a0\u00a0b"],
    ["<p> </p><p></p>", ""],
    ["", ""],
  ])("%s", (html, text) => {
    expect(textFrom(html)).toBe(text)
  })

  type Node = DefaultTreeAdapterMap["node"]
  const textIn = (node: Node): string =>
    "value" in node ? node.value : "childNodes" in node ? node.childNodes.map(textIn).join("") : ""
  // A browser moves content of a table outside its cells in front of the table, which changes the order of the words.
  const TABLE = "<table><tr><td>"
  const markup = fc
    .array(
      fc.oneof(
        fc.constantFrom("<p>", "</p>", "<b>", "</b>", "<br>", "<ul><li>", "</li></ul>", TABLE, "</td></tr></table>"),
        fc.constantFrom(
          "<pre>",
          "</pre>",
          "<a href='https://a.example/?b&amp;c'>",
          "</a>",
          "<blockquote>",
          "<h2>",
          "</h2>",
        ),
        fc.constantFrom(" ", "\n", "\t", "&amp;lt;", "&lt;", "'\"", "عربي", "word"),
        fc.string({ unit: "grapheme", maxLength: 6 }),
      ),
      { maxLength: 24 },
    )
    .map((parts) => sanitizeHtml(parts.join(""), undefined))

  it("returns all words that a browser reads, in their order, and no markup", () => {
    const letters = (text: string) => text.replace(/\s+/gu, "")
    fc.assert(
      fc.property(markup, (html) => {
        expect(letters(textOf(html))).toBe(letters(textIn(parseFragment(html))))
      }),
      { numRuns: 1000 },
    )
  })

  it("has no spaces around lines, and at most one empty line in a row", () => {
    fc.assert(
      fc.property(
        markup.filter((html) => !html.includes("<pre")),
        (html) => {
          expect(textOf(html)).not.toMatch(/[ \t]\n|\n[ ]|\n{3}|^[ \n]|[ \n]$/)
        },
      ),
      { numRuns: 1000 },
    )
  })
})
