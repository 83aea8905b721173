/** A body has a relative address if and only if a base changes its clean body. */
import { describe, expect, test } from "vitest"
import { hasRelativeAddress } from "../../../src/html/relative-addresses.ts"
import { sanitizeHtml } from "../../../src/html/sanitize.ts"

const needsBase = (html: string): boolean =>
  sanitizeHtml(html, undefined) !== sanitizeHtml(html, "https://pub.example/news/1")

const NAMES = (
  "data-src data-lazy data-original data-echo lazy-src lazysrc real_src _src v-lazy nitro-lazy-src data-pagespeed-lazy-src file " +
  "zoomfile data-bg data-background-image data-large-file data-url data-flickity-lazyload data-my-photo ng-src originalsrc"
).split(" ")

const RELATIVE = [
  ...NAMES.flatMap((name) => [`<img ${name}="/a.jpg">`, `<div class=x\n${name} = '//b.example/a.jpg'></div>`]),
  ..."data-srcset data-lazy-srcset nitro-lazy-srcset srcset data-bgset"
    .split(" ")
    .map((name) => `<img ${name}="/a 2x">`),
  `<img/src="/a.jpg">`,
  `<img alt="x"src="a.jpg">`,
  `<img alt='x'data-src=a/b.jpg>`,
  `<IMG SRC=" ../a.jpg">`,
  `<a href="?page=2">a</a>`,
  `<a title="b"href=c>a</a>`,
  `<a href="/b" href="https://b.example/">a</a>`,
  `<div data-bg="url('/a.jpg')"></div>`,
  `<img data-src="/a_{width}x.jpg" data-widths="[180,360]">`,
  `<amp-iframe data-href="//b.example/1"></amp-iframe>`,
  `<amp-facebook data-href="//b.example/1"></amp-facebook>`,
  `<iframe data-url="//b.example/1"></iframe>`,
  `<iframe data-cmp-src="/f.html"></iframe>`,
  `<object><param name=movie value="/m.mp4"></object>`,
  `<object><param name=src value=m.mp4></object>`,
  `<object data=/d.pdf></object>`,
  `<iframe srcdoc="<img src=/a.jpg>"></iframe>`,
  `<iframe srcdoc='&lt;a href="b"&gt;c&lt;/a&gt;'></iframe>`,
  `<noscript>&lt;img src="/a.jpg"&gt;</noscript>`,
  `<noscript>a &lt;a href=&quot;b&quot;&gt;c&lt;/a&gt;</noscript>`,
  `<noscript><img src=/a.jpg></noscript>`,
  `<video poster=/a.jpg></video>`,
  `<video data-poster=a.jpg></video>`,
  `<blockquote cite=/a>b</blockquote>`,
]

const ABSOLUTE = [
  `<a href="https://b.example/" href="/b">a</a>`,
  `<img src="https://b.example/a.jpg" SRC="/b.jpg">`,
  `<img data-src="https://b.example/a.jpg" data-id="/b" data-page="/c.jpg" data-width=5>`,
  `<img src="https://b.example/a.jpg" data-lazy=true file=5 data-original="a" data-echo=#>`,
  `<img src="https://b.example/a.jpg?src=/c">`,
  `<img src="https://b.example/a.jpg" data-src="/a_{width}x.jpg">`,
  `<p title="src=/a">b src="/c" d</p>`,
  `<script src="/a.js"></script><link href="/a.css"><form action="/a"></form>`,
  `<object><param name=quality value=high><param name=vars value="file=/a"></object>`,
  `<iframe srcdoc="<p title=b>a</p>"></iframe>`,
  `<noscript>a &lt;b&gt;</noscript>`,
  `<p>&lt;img src="/a.jpg"&gt;</p>`,
  `<a href="mailto:a@b.example">c</a>`,
]

describe("a body with a relative address", () => {
  test.each(RELATIVE)("%s", (html) => {
    expect([needsBase(html), hasRelativeAddress(html)]).toEqual([true, true])
  })
})

describe("a body without one", () => {
  test.each(ABSOLUTE)("%s", (html) => {
    expect([needsBase(html), hasRelativeAddress(html)]).toEqual([false, false])
  })
})

test("a link to a place on the page needs no base", () => {
  expect(hasRelativeAddress(`<a href="#a">b</a>`)).toBe(false)
})
