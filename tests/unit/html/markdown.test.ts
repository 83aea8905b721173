/** Tests that a cleaned body becomes Markdown, and that no text of it becomes markup. */
import { describe, expect, test } from "vitest"
import { markdownOf } from "../../../src/html/markdown.ts"
import { sanitizeHtml } from "../../../src/html/sanitize.ts"
import * as fc from "../../fast-check.ts"

const write = (html: string): string => markdownOf(sanitizeHtml(html, "https://one.example/a"))

describe("the Markdown", () => {
  test.each([
    ["paragraphs", "<p>One\n two</p><p>Three</p>", "One two\n\nThree"],
    ["line breaks", "<p>One<br>Two<br></p>", "One\\\nTwo"],
    ["headings", "<h1>A</h1><h2>B</h2><h3><b>C</b><br>D</h3><p>E</p>", "## A\n\n## B\n\n### C D\n\nE"],
    ["emphasis", "<p>a <em>b </em>c <strong>d</strong><s>e</s></p>", "a *b* c **d**~~e~~"],
    ["nested emphasis", "<p><b>a <i>b</i></b></p>", "**a** ***b***"],
    ["emphasis around paragraphs", "<b><p>a</p><p>b</p></b>", "**a**\n\n**b**"],
    ["empty emphasis", "<p>a<b> </b>b<i></i></p>", "a b"],
    ["code", "<p><code>a*b</code> and <code>a`b</code></p>", "`a*b` and `` a`b ``"],
    [
      "links",
      '<p><a href="https://x.example/a_(b)?c=1&amp;d;">a [b]</a></p>',
      "[a \\[b\\]](https://x.example/a_%28b%29?c=1\\&d;)",
    ],
    ["a link in emphasis", '<p><b><a href="https://x.example/">a</a></b></p>', "[**a**](https://x.example/)"],
    ["mail", '<p><a href="mailto:a@b.example">a</a></p>', "[a](mailto:a@b.example)"],
    ["telephones", '<p><a href="tel:+9641">call</a></p>', "call"],
    ["an empty link", '<p>a<a href="https://x.example/"> </a>b</p>', "a b"],
    ["pictures", '<p><img src="https://x.example/a.jpg" alt="A [b]"></p>', "![A \\[b\\]](https://x.example/a.jpg)"],
    [
      "a picture in a link",
      '<a href="https://x.example/"><img src="https://x.example/a.jpg" alt=""></a>',
      "[![](https://x.example/a.jpg)](https://x.example/)",
    ],
    [
      "figures",
      '<figure><img src="https://x.example/a.jpg" alt="b"><figcaption>C</figcaption></figure>',
      "![b](https://x.example/a.jpg)\n\nC",
    ],
    ["lists", "<ul><li>a</li><li><p>b</p><p>c</p></li></ul>", "- a\n- b\n\n  c"],
    ["numbers", '<ol start="9"><li>a</li><li>b</li><li value="3">c</li></ol>', "9. a\n10. b\n3. c"],
    ["lists in lists", "<ul><li>a<ol><li>b</li></ol></li><li>c</li></ul><p>d</p>", "- a\n  1. b\n- c\n\nd"],
    ["quotations", "<blockquote><p>a</p><p>b</p></blockquote><blockquote>c</blockquote>", "> a\n>\n> b\n\n> c"],
    ["a list in a quotation", "<blockquote><p>a</p><ul><li>b</li></ul></blockquote>", "> a\n>\n> - b"],
    ["quotation marks", "<p>a <q>b</q></p>", "a “b”"],
    ["code blocks", "<pre>a\n  <b>*b*</b>\n```\n</pre>", "````\na\n  *b*\n```\n````"],
    ["rules", "<p>a</p><hr><p>b</p>", "a\n\n***\n\nb"],
    [
      "tables",
      "<table><tr><th>a</th><th>b</th></tr><tr><td><p>c</p><p>d|</p></td><td><code>e|f</code></td></tr><tr><td>g</td></tr></table>",
      "| a | b |\n| --- | --- |\n| c d\\| | `e\\|f` |\n| g |  |",
    ],
    ["tables that lay out", "<table><tr><td><h2>a</h2><p>b</p></td><td>c</td></tr></table>", "## a\n\nb\n\nc"],
    ["tables in tables", "<table><tr><td>a</td><td><table><tr><td>b</td></tr></table></td></tr></table>", "a\n\nb"],
    ["a caption", "<table><caption>a</caption><tr><td>b</td><td>c</td></tr></table>", "a\n\n| b | c |\n| --- | --- |"],
    ["terms", "<dl><dt>a</dt><dd>b</dd></dl>", "**a**\n\nb"],
    ["details", "<details><summary>a</summary><p>b</p></details>", "**a**\n\nb"],
    [
      "players",
      '<video controls src="https://x.example/a.mp4"><p>no</p></video><p>b</p>',
      "[https://x.example/a.mp4](https://x.example/a.mp4)\n\nb",
    ],
    [
      "players with sources",
      '<audio controls><source src="https://x.example/a.ogg"><source src="https://x.example/a.mp3"></audio>',
      "[https://x.example/a.ogg](https://x.example/a.ogg)",
    ],
    ["Arabic", '<p dir="rtl">قال <b>الوزير</b>: «نعم»</p>', "قال **الوزير**: «نعم»"],
    ["nothing", "<p> </p>", ""],
  ])("of %s", (_, html, expected) => {
    expect(write(html)).toBe(expected)
  })

  test.each([
    ["# a", "\\# a"],
    ["#a", "#a"],
    ["- a", "\\- a"],
    ["+ a", "\\+ a"],
    ["* a", "\\* a"],
    ["1. a", "1\\. a"],
    ["2026) a", "2026\\) a"],
    ["3.5 a", "3.5 a"],
    ["> a", "\\> a"],
    ["---", "\\---"],
    ["===", "\\==="],
    ["~~~", "\\~\\~\\~"],
    ["```", "\\`\\`\\`"],
    ["a_b", "a\\_b"],
    ["[a](javascript:b)", "\\[a\\](javascript:b)"],
    ["[a]: https://b.example", "\\[a\\]: https://b.example"],
    ["![a](b)", "!\\[a\\](b)"],
    ["<script>", "\\<script>"],
    ["&lt;b&gt; &copy; AT&T", "\\&lt;b\\&gt; \\&copy; AT&T"],
    ["a | b", "a \\| b"],
    ["a\\", "a\\\\"],
    ["- - -", "\\- - -"],
  ])("has the text %j as text", (text, expected) => {
    const html = text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;")
    expect(write(`<p>${html}</p>`)).toBe(expected)
    expect(write(`<p>x<br>${html}</p>`)).toBe(`x\\\n${expected}`)
  })

  test("does not make a picture of a link after an exclamation mark", () => {
    expect(write('<p>Yes!<a href="https://x.example/">a</a></p>')).toBe("Yes\\![a](https://x.example/)")
  })
})

describe("hostile bodies", () => {
  const piece = fc.constantFrom(
    ..."<p> </p> <b> </b> <i> <code> </code> <pre> </pre> <ul> <li> </li> </ul> <ol> <blockquote> </blockquote>".split(
      " ",
    ),
    ..."<table> <tr> <td> </td> </tr> </table> <br> <hr> <h2> </h2> # - > ` ``` * _ [x] ]( ! \\ | ~ 1. === &lt;b&gt;".split(
      " ",
    ),
    '<a href="https://x.example/">',
    "</a>",
    '<a href="javascript:alert(1)">',
    '<img src="https://x.example/a.jpg" alt="](javascript:alert(1))">',
    "word",
    "\n",
    " ",
  )

  test("become Markdown without HTML, with links to http, https and mailto only", () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const text = withoutCode(write(pieces.join("")))
        expect(text.match(/(?<!\\)(?:\\\\)*</g)).toBeNull()
        for (const [, address = ""] of text.matchAll(/(?<!\\)(?:\\\\)*\]\(([^)]*)\)/g))
          expect(address).toMatch(/^https:\/\/x\.example\//)
      }),
      { numRuns: 400 },
    )
  })

  test("grow with their size only, however deep they are", () => {
    const deep = `${"<blockquote><ul><li>".repeat(60)}${"<p>a</p>".repeat(3000)}`
    expect(write(deep).length).toBeLessThan(3000 * 2 * 60)
    const wide = `<table><tr>${"<td>a</td>".repeat(3000)}</tr>${"<tr><td>a</td><td>b</td></tr>".repeat(2000)}</table>`
    expect(write(wide).length).toBeLessThan(30_000)
  })
})

/** Removes code, in which signs are no markup. */
const withoutCode = (markdown: string): string =>
  markdown
    .replace(/^[ >\d.-]*(`{3,})\n[\s\S]*?\n[ >]*\1$/gm, "")
    .replace(/(?<![\\`])(`+)(?!`)[\s\S]*?(?<!`)\1(?!`)/g, "")
