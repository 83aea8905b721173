import { describe, expect, it } from "vitest"
import { sanitizeHtml } from "../../../src/html/sanitize.ts"
import * as fc from "../../fast-check.ts"
import { leaks } from "./allow-list.ts"
import { TECHNIQUES } from "./xss-techniques.ts"

const BASE = "https://pub.example/news/article"

/** Cleaned HTML, with and without an address, has only allowed parts and is not changed by a second cleaning. */
function expectClean(html: string, bases = [BASE, undefined]): void {
  for (const base of bases) {
    const once = sanitizeHtml(html, base)
    expect({ html, leaks: leaks(once) }).toEqual({ html, leaks: [] })
    expect({ html, again: sanitizeHtml(once, base) }).toEqual({ html, again: once })
  }
}

describe("attacks", () => {
  it("have at least 40 kinds, each with its source, and at least 300 payloads", () => {
    expect(TECHNIQUES.length).toBeGreaterThanOrEqual(40)
    expect(new Set(TECHNIQUES.map(({ technique }) => technique)).size).toBe(TECHNIQUES.length)
    expect(TECHNIQUES.filter(({ source, payloads }) => source === "" || payloads.length === 0)).toEqual([])
    expect(new Set(TECHNIQUES.flatMap(({ payloads }) => payloads)).size).toBeGreaterThanOrEqual(300)
  })

  const named = TECHNIQUES.map((each) => [`${each.technique} (${each.source})`, each] as const)
  it.each(named)("%s", (_, { payloads, encoded }) => {
    // The check must find the attack in the uncleaned payloads; otherwise the test would prove nothing.
    expect(encoded || payloads.some((payload) => leaks(payload).length > 0)).toBe(true)
    for (const payload of payloads) expectClean(payload)
  })
})

/** Elements that are removed, but out of which pictures and links are written. */
const AROUND: ((payload: string) => string)[] = [
  (payload) => `<noscript>${payload}<img src=/p></noscript>`,
  (payload) => `<noscript>${escaped(`${payload}<img src=/p>`)}</noscript>`,
  (payload) => `<object data=/o.swf>${payload}<img src=/p></object>`,
  (payload) => `<object>${payload}a</object>`,
  (payload) => `<object data=/o.swf><object>${payload}</object><a href=/x>${payload}</a></object>`,
  (payload) => `<noscript><a href=/x title="${escaped(payload)}">${payload}a</a></noscript>`,
  (payload) => `<noscript><a href=/x>${escaped(payload)}</a></noscript>`,
  (payload) => `<font dir=rtl>${payload}</font><x-y style="direction:rtl"><p>${payload}</x-y>`,
  (payload) => `<amp-video src=/v><div placeholder title="${escaped(payload)}">${payload}</div></amp-video>`,
  (payload) =>
    `<img width=1 height=1 data-src=/p alt="${escaped(payload)}"><noscript><img src=/p></noscript>${payload}`,
  (payload) => `<iframe srcdoc="${escaped(`${payload}<img src=/p>`)}">${payload}</iframe>`,
  (payload) => `<picture><source srcset=/s>${payload}<img src=data:,></picture>`,
  (payload) => `<video poster=/p>${payload}</video>`,
  (payload) => `<amp-img src=/p>${payload}</amp-img>`,
  (payload) => `<amp-iframe src=https://ok.example/ title="${escaped(payload)}">${payload}</amp-iframe>`,
  (payload) => `<object data=/o title="${escaped(payload)}"><embed src=/e title="${escaped(payload)}"></object>`,
  (payload) => `<noscript><img src=/p alt="${escaped(payload)}" class="${escaped(payload)}"></noscript>`,
  (payload) => `<img src=data:,><noscript><p>${payload}</p><img src=/p></noscript><img src=data:,>`,
]
const escaped = (html: string): string =>
  html.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;")

describe("attacks inside an element out of which media are written", () => {
  // Each payload is inside one element, and the payloads of a technique inside all of them.
  it.each(AROUND.map((around, at) => [around("…"), at] as const))("%s", (_, at) => {
    const payloads = TECHNIQUES.flatMap((technique) => technique.payloads)
    const own = payloads.filter((_, index) => index % AROUND.length === at)
    for (const payload of own) expectClean(AROUND[at]?.(payload) ?? "", [BASE])
  })
})

describe("any text", () => {
  const names = (
    "p b a i div span table tr td th caption tbody col colgroup ul li ol dl dt dd h1 h2 ruby rt rp img picture source video " +
    "audio track iframe br hr wbr pre blockquote q details summary figure figcaption section center font form button select " +
    "option svg math style script title textarea noscript template xmp mi foreignObject desc plaintext object embed html body " +
    "head base tt acronym constructor x-y amp-img amp-video amp-iframe frame param embed"
  ).split(" ")
  const values = fc.oneof(
    fc.constantFrom(
      "",
      "x?a&b",
      "/i.jpg",
      "https://v.example/",
      "//v.example",
      "javascript:1",
      "a 1x, b,c 2x,d",
      `"<&'`,
      "1",
    ),
    fc.constantFrom(
      "0",
      "ar",
      "RTL",
      "ugc x",
      "none",
      "display:none",
      "direction:rtl",
      "&#106;avascript:1",
      "&quot;>",
      "نص",
      "\u202e",
      "a\u0000",
    ),
    fc.string({ maxLength: 8 }),
    fc.webUrl(),
  )
  const attribute = fc
    .tuple(
      fc.constantFrom(
        ...(
          "href src srcset data-src title alt width height lang dir rel onclick style controls preload cite poster type " +
          "colspan start value open id name placeholder xlink:href __proto__ constructor ONERROR datetime data data-srcset xml:base class srcdoc"
        ).split(" "),
      ),
      fc.constantFrom(`="@"`, `='@'`, "=@", "", ` = "@"`, `="@`),
      values,
    )
    .map(([name, shape, value]) => name + shape.replace("@", () => value))
  const opening = fc
    .tuple(
      fc.constantFrom(...names),
      fc.array(attribute, { maxLength: 3 }),
      fc.constantFrom(">", ">", ">", "/>", " >", ""),
    )
    .map(([tag, attributes, end]) => `<${[tag, ...attributes].join(" ")}${end}`)
  const words = fc.oneof(
    fc.constantFrom(
      "text",
      "&",
      "&amp;lt;",
      "&lt",
      "&lt;p&gt;",
      "<",
      ">",
      "</",
      "<!--",
      "-->",
      "--!>",
      "<![CDATA[",
      "]]>",
      "<?x",
    ),
    fc.constantFrom('"', "\u0000", "\r\n", "\u00a0", "\ufeff", "&nbsp;", "&#0;", "&#x80;", "&notin", "&amp;amp;", "`"),
    fc.constantFrom("قال «الوزير»", "\u200fנוסח\u200e", "می\u200cشود", "\u2067x\u2069", "👨‍👩‍👧", "\ud800"),
    fc.anyText({ maxLength: 6 }),
  )
  const closing = fc.constantFrom(...names).map((tag) => `</${tag}>`)
  /** Generates well-nested markup with broken pieces in it, and random sequences of pieces. */
  const { tree } = fc.letrec<{ tree: string; leaf: string }>((tie) => ({
    leaf: fc.oneof(words, opening, closing),
    tree: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      tie("leaf"),
      fc.tuple(opening, fc.array(tie("tree"), { maxLength: 4 })).map(([open, inner]) => {
        const tag = /^<([^\s/>]+)/.exec(open)?.[1] ?? ""
        return `${open}${inner.join("")}</${tag}>`
      }),
    ),
  }))
  const heap = fc.array(
    fc.oneof({ weight: 5, arbitrary: opening }, { weight: 4, arbitrary: closing }, { weight: 3, arbitrary: words }),
    { maxLength: 24 },
  )
  const html = fc.oneof(heap, fc.array(tree, { maxLength: 6 })).map((pieces) => pieces.join(""))

  it("has only allowed parts after it is cleaned, and is stable", () => {
    fc.assert(
      fc.property(html, (text) => expectClean(text)),
      { numRuns: 300 },
    )
  })

  it("made of attacks is cleaned in the same way", () => {
    const payloads = TECHNIQUES.flatMap((technique) => technique.payloads)
    const mixed = fc.array(fc.oneof(fc.constantFrom(...payloads), opening, closing), { minLength: 2, maxLength: 4 })
    fc.assert(
      fc.property(mixed, (pieces) => expectClean(pieces.join(""))),
      { numRuns: 100 },
    )
  })
})
