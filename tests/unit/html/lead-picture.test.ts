import { expect, test } from "vitest"
import { cleanBody } from "../../../src/html/sanitize.ts"

const leadIn = (html: string) => cleanBody(html, { base: "https://a.example/news/1" }).leadPicture

const LEAD = { url: "https://a.example/p.jpg" }

test.each([
  ["a picture without a stated width", `<p>a</p><img src=/p.jpg>`, LEAD],
  [
    "a picture that is wide enough",
    `<img src=/p.jpg width=200 height=100 alt=" Port ">`,
    { ...LEAD, alt: "Port", width: 200, height: 100 },
  ],
  ["a width in per cent is not stated", `<img src=/p.jpg width="100%">`, LEAD],
  ["a width by style", `<img src=/p.jpg style="max-width:100%; width: 640px">`, LEAD],
  ["a picture that is loaded late", `<img src=data:, data-src=/p.jpg>`, LEAD],
  ["a picture without scripts", `<noscript><img src=/p.jpg></noscript>`, LEAD],
  ["a picture of AMP", `<amp-img src=/p.jpg></amp-img>`, LEAD],
  ["the picture of a source", `<picture><source srcset=/p.jpg></picture>`, LEAD],
  ["a poster", `<video poster=/p.jpg></video>`, LEAD],
  ["after narrow ones", `<img src=/i.png width=199><img src=/j.png style="width:96px"><img src=/p.jpg>`, LEAD],
  [
    "after a pixel",
    `<img src=/i.gif width=1 height=1><img src=/j.gif height=1><img src=/k.gif style="opacity:0"><img src=/p.jpg>`,
    LEAD,
  ],
  ["after a placeholder", `<img src=/blank.gif><img src=/p.jpg>`, LEAD],
  [
    "after portraits",
    `<img src=https://secure.gravatar.com/avatar/1?s=512><img src=/avatars/7.jpg><img class="photo avatar" src=/7.jpg width=512><img src=/p.jpg>`,
    LEAD,
  ],
  [
    "after emoji",
    `<img class=wp-smiley src=/s.png><img src=https://s.w.org/images/core/emoji/15/72x72/1f600.png><img alt="🇮🇶" src=/e.png>` +
      `<img alt="👩‍👩‍👧" src=/f.png><img src=/smilies/wink.gif><img src=https://twemoji.maxcdn.com/1.png><img class="x emoji" src=/g.png>` +
      `<img src=https://static.xx.fbcdn.net/images/emoji.php/v9/1><img alt="1️⃣" src=/h.png><img src=/p.jpg>`,
    LEAD,
  ],
  [
    "after counters",
    `<img src=https://ad.doubleclick.net/1><img src=https://vg04.met.vgwort.de/na/1><img src=https://www.facebook.com/tr?id=1>` +
      `<img src=https://feeds.feedburner.com/~r/a/~4/1><img src=https://pixel.a.example/1><img src=/x/pixel.php?a>` +
      `<img src=https://stats.wordpress.com/b.gif><img src=https://img.shields.io/badge/a-b.svg><img src=/p.jpg>`,
    LEAD,
  ],
  [
    "after portraits and emoji of other programs",
    `<img src=https://avatars.githubusercontent.com/u/1><img class=authorAvatar src=/1.jpg><img alt="Avatar photo" src=/2.jpg>` +
      `<img src=/user_avatar/a/ada/96/1_2.png><img src=/img/default-avatar.png><img src=/u/avatar-96x96.jpg>` +
      `<img src=https://cdn.example/gh/jdecked/twemoji@15.1.0/1f600.png><img alt=":smile:" src=/3.png>` +
      `<img src=https://fonts.example/noto-emoji/1.png><img src=/4.png height=20><img src=/5.png style="height:1em;width:1em"><img src=/p.jpg>`,
    LEAD,
  ],
  ...[
    "src=/tracking/npr-rss-pixel.png src=/track/open.php src=https://x.example/piwik.php?idsite=1 src=/matomo.php?rec=1",
    "src=/stats/count.aspx?id=1 src=/a/tracking_pixel.gif src=/web-beacons/1.png src=/pixels/1",
    "src=https://s0.wp.com/latex.php?latex=x src=https://wikimedia.org/api/rest_v1/media/math/render/svg/1f",
    "src=https://upload.wikimedia.org/math/1/2/3.png src=https://latex.codecogs.com/gif.latex?x src=/cgi-bin/mathtex.cgi?x",
    "src=https://chart.googleapis.com/chart?cht=tx&chl=x",
    "src=/icons/facebook.png src=/social-icons/1.svg src=/img/twitter-icon.png src=/share_whatsapp_32x32.png src=/rss.gif",
    "src=/1.png|width=48.0 src=/1.png|width=48pt src=/1.png|width=199.5 src=/1.png|width=+90 src=/1.png|width=48em",
    "src=/1.jpg|class=author-photo src=/1.jpg|class=bylineImage src=/1.jpg|class=profile_pic src=/1.jpg|class=headshot",
    "src=/1.png|class=latex src=/1.svg|class=mwe-math-fallback-image-inline src=/1.png|class=social-facebook",
  ]
    .flatMap((line) => line.split(" "))
    .map((attributes): [string, string, object] => [
      `not ${attributes}`,
      `<img ${attributes.replaceAll("|", " ")}><img src=/p.jpg>`,
      LEAD,
    ]),
  ...(
    "/2026/facebook.jpg /tracking/storm.jpg /icons-of-jazz/1.png /google-pixel-8.png /mathematics/1.png /line-up.png " +
    "/counting-votes.png /pixel-art.png /latex-gloves.jpg /stats/chart.png /opens/1.png /facebook-offices-in-dublin.png /track/1.jpg"
  )
    .split(" ")
    .map((path): [string, string, object] => [path, `<img src=${path}>`, { url: `https://a.example${path}` }]),
  // A stated width is stronger than every name.
  ...(
    "/uploads/social/strike.jpg /fashion/icons/chanel.jpg /uploads/2025/tiktok.webp /uploads/b.png /x/tracking/storm.png " +
    "/img/counter.gif /share/buttons/march.png /avatars/fire.jpg /authors/mahfouz.jpg /emoji/museum.webp /latex/gloves.png /rss.gif " +
    "https://pixel.example.com/photo.jpg https://stats.example/chart.png https://graph.facebook.com/1/picture /a.jpg?w=60"
  )
    .split(" ")
    .map((path): [string, string, object] => [
      `${path} of a stated width`,
      `<img src="${path}" width=1200 height=800><img src=/p.jpg>`,
      { url: path.startsWith("/") ? `https://a.example${path}` : path, width: 1200, height: 800 },
    ]),
  ...[
    "src=/1.jpg|style=max-width:48px src=/1.jpg|width=512|style=width:3em src=/1.jpg|width=512|style=max-width:100px",
    "src=/1.jpg|style=max-inline-size:64px src=/1.jpg|style=inline-size:64px src=/1.jpg|style=max-height:48px",
    "src=https://pbs.twimg.com/profile_images/1/a.jpg src=https://graph.facebook.com/v19.0/1/picture?type=large",
    "src=https://lh3.googleusercontent.com/a/1=s96-c src=https://lh3.googleusercontent.com/a-/1 src=/authors/ali.jpg",
    "src=/img/contributors/ali.png src=/author-photos/1.jpg src=/columnists/1.webp src=/u/headshot.jpg src=/profile-pics/1.jpg",
    "src=/a.jpg?w=60&h=60 src=/a.jpg?size=64 src=/a.jpg?fit=crop&width=150 src=/a-150x150.jpg src=/thumb/96x96/a.jpg src=/a.jpg?s=80",
  ]
    .flatMap((line) => line.split(" "))
    .map((attributes): [string, string, object] => [
      `not ${attributes}`,
      `<img ${attributes.replaceAll("|", " ")}><img src=/p.jpg>`,
      LEAD,
    ]),
  ...(
    "author-box about-author postAuthor entry-author__avatar article-byline writer-card wp-block-post-author contributor-bio-image|x " +
    "byline authors-list"
  )
    .split(" ")
    .map((names): [string, string, object] => [
      `after a box of the class ${names}`,
      `<div class="a ${names.replace("|", " ")}"><p><img src=/1.jpg></p></div><img src=/p.jpg>`,
      LEAD,
    ]),
  ..."author-ali by-author-of-the-year authority writers-strike post-authored byline-2 bio"
    .split(" ")
    .map((names): [string, string, object] => [
      `in a box of the class ${names}`,
      `<div class="${names}"><img src=/p.jpg></div>`,
      LEAD,
    ]),
  ...[
    `<div itemprop=author><img src=/1.jpg></div>`,
    `<span itemprop="creator person"><img src=/1.jpg></span>`,
    `<a rel=author href=/ali><img src=/1.jpg></a>`,
    `<a rel="nofollow author"><img src=/1.jpg></a>`,
    `<p class="byline-x vcard"><img src=/1.jpg></p>`,
    `<div class="p-author h-card"><img src=/1.jpg></div>`,
    `<a href=https://a.example/author/ali/><img src=/1.jpg></a>`,
    `<a href=/columnists/sara><img src=/1.jpg></a>`,
    `<img src=https://fonts.example/notoemoji/1.png>`,
    `<img src=/img/emoji_u1f600.svg>`,
    `<img src=https://cdn.example/joypixels-emoji/1.png>`,
  ].map((box): [string, string, object] => [`after ${box}`, `${box}<img src=/p.jpg>`, LEAD]),
  ...[
    `<div class=social-housing><img src=/p.jpg></div>`,
    `<img class=social-housing src=/p.jpg>`,
    `<img class="photo social-unrest" src=/p.jpg>`,
    `<a href=/author><img src=/p.jpg></a>`,
    `<a href=/authority/x><img src=/p.jpg></a>`,
    `<a rel=authority><img src=/p.jpg></a>`,
    `<div itemprop=authority><img src=/p.jpg></div>`,
    `<div class=vcards><img src=/p.jpg></div>`,
  ].map((box): [string, string, object] => [`in ${box}`, box, LEAD]),
  ..."/social-media/ban.jpg /badges/scouts.jpg /social-media/phones.png /icons/angel.jpeg /socialmedia/a.webp /buttons/vintage.jpg"
    .split(" ")
    .map((path): [string, string, object] => [path, `<img src="${path}">`, { url: `https://a.example${path}` }]),
  [
    "a picture with a width in a box of the author",
    `<p class=author-box><img src=/p.jpg width=640>`,
    { ...LEAD, width: 640 },
  ],
  ["a body that is cleaned twice", `<p><font><p>a</p></font></p><x-y><img class=avatar src=/1.jpg></x-y>`, undefined],
  ...(
    "/authoritative/p.jpg /authors-guild/p.jpg /profile/p.jpg /people/p.jpg /1200x800/p.jpg /p-1200x675.jpg /p.jpg?w=1200 /p.jpg?s=2 " +
    "/p.jpg?width=1080 /p-2x3.jpg /user-images/p.jpg"
  )
    .split(" ")
    .map((path): [string, string, object] => [path, `<img src="${path}">`, { url: `https://a.example${path}` }]),
  ["a limit that is wide enough", `<img src=/p.jpg style="max-width:640px">`, LEAD],
  ["a width with a limit", `<img src=/p.jpg width=900 style="max-width:640px;width:100%">`, { ...LEAD, width: 900 }],
  ["a class of another picture", `<img class="author-of-the-year portrait" src=/p.jpg>`, LEAD],
  ["a width with a fraction", `<img src=/p.jpg width=640.5 height="480 px">`, { ...LEAD, width: 640, height: 480 }],
  ["a width in units of the page", `<img src=/p.jpg width="50vw" height="9.5 %">`, LEAD],
  ["a height alone", `<img src=/p.jpg height=400>`, { ...LEAD, height: 400 }],
  [
    "a style in other units",
    `<img src=/i.jpg style="width:100pt"><img src=/p.jpg style="width:20em;height:9em">`,
    LEAD,
  ],
  ["a picture that is hidden", `<div hidden><img src=/i.jpg></div><img src=/p.jpg>`, LEAD],
  ["words and numbers in alt are no emoji", `<img alt="24" src=/p.jpg>`, { ...LEAD, alt: "24" }],
  ["a film about Avatar", `<img src=/2022/avatar-2.jpg>`, { url: "https://a.example/2022/avatar-2.jpg" }],
  [
    "the folder of such a film",
    `<img src=/avatar-fire-and-ash/p.jpg>`,
    { url: "https://a.example/avatar-fire-and-ash/p.jpg" },
  ],
  ["no picture", `<p>a</p><svg><image href=/p.jpg></svg><img src=javascript:1>`, undefined],
  ["an address that is too long", `<img src="/${"a".repeat(2100)}.jpg">`, undefined],
])("%s", (_, html, expected) => {
  expect(leadIn(html)).toEqual(expected)
})
