/** Checks the guarantees of the sanitiser in any build. */
import { ALLOWED } from "./allow-list.ts"
import { becomes, type Check, isStable, type Sanitize } from "./check.ts"
import { DIRECTION_CHECKS } from "./direction-checks.ts"
import { MEDIA_CHECKS } from "./media-checks.ts"

/** The attributes that an element needs to stay, or to keep its other attributes. */
const NEEDED: Record<string, string> = { img: "src", source: "src", track: "src", a: "href", video: "src" }

/** Makes a body with every value of every attribute that an element may have, and with some forbidden attributes. */
const ofElement = (tag: string): Check => {
  const check = (sanitize: Sanitize): string[] => {
    const cases = [...(ALLOWED.get(tag) ?? [])].flatMap(([name, { allowed, refused }]) => [
      ...allowed.map((value) => ({ name, value, stays: true })),
      ...refused.map((value) => ({ name, value, stays: false })),
    ])
    const tags = [...cases, { name: "onclick", value: "x", stays: false }].map(({ name, value, stays }) => {
      const need = NEEDED[tag]
      const needed = need === undefined || need === name ? "" : ` ${need}="https://ok.example/"`
      const input = `<${tag} ${name}="${value}"${needed}>`
      const expected = stays ? `${name}${value === "" ? "" : `="${value}"`}` : `${name}=`
      return { input, stays, expected: ` ${expected}` }
    })
    // An empty link is removed.
    const content = tag === "a" ? "a" : ""
    const body = tags.map(({ input }) => `${input}${content}</${tag}>`).join("¶")
    const parts = sanitize(body, undefined).split("¶")
    return tags
      .filter(({ stays, expected }, index) => {
        const part = parts[index] ?? ""
        return stays ? !(part.startsWith(`<${tag} `) && part.includes(expected)) : part.includes(expected)
      })
      .map(({ input, stays }) => `${input} ${stays ? "went" : "stayed"}`)
  }
  return Object.assign(check, { html: [tag, ...(ALLOWED.get(tag)?.keys() ?? [])].join(" ") })
}

const SWALLOWED =
  "script style object noscript template svg math textarea title xmp noembed noframes plaintext select option iframe"
/** Elements whose text is kept. */
const SHOWN: Record<string, string> = { math: "abc", object: "ab<i>c</i>" }
const BLOCKS = "address article aside center dialog fieldset footer form header legend main nav section"
const VOID: Record<string, string> = { img: "src", source: "src", track: "src" }

const ELEMENTS: Check[] = [
  ...SWALLOWED.split(" ").map((tag) => becomes(`a<${tag}>b<i>c</i></${tag}>`, SHOWN[tag] ?? "a")),
  becomes("<math><mfrac><mn>1</mn><mn>2</mn></mfrac></math>", "1/2"),
  becomes("<svg><text>a</text></svg>", " a "),
  becomes("<p>a<math hidden><mi>b</mi></math></p>", "<p>a</p>"),
  ...BLOCKS.split(" ").map((tag) => becomes(`<${tag}>a</${tag}>`, "<div>a</div>")),
  ...["br", "hr", "wbr"].map((tag) => becomes(`<${tag}>`, `<${tag} />`)),
  ...["col", "col span=2"].map((tag) => becomes(`<${tag}>`, `<${tag.replace("=2", '="2"')} />`)),
  ...Object.entries(VOID).map(([tag, name]) =>
    becomes(`<${tag} ${name}=/x>`, `<${tag} ${name}="https://pub.example/x" />`),
  ),
  ...Object.keys(VOID).map((tag) => becomes(`a<${tag} title=x alt=x type=x label=x>b`, "ab")),
  becomes("<h1>a</h1>", "<h2>a</h2>"),
  becomes("<acronym title=x>a</acronym>", `<abbr title="x">a</abbr>`),
  becomes("<strike>a</strike><tt>b</tt>", "<s>a</s><code>b</code>"),
  becomes("<p><font>a</font><x-y>b</x-y><!-- c --></p>", "<p>ab</p>"),
  becomes("a<a></a>b<a href=x><img></a>c", "abc", ""),
  becomes(`${"<div>".repeat(300)}x`, `${"<div>".repeat(200)}x${"</div>".repeat(200)}`),
]

const ATTRIBUTES: Check[] = [
  becomes(`<td colspan=" 2 " rowspan=3>`, `<td colspan="2" rowspan="3"></td>`),
  becomes(`<p dir=" RTL ">a</p>`, `<p dir="rtl">a</p>`),
  becomes(`<p style="color:red; DIRECTION : rtl ">a</p>`, `<p dir="rtl">a</p>`),
  becomes(`<p dir="ltr" style="direction:ltr;direction:rtl">a</p>`, `<p dir="rtl">a</p>`),
  becomes(`<p style="direction:rtl !important;/**/direction:ltr">a</p>`, `<p dir="rtl">a</p>`),
  becomes(`<p style="flex-direction:rtl;direction:inherit;direction:rtl-x">a</p>`, `<p>a</p>`),
  becomes(`<html dir="rtl"><head></head><p>a</p></html>`, `<div dir="rtl"><p>a</p></div>`),
  becomes(`<html><body style="direction:rtl"><p>a</p></body></html>`, `<div dir="rtl"><p>a</p></div>`),
  becomes(`<body><p>a</p></body>`, `<p>a</p>`),
  becomes(`<img src=/i width="640px" height=" 480 ">`, `<img src="https://pub.example/i" width="640" height="480" />`),
  becomes(
    `<a href=/x rel="UGC sponsored me opener">x</a>`,
    `<a href="https://pub.example/x" rel="sponsored ugc noopener">x</a>`,
  ),
  becomes(`<a href=/x>x</a>`, `<a href="https://pub.example/x" rel="noopener">x</a>`),
  becomes(`<a rel=nofollow>x</a>`, "<a>x</a>"),
  becomes(`<audio autoplay loop></audio><video></video>`, "<audio controls></audio><video controls></video>"),
  becomes(`<img src=data:x data-src=/r>`, `<img src="https://pub.example/r" />`),
  becomes(`<img data-lazy-src=/r>`, `<img src="https://pub.example/r" />`),
  becomes(`<img src=/s data-src=/r>`, `<img src="https://pub.example/r" />`),
  ...["width=1 height=1", `width="0px" height=" 1 "`, `style="DISPLAY : none"`, "style=visibility:hidden"].map(
    (pixel) => becomes(`a<img src=/p ${pixel}>b`, "ab"),
  ),
  becomes("<img src=/p width=1>", `<img src="https://pub.example/p" width="1" />`),
  becomes("<img src=/p height=1>", `<img src="https://pub.example/p" height="1" />`),
  becomes(
    `<img srcset="/p 2x" width=0 height=0>`,
    `<img src="https://pub.example/p" srcset="https://pub.example/p 2x" />`,
  ),
  becomes(
    `<img srcset=" /a,b 1x,/c , /d,, /e 0.0x, /f 5, h,">`,
    [
      `<img src="https://pub.example/a,b" srcset="https://pub.example/a,b 1x, https://pub.example/c, `,
      `https://pub.example/news/h" />`,
    ].join(""),
  ),
  becomes(`<source srcset="/a,,b 1x">`, ""),
]

const ADDRESSES: Check[] = [
  becomes(`<a href="">x</a><a href=" ">y</a>`, "<a>x</a><a>y</a>"),
  becomes("<a href=x>x</a>", "<a>x</a>", ""),
  becomes("<a href=#x>x</a>", "<a>x</a>", "mailto:a@b.example"),
  becomes("<a href=x>x</a>", "<a>x</a>", "https://a@b.example/"),
  becomes(`<a href="http://[">x</a>`, "<a>x</a>"),
  becomes("<a href=//x.example>x</a>", `<a href="https://x.example/" rel="noopener">x</a>`),
  becomes("<a href=https://u@x.example>x</a>", "<a>x</a>"),
  becomes("<a href=https://:p@x.example>x</a>", "<a>x</a>"),
  becomes(`<a href="/a|b%">x</a>`, `<a href="https://pub.example/a%7Cb%25" rel="noopener">x</a>`),
  becomes(`<a href="/${"a/../".repeat(900)}">x</a>`, "<a>x</a>"),
  becomes(`<a href="/${"é".repeat(1000)}">x</a>`, "<a>x</a>"),
]

const FRAMES: Check[] = [
  becomes(
    `<iframe src=/e title=" A &amp; B ">c</iframe>`,
    `<a href="https://pub.example/e" rel="noopener">A &amp; B</a>`,
  ),
  becomes(`<iframe data-src=/e></iframe>`, `<a href="https://pub.example/e" rel="noopener">https://pub.example/e</a>`),
  becomes("<p>a</p><iframe src=javascript:1>c</iframe><i>b</i>c", "<p>a</p><i>b</i>c"),
]

const STABILITY: Check[] = [
  isStable("<p><font><p>a"),
  isStable("<p><center>a"),
  isStable("<p><h1>a"),
  isStable("<p><span dir=rtl><div>a"),
  isStable("<a href=/x><iframe src=https://y.example>c</iframe>d</a>"),
  isStable("<p><constructor><p>a"),
  isStable("<ul><li><x><li>a"),
]

/** The fastest checks come first, because most wrong builds fail one of them. */
export const CHECKS: readonly Check[] = [
  ...ELEMENTS,
  ...ATTRIBUTES,
  ...ADDRESSES,
  ...FRAMES,
  ...STABILITY,
  ...DIRECTION_CHECKS,
  ...MEDIA_CHECKS,
  ...[...ALLOWED.keys()].map(ofElement),
]
