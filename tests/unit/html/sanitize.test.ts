import { describe, expect, it } from "vitest"
import { htmlToText } from "../../../src/html/excerpt.ts"
import { HTML_LIMIT_BYTES, sanitizeHtml, TAG_LIMIT } from "../../../src/html/sanitize.ts"
import { leaks } from "./allow-list.ts"

const BASE = "https://pub.example/news/article"
const clean = (html: string) => sanitizeHtml(html, BASE)

describe("the sanitiser", () => {
  it("keeps a right-to-left body unchanged", () => {
    const body =
      `<p lang="ar" dir="rtl">قال <strong>الوزير</strong> إنّ «الميزانية» سترتفع بنسبة ٪١٢٫٥ — <bdi>GDP</bdi>\u200f.</p>` +
      `<figure><img src="https://pub.example/%D8%B5.jpg" alt="صورة" width="800" height="450" />` +
      `<figcaption dir="auto">می\u200cشود</figcaption></figure><table><tbody><tr><th scope="row">أ</th><td>١</td></tr></tbody></table>`
    expect(clean(body)).toBe(body)
  })

  it("keeps structure, media and ruby", () => {
    const body =
      `<h2>T</h2><ol start="3" reversed><li value="5">x</li></ol><dl><dt>a</dt><dd>b</dd></dl><hr />` +
      `<details open><summary>s</summary><pre>a  b</pre></details><ruby>漢<rp>(</rp><rt>kan</rt></ruby>` +
      `<del datetime="2026-01-01">x</del><time datetime="2026-01-01T00:00Z">now</time><sup>1</sup>` +
      `<video src="https://pub.example/v.mp4" poster="https://pub.example/p.jpg" controls preload="none">` +
      `<track src="https://pub.example/c.vtt" kind="captions" srclang="ar" label="عربي" /></video>`
    expect(clean(body)).toBe(body)
  })

  it("writes an article's h1 as h2 and sections as blocks, and drops classes, styles, ids and handlers", () => {
    expect(clean(`<h1 id=a class=b>T</h1><section style="x"><p onclick=x>a</p></section><aside>b</aside>`)).toBe(
      "<h2>T</h2><div><p>a</p></div><div>b</div>",
    )
    expect(clean(`<p><b>a</b><blink>b</blink><!-- c --></p>`)).toBe("<p><b>a</b>b</p>")
    expect(clean(`<p dir=sideways lang="x y">a</p>`)).toBe("<p>a</p>")
  })

  it("gives media player controls, and never lets them start automatically", () => {
    expect(clean(`<audio autoplay loop src=/a.mp3></audio>`)).toBe(
      `<audio src="https://pub.example/a.mp3" controls></audio>`,
    )
  })

  it("turns a frame into a link, and drops a frame without an address", () => {
    expect(
      clean(`<p>a</p><iframe src="https://www.youtube.com/embed/x" title="A &amp; B"><b>old</b></iframe><p>b</p>`),
    ).toBe(`<p>a</p><a href="https://www.youtube.com/embed/x" rel="noopener">A &amp; B</a><p>b</p>`)
    expect(clean(`<iframe data-src="//player.example/1"></iframe>`)).toBe(
      `<a href="https://player.example/1" rel="noopener">https://player.example/1</a>`,
    )
    expect(clean(`<iframe src="javascript:1">x</iframe><p>b</p><iframe></iframe>c`)).toBe("<p>b</p>c")
  })

  it("keeps the values of rel that search engines require", () => {
    expect(clean(`<a href="https://x.example/" rel="UGC sponsored me opener" target=_blank>x</a>`)).toBe(
      `<a href="https://x.example/" rel="sponsored ugc noopener">x</a>`,
    )
    expect(clean(`<a name=x>y</a>`)).toBe("<a>y</a>")
  })
})

describe("the sanitiser on addresses", () => {
  it("makes every address absolute", () => {
    expect(clean(`<a href="../x?a=1&b=2">x</a><a href="#note">y</a>`)).toBe(
      `<a href="https://pub.example/x?a=1&amp;b=2" rel="noopener">x</a>` +
        `<a href="https://pub.example/news/article#note" rel="noopener">y</a>`,
    )
    expect(clean(`<blockquote cite="/q">x</blockquote><video poster="p.jpg" src="//cdn.example/v"></video>`)).toBe(
      `<blockquote cite="https://pub.example/q">x</blockquote>` +
        `<video src="https://cdn.example/v" poster="https://pub.example/news/p.jpg" controls></video>`,
    )
  })

  it("drops relative ones without a base, and an image without an address", () => {
    const body = `<a href="x">x</a><img src="/y.jpg" alt="y"><picture><source srcset="z 1x"></picture>`
    for (const base of [undefined, "", "not an address", "mailto:a@b.example"]) {
      expect(sanitizeHtml(body, base)).toBe("<a>x</a>")
    }
  })

  it("allows mail and telephone addresses only in links", () => {
    expect(clean(`<a href="mailto:a@b.example">m</a><a href="tel:+9641">t</a><img src="mailto:a@b.example">`)).toBe(
      `<a href="mailto:a@b.example" rel="noopener">m</a><a href="tel:+9641" rel="noopener">t</a>`,
    )
  })

  it("parses srcset by the rules of HTML", () => {
    expect(clean(`<img srcset="a,b.jpg 1x,c.jpg 2x , d.jpg 1.5x,,e 0w, f 5w 2h, g 0.0x, data:x 2x, h,">`)).toBe(
      `<img src="https://pub.example/news/c.jpg" srcset="https://pub.example/news/a,b.jpg 1x, https://pub.example/news/c.jpg 2x, ` +
        `https://pub.example/news/d.jpg 1.5x, https://pub.example/news/h" />`,
    )
    expect(clean(`<img src=i.jpg srcset=" , ,, ">`)).toBe(`<img src="https://pub.example/news/i.jpg" />`)
  })

  it("finds the image of a lazily loaded element", () => {
    expect(clean(`<img src="data:image/gif;base64,R0" data-src="/r.jpg" width="640px" alt="">`)).toBe(
      `<img src="https://pub.example/r.jpg" alt="" width="640" />`,
    )
    expect(clean(`<img src="/s.jpg" data-src="/r.jpg">`)).toBe(`<img src="https://pub.example/r.jpg" />`)
  })

  it("drops invisible images", () => {
    for (const attributes of [
      `width=1 height=1`,
      `width="1px" height="0"`,
      `style="display: none"`,
      `style=visibility:hidden`,
    ]) {
      expect(clean(`<p>a<img src="https://t.example/p.gif" ${attributes}>b</p>`)).toBe("<p>ab</p>")
    }
    expect(clean(`<img src="/wide.jpg" srcset="/wide.jpg 2x" width=0 height=0>`)).toContain("wide.jpg")
  })
})

describe("the sanitiser on the largest input", () => {
  const times = Math.floor(TAG_LIMIT / 2)
  const worst: Record<string, string> = {
    "deep tags": "<b>".repeat(TAG_LIMIT),
    "deep tags with their ends": `${"<i>".repeat(times)}x${"</i>".repeat(times)}`,
    "deep discarded tags": "<x>".repeat(TAG_LIMIT),
    "flat tags": "<p>a</p>".repeat(times),
    "tracking pixels": `${"x".repeat(100_000)}${"<img>".repeat(TAG_LIMIT)}`,
    "frames in frames": "<iframe>".repeat(TAG_LIMIT),
    "noscript in noscript": "<noscript>".repeat(TAG_LIMIT),
    "ends without beginnings": "</p>".repeat(TAG_LIMIT),
    "one tag with many attributes": `<img ${Array.from({ length: 30_000 }, (_, n) => `a${n}=1`).join(" ")}>`,
    "one long address": `<a href="https://x.example/${"a,".repeat(100_000)}">x</a>`,
    "addresses with comments": `<a href="https://x.example/#${"<!---->".repeat(30_000)}">x</a>`,
    "a long srcset": `<img srcset="${"a 1x,".repeat(50_000)}">`,
    "a srcset of commas": `<img srcset="a${",".repeat(250_000)}b, c">`,
    "a srcset of spaces": `<img srcset="${" ,".repeat(120_000)}">`,
    ampersands: "&".repeat(HTML_LIMIT_BYTES),
    "open brackets": "<".repeat(HTML_LIMIT_BYTES),
  }
  it.each(Object.keys(worst))("handles %s", { timeout: 60_000 }, (name) => {
    const html = worst[name] ?? ""
    const once = clean(html)
    expect(clean(once)).toBe(once)
    expect(leaks(once)).toEqual([])
    expect(htmlToText(once).length).toBeLessThanOrEqual(html.length)
  })

  it("keeps the text below the nesting limit", () => {
    const body = clean(`${"<div>".repeat(500)}deep${"</div>".repeat(500)}<p>after</p>`)
    expect(htmlToText(body)).toBe("deep\nafter")
    expect(body.split("<").length - 1).toBe(2 * 200 + 2)
  })
})
