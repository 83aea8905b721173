/** Checks the directions of removed elements, and direction signs that are not closed. */
import { becomes, type Check } from "./check.ts"

const rtl = (tag: string, content: string): string => `<${tag} dir="rtl">${content}</${tag}>`

const INLINE = "font x-y big blink nobr marquee button label o:p constructor".split(" ")
const DIRECTIONS = [
  "dir=rtl",
  `dir=" RTL "`,
  `style="direction:rtl"`,
  `style="color:red;DIRECTION: rtl!important" dir=ltr`,
]

const REMOVED_ELEMENTS: Check[] = [
  ...INLINE.flatMap((tag) => [
    becomes(`<${tag} dir=rtl>a</${tag}>b`, `${rtl("span", "a")}b`),
    becomes(`<${tag} dir=rtl>a<p>b</p></${tag}>c`, `${rtl("div", "a<p>b</p>")}c`),
    becomes(`<${tag} dir=x>a</${tag}>`, "a"),
  ]),
  ...DIRECTIONS.map((direction) => becomes(`<font ${direction}>a</font>`, rtl("span", "a"))),
  ..."p div ul table blockquote h2 pre hr figure dl".split(" ").map((tag) => {
    const block = tag === "hr" ? "<hr />" : `<${tag}></${tag}>`
    return becomes(`<font dir=rtl><b>${block}</b></font>`, rtl("div", `<b>${block}</b>`))
  }),
  ..."b i em a code sub"
    .split(" ")
    .map((tag) => becomes(`<font dir=rtl><${tag}>a</${tag}></font>`, rtl("span", `<${tag}>a</${tag}>`))),
  ..."center article section main form address"
    .split(" ")
    .map((tag) => becomes(`<${tag} dir=rtl>a</${tag}>`, rtl("div", "a"))),
  ...["input", "link", "meta", "base", "param", "area", "keygen", "basefont"].map((tag) =>
    becomes(`a<${tag} dir=rtl>b`, "ab"),
  ),
  ...["script", "style", "template", "svg", "select", "textarea"].map((tag) =>
    becomes(`a<${tag} dir=rtl>b</${tag}>`, "a"),
  ),
  becomes(`<font dir=rtl>a<font dir=ltr>b</font></font>`, rtl("span", `a<span dir="ltr">b</span>`)),
  becomes(`<font dir=rtl><font dir=ltr>a<p>b</p></font></font>`, rtl("div", `<div dir="ltr">a<p>b</p></div>`)),
  becomes(`<font dir=auto lang=ar>a</font>`, `<span lang="ar" dir="auto">a</span>`),
  becomes(`<div><font dir=rtl>a</font><p>b</p></div>`, `<div>${rtl("span", "a")}<p>b</p></div>`),
  becomes(`<font dir=rtl><div><font dir=rtl>a</font></div></font>`, rtl("div", `<div>${rtl("span", "a")}</div>`)),
  becomes(`<p><font dir=rtl><p>a</p></font></p>`, `<p></p>${rtl("div", "<p>a</p>")}<p></p>`),
  becomes(`<span dir=rtl><p>a</p></span>`, rtl("div", "<p>a</p>")),
  becomes(`<font dir=rtl><span><p>a</p></span></font>`, rtl("div", "<span><p>a</p></span>")),
  becomes(`<span title="div"><p>a</p></span>`, "<span><p>a</p></span>"),
]

/** Nothing stays between a table or list and its items. */
const ITEMS: Check[] = [
  ["table", "tbody"],
  ["table", "tr"],
  ["tbody", "tr"],
  ["tr", "td"],
  ["tr", "th"],
  ["ul", "li"],
  ["ol", "li"],
  ["table", "caption"],
  ["table", "thead"],
].flatMap(([outer, item]) => [
  ..."font span center-x big"
    .split(" ")
    .map((tag) =>
      becomes(
        `<${outer}><${tag} dir=rtl><${item}>a</${item}><${item} dir=ltr>b</${item}></${tag}><${item}>c</${item}></${outer}>`,
        `<${outer}><${item} dir="rtl">a</${item}><${item} dir="ltr">b</${item}><${item}>c</${item}></${outer}>`,
      ),
    ),
  becomes(
    `<${outer}><font dir=ltr><x-y dir=rtl><${item}><font dir=ltr>a</font></${item}></x-y></font></${outer}>`,
    `<${outer}><${item} dir="rtl"><span dir="ltr">a</span></${item}></${outer}>`,
  ),
])

const [LRE, RLE, PDF, LRO, RLO, LRI, RLI, FSI, PDI] = "\u202A\u202B\u202C\u202D\u202E\u2066\u2067\u2068\u2069"
const PAIRS = [
  [LRE, PDF],
  [RLE, PDF],
  [LRO, PDF],
  [RLO, PDF],
  [LRI, PDI],
  [RLI, PDI],
  [FSI, PDI],
] as const

const SIGNS: Check[] = [
  ...PAIRS.flatMap(([open = "", close = ""]) => [
    becomes(`<p>a ${open}b</p><p>c</p>`, `<p>a ${open}b${close}</p><p>c</p>`),
    becomes(`<p>a ${open}b${close}</p>`, `<p>a ${open}b${close}</p>`),
    becomes(`<p>a</p><p>${close}b</p>`, "<p>a</p><p>b</p>"),
    becomes(`${open}a`, `${open}a${close}`),
    becomes(`<b>${open}a</b> b${close} c`, `<b>${open}a</b> b${close} c`),
    becomes(`a ${open}b<ul><li>c</li></ul>d`, `a ${open}b${close}<ul><li>c</li></ul>d`),
    becomes(`<p>a<i>&#${open.codePointAt(0)};b</i>c</p>`, `<p>a<i>${open}b</i>c${close}</p>`),
    becomes(`<b>a ${open}<p>c</p></b>`, `<b>a ${open}${close}<p>c</p></b>`),
  ]),
  ..."td th li dd figcaption summary caption h3"
    .split(" ")
    .map((tag) =>
      becomes(`<${tag}>${RLE}a</${tag}><${tag}>b</${tag}>`, `<${tag}>${RLE}a${PDF}</${tag}><${tag}>b</${tag}>`),
    ),
  becomes(`<p>${RLE}${LRI}a</p>`, `<p>${RLE}${LRI}a${PDI}${PDF}</p>`),
  becomes(`<p>${LRI}a<br>b${PDI}</p>`, `<p>${LRI}a<br />b${PDI}</p>`),
  becomes(`<p>${RLE}a<bdi>${LRI}b</bdi>c</p>`, `<p>${RLE}a<bdi>${LRI}b${PDI}</bdi>c${PDF}</p>`),
  becomes(`<p>${RLE}a<span dir=ltr>b${PDF}</span>c${PDF}</p>`, `<p>${RLE}a<span dir="ltr">b</span>c${PDF}</p>`),
  becomes(
    `<p>${RLE}a<img src=/p alt="${LRI}b">c</p>`,
    `<p>${RLE}a<img src="https://pub.example/p" alt="${LRI}b" />c${PDF}</p>`,
  ),
  becomes(`<p>\u200Fa\u200E b\u061C</p>`, `<p>\u200Fa\u200E b\u061C</p>`),
]

export const DIRECTION_CHECKS: readonly Check[] = [...REMOVED_ELEMENTS, ...ITEMS, ...SIGNS]
