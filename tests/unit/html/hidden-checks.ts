/** Checks images, sets and players that nobody sees, and hosts that only count readers. */
import { becomes, type Check } from "./check.ts"

const PAGE = "https://pub.example"
const image = (path: string, rest = ""): string => `<img src="${PAGE}${path}"${rest} />`
const shown = (attributes: string): Check => becomes(`<img src=/p ${attributes}>`, image("/p"))

const STYLES: Check[] = [
  ...[
    ..."display:NONE_!_important display:none_!important;display:block DISPLAY:None!IMPORTANT inline-size:1px block-size:0".split(
      " ",
    ),
    ..."max-inline-size:1px zoom:0 zoom:0% zoom:.01 width:0.1vw height:0.05vh width:0.1% width:.05em width:0.5pt".split(
      " ",
    ),
    ..."width:calc(1px) height:calc(_0px_) width:CALC(0.1vw) max-height:calc(0) width:0.01in".split(" "),
  ].map((style) => becomes(`a<img src=/p style="${style.replaceAll("_", " ")}">b`, "ab")),
  ...[
    ..."display:block_!_important;display:none inline-size:640px zoom:1 zoom:50% width:10vw width:1% width:2pt".split(
      " ",
    ),
    ..."width:calc(100%_-_1px) width:calc(1px_+_9vw) height:calc(9px) block-size:auto min-inline-size:1px display:none-x!important".split(
      " ",
    ),
  ].map((style) => shown(`style="${style.replaceAll("_", " ")}"`)),
]

const SETS: Check[] = [
  ...["width=1 height=1", "width=1px height=0", "width=0 height=1", `width=".5" height="0.5"`, "hidden"].map((size) =>
    becomes(`a<img srcset="https://t.example/p?u=1 1x" ${size}>b`, "ab"),
  ),
  ...["https://t.example/p?u=1", "https://t.example/open/1", "https://pixel.t.example/p.jpg"].map((address) =>
    becomes(`a<img srcset="${address} 1x" width=0 height=0>b`, "ab"),
  ),
  becomes(`a<img srcset="/p.jpg 2x" width=0 height=0 style="display:none">b`, "ab"),
  becomes(`a<img srcset="/p.jpg 2x" width=1 height=1>b`, "ab"),
  becomes(`<img srcset="/p.jpg 2x" width=0 height=0>`, image("/p.jpg", ` srcset="${PAGE}/p.jpg 2x"`)),
  becomes(`<img src=/p.jpg srcset="/q.jpg 2x" width="0px" height="0">`, image("/p.jpg", ` srcset="${PAGE}/q.jpg 2x"`)),
  ...["width=1 height=1", "hidden", `style="opacity:0"`].flatMap((hiding) => [
    becomes(`<picture><source srcset=/t.gif><img src=/t.gif ${hiding}></picture>a`, "a"),
    becomes(`<picture><source srcset="https://t.example/p?u=1"><img ${hiding}></picture>a`, "a"),
    becomes(
      `<picture><source srcset=/a><source data-srcset="/b 2x" media=print><img src=/t ${hiding}></picture>a`,
      "a",
    ),
  ]),
]

const COUNTERS: Check[] = [
  ...(
    "https://sb.scorecardresearch.com/p?c1=2&cv=2 https://www.google-analytics.com/collect?v=1 //ad.doubleclick.net/ddm/trackimp/N1 " +
    "https://pixel.quantserve.com/pixel/p-1.gif https://www.facebook.com/tr?id=1&ev=PageView https://vg04.met.vgwort.de/na/1 " +
    "https://feeds.feedburner.com/~r/a/~4/1 https://pixel.wp.com/g.gif?v=ext http://stats.wordpress.com/b.gif https://x.ivwbox.de/1 " +
    "https://mc.yandex.ru/watch/1 https://t.co/i/adsct?txn_id=1 //counter.yadro.ru/hit?t44.6 https://px.ads.linkedin.com/collect/?pid=1 " +
    "https://bat.bing.com/action/0?ti=1 https://www.googletagmanager.com/a?id=GTM-1 https://stats.pub.example/matomo.php?idsite=1 " +
    "//pub.example/piwik/piwik.php?idsite=2&rec=1 https://c.statcounter.com/1/0/a/1/ https://top-fwz1.mail.ru/counter?id=1 " +
    "https://ct.pinterest.com/v3/?tid=1 https://logi7.xiti.com/hit.xiti?s=1 https://gde.hit.gemius.pl/redot.gif?id=1 " +
    "https://www.google.com/pagead/1p-conversion/1/?a=b https://alb.reddit.com/snoo.gif?q=1 https://srv.pixel.parsely.com/plogger/?a=1"
  )
    .split(" ")
    .flatMap((address) => [
      becomes(`a<img src="${address}">b`, "ab"),
      becomes(`a<img data-src="${address}" alt="">b`, "ab"),
      becomes(`a<noscript><img src="${address}"></noscript>b`, "ab"),
    ]),
  ...["//ad.doubleclick.net/a.jpg width=300 height=250", "https://feedburner.com.pub.example/a"].map((attributes) => {
    const [address = "", ...sizes] = attributes.split(" ")
    const written = sizes.map((size) => ` ${size.replace("=", '="')}"`).join("")
    const src = address.replace(/^\/\//, "https://")
    return becomes(`<img src=${attributes}>`, `<img src="${src}"${written} />`)
  }),
  ..."/facebook.com/tr /doubleclick.net.jpg /tracking/photo.png /matomo.php /t.co/i/adsct /mc.yandex.ru/watch.jpg /bat.bing.com.png"
    .split(" ")
    .map((path) => becomes(`<img src=${path}>`, image(path))),
  becomes(
    `<img src=/p.jpg alt="https://www.google-analytics.com/">`,
    image("/p.jpg", ` alt="https://www.google-analytics.com/"`),
  ),
]

const HIDING = [
  "hidden",
  `style="display:none !important"`,
  "width=1 height=1",
  `style="position:absolute;left:-9999px"`,
]

const sized = (hiding: string): string => (hiding.startsWith("width") ? ` width="1" height="1"` : "")

const PLAYERS: Check[] = HIDING.flatMap((hiding) => [
  becomes(`<video ${hiding} poster="https://t.example/p?x=1"></video>`, `<video${sized(hiding)} controls></video>`),
  becomes(`<audio ${hiding} src="https://t.example/a?x=1"></audio>`, "<audio controls></audio>"),
  becomes(`<audio ${hiding} src=/a.mp3?x=1></audio>`, `<audio src="${PAGE}/a.mp3?x=1" controls></audio>`),
  becomes(
    `<video ${hiding} poster=/p.jpg data-src=/v.webm></video>`,
    `<video src="${PAGE}/v.webm"${sized(hiding)} controls></video>`,
  ),
  becomes(
    `<noscript><video ${hiding} poster=/p.jpg src=/v.mp4></video></noscript>`,
    `<video src="${PAGE}/v.mp4" controls></video>`,
  ),
  becomes(`<audio ${hiding}><source src=/a.ogg></audio>`, `<audio controls><source src="${PAGE}/a.ogg" /></audio>`),
]).concat(
  becomes(`<div hidden><video poster=/p src=/v></video></div>`, "<div><video controls></video></div>"),
  becomes(
    `<div hidden><video poster=/p src=/v.mp4></video></div><video poster=/p src=/v></video>`,
    `<div><video src="${PAGE}/v.mp4" controls></video></div><video src="${PAGE}/v" poster="${PAGE}/p" controls></video>`,
  ),
)

const FRAMES: Check[] = HIDING.flatMap((hiding) => [
  becomes(`a<iframe ${hiding} src="https://video.example/v"></iframe>b`, "ab"),
  becomes(`a<iframe ${hiding} srcdoc="<img src=/p.jpg>"></iframe>b`, "ab"),
  becomes(`a<embed ${hiding} src="https://video.example/v">b`, "ab"),
  becomes(`a<embed ${hiding} src="/v.mp4">b`, "ab"),
])

export const HIDDEN_CHECKS: readonly Check[] = [...STYLES, ...SETS, ...COUNTERS, ...PLAYERS, ...FRAMES]
