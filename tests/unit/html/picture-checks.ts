/** Checks which of several addresses is the picture, and what is kept of the elements that are removed. */
import { becomes, type Check } from "./check.ts"

const PAGE = "https://pub.example"
const image = (path: string, rest = ""): string =>
  `<img src="${path.startsWith("https:") ? path : PAGE + path}"${rest} />`
const link = (path: string, text: string): string => `<a href="${PAGE}${path}" rel="noopener">${text}</a>`
const player = (address: string): string => `<a href="${address}" rel="noopener">${address}</a>`

/** Two pictures of one file name, neither of which may go. */
const TWO_PICTURES = [
  ["/2019/05/cover.jpg", "/2019/06/cover.jpg"],
  ["/uploads/12/main.png", "/uploads/13/main.png"],
  ["/gallery/3/01.jpg", "/gallery/4/01.jpg"],
  ["/100/1.jpg", "/900/1.jpg"],
  ["/get.aspx?file=77", "/get.aspx?file=78"],
  ["/photo?id=a1&w=300", "/photo?id=a2&w=300"],
  ["/media/show?s=1", "/media/show?s=2"],
  ["/p.jpg?image=4", "/p.jpg?image=5"],
  ["/anna/portrait.jpg", "/omar/portrait.jpg"],
  ["https://a.news.example/1.jpg", "https://b.other.example/1.jpg"],
  ["/season/s1/poster.jpg", "/season/s2/poster.jpg"],
  ["/1990/photo.jpg", "/2020/photo.jpg"],
  ["/pub/101/cover.jpg", "/pub/777/cover.jpg"],
  ["/12/main.jpg", "/456/main.jpg"],
  ["/articles/100/lead.jpg", "/articles/400/lead.jpg"],
  ["/uploads/20/hero.png", "/uploads/900/hero.png"],
  ["/nodes/50/y.jpg", "/nodes/1500/y.jpg"],
  ["/stories/10/y.webp", "/stories/840/y.webp"],
  ["/album/30/a.jpg", "/album/300/a.jpg"],
  ["/gray.jpg", "/wolf.jpg"],
  ["/grey.jpeg", "/heron.jpeg"],
  ["/none.jpg", "/nun.jpg"],
  ["/default.jpg", "/debt.jpg"],
  ["/white.avif", "/house.avif"],
  ["/load.jpg", "/lorry.jpg"],
  ["/bg.jpg", "/sofia.jpg"],
  ["/1.jpg?from=https://b.example/x.jpg", "/2.jpg?from=https://b.example/x.jpg"],
  ["/show?url=https://b.example/y.jpg&id=1", "/show?url=https://b.example/y.jpg&id=2"],
  ["/go/1/https://b.example/a", "/go/2/https://b.example/a"],
  ["/photo.jpg?id=1", "/photo.jpg?page=2"],
] as const

/** Two copies of one picture. Only the second stays. */
const ONE_PICTURE = [
  ["/max/30/y.jpeg", "/max/2000/y.jpeg"],
  ["/40/a/city.png", "/1200/a/city.png"],
  ["/s72-c/y.jpg", "/s1600/y.jpg"],
  ["/y-300x.jpg", "/y.jpg"],
  ["/y@2x.png", "/y.png"],
  ["/small/y.jpg", "/large/y.jpg"],
  ["/y_medium.jpg", "/y_large.jpg"],
  ["/w_60,e_blur:100/v1/y.jpg", "/w_1200/v1/y.jpg"],
  ["/width=60,quality=10/y.jpg", "/width=1200,quality=80/y.jpg"],
  ["/y.jpg?w=400", "/y.jpg?w=1200"],
  ["/y.jpg?resize=100,50&s=ab", "/y.jpg?resize=900,450&s=cd"],
  ["/y.jpg", "/y.webp"],
  ["/y-300x200.jpg", "https://i0.wp.com/pub.example/y.jpg?fit=900%2C600"],
  ["https://cdn1.pub.example/y.jpg", "https://cdn2.pub.example/y.jpg"],
  ["https://img.pub.example/y.jpg", "/y.jpg"],
  ["/_next/image?url=%2Fy.jpg&w=64&q=75", "/_next/image?url=%2Fy.jpg&w=1080&q=75"],
  ["/fetch/w_60/https%3A%2F%2Fs3.example%2Fy.jpg", "/fetch/w_900/https%3A%2F%2Fs3.example%2Fy.jpg"],
  ["https://images.example/?url=https%3A%2F%2Fpub.example%2Fy.jpg&w=60", "/y.jpg"],
  ["/cdn-cgi/image/width=60/https://pub.example/a/y.jpg", "/a/y.jpg"],
  ["/show?id=5&w=60", "/show?id=5&w=600"],
  ["/lqip/y.jpg", "/y.jpg"],
  ["/width/160/y.jpg", "/width/240/y.jpg"],
] as const

const escaped = (address: string): string => address.replaceAll("&", "&amp;")

const COPIES: Check[] = [
  ...TWO_PICTURES.map(([one, other]) =>
    becomes(`<img src="${one}"><noscript><img src="${other}"></noscript>`, image(escaped(one)) + image(escaped(other))),
  ),
  ...ONE_PICTURE.map(([one, other]) =>
    becomes(`<img src="${one}"><noscript><img src="${other}"></noscript>`, image(escaped(other))),
  ),
  becomes(`<noscript><img src=/p></noscript>a<noscript><img src=/p></noscript>`, `${image("/p")}a`),
  becomes(`<img src=/p>a<img src=data:,><noscript><img src=/p></noscript>`, `${image("/p")}a`),
  // What only one of the copies says.
  becomes(
    `<img src=data:, alt=a width=640 height=480><noscript><img src=/p></noscript>`,
    image("/p", ` alt="a" width="640" height="480"`),
  ),
  becomes(
    `<img src=/x-60x40.jpg title=b><noscript><img src=/x.jpg alt=""></noscript>`,
    image("/x.jpg", ` alt="" title="b"`),
  ),
  becomes(`<img data-src=/p alt=a><noscript><img src=/p></noscript>`, image("/p", ` alt="a"`)),
  becomes(`<img data-src=/p><noscript><img src=/p alt=a width=640></noscript>`, image("/p", ` alt="a" width="640"`)),
  becomes(
    `<img src=/x-60x40.jpg data-srcset="/x-600.jpg 600w" sizes=50vw><noscript><img src=/x.jpg></noscript>`,
    image("/x.jpg", ` srcset="${PAGE}/x-600.jpg 600w" sizes="50vw"`),
  ),
  becomes(
    `<noscript><img src=/p srcset="/p 1x, /q 2x"></noscript><img data-src=/p>`,
    image("/p", ` srcset="${PAGE}/p 1x, ${PAGE}/q 2x"`),
  ),
  becomes(`<img src=/60/x.jpg srcset="/60/x.jpg 60w"><noscript><img src=/900/x.jpg></noscript>`, image("/900/x.jpg")),
  becomes(`<img src=/x-60x40.jpg width=60 height=40><noscript><img src=/x.jpg></noscript>`, image("/x.jpg")),
  becomes(
    `<img src=/x-60x40.jpg width=600 height=400><noscript><img src=/x.jpg width=300></noscript>`,
    image("/x.jpg", ` width="300"`),
  ),
  becomes(`<img src=data:, alt=a><noscript><img src=/p alt=b></noscript>`, image("/p", ` alt="b"`)),
  becomes(`<img src=/spinner.gif><noscript><img src=/p></noscript>`, image("/p")),
]

/** Pictures whose name has a word of placeholders. */
const REAL_NAMES = (
  "/google-pixel-8-review.jpg /pixel-10.png /Pixel.jpg /px-3.jpg /ph_20240101.jpg /dot-com.png /clear.jpg /clear-icon.png " +
  "/empty.jpg /blank-2.jpg /transparent.jpeg /loader-3.jpg /loading.jpg /4x3.jpg /21x9.jpeg /32x32.png /spacer-fabric.png " +
  "/placeholder-names-in-law.png /lqip-explained.png /trans-am.jpg /trans.jpg /dot_2026.png /IMG_px_1.png /a-lqip.jpg " +
  "/small-dot.png /white-dot.png /clear-image.png /empty-bg.png /lazy-x.png /default-loading-icon.gif /spinner.gif /no-image.png /16x9-1.png /placeholder /pixel"
).split(" ")
const BLANK_NAMES = (
  "/spacer.png /lqip.png /Spacer.GIF /spacer10.gif /blank.svg /blank.jpg /1x1.png /img/pixel_trans.gif /white-pixel.gif /transparent-1x1.png " +
  "/placeholder.jpg /placeholder.webp /clear1.gif /loading-small.gif /2x1.png /1px.transparent.png /px.png?v=3"
).split(" ")

/** Names of pictures that a page shows until it has loaded another. */
const TEMPORARY = (
  "/loader2.svg /spinner-64.gif /default.jpg /no-photo.jpg /noimage.png /none.gif /gray.png /black.png /background.jpg " +
  "/missing.png /image-not-found.png /fallback.png /preloader.gif /dummy.png /y-24x16.jpg /y_blur.jpg /y-lqip.webp " +
  "/max/32/y.jpg /y.jpg?width=32 /w_20,e_blur:300/y.jpg /y.jpg?blur=50"
).split(" ")

/** Names that only begin or end like these. */
const OTHER_NAMES =
  "/black-sea.jpg /default-risk.png /missing-child.jpg /no-entry.png /white-house.jpg /gray-wolf.jpg".split(" ")

/** Values that are no picture, beside a picture that people see. */
const NO_PICTURES = (
  "none NaN true 42 #top thumb-9 main . $src$ loaded,1 @@image@@ https://x.example/2026/story /story/ /clip.webm?x=1 " +
  "https://x.example/s.mp3 /story.html //x.example/a/b tel:1 javascript:1"
).split(" ")
const LATE_NAMES = "data-src data-original data-lazy-src data-echo data-img-src data-actualsrc realsrc data-lazy".split(
  " ",
)
/** Attributes with a picture other than the visible one. */
const OTHER_PICTURES = (
  "data-before-src data-prev-src data-mouseover-src data-active-src data-source data-dark-src data-agency-original data-poster-src " +
  "data-related-src data-sponsor-src data-logo-src data-author-src data-audio-src data-map-original data-dont-delay data-print-src"
).split(" ")

const NOT_SEEN: Check[] = [
  ...NO_PICTURES.flatMap((value) =>
    LATE_NAMES.map((name) => becomes(`<img src=/s.jpg ${name}="${value}">`, image("/s.jpg"))),
  ),
  ...["null", "undefined", "[object Object]", "%%url%%", "./", "false"].flatMap((value) => [
    becomes(`<img src=/spinner.gif data-src="${value}">`, image("/spinner.gif")),
    becomes(`<img src=/s class=lazy data-src="${value}">`, image("/s")),
    becomes(`<img src=/s.jpg data-srcset="${value}, ${value} 2x">`, image("/s.jpg")),
    becomes(`a<img data-src="${value}">b`, "ab"),
  ]),
  ..."main 7 lazy hero-1 /clip.mp4 /clip.webm?x=1 /story.html https://x.example/s.mp3"
    .split(" ")
    .map((value) => becomes(`<img src=/s class=lazy data-src="${value}">`, image("/s"))),
  ..."data-hover-src data-error-src data-fallback-src data-author-photo data-logo data-flag data-rollover-src data-credit-src"
    .split(" ")
    .map((name) => becomes(`a<img ${name}=/r.jpg>b`, "ab")),
  becomes(`<img src=/s.jpg data-src=lazy data-original=/r.jpg>`, image("/r.jpg")),
  becomes(`<img src=/s.jpg data-src="/show?f=r.jpg&amp;w=900">`, image("/show?f=r.jpg&amp;w=900")),
  becomes(`<img src=/s.jpg data-src="/r?format=jpg">`, image("/r?format=jpg")),
  becomes(`<img src=/s-60x40.jpg data-src=https://x.example/r>`, image("https://x.example/r")),
  becomes(`<img class=lazyload src=/s.jpg data-src=/r/5>`, image("/r/5")),
  ...OTHER_PICTURES.map((name) => becomes(`<img src=/s.jpg ${name}=/r.jpg>`, image("/s.jpg"))),
  ..."data-rocket-src data-wpfc-original data-ls-lazy-src data-perfmatters-src data-x-lazyload data-jqsrc data-image-delayed"
    .split(" ")
    .map((name) => becomes(`<img src=/s.jpg ${name}=/r.jpg>`, image("/r.jpg"))),
  ...["lazy", "true", "1", "null", "autoplay", "./", "undefined", "main-film"].flatMap((value) => [
    becomes(`a<iframe src=about:blank data-src="${value}"></iframe>`, "a"),
    becomes(`<video poster=/p data-src="${value}"></video>`, image("/p")),
    becomes(`<audio data-lazy-src="${value}"></audio>`, "<audio controls></audio>"),
  ]),
  becomes(`<video data-src=film.mp4></video>`, `<video src="${PAGE}/news/film.mp4" controls></video>`),
]

const CHOICES: Check[] = [
  ...NOT_SEEN,
  ...OTHER_NAMES.map((src) => becomes(`<img src="${src}" data-large-file=/r.jpg>`, image(src))),
  becomes(`<img class=lazyload src=/s.jpg data-hires=/r.jpg>`, image("/r.jpg")),
  becomes(`<img src=/s-300x200.jpg data-src=/s.jpg>`, image("/s.jpg")),
  ...REAL_NAMES.map((src) => becomes(`<img src="${src}">`, image(src))),
  ...BLANK_NAMES.map((src) => becomes(`a<img src="${src}">b`, "ab")),
  ...TEMPORARY.flatMap((src) => [
    becomes(`<img src="${src}" data-src=/r.jpg>`, image("/r.jpg")),
    becomes(`<img src="${src}" data-large-file=/r.jpg>`, image("/r.jpg")),
    becomes(`<img src="${src}" srcset="/r.jpg 800w">`, image("/r.jpg", ` srcset="${PAGE}/r.jpg 800w"`)),
  ]),
  // Any name of an attribute that a program for late loading writes.
  ..."data-lazyload data-cfsrc data-ezsrc data-opt-src data-real-src data-nitro-lazy-src data-defer data-image-original"
    .split(" ")
    .map((name) => becomes(`<img src=/flower.gif ${name}=/r.jpg>`, image("/r.jpg"))),
  ..."data-thumb data-hover-src data-fallback-src data-full-src data-zoom-src data-large-src data-error-src data-href"
    .split(" ")
    .map((name) => becomes(`<img src=/s.jpg ${name}=/r.jpg>`, image("/s.jpg"))),
  ..."data-large-file data-orig-file data-pin-media data-image data-full-url zoomfile data-hires"
    .split(" ")
    .map((name) => becomes(`<img src=/s.jpg ${name}=/r.jpg>`, image("/s.jpg"))),
  // The late address is worse.
  becomes(`<img src=/s.jpg data-src=/loading.gif>`, image("/s.jpg")),
  becomes(`<img src=/s.jpg data-src=/no-image.png>`, image("/s.jpg")),
  becomes(`<img src=/s-900x600.jpg data-src=/s-150x100.jpg>`, image("/s-900x600.jpg")),
  becomes(`<img src=/s.jpg data-src=/s_tiny.jpg>`, image("/s.jpg")),
  becomes(`<img src=/s.jpg?w=900 data-original=/s.jpg?w=200>`, image("/s.jpg?w=900")),
  becomes(`<img src=/s.jpg data-src=/s.webp>`, image("/s.jpg")),
  becomes(`<img src=/s.jpg data-src="/p_{width}.jpg">`, image("/s.jpg")),
  becomes(`<img src=/flower.gif data-src=/s.webp>`, image("/s.webp")),
  becomes(`<img data-src=/r.webp data-original=/r.jpg>`, image("/r.jpg")),
  becomes(`<img data-src=/spinner.gif data-original=/r.jpg>`, image("/r.jpg")),
  becomes(
    `<img src=/s.jpg data-srcset="/s-900.jpg 900w, /s-1800.jpg 1800w">`,
    image("/s.jpg", ` srcset="${PAGE}/s-900.jpg 900w, ${PAGE}/s-1800.jpg 1800w"`),
  ),
  becomes(`<img src=/grid.svg data-srcset="/r.jpg 900w">`, image("/r.jpg", ` srcset="${PAGE}/r.jpg 900w"`)),
  becomes(`<img class=lazy src=/s.jpg srcset="/r.jpg 2x">`, image("/s.jpg", ` srcset="${PAGE}/r.jpg 2x"`)),
  becomes(
    `<img src=/spinner.gif srcset="/no-image.png 2x">`,
    image("/spinner.gif", ` srcset="${PAGE}/no-image.png 2x"`),
  ),
]

const HIDING = [
  "hidden",
  `style="display:none"`,
  `style="visibility:hidden"`,
  `style="width:1px;height:1px"`,
  "width=1 height=1",
  `width=0 height=0 style="display:none"`,
  `style="position:absolute;left:-9999px"`,
  `style="opacity:0"`,
]
/** Addresses that count readers. */
const TRACKERS = (
  "https://www.facebook.com/tr?id=1&ev=a https://pixel.x.example/p.jpg https://x.example/collect?uid=1 https://x.example/b.gif " +
  "https://x.example/open/abc https://x.example/o.gif?u=1 https://ad.doubleclick.net/a.jpg https://x.example/track/9"
).split(" ")

const LATE_AND_HIDDEN: Check[] = HIDING.flatMap((hiding) => [
  becomes(`<img ${hiding} data-src=/r.jpg>`, image("/r.jpg")),
  becomes(`<img ${hiding} src=/spinner.gif data-lazy-src=/r/5 alt=a>`, image("/r/5", ` alt="a"`)),
  becomes(`<img ${hiding} data-src=/r.jpg?v=1>`, image("/r.jpg?v=1")),
  becomes(`a<img ${hiding} src=/r.jpg>b`, "ab"),
  becomes(`a<div hidden><img ${hiding} data-src=/r.jpg></div>b`, "a<div></div>b"),
]).concat(
  HIDING.slice(0, 7).flatMap((hiding) =>
    TRACKERS.map((address) => becomes(`a<img ${hiding} data-src="${address}">b`, "ab")),
  ),
  becomes(`<amp-img style="display:none" data-src=/r.jpg></amp-img>`, image("/r.jpg")),
)

/** Attributes of an element without a frame beside it. */
const CONTAINERS: Check[] = (
  "data-src data-bg data-full-url data-large-file data-orig-file data-hires data-pin-media data-my-picture lazy-src lazysrc " +
  "realsrc real_src zoomfile file data-srcset lazy-srcset"
)
  .split(" ")
  .flatMap((name) => [
    becomes(`<div title="a > b" ${name}="/r.jpg"></div>`, `<div>${image("/r.jpg", ` title="a &gt; b"`)}</div>`),
    becomes(`<span class='x'${name}=/r.jpg></span>`, `<span>${image("/r.jpg")}</span>`),
  ])
  .concat(
    becomes(`<div data-bg=/spinner.gif></div>`, "<div></div>"),
    ..."data-team data-cover data-hires data-pin-media data-full-url data-large-file data-image data-poster data-tooltip file-x data-img"
      .split(" ")
      .flatMap((name) => [
        becomes(`<td ${name}=/r.jpg>a</td>`, "<td>a</td>"),
        becomes(`<li ${name}=/r.jpg><b>a</b></li>`, "<li><b>a</b></li>"),
        becomes(`<a href=/x ${name}=/r.jpg>a</a>`, link("/x", "a")),
      ]),
    ..."data-src data-original data-bg data-background-image data-bg-src data-lazy-src data-srcset data-rocket-lazy-src"
      .split(" ")
      .map((name) => becomes(`<div ${name}=/r.jpg>a</div>`, `<div>${image("/r.jpg")}a</div>`)),
  )

const TEXTS: Check[] = [
  becomes(`<iframe style="opacity:0" data-src=https://x.example/></iframe>`, player("https://x.example/")),
  becomes(`<object><p>a <b>b</b></p><ul><li>c</li></ul></object>`, "<p>a <b>b</b></p><ul><li>c</li></ul>"),
  becomes(`<object type=text/html><a href=/x>a</a></object>`, link("/x", "a")),
  becomes(`<object data=/o.swf><a href=/x>a</a> b</object>`, `${link("/x", "a")} b`),
  becomes(
    `<object type=application/x-shockwave-flash data=/o><h2>a</h2><a href=/x>b</a></object>`,
    `<h2>a</h2>${link("/x", "b")}`,
  ),
  becomes(
    `<object classid="clsid:d27cdb6e-ae6d-11cf-96b8-444553540000"><param name=movie value=/v><a href=/x>a</a></object>`,
    link("/x", "a"),
  ),
  becomes(`<object data=/o.swf>a</object>`, `${link("/o.swf", `${PAGE}/o.swf`)}a`),
  becomes(`<object data=/o.swf>You need the Flash plugin.</object>`, link("/o.swf", `${PAGE}/o.swf`)),
  becomes(
    `<object data=/o.swf><p>Get <a href=https://get.adobe.com/flashplayer/>Flash</a></p></object>`,
    link("/o.swf", `${PAGE}/o.swf`),
  ),
  becomes(
    `<object><object><p>a</p><object data=/d.pdf>b</object></object>c</object>d`,
    `<p>a</p>${link("/d.pdf", `${PAGE}/d.pdf`)}cd`,
  ),
  becomes(`<object data=/d.pdf><object><p>a</p></object></object>b`, `${link("/d.pdf", `${PAGE}/d.pdf`)}b`),
  becomes(
    `<object><p>a</p><iframe src=/f></iframe><noscript><img src=/p></noscript></object>`,
    `<p>a</p>${link("/f", `${PAGE}/f`)}${image("/p")}`,
  ),
  becomes(`<object><img src=/p><noscript><img src=/p></noscript>a</object>`, `${image("/p")}a`),
  becomes(
    `<object data=/o.swf><embed src=/e.swf><p>a <a href=/x>b</a></p><video src=/v></video></object>`,
    `<p>a ${link("/x", "b")}</p><video src="${PAGE}/v" controls></video>`,
  ),
  becomes(`<object hidden><p>a</p></object><template><object><p>b</p></object></template>c`, "c"),
  becomes(`<object><script>a</script>b</object>`, "b"),
  becomes(`<img src=data:,><object>a</object><noscript><img src=/p></noscript>`, `a${image("/p")}`),
  becomes(`${"<object>".repeat(9)}a${"</object>".repeat(9)}b`, "ab"),
  becomes(`${"<object>".repeat(10)}<p>a<img src=/p></p>${"</object>".repeat(10)}b`, `${image("/p")}b`),
  // Links.
  becomes(
    `a<noscript><a href=/x>b <i>c</i></a><a href=/y>d</a></noscript>`,
    `a ${link("/x", "b c")} ${link("/y", "d")}`,
  ),
  becomes(`<a href=/x>a</a><noscript><a href=/x>a</a></noscript>`, link("/x", "a")),
  becomes(`<noscript><a href=/x>a</a></noscript><p><a href=/x>a</a></p>`, `<p>${link("/x", "a")}</p>`),
  becomes(`a<noscript><a href=javascript:1>b</a><a>c</a><a href=/x> </a></noscript>`, "a"),
  becomes(`<noscript><a href=/x><img src=/p>a</a></noscript>`, image("/p")),
  becomes(`<noscript>&lt;a href="/x"&gt;a&lt;/a&gt;</noscript>`, ` ${link("/x", "a")}`),
  ..."https://enable-javascript.com/ https://disqus.com/?ref_noscript https://support.google.com/a/1 https://www.adobe.com/x https://browsehappy.com/ https://get.adobe.com/flashplayer/"
    .split(" ")
    .map((address) => becomes(`a<noscript>JavaScript <a href="${address}">b</a></noscript>`, "a")),
  becomes(
    `<noscript><a href=https://x.example/adobe.com>a</a></noscript>`,
    ` <a href="https://x.example/adobe.com" rel="noopener">a</a>`,
  ),
  becomes(`<noscript><object><a href=/x>a</a></object></noscript>`, ` ${link("/x", "a")}`),
  becomes(
    `<iframe srcdoc="<p>a <a href=/x>b</a></p><a href=/y>c</a>"></iframe>`,
    ` ${link("/x", "b")} ${link("/y", "c")}`,
  ),
  becomes(`<iframe src=https://x.example/ srcdoc="<a href=/x>b</a>"></iframe>`, player("https://x.example/")),
  // Links around frames.
  ...["iframe", "frame", "object data=/f", "embed", "amp-iframe", "amp-video-iframe"].map((tag) =>
    becomes(`<a href=/x title=a><${tag} src=/f></${tag.split(" ")[0]}></a>`, link("/f", `${PAGE}/f`)),
  ),
  becomes(`<a href=/x><img src=/p width=1 height=1></a>a`, "a"),
  becomes(`a<a href=/x><b><i></i></b></a>b`, "a<b><i></i></b>b"),
  becomes(`a<a href=/x><a href=/y></a></a>b`, "ab"),
  becomes(`<a href=/x><b><a href=/y> </a></b> <a href=/z></a></a>`, "<b> </b> "),
  becomes(`<a href=/x><em><s><a href=/y></a></s></em></a>`, "<em><s></s></em>"),
  becomes(`<a href=/x><i><a href=/y><iframe></iframe></a></i></a>a`, "<i></i>a"),
  becomes(`<a href=/x><u><a href=/y><img src=data:,></a></u></a>a`, "<u></u>a"),
  becomes(`<a href=/x><i><a href=/y>a</a></i></a>`, link("/x", `<i>${link("/y", "a")}</i>`)),
  becomes(`<a href=/x><br></a><a href=/y><img src=/p></a>`, link("/x", "<br />") + link("/y", image("/p"))),
  becomes(`a<a href=/x> </a>b<a href=/x><b></b> <i></i></a>`, "a b<b></b> <i></i>"),
  becomes(`<a href=/x>a<b><iframe src=/f></iframe></b>b</a>c`, `${link("/x", "a<b></b>b")}${link("/f", `${PAGE}/f`)}c`),
  becomes(`<a href=/x><i><amp-vimeo data-videoid=1></amp-vimeo></i></a>`, `<i></i>${player("https://vimeo.com/1")}`),
  becomes(
    `<a href=/x>a</a><a href=/y><b><iframe src=/f></iframe></b>b</a>`,
    link("/x", "a") + link("/y", "<b></b>b") + link("/f", `${PAGE}/f`),
  ),
  becomes(`<a href=/x>a</a><p><iframe src=/f></iframe></p>`, `${link("/x", "a")}<p>${link("/f", `${PAGE}/f`)}</p>`),
  becomes(
    `<a href=/x>a<object><iframe src=/f></iframe><p>b</p></object></a>`,
    `${link("/x", "a<p>b</p>")}${link("/f", `${PAGE}/f`)}`,
  ),
  becomes(`<a href=/x>a<noscript><a href=/y>b</a></noscript></a>`, link("/x", "a ") + link("/y", "b")),
]

const AMP: Check[] = [
  ...[
    ["amp-youtube data-videoid=a", "https://www.youtube.com/watch?v=a"],
    ["amp-vimeo data-videoid=1", "https://vimeo.com/1"],
    ["amp-twitter data-tweetid=1", "https://twitter.com/i/status/1"],
    ["amp-instagram data-shortcode=a", "https://www.instagram.com/p/a/"],
    ["amp-facebook data-href=https://x.example/1", "https://x.example/1"],
    ["amp-iframe src=https://x.example/1", "https://x.example/1"],
  ].flatMap(([tag = "", page = ""]) =>
    ["<amp-img placeholder src=/p></amp-img>", "<img fallback src=/p>", "<div placeholder><img src=/p></div>"].map(
      (copy) =>
        becomes(
          `<${tag}>${copy}</${tag.split(" ")[0]}>a`,
          `${player(page)}${copy.startsWith("<div") ? "<div></div>" : ""}a`,
        ),
    ),
  ),
  becomes(
    `<amp-video src=/v><amp-img placeholder src=/p></amp-img></amp-video>`,
    `<video src="${PAGE}/v" controls></video>`,
  ),
  becomes(`<amp-list src=/l.json><amp-img placeholder src=/p></amp-img></amp-list>`, image("/p")),
  becomes(`<amp-iframe><amp-img placeholder src=/p></amp-img></amp-iframe>`, image("/p")),
  becomes(`<div><img src=/q><img placeholder=a data-src=/p></div>`, `<div>${image("/q")}${image("/p")}</div>`),
  becomes(
    `<amp-carousel><amp-img src=/p></amp-img><amp-img src=/q></amp-img></amp-carousel>`,
    image("/p") + image("/q"),
  ),
  becomes(
    `<amp-youtube data-videoid=a><amp-img placeholder src=/p></amp-img></amp-youtube><img src=/q>`,
    player("https://www.youtube.com/watch?v=a") + image("/q"),
  ),
]

const SOURCES: Check[] = (
  [
    ["/a.webp", "/b.jpg"],
    ["/a.avif", "/b.png"],
    ["/a.jxl", "/b.gif"],
    ["/a.webp?x=1", "/b.jpeg?x=1"],
    ["/a.heic", "/b"],
    ["/A.WEBP", "/B.JPG"],
  ] as const
).flatMap(([newer, older]) => [
  becomes(
    `<picture><source srcset="${newer}"><source srcset="${older}"><img src=data:,></picture>`,
    `<picture><source srcset="${PAGE}${newer}" /><source srcset="${PAGE}${older}" />${image(older)}</picture>`,
  ),
  becomes(
    `<picture><source srcset="${newer}"><img data-src="${older}"></picture>`,
    `<picture><source srcset="${PAGE}${newer}" />${image(older)}</picture>`,
  ),
])

/** Sets that do not have the picture that is loaded late. */
const EARLY_SETS = (
  "/s-60x40.jpg_60w /s-tiny.jpg_40w /no-photo.png_600w /spinner.gif_2x /s-lqip.jpg_30w /s.jpg?w=20_20w,/s.jpg?w=40_40w /y-blur.jpg " +
  "/default.jpg_300w /t-900.jpg_900w /other.jpg_2x"
)
  .split(" ")
  .flatMap((set) => [
    becomes(`<img src=/flower.gif srcset="${set.replaceAll("_", " ")}" data-src=/r.jpg>`, image("/r.jpg")),
    becomes(
      `<img class=lazy src=/s-60x40.jpg srcset="${set.replaceAll("_", " ")}" data-src=/r.jpg data-srcset="/r-800.jpg 800w">`,
      image("/r.jpg", ` srcset="${PAGE}/r-800.jpg 800w"`),
    ),
  ])
  .concat(
    becomes(
      `<img src=/r-60x40.jpg srcset="/r-800.jpg 800w" data-src=/r.jpg>`,
      image("/r.jpg", ` srcset="${PAGE}/r-800.jpg 800w"`),
    ),
  )

/** An image that only keeps the place of a picture does not give it its size and style. */
const PLACES = [
  ..."width=1_height=1 width=0_height=0 hidden width=3_height=2 sizes=1px".split(" "),
  ..."style=display:none style=opacity:0 style=width:1px style=position:absolute;left:-9999px".split(" "),
].flatMap((stated) =>
  ["src=data:,", "src=/blank.gif", ""].flatMap((src) =>
    ["srcset", "data-srcset"].map((name) =>
      becomes(
        `<picture><source ${name}="/r.jpg"><img ${src} ${stated.replace("_", " ")} alt=a></picture>`,
        `<picture><source srcset="${PAGE}/r.jpg" />${image("/r.jpg", ` alt="a"`)}</picture>`,
      ),
    ),
  ),
)

export const PICTURE_CHECKS: readonly Check[] = [
  ...COPIES,
  ...CHOICES,
  ...LATE_AND_HIDDEN,
  ...CONTAINERS,
  ...TEXTS,
  ...AMP,
  ...SOURCES,
  ...PLACES,
  ...EARLY_SETS,
  becomes(
    `<picture><source srcset=/r.jpg><img src=data:, width=640 height=480></picture>`,
    `<picture><source srcset="${PAGE}/r.jpg" />${image("/r.jpg", ` width="640" height="480"`)}</picture>`,
  ),
  becomes(
    `<picture><source srcset=/a.jpg type=image/webp><source srcset=/b type=image/jpeg><img></picture>`,
    `<picture><source srcset="${PAGE}/a.jpg" type="image/webp" /><source srcset="${PAGE}/b" type="image/jpeg" />${image("/b")}</picture>`,
  ),
]
