import { describe, expect, it } from "vitest"
import { sanitizeHtml } from "../../../src/html/sanitize.ts"
import { leaks } from "./allow-list.ts"
import { TECHNIQUES } from "./xss-techniques.ts"

const PAGE = "https://pub.example/a?b=1&c=2"
const PREFIX = "a1b2c3-"
const clean = (html: string, page: string | undefined = PAGE) => sanitizeHtml(html, page, PREFIX)

/** The ids of a body, and the addresses of its links. */
const idsAndLinks = (html: string) => [...html.matchAll(/ (?:id|href)="([^"]*)"/g)].map(([, value]) => value)

describe("footnotes", () => {
  it.each([
    [
      '<sup><a href="#fn1" id="ref1">1</a></sup><ol><li id="fn1">x <a href="#ref1">↩</a></li></ol>',
      "fn1 ref1 fn1 ref1",
    ],
    ['<a href="#fn:1" id="fnref:1">1</a><p id="fn:1">x <a href="#fnref:1">b</a></p>', ".1 .1 .2 .2"],
    [`<a href="${PAGE}#note">1</a><p id="note">x</p>`, "note note"],
    ['<a href="#note">1</a><a name="note"></a>x', "note note"],
    ['<a href="#note">1</a><a id="note"></a><a id="other" href="/x"></a>', "note note"],
    ['<a href=" #n ">1</a><section id=" n ">x</section>', "n n"],
    ['<a href="#a%3Ab">1</a><p id="a:b">x</p>', ".1 .1"],
    [
      '<p id="_ftn1"><a href="#_ftnref1">1</a></p><a id="_ftnref1" href="#_ftn1">1</a>',
      "_ftn1 _ftnref1 _ftn1 _ftnref1",
    ],
    ['<a href="#n">1</a> <font id="n" color=red>x</font>', "n n"],
    ['<a href="#n">1</a> <big id="n">x</big>', "n n"],
    ['<a href="#n">1</a><p><label id="n">x</label></p>', "n n"],
    ['<a href="#n">1</a><my-note id="n"><b>x</b></my-note>', "n n"],
    ['<a href="#n">1</a> <nobr id="n">x</nobr><font id="other">y</font>', "n n"],
    ['<a href="#a%3Ab">1</a><blink id="a:b">x</blink>', ".1 .1"],
    [`<a href="${PAGE.replace("&", "&amp;")}#n">1</a><output id="n">x</output>`, "n n"],
    ['<base href="https://other.example/"><a href="#n">1</a><b id=n>x</b>', "n n"],
  ])("%s", (html, expected) => {
    const once = clean(html)
    const values = idsAndLinks(once).map((value) => value?.replace("#", ""))
    expect(values.toSorted()).toEqual(
      expected
        .split(" ")
        .map((id) => PREFIX + id)
        .toSorted(),
    )
    expect(leaks(once.replaceAll(/ id="[^"]*"/g, "").replaceAll('"#', '"https://pub.example/#'))).toEqual([])
    // A second cleaning changes nothing, even without an address.
    expect(clean(once)).toBe(once)
    expect(sanitizeHtml(once, undefined, PREFIX)).toBe(once)
  })

  it("an id with other characters gets a number", () => {
    expect(idsAndLinks(clean('<a href="#حاشية">1</a><p id="حاشية">x</p>'))).toEqual([`#${PREFIX}.1`, `${PREFIX}.1`])
    expect(idsAndLinks(clean(`<a href="#${"x".repeat(150)}">1</a><p id="${"x".repeat(150)}">x</p>`))).toEqual([
      `#${PREFIX}.1`,
      `${PREFIX}.1`,
    ])
  })

  it.each([
    ["ح", ".1"],
    [".1", "ح"],
    ["n", `${PREFIX}n`],
    [`${PREFIX}n`, "n"],
    ["a:b", ".1", ".2", "ح"],
    ["ح", `${PREFIX}.1`, ".1"],
    [`${PREFIX}.2`, "x y".replace(" ", "/"), ".2", "ز"],
  ])("the ids %s, %s stay two", (...ids) => {
    const notes = ids.map((id) => `<a href="#${encodeURIComponent(id)}">1</a><p id="${id}">x</p>`).join("")
    const once = clean(notes)
    const written = [...once.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id)
    expect(new Set(written).size).toBe(ids.length)
    expect([...once.matchAll(/ href="#([^"]*)"/g)].map(([, id]) => id)).toEqual(written)
    expect(clean(once)).toBe(once)
  })

  it("ids without a link go, and links without an id lead to the page of the publisher", () => {
    expect(clean('<p id="a">x</p><a id="b"></a>')).toBe("<p>x</p>")
    expect(clean('<a href="#top" title="t">x</a>')).toBe(
      '<a href="https://pub.example/a?b=1&amp;c=2#top" title="t" rel="noopener">x</a>',
    )
    expect(sanitizeHtml('<a href="#top" title="t">x</a>', undefined, PREFIX)).toBe('<a title="t">x</a>')
    expect(clean('<a href="https://pub.example/other#a">x</a><p id="a">y</p>')).toContain(
      'href="https://pub.example/other#a"',
    )
    expect(clean('<a href="#">x</a>')).toContain('href="https://pub.example/a?b=1&amp;c=2#"')
    // Of two elements with an id, a browser finds the first.
    expect(clean('<a href="#a">x</a><p id="a">y</p><p id="a">z</p>')).toContain("<p>z</p>")
    expect(clean('<a href="#a">x</a><img id="a" src="/i.png"><p id="a b">y</p>')).not.toContain(" id=")
  })

  it("at most 200 ids stay", () => {
    const notes = Array.from({ length: 300 }, (_, no) => `<a href="#n${no}">${no}</a><p id="n${no}">x</p>`).join("")
    const values = idsAndLinks(clean(notes))
    expect(values.filter((value) => value?.startsWith("#"))).toHaveLength(200)
    expect(values.filter((value) => value?.startsWith(PREFIX))).toHaveLength(200)
    expect(values.filter((value) => value?.startsWith("https:"))).toHaveLength(100)
  })

  it("without a prefix there are neither ids nor such links", () => {
    expect(sanitizeHtml('<a href="#a">x</a><p id="a">y</p>', PAGE)).toBe(
      '<a href="https://pub.example/a?b=1&amp;c=2#a" rel="noopener">x</a><p>y</p>',
    )
  })

  it("attacks in ids and links get no further than in other attributes", () => {
    for (const payload of TECHNIQUES.flatMap(({ payloads }) => payloads)) {
      const value = payload.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;")
      const html = `<a href="#${value}" name="${value}">x</a><p id="${value}">${payload}</p>`
      const once = clean(html)
      const rest = once
        .replaceAll(new RegExp(` id="${PREFIX}[\\w.-]+"`, "g"), "")
        .replaceAll(`"#${PREFIX}`, '"https://a.example/#')
      expect({ html, leaks: leaks(rest) }).toEqual({ html, leaks: [] })
      expect({ html, again: clean(once) }).toEqual({ html, again: once })
    }
  })
})
