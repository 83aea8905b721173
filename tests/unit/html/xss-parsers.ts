/** Attacks that depend on how a parser reads markup, and texts that become attacks when they are decoded. */
import { attack, encoded, fill, HTML, IMG, OWASP, placed, RAW, SCRIPT, type Technique, words } from "./xss-shapes.ts"

export const PARSERS: Technique[] = [
  attack(
    "raw text",
    "sanitize-html issue 100",
    ...fill(["<@>alert(1)</@>", "<@ src=//x.example/x.js></@>", `<@>${IMG}</@>`, `<p><@>${IMG}`], RAW),
    ...fill(["<@>&lt;/@&gt;&lt;img src=x onerror=alert(1)&gt;</@>", "<@>&lt;svg onload=alert(1)&gt;</@>"], RAW),
  ),
  attack(
    "raw text that ends otherwise",
    "sanitize-html GHSA-jxwj-j7wr-gfrw",
    ...fill([`<@></@ >${IMG}`, `<@></@/>${IMG}`, `<@></@\f>${IMG}`, `<@></@x>${IMG}`, `<@></@`, `<@/>${IMG}`], RAW),
  ),
  attack(
    "raw text ended in an attribute",
    "CVE-2026-0540 (DOMPurify)",
    ...fill([`<@><a title="</@>${IMG}">x</a></@>`, `<a title="</@>${IMG}" onclick=a>x</a>`], RAW),
  ),
  attack(
    "old raw text",
    "CVE-2026-44990 (sanitize-html)",
    ...fill([`<xmp>@</xmp>`, `<XMP><xmp>@`], [IMG, SCRIPT, `<p onclick=a>`]),
  ),
  attack(
    "noscript closed by what is around it",
    "sanitize-html GHSA-x3q4-9hxx-gx8m",
    `<div><noscript></div>${IMG}</noscript>`,
    `<p><noscript><p title="</noscript>${IMG}">`,
    `<noscript><img title="</noscript><iframe onload=alert(1)>"></noscript>`,
    `<ul><li><noscript></ul><a title="</noscript>${IMG}">x</a>`,
    `<noscript><!--</noscript>${IMG}--></noscript>`,
  ),
  attack(
    "frames in frames",
    "sanitize-html GHSA-c9rx-x947-fp3h",
    ...[1, 3, 9, 30].map((depth) => `${"<iframe>".repeat(depth)}${IMG}${"</iframe>".repeat(depth)}`),
    `<iframe src="https://ok.example/" title="${IMG.replaceAll('"', "")}"><p onclick=a>old</p></iframe>`,
    `<iframe src="https://ok.example/"></iframe ><script>alert(1)</script>`,
  ),
  attack(
    "raw text in foreign content",
    `${HTML} 13.2.6.5, foreign content`,
    ...fill([`<svg><@>${IMG}</@></svg>`, `<math><@>${IMG}</@></math>`, `<svg></p><@><a title="</@>${IMG}">`], RAW),
  ),
  attack(
    "a paragraph in a drawing",
    "CVE-2019-16728 (DOMPurify)",
    `<svg></p><style><a id="</style>${IMG}">`,
    `<svg><p><style><!--</style>${IMG}-->`,
    `<p><style><p title="</style>${IMG}">`,
    `<svg></br><style><a title="</style>${IMG}">`,
  ),
  attack(
    "forms in a formula",
    "CVE-2020-26870 (DOMPurify)",
    ...fill([`<form><math><mtext></form><form><@><style></math>${IMG}`], words("mglyph malignmark mi ms p table")),
    `<math><mtext><table><mglyph><style><!--</style>${IMG}-->`,
    `<math><mtext><table><mglyph><style><math><title>&lt;/title&gt;${IMG}`,
  ),
  attack(
    "from a formula into a drawing",
    "DOMPurify issue 482",
    `<form><math><mtext></form><form><mglyph><svg><mtext><style><path id="</style>${IMG}">`,
  ),
  attack(
    "places where HTML begins again",
    `${HTML} 13.2.6, HTML integration point`,
    ...fill(
      [`<svg><@>${IMG}</@></svg>`, `<svg><@><p onclick=a>x<style><a title="</style>${IMG}">`],
      words("foreignObject desc title"),
    ),
    ...fill(
      [`<math><annotation-xml encoding="@">${IMG}</annotation-xml></math>`],
      ["text/html", "application/xhtml+xml", ""],
    ),
    `<b><table><tr><td><svg><desc><td></desc></svg>${IMG}`,
  ),
  attack(
    "nesting deeper than a parser goes",
    "CVE-2024-47875 (DOMPurify)",
    `${"<div>".repeat(600)}<style>${IMG}</style>`,
    `${"<svg><g>".repeat(300)}${IMG}`,
    `${"<form><h1></form><table></h1></form></table>".repeat(120)}<svg><style><a title="</style>${IMG}">`,
    `${"<b>".repeat(199)}<iframe src=https://ok.example title='${IMG}'>${SCRIPT}`,
  ),
  attack(
    "pushed out of a table",
    `${HTML} 13.2.6.1, foster parent`,
    ...fill([`<table><td><@></td></table>${IMG}`, `<table><@>${IMG}</table>`, `<table><tr><@><td>x</@>${IMG}`], RAW),
  ),
  attack(
    "wrongly nested",
    `${HTML} 13.2.6.4.7, adoption agency algorithm`,
    ...fill(
      [`<b><p></b><@></p>${IMG}`, `<a><p><a><@>${IMG}</a></@>`, `<div><@></div>${IMG}</@>`, `<p><b><@><p></b>${IMG}`],
      RAW,
    ),
  ),
  attack(
    "ruby, templates and styles",
    "cure53, DOMPurify test fixtures",
    `<ruby><rt><template><s><ruby><time><rt><style><!--</rt></style><a title="-->${IMG}">`,
    `<select><template><style><!--</style><a rel="--></style></template></select>${IMG}">`,
    `<option><style></option></select><b>${IMG}</b></style></option>`,
  ),
  attack(
    "comments that end elsewhere",
    `${HTML} 13.2.2, abrupt-closing-of-empty-comment`,
    ...fill([`<!--@`, `<!--><@`, `<p><!---><!--@-->`], [`>${IMG}-->`, `->${IMG}-->`, `!>${IMG}--!>`, `<!-->${IMG}-->`]),
    `<!--<img src="-->${IMG}//">`,
    `<!${IMG}>`,
    `</ ${IMG}>`,
    `<!-- --!>${IMG}<!-- -->`,
  ),
  attack(
    "comments for one browser",
    `${OWASP}, Downlevel-Hidden Block`,
    ...placed(`<!--[if gte IE 4]>${SCRIPT}<![endif]-->`),
  ),
  attack(
    "sections of characters",
    `${HTML} 13.2.2, cdata-in-html-content`,
    `<![CDATA[${IMG}]]>`,
    `<![CDATA[>${IMG}]]>`,
    `<svg><![CDATA[</svg>${IMG}]]></svg>`,
    `<math><![CDATA[]]>${IMG}<![CDATA[]]></math>`,
    `<svg><![CDATA[><a title="]]></svg>${IMG}">`,
  ),
  attack(
    "instructions",
    `${HTML} 13.2.2, unexpected-question-mark-instead-of-tag-name`,
    `<?xml version="1.0"?><?xml-stylesheet href="javascript:alert(1)"?>`,
    `<?x ><img src=x onerror=alert(1) ?>`,
    `<!DOCTYPE html [<!ENTITY x "${SCRIPT}">]>&x;`,
  ),
  attack(
    "commands for the server",
    `${OWASP}, SSI (Server Side Includes)`,
    `<!--#exec cmd="/bin/echo '<SCR'"-->IPT>`,
    `<% x %>${IMG}`,
  ),
  attack(
    "code for the server",
    `${OWASP}, PHP`,
    `<? echo('<SCR)';echo('IPT>alert(1)</SCRIPT>'); ?>`,
    `<?=1?>${SCRIPT}`,
  ),
  attack(
    "nothing in the middle",
    `${HTML} 13.2.2, unexpected-null-character`,
    ...fill(
      [
        "<\u0000@>alert(1)</@>",
        `<@\u0000>${IMG}</@\u0000>`,
        "<img src=x \u0000onerror=alert(1)>",
        `<@>\u0000</@>${IMG}`,
      ],
      RAW,
    ),
    `<img src=x on\u0000error=alert(1)>`,
  ),
  attack(
    "accents as quotes",
    "Heiderich et al., mXSS Attacks, CCS 2013",
    ...placed("<img src=x alt=`` onerror=alert(1)>", "<p title=`><script>alert(1)</script>`>"),
  ),
]

export const ENCODED: Technique[] = [
  encoded(
    "tags as entities",
    "CVE-2026-40186 (sanitize-html)",
    ...fill(
      ["@", "<p title='@'>@</p>", "<h1>@", "<iframe src=https://ok.example title='@'>"],
      [
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "&#60;img src=x onerror=alert(1)&#62;",
        "&LT;svg onload=a&GT;",
        "&amp;lt;script&amp;gt;",
      ],
    ),
  ),
  encoded("UTF-7", `${OWASP}, UTF-7 Encoding`, ...placed("+ADw-SCRIPT+AD4-alert(1);+ADw-/SCRIPT+AD4-")),
  encoded("seven bits", `${OWASP}, US-ASCII Encoding`, ...placed("¼script¾alert(¢XSS¢)¼/script¾")),
  encoded(
    "letters that become others",
    "Unicode TR 36, Visual Security Issues",
    "<ſcript>alert(1)</ſcript>",
    "＜script＞alert(1)＜/script＞",
    "<ıframe>",
    "<scrıpt>x",
  ),
  encoded(
    "escapes of JavaScript",
    `${OWASP}, Escaping JavaScript Escapes`,
    `\\";alert('XSS');//`,
    "\\u003cscript\\u003ealert(1)",
  ),
  encoded(
    "text between accents",
    `${OWASP}, ECMAScript 6`,
    "Set.constructor`alert\\x28document.domain\\x29",
    "<p>#{alert(1)}{{7*7}}</p>",
  ),
  encoded(
    "letters that turn the line",
    "CVE-2021-42574, Trojan Source",
    "\u202e<p>\u2066>x/<\u2069</p>",
    "<p title='\u202e\">x'>\u202dx",
  ),
]
