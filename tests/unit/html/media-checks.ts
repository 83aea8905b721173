/** Checks pictures, players and frames that pages load late, or only without scripts. */
import { becomes, type Check } from "./check.ts"
import { HIDDEN_CHECKS } from "./hidden-checks.ts"
import { LATE_CHECKS } from "./late-checks.ts"
import { PICTURE_CHECKS } from "./picture-checks.ts"
import { PLAYER_CHECKS } from "./player-checks.ts"

const image = (path: string, rest = ""): string => `<img src="https://pub.example${path}"${rest} />`
const link = (address: string, text = address): string => `<a href="${address}" rel="noopener">${text}</a>`

/** The attributes in which programs keep the address of a picture, each alone and beside a placeholder. */
const LATE = (
  "data-src data-lazy-src data-original data-echo data-flickity-lazyload data-flickity-lazyload-src data-ll-src " +
  "data-hi-res-src data-actualsrc data-img-src data-image-src data-large-file data-large_image data-full-url data-orig-file " +
  "data-orig-src lazy-src lazysrc real_src realsrc zoomfile"
).split(" ")
const LATE_SETS =
  "data-srcset data-lazy-srcset data-src-set data-original-set data-ll-srcset data-flickity-lazyload-srcset lazy-srcset".split(
    " ",
  )
/** Attributes that have other values too, so that only an address counts. */
const UNSURE = "data-image data-bg data-lazy data-hires data-pin-media file".split(" ")

const PLACEHOLDERS = (
  "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7 data:image/svg+xml,%3Csvg/%3E about:blank # " +
  "/spacer.gif /img/blank.gif /x/1x1.trans.gif /transparent.png /lazy.png /lazy_placeholder.gif /grey-placeholder.png " +
  "/ajax-loader.gif /loading.svg /pixel.gif /cleardot.gif /16x9.png /lazyload.gif /lazyloading.gif " +
  "/lazyloader.svg /clear.gif /dot.gif /empty.png /px.gif /ph.png https://via.placeholder.com/640x360 " +
  "https://placehold.co/600x400 https://dummyimage.com/600x400 /trans.gif /bg-blank-small.gif"
).split(" ")
const PICTURES =
  "/dotted.jpg /lazy-dog.jpg /loading-a-ship.jpg /pixel-art.png /blank-page.jpg /white.jpg /default.jpg /empty-square.jpg /1x10000.jpg"

const IMAGES: Check[] = [
  ...LATE.map((name) => becomes(`<img ${name}=/r>`, image("/r"))),
  ...LATE.map((name) => becomes(`<img src=data:, ${name}=r.jpg alt=a>`, image("/news/r.jpg", ` alt="a"`))),
  ...UNSURE.flatMap((name) => [
    becomes(`<img ${name}=/r>`, image("/r")),
    becomes(`<img ${name}=r.jpg>`, image("/news/r.jpg")),
    becomes(`a<img ${name}=42>b`, "ab"),
  ]),
  ...LATE_SETS.map((name) =>
    becomes(
      `<img src=data:, ${name}="/1 400w, /2 800w, /3 600w">`,
      image("/2", ` srcset="https://pub.example/1 400w, https://pub.example/2 800w, https://pub.example/3 600w"`),
    ),
  ),
  ...PLACEHOLDERS.map((src) => becomes(`a<img src="${src}">b`, "ab")),
  ...PLACEHOLDERS.map((src) => becomes(`<img src="${src}" data-src=/r>`, image("/r"))),
  ...PICTURES.split(" ").map((src) => becomes(`<img src="${src}">`, image(src))),
  becomes(`<img src=/s data-src=/r>`, image("/r")),
  becomes(`<img src=/s data-src="">`, image("/s")),
  // The page replaces a small or blurred picture.
  becomes(`<img class="alignleft lazyload" src=/s data-src=/r>`, image("/r")),
  becomes(`<img class="Blur-up" src=/s data-src=/r>`, image("/r")),
  becomes(`<img src="/s?blur=30" data-src=/r>`, image("/r")),
  becomes(`<img src="/s?w=40" data-src=/r>`, image("/r")),
  becomes(`<img src="/s?w=400" data-src=/r>`, image("/r")),
  becomes(`<img class=lazy src=/s>`, image("/s")),
  // Sets in an attribute for one address, templates, and names that are on no list.
  becomes(`<img data-src="/1 1x, /2 2x">`, image("/2")),
  becomes(`<img src=/s.jpg class=lazy data-src="/p_{width}x.jpg">`, image("/s.jpg")),
  becomes(`a<img data-src="/p_{width}x.jpg">b`, "ab"),
  becomes(`<img data-my-source=https://c.example/p.webp>`, `<img src="https://c.example/p.webp" />`),
  becomes(`<img data-my-source=//c.example/p.avif?x>`, `<img src="https://c.example/p.avif?x" />`),
  becomes(`<img data-url=/r.jpg>`, image("/r.jpg")),
  becomes(`a<img data-url=/r>b`, "ab"),
  ...["data-permalink", "data-href", "data-page", "data-share", "data-avatar", "data-thumb", "data-low"].map((name) =>
    becomes(`a<img ${name}=/r.jpg>b`, "ab"),
  ),
  becomes(`a<img data-my-source=p.jpg data-id=/page>b`, "ab"),
  becomes(
    `<img src=data:, srcset="/1 1x, /2 2x">`,
    image("/2", ` srcset="https://pub.example/1 1x, https://pub.example/2 2x"`),
  ),
  becomes(
    `<img src=data:, srcset="/blank.gif 1w" data-srcset="/1, /2 2x">`,
    image("/2", ` srcset="https://pub.example/1, https://pub.example/2 2x"`),
  ),
  becomes(`<img src=/a srcset="/b 1x, /blank.gif 2x">`, image("/a", ` srcset="https://pub.example/b 1x"`)),
  becomes(
    `<source data-srcset="/a 2x"><source data-src=/b>`,
    `<source srcset="https://pub.example/a 2x" /><source src="https://pub.example/b" />`,
  ),
]

const invisible = (attributes: string): Check => becomes(`a<img src=/p ${attributes}>b`, "ab")
const visible = (attributes: string): Check => becomes(`<img src=/p ${attributes}>`, image("/p"))

const VISIBILITY: Check[] = [
  ...["hidden", `hidden=""`, `hidden=hidden`, `width=".5" height="0.5px"`].map(invisible),
  ...[
    ..."width:1px height:0 max-width:1px max-height:0px HEIGHT:0 width:0em height:.5px height:1.0px".split(" "),
    ..."opacity:0 opacity:0.0 opacity:.01 opacity:0% visibility:collapse margin-left:-9999px margin-top:-999em".split(
      " ",
    ),
    ..."text-indent:-5000px display:none!important display:none;width:640px".split(" "),
    ..."position:absolute;left:-9999px position:fixed;top:-1000px position:absolute;right:-999em".split(" "),
    ..."position:absolute;bottom:-5000px position:absolute;clip:rect(1px,1px,1px,1px)".split(" "),
  ].map((style) => invisible(`style="${style}"`)),
  ...["position : absolute ; left : -10000px", "position:absolute;clip:rect(0 0 0 0)"].map((style) =>
    invisible(`style="${style}"`),
  ),
  ...[
    ..."position:absolute;left:-100vw position:absolute;left:-100% position:absolute;top:-100vh".split(" "),
    ..."position:fixed;left:9999px position:absolute;top:200vh margin:-9999px transform:translateX(-9999px)".split(" "),
    ..."translate:-9999px transform:scale(0) transform:scale(0.0,1) transform:scaleX(0) scale:0 content-visibility:hidden".split(
      " ",
    ),
    ..."clip-path:inset(50%) clip-path:inset(100%) clip-path:circle(0) filter:opacity(0) filter:opacity(0%)".split(" "),
    ..."display:none/**/ /*;*/display:none dis/**/play:none;display:none visibility:/*a*/hidden".split(" "),
  ].map((style) => invisible(`style="${style}"`)),
  ...["position:absolute;inset:-9999px auto auto 0", "margin:0 0 0 -9999px", "transform:translate( -9999px , 0)"].map(
    (style) => invisible(`style="${style}"`),
  ),
  // People do not see the content of an element that is hidden.
  ...["hidden", 'style="display:none"', "style=visibility:hidden", 'style="position:absolute;left:-9999px"'].flatMap(
    (attributes) => [
      becomes(`<div ${attributes}><p>a<img src=/p></p></div><img src=/p>`, `<div><p>a</p></div>${image("/p")}`),
      becomes(`<picture ${attributes}><source srcset=/a><img src=/p></picture>`, ""),
    ],
  ),
  becomes(`<div hidden><p hidden>a</p><img src=/i></div>`, "<div><p>a</p></div>"),
  becomes(
    `<div hidden><br><img src=/i><div></div><img src=/j></div><img src=/p>`,
    `<div><br /><div></div></div>${image("/p")}`,
  ),
  becomes(
    `<div hidden><video><source src=/v.mp4></video></div>`,
    `<div><video controls><source src="https://pub.example/v.mp4" /></video></div>`,
  ),
  // Pages keep the place of a picture by such a box, and show a picture that is transparent at first.
  ...[
    ..."height:0;padding-bottom:56%;overflow:hidden opacity:0;transition:opacity_1s opacity:0;animation:a_1s opacity:0.5".split(
      " ",
    ),
    ..."width:1px height:0 max-height:0;min-height:90px height:0;overflow:hidden;aspect-ratio:2 padding:0;width:9px".split(
      " ",
    ),
    ..."overflow:hidden;width:9px filter:alpha(opacity=50) position:relative;left:-20px".split(" "),
  ].map((style) => becomes(`<div style="${style}"><img src=/p></div>`, `<div>${image("/p")}</div>`)),
  becomes(`<div class="wow fadeIn" style="opacity:0"><img src=/p></div>`, `<div>${image("/p")}</div>`),
  becomes(`<div class="wow fadeIn" style="visibility:hidden"><img src=/p></div>`, `<div>${image("/p")}</div>`),
  // The row and the pictures of a slider, and pictures that are wider than the text around them.
  ...[
    ..."transform:translate3d(-1600px,0,0) transform:translateX(-100%) transform:translateX(-400vw) margin-left:-960px".split(
      " ",
    ),
    ..."position:relative;left:-1600px margin:0_-100vw left:50%;margin-left:-960px translate:-200% margin-inline:-50vw".split(
      " ",
    ),
    ..."position:relative;left:-800px;opacity:0;transition:opacity_1s opacity:0;transform:translateY(40px)".split(" "),
    ..."transform:translate(-1280px,0px) opacity:0;will-change:opacity margin-left:-2000px".split(" "),
  ].flatMap((style) => {
    const attribute = `style="${style.replaceAll("_", " ")}"`
    return [becomes(`<div ${attribute}><img src=/p></div>`, `<div>${image("/p")}</div>`), visible(attribute)]
  }),
  ...["slick-slide", "swiper-slide", "carousel-item", "fade", "reveal", "lazyload", "gallery-item"].flatMap((name) => [
    visible(`class="${name}" style="opacity:0"`),
    visible(`class="${name}" style="position:absolute;left:-1600px"`),
    visible(`class="${name}" style="visibility:hidden"`),
    invisible(`class="${name}" style="position:absolute;left:-9999px"`),
    invisible(`class="${name}" width=1 height=1`),
  ]),
  ...[
    ..."opacity:0 opacity:1% filter:opacity(0) filter:alpha(opacity=0) height:0;overflow:hidden max-height:0 max-width:1px".split(
      " ",
    ),
    ..."width:1px;height:1px width:0;overflow-x:clip position:relative;left:-9999px height:0;padding:0;overflow:hidden".split(
      " ",
    ),
    ..."margin-inline-start:-9999px transform:scale(0.001)".split(" "),
  ].map((style) => becomes(`<p style="${style}">a<img src=/p></p>`, "<p>a</p>")),
  visible("hidden=until-found"),
  ...[
    ..."position:relative;left:-9999px position:relative;top:-9999px margin-inline-start:-9999px margin-inline:-9999px".split(
      " ",
    ),
    ..."margin-block-start:-9999px margin-block:-9999px position:absolute;inset-inline-start:-9999px".split(" "),
    ..."position:absolute;inset-block:-9999px position:absolute;inset-inline-end:-999em filter:alpha(opacity=0)".split(
      " ",
    ),
    ..."-ms-filter:progid:DXImageTransform.Microsoft.Alpha(Opacity=0) opacity:1% transform:scale(0.001) scale:0.001".split(
      " ",
    ),
    ..."transform:scale3d(0,0,0) transform:scale(1,0) transform:matrix(0,0,0,0,0,0) scale:0%".split(" "),
  ].map((style) => invisible(`style="${style}"`)),
  ...[
    ..."width:100% height:auto opacity:1 opacity:0.5 left:-9999px margin-left:-20px max-width:100% width:2px".split(
      " ",
    ),
    ..."left:9999px transform:translateX(-50%) transform:scale(0.5) scale:1 clip-path:inset(5%) filter:opacity(1)".split(
      " ",
    ),
    ..."position:absolute;left:-50% position:absolute;left:100% inset:-9999px margin:-20px".split(" "),
    ..."position:relative;left:-20px transform:scale(0.5,1) filter:alpha(opacity=90) position:sticky;left:-9999px".split(
      " ",
    ),
    ..."position:absolute;left:-20px height:0;min-height:100px width:0;min-width:100% display:block".split(" "),
    ..."position:absolute;clip:rect(0,10px,10px,0) width:1em opacity:inherit x display:nonesuch clip:rect(0,0,0,0)".split(
      " ",
    ),
  ].map((style) => visible(`style="${style}"`)),
  // A page that loads a picture late shows it when it is there.
  becomes(`<img src=data:, data-src=/r style="opacity:0">`, image("/r")),
  becomes(`<img src=data:, data-srcset="/r 2x" style="opacity:0">`, image("/r", ` srcset="https://pub.example/r 2x"`)),
]

const NOSCRIPT: Check[] = [
  becomes(`a<noscript>b<img src=/p alt=c></noscript>`, `a${image("/p", ` alt="c"`)}`),
  becomes(`<noscript><p>a<a href=/x>b</a></noscript>c`, ` ${link("https://pub.example/x", "b")}c`),
  // Once, in the place of the image beside it.
  becomes(`<p><img src=data:, data-src=/p></p><noscript><img src=/p></noscript>`, `<p>${image("/p")}</p>`),
  becomes(`<p><img src=data:,></p><noscript><img src=/p></noscript>`, `<p>${image("/p")}</p>`),
  becomes(`<noscript><img src=/p></noscript><p><img src=/blank.gif></p>`, `<p>${image("/p")}</p>`),
  becomes(`<noscript><img src=/p></noscript>a<img src=data:,>`, `${image("/p")}a`),
  becomes(`<img src=data:,>a<noscript><img src=/p></noscript>`, `a${image("/p")}`),
  becomes(`<img src=/p><b>a</b><noscript><img src=/p></noscript>`, `${image("/p")}<b>a</b>`),
  becomes(`<noscript><img src=/p></noscript>a<img src=/p>`, `a${image("/p")}`),
  becomes(`<img src=/60/x.jpeg><noscript><img src=/1400/x.jpeg></noscript>`, image("/1400/x.jpeg")),
  becomes(`<img src=/x-300x200.jpg><noscript><img src=/x-scaled.jpg></noscript>`, image("/x-scaled.jpg")),
  becomes(`<img src=/x.jpg><noscript><img src=/y.jpg></noscript>`, image("/x.jpg") + image("/y.jpg")),
  becomes(`<img data-src="/x_{w}.jpg"><noscript><img src=/x_9.jpg></noscript>`, image("/x_9.jpg")),
  becomes(
    `<noscript><img src=/a></noscript><img src=data:,><noscript><img src=/b></noscript><img src=data:,>`,
    image("/a") + image("/b"),
  ),
  becomes(`<img src=data:,><noscript><img src=/a><img src=/b></noscript>`, image("/a") + image("/b")),
  becomes(`<noscript><img src=/a><img src=/a></noscript>`, image("/a")),
  becomes(`<noscript>&lt;img src="/p" alt=c&gt;</noscript>`, image("/p", ` alt="c"`)),
  becomes(`<noscript>&lt;noscript&gt;&amp;lt;img src="/p"&amp;gt;&lt;/noscript&gt;&lt;img&gt;</noscript>`, ""),
  becomes(`<noscript><img src=/p alt='a"b &amp;amp; c'></noscript>`, image("/p", ` alt="a&quot;b &amp;amp; c"`)),
  becomes(`<noscript><noscript><img src=/p></noscript></noscript>`, image("/p")),
  becomes(`<noscript><picture><source srcset="/a 2x"><img src=/p></picture></noscript>`, image("/p")),
  becomes(`<noscript><picture><source srcset="/a 2x"></picture></noscript>`, image("/a")),
  becomes(`<noscript><amp-img src=/p><img src=/p></amp-img></noscript>`, image("/p")),
  becomes(`<svg><noscript><img src=/p></noscript></svg><select><noscript><img src=/p></noscript></select>`, ""),
  // Programs that count readers.
  ...["width=1 height=1", "hidden", `style="display:none"`, `style="position:absolute;left:-9999px"`].flatMap(
    (attributes) => [
      becomes(`a<noscript><img src=/p ${attributes}></noscript>`, "a"),
      becomes(`a<noscript><iframe src=https://x.example/ ${attributes}></iframe></noscript>`, "a"),
    ],
  ),
  becomes(`<noscript><iframe src=https://x.example/></iframe></noscript>`, link("https://x.example/")),
  becomes(
    `<iframe data-src=https://x.example/></iframe><noscript><iframe src=https://x.example/></iframe></noscript>`,
    link("https://x.example/"),
  ),
  becomes(
    `<noscript><video src=/v poster=/p></video><audio><source src=/a></audio></noscript>`,
    `<video src="https://pub.example/v" poster="https://pub.example/p" controls></video>` +
      `<audio src="https://pub.example/a" controls></audio>`,
  ),
  becomes(`<noscript><video poster=/p></video></noscript>`, image("/p")),
  becomes(
    `<video src=/v></video><noscript><video src=/v></video></noscript>`,
    `<video src="https://pub.example/v" controls></video>`,
  ),
]

const WEBP = `<source srcset="https://pub.example/a" type="image/webp" />`

const ELEMENTS: Check[] = [
  // The picture of a source, if the image has none.
  becomes(
    `<picture><source srcset=/a><img src=data:, alt=b></picture>`,
    `<picture><source srcset="https://pub.example/a" />${image("/a", ` alt="b"`)}</picture>`,
  ),
  becomes(
    `<picture><source data-srcset="/a 2x"></picture>`,
    `<picture><source srcset="https://pub.example/a 2x" />${image("/a")}</picture>`,
  ),
  becomes(
    `<picture><source srcset=/a type=image/webp><source srcset=/b><img></picture>`,
    `<picture>${WEBP}<source srcset="https://pub.example/b" />${image("/b")}</picture>`,
  ),
  becomes(
    `<picture><source srcset=/a type=image/webp><img src=/b></picture>`,
    `<picture>${WEBP}${image("/b")}</picture>`,
  ),
  becomes(
    `<picture><source srcset=/a type=image/webp><img data-src=/b></picture>`,
    `<picture>${WEBP}${image("/b")}</picture>`,
  ),
  becomes(
    `<picture><source srcset=/a type=image/webp><img src=data:,></picture><noscript><img src=/a></noscript>`,
    `<picture>${WEBP}${image("/a")}</picture>`,
  ),
  becomes(`<picture><source srcset=/a type=image/webp><img src=/p hidden></picture>`, ""),
  becomes(`<picture><source srcset="data:image/gif;base64,AA 2x"><img></picture>`, ""),
  // AMP.
  becomes(
    `<amp-img src=/p alt=a width=640 height=480 layout=fixed></amp-img>`,
    image("/p", ` alt="a" width="640" height="480"`),
  ),
  becomes(`<amp-anim src=/p.gif></amp-anim>`, image("/p.gif")),
  becomes(
    `<amp-img src=/p><amp-img placeholder src=/q></amp-img><img src=/p><noscript><img src=/p></noscript></amp-img>a`,
    `${image("/p")}a`,
  ),
  becomes(`<amp-img><noscript><img src=/p></noscript></amp-img>`, image("/p")),
  becomes(`<amp-img src=/p width=1 height=1></amp-img>`, ""),
  becomes(`<amp-video src=/v></amp-video>`, `<video src="https://pub.example/v" controls></video>`),
  becomes(`<amp-audio src=/v></amp-audio>`, `<audio src="https://pub.example/v" controls></audio>`),
  becomes(`<amp-video poster=/p></amp-video>`, image("/p")),
  becomes(
    `<amp-iframe src=https://x.example/ title=a><amp-img placeholder src=/p></amp-img></amp-iframe>`,
    link("https://x.example/", "a"),
  ),
  ...(
    [
      ["amp-youtube data-videoid=a", "https://www.youtube.com/watch?v=a"],
      ["amp-youtube data-live-channelid=a", "https://www.youtube.com/embed/live_stream?channel=a"],
      ["lite-youtube videoid=a", "https://www.youtube.com/watch?v=a"],
      ["lite-youtube playlistid=a", "https://www.youtube.com/playlist?list=a"],
      ["amp-vimeo data-videoid=1", "https://vimeo.com/1"],
      ["lite-vimeo videoid=1", "https://vimeo.com/1"],
      ["amp-dailymotion data-videoid=a", "https://www.dailymotion.com/video/a"],
      ["amp-twitter data-tweetid=1", "https://twitter.com/i/status/1"],
      ["amp-instagram data-shortcode=a", "https://www.instagram.com/p/a/"],
      ["amp-tiktok data-src=1", "https://www.tiktok.com/embed/v2/1"],
      ["amp-tiktok data-src=https://www.tiktok.com/@a/video/1", "https://www.tiktok.com/@a/video/1"],
      ["amp-gfycat data-gfyid=a", "https://gfycat.com/a"],
      ["amp-imgur data-imgur-id=a", "https://imgur.com/a"],
      ["amp-vine data-vineid=a", "https://vine.co/v/a"],
      [
        "amp-soundcloud data-trackid=1",
        "https://w.soundcloud.com/player/?url=https%3A%2F%2Fapi.soundcloud.com%2Ftracks%2F1",
      ],
      [
        "amp-soundcloud data-playlistid=1",
        "https://w.soundcloud.com/player/?url=https%3A%2F%2Fapi.soundcloud.com%2Fplaylists%2F1",
      ],
      ["amp-jwplayer data-media-id=a", "https://cdn.jwplayer.com/previews/a"],
      ["amp-facebook data-href=https://x.example/1", "https://x.example/1"],
      ["amp-facebook-page data-href=https://x.example/1", "https://x.example/1"],
      ["amp-facebook-comments data-href=https://x.example/1", "https://x.example/1"],
      ["amp-pinterest data-url=https://x.example/1", "https://x.example/1"],
      ["amp-embedly-card data-url=https://x.example/1", "https://x.example/1"],
      ["amp-wordpress-embed data-url=https://x.example/1", "https://x.example/1"],
      ["amp-reddit data-src=https://x.example/1", "https://x.example/1"],
      ["amp-google-document-embed src=https://x.example/1", "https://x.example/1"],
      ["amp-playbuzz src=https://x.example/1", "https://x.example/1"],
      ["amp-video-iframe src=https://x.example/1", "https://x.example/1"],
      ["amp-3d-gltf src=https://x.example/1", "https://x.example/1"],
    ] as const
  ).map(([tag, page]) => becomes(`<${tag}></${tag.split(" ")[0]}>`, link(page))),
  ...["amp-ad", "amp-analytics", "amp-pixel", "amp-list", "amp-state", "constructor"].map((tag) =>
    becomes(`a<${tag} src=https://x.example/ data-href=https://x.example/></${tag}>`, "a"),
  ),
  becomes(`a<amp-youtube data-videoid="a'b"></amp-youtube>`, "a"),
  // Frames.
  ...["data-src", "data-lazy-src", "data-litespeed-src", "data-cookieblock-src", "data-ll-src", "data-cmp-src"].map(
    (name) => becomes(`<iframe src=about:blank ${name}=//x.example/1>c</iframe>`, link("https://x.example/1")),
  ),
  becomes(`<iframe src=http://x.example title=" A &amp; B ">c</iframe>`, link("http://x.example/", "A &amp; B")),
  becomes(`<iframe src=https://x.example aria-label=" a "></iframe>`, link("https://x.example/", "a")),
  becomes(`<frameset><frame src=/f></frameset>`, link("https://pub.example/f")),
  becomes(`a<iframe srcdoc="<p>b<img src=/p></p>"></iframe>`, `a${image("/p")}`),
  becomes(`<iframe src=https://x.example srcdoc="<img src=/p>"></iframe>`, link("https://x.example/")),
  ...["width=0 height=0", "hidden", `style="display:none"`].map((attributes) =>
    becomes(`a<iframe src=https://x.example ${attributes}></iframe>`, "a"),
  ),
  becomes(`a<iframe src=javascript:1></iframe><iframe src=data:text/html,x></iframe><iframe></iframe>`, "a"),
  becomes(`<template><iframe src=https://x.example></iframe></template>a`, "a"),
  // Objects.
  becomes(`<object data=/d.pdf type=application/pdf title=a>b</object>`, link("https://pub.example/d.pdf", "a")),
  becomes(`<object data=/d.svg>b</object>`, image("/d.svg")),
  becomes(`<object data=/d type=" image/svg+xml">b</object>`, image("/d")),
  becomes(`<object data=/d.png type=text/html>b</object>`, link("https://pub.example/d.png")),
  ...["movie", "src", "URL", "href", "filename"].map((name) =>
    becomes(`<object><param name=x value=/n><param name=${name} value=/m></object>`, link("https://pub.example/m")),
  ),
  becomes(
    `<object><param name=movie value=/v/1><embed src=/v/1 type=application/x-shockwave-flash></object>`,
    link("https://pub.example/v/1"),
  ),
  becomes(`<object data=/d.pdf><img src=/p></object>`, link("https://pub.example/d.pdf")),
  becomes(`<object data=/d.swf><img src=/p></object>`, image("/p")),
  becomes(`<object data=/d type=application/x-shockwave-flash><embed src=/e.swf><img src=/p></object>`, image("/p")),
  becomes(`<object><object data=/d><img src=/p></object></object>`, link("https://pub.example/d")),
  becomes(`<object><video src=/v></video></object>`, `<video src="https://pub.example/v" controls></video>`),
  becomes(`<object data=/d.swf>a</object>`, `${link("https://pub.example/d.swf")}a`),
  becomes(`<object><embed src=/e.swf></object>`, link("https://pub.example/e.swf")),
  becomes(`<object data=/d width=0 height=0>c</object><object>a</object>b`, "ab"),
  becomes(`<embed src=/e.mov title=a>b`, `${link("https://pub.example/e.mov", "a")}b`),
  becomes(`<embed src=/e.png><embed src=/e hidden><embed>`, image("/e.png")),
  becomes(`<noscript><object data=/d></object></noscript>`, link("https://pub.example/d")),
  // Films.
  becomes(`<video poster=/p title=a><p>b</p></video>c`, `${image("/p", ` title="a"`)}<p>b</p>c`),
  becomes(`<video data-poster=/p></video>`, image("/p")),
  becomes(
    `<video poster=/p><source data-src=/v></video>`,
    `<video poster="https://pub.example/p" controls><source src="https://pub.example/v" /></video>`,
  ),
  becomes(
    `<video poster=/p data-src=/v></video>`,
    `<video src="https://pub.example/v" poster="https://pub.example/p" controls></video>`,
  ),
  becomes(`<video poster=/p><select><source src=/v></select></video>`, image("/p")),
  becomes(`<audio data-src=/a></audio>`, `<audio src="https://pub.example/a" controls></audio>`),
  becomes(`<video></video>`, "<video controls></video>"),
  becomes(`<video poster=/p hidden></video>`, "<video controls></video>"),
  // Other elements.
  ..."div span figure section p li td".split(" ").map((tag) => {
    const name = tag === "section" ? "div" : tag
    return becomes(`<${tag} class=lazy data-src=/p.jpg>a</${tag}>`, `<${name}>${image("/p.jpg")}a</${name}>`)
  }),
  becomes(
    `<a href=/x data-lazy-src=/p.jpg></a>`,
    `<a href="https://pub.example/x" rel="noopener">${image("/p.jpg")}</a>`,
  ),
  becomes(`<div data-src=/p.jpg><img src=/q></div>`, `<div>${image("/q")}</div>`),
  becomes(`<div data-src=/p.jpg><noscript><img src=/q></noscript></div>`, `<div>${image("/q")}</div>`),
  becomes(`<div data-src=/p.jpg></div><noscript><img src=/p.jpg></noscript>`, `<div>${image("/p.jpg")}</div>`),
  becomes(`<div data-src=/page></div><div data-src=/p.jpg hidden></div>`, "<div></div><div></div>"),
  // XML Base.
  becomes(
    `<div xml:base=/a/><p xml:base=b/><img data-src=c/d></p><iframe src=d></iframe></div><img src=e>`,
    `<div><p>${image("/a/b/c/d")}</p>${link("https://pub.example/a/d")}</div>${image("/news/e")}`,
  ),
  becomes(`<p xml:base=javascript:1><a href=x>a</a></p>`, `<p>${link("https://pub.example/news/x", "a")}</p>`),
]

export const MEDIA_CHECKS: readonly Check[] = [
  ...IMAGES,
  ...VISIBILITY,
  ...NOSCRIPT,
  ...ELEMENTS,
  ...HIDDEN_CHECKS,
  ...LATE_CHECKS,
  ...PLAYER_CHECKS,
  ...PICTURE_CHECKS,
]
