import { expect, it } from "vitest"
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
