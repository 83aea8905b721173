import { describe, expect, it } from "vitest"
import { sanitizeHtml } from "../../../src/html/sanitize.ts"
import { leaks } from "./allow-list.ts"
import { TECHNIQUES } from "./xss-techniques.ts"

const clean = (html: string) => sanitizeHtml(html, undefined)
const math = (inside: string, attributes = "") => `<p>a <math${attributes}>${inside}</math> b</p>`

describe("a formula is written as text", () => {
  it.each([
    ["<mi>E</mi><mo>=</mo><mi>m</mi><msup><mi>c</mi><mn>2</mn></msup>", "E=mc<sup>2</sup>"],
    ["<mrow><mi>H</mi><mn>2</mn></mrow><mi>O</mi>", "H2O"],
    ["<msub><mi>x</mi><mn>1</mn></msub>", "x<sub>1</sub>"],
    ["<mfrac><mn>1</mn><mn>2</mn></mfrac>", "1/2"],
    ["<mfrac><mrow><mi>a</mi><mo>+</mo><mi>b</mi></mrow><mn>2</mn></mfrac>", "(a+b)/2"],
    ["<msqrt><mn>2</mn></msqrt><mo>&lt;</mo><mroot><mi>x</mi><mn>3</mn></mroot>", "√2&lt;<sup>3</sup>√x"],
    [
      "<munderover><mo>∑</mo><mrow><mi>i</mi><mo>=</mo><mn>1</mn></mrow><mi>n</mi></munderover><mi>i</mi>",
      "∑<sub>i=1</sub><sup>n</sup>i",
    ],
    ["<msubsup><mi>x</mi><mi>i</mi><mn>2</mn></msubsup>", "x<sub>i</sub><sup>2</sup>"],
    ["<mn>2</mn><mo>&#x2062;</mo><mi>π</mi><mtext> if </mtext><mi>r</mi>", "2π if r"],
    ["<mfenced><mi>a</mi><mi>b</mi></mfenced>", "(a, b)"],
    [
      "<mtable><mtr><mtd><mn>1</mn></mtd><mtd><mn>2</mn></mtd></mtr><mtr><mtd><mn>3</mn></mtd></mtr></mtable>",
      "1 2; 3",
    ],
    [
      "<mmultiscripts><mi>C</mi><mprescripts></mprescripts><mn>6</mn><mn>14</mn></mmultiscripts>",
      "<sub>6</sub><sup>14</sup>C",
    ],
    [
      "<mmultiscripts><mi>R</mi><mi>i</mi><none></none><none></none><mi>j</mi></mmultiscripts>",
      "R<sub>i</sub><sup>j</sup>",
    ],
    [
      "<mmultiscripts><mi>X</mi><mn>1</mn><mn>2</mn><mprescripts></mprescripts><mn>3</mn><mn>4</mn></mmultiscripts>",
      "<sub>3</sub><sup>4</sup>X<sub>1</sub><sup>2</sup>",
    ],
    ["<mprescripts></mprescripts><mi>x</mi>", "x"],
    [`<maction actiontype="toggle"><mi>x</mi><mi>y</mi></maction>`, "x"],
    [`<maction actiontype="toggle" selection="2"><mi>x</mi><mfrac><mn>1</mn><mn>2</mn></mfrac></maction>`, "1/2"],
    [`<maction actiontype="toggle" selection="7"><mi>x</mi><mi>y</mi></maction>`, "x"],
    [`<maction actiontype="toggle" selection="z"><mi>x</mi><mi>y</mi></maction>`, "x"],
    [`<maction actiontype="tooltip"><mrow><mn>5</mn><mi>x</mi></mrow><mtext>five</mtext></maction>`, "5x"],
    [
      `<maction actiontype="statusline">\n<msup><mi>c</mi><mn>2</mn></msup>\n<mtext>speed</mtext></maction>`,
      "c<sup>2</sup>",
    ],
    ["<maction></maction><mi>x</mi>", "x"],
    ['<mfenced open="[" close="[" separators="|"><mi>a</mi><mi>b</mi></mfenced>', "[a|b["],
    ['<mfenced separators=" ; , "><mi>a</mi><mi>b</mi><mi>c</mi><mi>d</mi></mfenced>', "(a; b, c, d)"],
    ['<mfenced separators=""><mi>a</mi><mi>b</mi></mfenced>', "(ab)"],
    ["\n  <mi>س</mi>\n  <mo>=</mo>\n  <mn>٣</mn>\n", "س=٣"],
    ['<semantics><mrow><mi>x</mi></mrow><annotation encoding="application/x-tex">x</annotation></semantics>', "x"],
    ['<semantics><annotation encoding="application/x-tex">x^{2}</annotation></semantics>', "x^{2}"],
    ["x plus y", "x plus y"],
    ["<mn>1</mn><mfrac><mn>1</mn><mn>2</mn></mfrac>", "1 1/2"],
    ["<mfrac><mn>1</mn><mn>2</mn></mfrac><mi>x</mi>", "1/2 x"],
    ["<mfrac><mi>a</mi><mi>b</mi></mfrac><mfrac><mi>c</mi><mi>d</mi></mfrac>", "a/b c/d"],
    ["<mi>y</mi><mo>=</mo><mfrac><mn>1</mn><mn>2</mn></mfrac><mo>+</mo><mn>3</mn>", "y=1/2+3"],
    ["<mn>5</mn><mroot><mn>2</mn><mn>3</mn></mroot>", "5 <sup>3</sup>√2"],
    ["<msqrt><mn>2</mn></msqrt><mi>x</mi>", "√2 x"],
    ["<msup><mfrac><mi>a</mi><mi>b</mi></mfrac><mn>2</mn></msup>", "(a/b)<sup>2</sup>"],
    ["<msup><msqrt><mi>x</mi></msqrt><mn>3</mn></msup>", "(√x)<sup>3</sup>"],
    ["<msup><mrow><mi>x</mi><mo>+</mo><mn>1</mn></mrow><mn>2</mn></msup>", "(x+1)<sup>2</sup>"],
    ["<msup><mrow><mo>(</mo><mi>x</mi><mo>+</mo><mn>1</mn><mo>)</mo></mrow><mn>2</mn></msup>", "(x+1)<sup>2</sup>"],
    ["<msup><mi>x</mi><mfrac><mn>1</mn><mn>2</mn></mfrac></msup><mi>y</mi>", "x<sup>1/2</sup>y"],
    ["<mo>(</mo><mfrac linethickness='0'><mi>n</mi><mi>k</mi></mfrac><mo>)</mo>", "(n; k)"],
    ["<mi>sin</mi><mo>&#x2061;</mo><mi>x</mi>", "sin x"],
    ["<mi>f</mi><mo>&#x2061;</mo><mo>(</mo><mi>x</mi><mo>)</mo>", "f(x)"],
    ["<mi>x</mi><mo>=</mo><mtext><mglyph src='a.png' alt='sign'></mglyph></mtext>", "x=sign"],
  ])("%s", (inside, text) => {
    expect(clean(math(inside))).toBe(`<p>a ${text} b</p>`)
    // Journals write MathML with a prefix.
    const prefixed = math(inside).replaceAll(/<(\/?)(?=m|semantics|annotation)/g, "<$1mml:")
    expect(clean(prefixed)).toBe(`<p>a ${text} b</p>`)
    expect(clean(clean(math(inside)))).toBe(clean(math(inside)))
  })

  it("or as its alternative text, and not at all if people do not see it", () => {
    expect(clean(math("", ' alttext="x &lt; y"'))).toBe("<p>a x &lt; y b</p>")
    expect(clean(math("<mphantom><mi>x</mi></mphantom>"))).toBe("<p>a  b</p>")
    const hidden = `<span style="display: none">${math("<mi>x</mi>")}</span><img src="https://a.example/x.svg" alt="x">`
    expect(clean(hidden)).toBe(`<span><p>a  b</p></span><img src="https://a.example/x.svg" alt="x" />`)
  })

  it("once, if KaTeX wrote it twice", () => {
    const copy = `<span class="katex-html" aria-hidden="true"><span class="base"><span>x</span></span></span>`
    const katex = `<span class="katex"><span class="katex-mathml"><math><mi>x</mi></math></span>${copy}</span>`
    expect(clean(`<p>${katex}, ${katex}</p>`).replaceAll(/<\/?span>/g, "")).toBe("<p>x, x</p>")
    expect(clean(`<p>${copy}</p>`).replaceAll(/<\/?span>/g, "")).toBe("<p>x</p>")
  })

  it("also if it is not closed", () => {
    expect(clean("<p>a <math><mi>x</mi></p><p>b</p>")).toBe("<p>a x</p><p>b</p>")
    expect(clean("<p>a</p><math><mfrac><mi>x</mi>")).toBe("<p>a</p>x/")
  })
})

describe("a formula in a script is written as code", () => {
  it.each([
    ['<script type="math/tex">x^2</script>', "<code>x^2</code>"],
    [
      '<script type="math/tex; mode=display">\\frac{a}{b} < 1 &amp; c</script>',
      "<code>\\frac{a}{b} &lt; 1 &amp;amp; c</code>",
    ],
    ["<SCRIPT id=a type='math/asciimath'> sum_x </SCRIPT>", "<code>sum_x</code>"],
    ['<script type="math/tex"><img src=x onerror=1></script>', "<code>&lt;img src=x onerror=1&gt;</code>"],
    ['<script type="math/mml"><math><mi>x</mi></math></script>', "x"],
    ['<script type="math/mml"><script>1</script>', "<code>&lt;script&gt;1</code>"],
    ['<script type="math/tex"> </script>', ""],
    ["<script>x^2 math/tex</script>", ""],
  ])("%s", (script, text) => {
    expect(clean(`<p>a ${script} b</p>`)).toBe(`<p>a ${text} b</p>`)
  })
})

describe("a formula or drawing that is not closed ends where browsers end it", () => {
  const IMAGE = '<img src="https://a.example/1.jpg" />'
  it.each([
    [`<p>a</p><svg><path d="M0"><p>b ${IMAGE}</p><p>c</p>`, `<p>a</p><p>b ${IMAGE}</p><p>c</p>`],
    [`<div>a <math><mi>x<p>b ${IMAGE}</p><h2>H</h2></div>`, `<div>a x<p>b ${IMAGE}</p><h2>H</h2></div>`],
    [`<p>a</p><svg><g><g><h3>H</h3><ul><li>b</li></ul>`, "<p>a</p><h3>H</h3><ul><li>b</li></ul>"],
    [`<svg viewBox="0 0 1 1"><rect/><table><tr><td>b</td></tr></table>`, "<table><tr><td>b</td></tr></table>"],
    [`<svg><path><span>b</span><p>c</p>`, "<span>b</span><p>c</p>"],
    [`<svg><path><font color=red>b</font>`, "b"],
    [`<math><mfrac><mi>x</mi><blockquote>b</blockquote>`, "x/<blockquote>b</blockquote>"],
    [`<svg><foreignObject><p>a</p><p>b ${IMAGE}</p>`, `<p>a</p><p>b ${IMAGE}</p>`],
    [`<svg><path><figure>${IMAGE}</figure>`, `<figure>${IMAGE}</figure>`],
    [`<svg><path><p>b</p></svg><p>c</p>`, "<p>b</p><p>c</p>"],
    [`<svg:svg><svg:path><p>b</p>`, "<p>b</p>"],
    [`<svg><svg><p>b</p><svg><text>c</text></svg><p>d</p>`, "<p>b</p> c <p>d</p>"],
  ])("%s", (html, expected) => {
    expect(clean(html)).toBe(expected)
  })

  it.each([
    ["<p>a<svg><foreignObject><p>b</p><div>c</div></foreignObject><text>d</text></svg></p>", "<p>a b c d </p>"],
    ["<p><math><mtext><b>b</b></mtext><mi>x</mi></math></p>", "<p>bx</p>"],
    ["<p>a<svg><font size-adjust=1></font><text>d</text></svg></p>", "<p>a d </p>"],
  ])("but not inside %s", (html, expected) => {
    expect(clean(html)).toBe(expected)
  })
})

describe("the words of a drawing are written", () => {
  it.each([
    ["<svg><text x=1>Rain in mm</text></svg>", "Rain in mm"],
    ["<svg><g><text><tspan>Rain</tspan><tspan>in mm</tspan></text><text>May</text></g></svg>", "Rain in mm May"],
    ["<svg viewBox='0 0 1 1'><path d='M0'/><text>&lt;b&gt;</text></svg>", "&lt;b&gt;"],
    ["<svg><foreignObject><p>المطر</p></foreignObject></svg>", "المطر"],
    ["<svg><text><textPath href='#a'>Along</textPath></text></svg>", "Along"],
    ["<svg:svg><svg:text>May</svg:text></svg:svg>", "May"],
  ])("%s", (svg, words) => {
    expect(clean(`<p>a${svg}b</p>`)).toBe(`<p>a ${words} b</p>`)
  })

  it.each([
    "<svg><title>Icon</title><path/></svg>",
    "<svg><style>text{}</style><script>1</script></svg>",
    "<svg><defs><text>x</text></defs><symbol><text>y</text></symbol></svg>",
    "<svg hidden><text>x</text></svg>",
    "<svg>stray</svg>",
  ])("%s has none", (svg) => {
    expect(clean(`<p>a${svg}b</p>`)).toBe("<p>ab</p>")
  })
})

describe("attacks inside a formula or drawing are only text", () => {
  const AROUND = [
    (payload: string) => `<math>${payload}</math>`,
    (payload: string) => `<math><mtext>${payload}</mtext></math>`,
    (payload: string) => `<math><annotation>${payload}</annotation></math>`,
    (payload: string) => `<math alttext="${escaped(payload)}"></math>`,
    (payload: string) => `<math><mfenced open="${escaped(payload)}"><mi>x</mi></mfenced></math>`,
    (payload: string) => `<svg><text>${payload}</text></svg>`,
    (payload: string) => `<svg><foreignObject>${payload}</foreignObject></svg>`,
    (payload: string) => `<svg><path>${payload}<p>`,
    (payload: string) => `<math><mtext>${payload}<p>${payload}`,
    (payload: string) => `<script type="math/tex">${payload}</script>`,
    (payload: string) => `<script type="math/mml">${payload}</script>`,
    (payload: string) => `<m:math><m:mi>${escaped(payload)}</m:mi></m:math>`,
    (payload: string) => `<math><mi>x</mi></math><span class="katex-html">${payload}</span>`,
  ]
  const escaped = (html: string): string =>
    html.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;")
  const payloads = TECHNIQUES.flatMap((technique) => technique.payloads)

  it.each(AROUND.map((around, at) => [around("…"), at] as const))("%s", (_, at) => {
    for (const payload of payloads.filter((_, index) => index % AROUND.length === at)) {
      const once = clean(AROUND[at]?.(payload) ?? "")
      expect({ payload, leaks: leaks(once) }).toEqual({ payload, leaks: [] })
      expect({ payload, again: clean(once) }).toEqual({ payload, again: once })
    }
  })
})

it("of more than 2,000 formulas, none is written", () => {
  const bodies = [2000, 2001].map((count) => clean(`<p>a ${"<math><mi>x</mi></math>".repeat(count)}</p>`))
  expect(bodies.map((body) => body.length)).toEqual(["<p>a </p>".length + 2000, "<p>a </p>".length])
})
