import { expect, it } from "vitest"
import { withoutHidden } from "../../../src/html/hidden-text.ts"
import { cleanBody } from "../../../src/html/sanitize.ts"
import { summaryOf } from "../../../src/html/summary.ts"

const SENTENCE =
  "The harbour bridge opened to traffic this morning, two weeks earlier than anybody in the town expected."
const TABLE =
  "<table><thead><tr><th>Team</th><th>Points</th></tr></thead><tbody><tr><td>Ahli</td><td>3</td></tr></tbody></table>"
const summary = (html: string) => {
  const body = cleanBody(html, { base: "https://pub.example/a" })
  return summaryOf(body.html, 300, body.frames)
}

it.each([
  ["a frame before the text", `<iframe src="https://player.example/1"></iframe><p>${SENTENCE}</p>`, SENTENCE],
  ["a frame after the text", `<p>${SENTENCE}</p><iframe src="https://player.example/1"></iframe>`, SENTENCE],
  ["an embedded film", `<embed src="https://player.example/1"><p>${SENTENCE}</p>`, SENTENCE],
  ["a frame that loads late", `<iframe data-src="//player.example/1?a=1&amp;b"></iframe><p>${SENTENCE}</p>`, SENTENCE],
  [
    "a frame in a figure",
    `<figure><iframe src="https://p.example/1"></iframe><figcaption>Film</figcaption></figure>`,
    "Film",
  ],
  [
    "a frame with a title",
    `<iframe src="https://p.example/1" title="Film"></iframe><p>${SENTENCE}</p>`,
    `Film ${SENTENCE}`,
  ],
  [
    "a picture with a caption before the text",
    `<figure><img src="/1"><figcaption>A bridge</figcaption></figure><p>${SENTENCE}</p>`,
    SENTENCE,
  ],
  [
    "a caption with markup",
    `<figure><img src="/1"><figcaption><p>A <a href="/b">bridge</a></p></figcaption></figure>${SENTENCE}`,
    SENTENCE,
  ],
  [
    "captions between texts",
    `<p>One.</p><figure><img src="/1"><figcaption>A bridge</figcaption></figure><p>Two.</p>`,
    "One. Two.",
  ],
  ["a caption without a figure", `<figcaption>A bridge</figcaption><p>${SENTENCE}</p>`, SENTENCE],
  [
    "a caption in Arabic",
    `<figure><img src="/1"><figcaption>تصوير: ليث</figcaption></figure><p>وصل القطار.</p>`,
    "وصل القطار.",
  ],
  ["a caption that is not closed", `<p>${SENTENCE}</p><figure><img src="/1"><figcaption>A bridge`, SENTENCE],
  [
    "a gallery before the text",
    `${'<figure><img src="/1"><figcaption>A bridge</figcaption></figure>'.repeat(40)}<p>${SENTENCE}</p>`,
    SENTENCE,
  ],
  [
    "nothing but a picture with a caption",
    `<figure><img src="/1"><figcaption>A bridge</figcaption></figure>`,
    "A bridge",
  ],
  ["a player of AMP", `<amp-youtube data-videoid="x"></amp-youtube><p>${SENTENCE}</p>`, SENTENCE],
  ["a table before the text", `${TABLE}<p>${SENTENCE}</p>`, SENTENCE],
  ["a table between texts", `<p>One.</p>${TABLE}<p>Two.</p>`, "One. Two."],
  ["tables in a table", `<table><tr><td>${TABLE}</td><td>x</td></tr></table><p>${SENTENCE}</p>`, SENTENCE],
  ["a long table", `${TABLE.repeat(200)}<p>${SENTENCE}</p>`, SENTENCE],
  [
    "a table with a caption",
    `<table><caption>Results</caption><tr><td>1</td></tr></table><p>${SENTENCE}</p>`,
    SENTENCE,
  ],
  ["nothing but a table", TABLE, ""],
  ["a layout made of tables", `<table><tr><td>Menu</td><td><p>${SENTENCE}</p></td></tr></table>`, SENTENCE],
  ["a link in a sentence", `<p>See <a href="https://x.example/">the plan</a>.</p>`, "See the plan."],
  ["nothing but an address", `<p><a href="https://x.example/">https://x.example/</a></p>`, "https://x.example/"],
  ["nothing but a frame", `<iframe src="https://p.example/1?a=1&b=2"></iframe>`, ""],
  [
    "nothing but frames",
    `<p><iframe src="https://p.example/1"></iframe></p><embed src=/2><frame src=//p.example/3>`,
    "",
  ],
  ["a film of AMP alone", `<amp-youtube data-videoid="x"></amp-youtube>`, ""],
  ["an object alone", `<object data="https://p.example/1"></object>`, ""],
  ["a frame without scripts", `<noscript><iframe src="https://p.example/1"></iframe></noscript>`, ""],
  ["a frame in a table", `<table><tr><td><iframe src="https://p.example/1"></iframe></td></tr></table>`, ""],
  ["a frame in a sentence", `<p>Watch <iframe src="/1"></iframe> now</p>`, "Watch now"],
  [
    "an address as a link in a sentence",
    `<p>See <a href="https://x.example/">https://x.example/</a> for more.</p>`,
    "See https://x.example/ for more.",
  ],
  [
    "such a link beside a frame",
    `<iframe src="https://p.example/1"></iframe><p>Source: <a href="https://x.example/">https://x.example/</a></p>`,
    "Source: https://x.example/",
  ],
  ["an address that is only text", "<p>See https://x.example/ for more.</p>", "See https://x.example/ for more."],
])("%s", (_, html, expected) => {
  expect(summary(html)).toBe(expected)
})

const YOUTUBE = "https://www.youtube.com/watch?v=abcdefghijk"

it.each([
  ["a footnote behind a number", `<p>3<sup><a href="#fn1">1</a></sup> goals</p>`, "3 goals"],
  ["a footnote in a link", `<p>3<a href="#fn1"><sup>1</sup></a> goals</p>`, "3 goals"],
  ["a footnote in brackets", `<p>It won 3<sup><a href="#cite">[12]</a></sup> cups</p>`, "It won 3 cups"],
  ["a footnote without a raised text", `<p>It won 3<a href="#cite">[12]</a> cups</p>`, "It won 3 cups"],
  ["a source of another page", `<p>3<sup><a href="https://x.example/s">2</a></sup> goals</p>`, "3 goals"],
  ["several footnotes", `<p>3<sup><a href="#1">1</a>, <a href="#2">2</a></sup> goals</p>`, "3 goals"],
  ["a dagger", "<p>Prices fell 3<sup>†</sup> percent</p>", "Prices fell 3 percent"],
  ["a star", "<p>Only 40<sup>**</sup> came</p>", "Only 40 came"],
  ["a number behind a word", "<p>Smith<sup>1</sup> wrote it.<sup>23</sup> Then more</p>", "Smith wrote it. Then more"],
  ["a letter as a mark", `<p>In 2025<sup><a href="#a">a</a></sup> it rained</p>`, "In 2025 it rained"],
  ["a footnote in Arabic", `<p>فاز ٣<sup><a href="#h1">١</a></sup> مرات</p>`, "فاز ٣ مرات"],
  ["an Arabic word with a number", "<p>قال الوزير<sup>1</sup> اليوم</p>", "قال الوزير اليوم"],
  ["a link back at the end", `<p>A note <a href="#ref1">↩</a></p>`, "A note"],
  ["an exponent", "<p>10<sup>6</sup> cells</p>", "10⁶ cells"],
  ["a negative exponent", "<p>10<sup>−9</sup> m</p>", "10⁻⁹ m"],
  ["an exponent with a point", "<p>10<sup>0.5</sup></p>", "10^0.5"],
  ["an exponent of an exponent", "<p>10<sup>10<sup>2</sup></sup></p>", "10^10²"],
  ["an exponent in a link", `<p><a href="#c">10<sup>6</sup> cells</a></p>`, "10⁶ cells"],
  ["a bold exponent", "<p>2<sup><b>32</b></sup></p>", "2³²"],
  ["a variable", "<p>x<sup>2</sup> and 2<sup>n</sup></p>", "x² and 2ⁿ"],
  ["a power of a function", "<p>sin<sup>2</sup> x</p>", "sin² x"],
  ["an area", "<p>40 km<sup>2</sup> and 3 m<sup>3</sup></p>", "40 km² and 3 m³"],
  ["an area in Arabic", "<p>٤٠ كم<sup>2</sup> و 3 م<sup>3</sup></p>", "٤٠ كم² و 3 م³"],
  ["an ordinal", "<p>The 1<sup>st</sup>, le 1<sup>er</sup> and XXI<sup>e</sup></p>", "The 1st, le 1er and XXIe"],
  ["an ion", "<p>Ca<sup>2+</sup> and SO<sub>4</sub><sup>2−</sup></p>", "Ca²⁺ and SO4²⁻"],
  ["a formula", "<p>H<sub>2</sub>O, CO<sub>2</sub> and C<sub>6</sub>H<sub>12</sub></p>", "H2O, CO2 and C6H12"],
  ["a base", "<p>101<sub>2</sub> is 5</p>", "101₂ is 5"],
  ["a trademark", "<p>Acme<sup>®</sup> and Bolt<sup>TM</sup></p>", "Acme® and BoltTM"],
])("%s", (_, html, expected) => {
  expect(summary(html)).toBe(expected)
})

it.each([
  ["a film with a fallback", `<video src="/1.mp4">Your browser does not support films.</video><p>${SENTENCE}</p>`],
  ["a sound with a fallback", `<audio src="/1.mp3"><p>Kein Player? <a href="/1.mp3">Laden</a></p></audio>${SENTENCE}`],
  ["a film in a figure", `<figure><video src="/1.mp4">متصفحك لا يدعم الفيديو</video></figure><p>${SENTENCE}</p>`],
  ["a film of AMP", `<amp-video src="/1.mp4"><div fallback>No film here</div></amp-video><p>${SENTENCE}</p>`],
  ["an address of a film", `<p>${YOUTUBE}</p><p>${SENTENCE}</p>`],
  ["a linked address of a film", `<p><a href="${YOUTUBE}">${YOUTUBE}</a></p><p>${SENTENCE}</p>`],
  ["an address without a scheme", `<p>www.youtube.com/watch?v=abcdefghijk</p><p>${SENTENCE}</p>`],
  ["an address before a line break", `https://vimeo.com/123456789<br>${SENTENCE}`],
  ["a shortcode", `<p>[embed]${YOUTUBE}[/embed]</p><p>${SENTENCE}</p>`],
  ["a shortcode with a size", `<p>[embed width="600"]${YOUTUBE}[/embed]</p><p>${SENTENCE}</p>`],
  ["an address of a post", `<figure><div>\n//x.com/a/status/1\n</div></figure><p>${SENTENCE}</p>`],
  ["an address at the end", `<p>${SENTENCE}</p><p>https://open.spotify.com/episode/1</p>`],
])("%s is not part of the summary", (_, html) => expect(summary(html)).toBe(SENTENCE))

it.each([
  ["a film alone", `<p>${YOUTUBE}</p>`, ""],
  ["a film without a scheme alone", "<p>youtu.be/abcdefghijk</p>", ""],
  ["two equal frames", `<iframe src="https://p.example/1"></iframe>`.repeat(2), ""],
  ["a fallback alone", `<video src="/1.mp4">Your browser does not support films.</video>`, ""],
  [
    "the text's own link beside a frame of the same address",
    `<iframe src="https://p.example/1"></iframe><p>See <a href="https://p.example/1">https://p.example/1</a> for all.</p>`,
    "See https://p.example/1 for all.",
  ],
  [
    "the same with the frame behind it",
    `<p>See <a href="https://p.example/1?a&amp;b">https://p.example/1?a&amp;b</a>.</p><iframe src="https://p.example/1?a&amp;b"></iframe>`,
    "See https://p.example/1?a&b.",
  ],
  [
    "a link that only shows the address of the frame",
    `<iframe src="https://p.example/1"></iframe><p>See <a href="https://p.example/2">https://p.example/1</a>.</p>`,
    "See https://p.example/1.",
  ],
  [
    "the same in a list",
    `<iframe src="https://p.example/1"></iframe><ul><li>Here: <a href="https://p.example/1">https://p.example/1</a></li></ul>`,
    "Here: https://p.example/1",
  ],
  [
    "the same beside an embedded film",
    `<embed src="https://p.example/1"><p>A: <a href="https://p.example/1">https://p.example/1</a></p>`,
    "A: https://p.example/1",
  ],
  [
    "the same between two frames",
    `${'<p><iframe src="https://p.example/1"></iframe></p>'.repeat(2)}<p>B <a href="https://p.example/1">https://p.example/1</a></p>`,
    "B https://p.example/1",
  ],
])("%s", (_, html, expected) => {
  expect(summary(html)).toBe(expected)
})

/** What people see of a body: the summary has it, and the body has all. */
it.each([
  ["a preview text of a newsletter", `<div style="display:none;font-size:1px">Preview</div><p>${SENTENCE}</p>`],
  ["an element that is hidden", `<p hidden>Preview</p><p>${SENTENCE}</p>`],
  ["an element without visibility", `<span style="visibility: hidden">Preview</span>${SENTENCE}`],
  ["an element outside of the page", `<div style="position:absolute;left:-9999px">Preview</div><p>${SENTENCE}</p>`],
  ["a box without height", `<div style="max-height:0;overflow:hidden">Preview <b>text</b></div>${SENTENCE}`],
  ["hidden elements in one that is hidden", `<div hidden><p hidden>a</p>Preview<br>b</div>${SENTENCE}`],
  ["text behind it", `<p>${SENTENCE}</p><aside style="DISPLAY : none">Subscribe now</aside>`],
  ["an element that is not closed", `<p>${SENTENCE}</p><div hidden>Preview`],
  ["a void element", `<img hidden src=/a.gif><p>${SENTENCE}</p>`],
])("a summary is made without %s", (_, html) => {
  const seen = withoutHidden(html)
  const body = cleanBody(seen, { base: "https://pub.example/a" })
  expect(summaryOf(body.html, 300, body.frames)).toBe(SENTENCE)
})

it.each([
  `<p>${SENTENCE}</p>`,
  `<p class="hidden">${SENTENCE}</p>`,
  `<p style="width:50%">${SENTENCE}</p>`,
  `<details><summary>More</summary>${SENTENCE}</details>`,
  `<p hidden=until-found>${SENTENCE}</p>`,
  `<div class="tab-fade" style="opacity:0">${SENTENCE}</div>`,
])("people see all of %s", (html) => {
  expect(withoutHidden(html)).toBe(html)
})
