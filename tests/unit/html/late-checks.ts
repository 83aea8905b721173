/** Checks which attributes have the address of a picture that the page loads late. */
import { becomes, type Check } from "./check.ts"

const PAGE = "https://pub.example"
const image = (path: string, rest = ""): string => `<img src="${PAGE}${path}"${rest} />`

/** Attributes of programs for late loading that no list has, each beside a placeholder. */
export const LATE_CHECKS: readonly Check[] = [
  // Only such programs use these names.
  ...(
    "data-pagespeed-lazy-src pagespeed_lazy_src nitro-lazy-src ng-src lay-src lz-src _src load-src loadsrc original originalsrc " +
    "v-lazy data-lazy-picture-src :src data-echo data-swift-lazyload orig-src"
  )
    .split(" ")
    .flatMap((name) => [
      becomes(`<img src="data:," ${name}="/r.jpg">`, image("/r.jpg")),
      becomes(`<img src=/flower.gif ${name}="/r.jpg">`, image("/r.jpg")),
      becomes(`<img src="/pagespeed_static/1.Ji.gif" ${name}="../r.jpg">`, image("/r.jpg")),
      becomes(`<img ${name}="show.php?id=3">`, image("/news/show.php?id=3")),
      becomes(`a<img ${name}="post.image">b`, "ab"),
    ]),
  // A word may begin or end with one of another picture.
  ..."data-flow-src data-slow-photo data-blink-image data-sitepages-src data-shareware xx-src cms-original theme-real data-linked data-hoverfly-src"
    .split(" ")
    .flatMap((name) => [
      becomes(`<img src="data:," ${name}="/r.jpg">`, image("/r.jpg")),
      becomes(`<img src=/s.jpg ${name}="/r.jpg">`, image("/s.jpg")),
      becomes(`a<img ${name}="/page">b`, "ab"),
    ]),
  ..."data-link link-src data-permalink lowsrc low-src hover_src thumb-src data-thumbnail data-thumbs-src author-src data-pageurl data-logo-lazy-src error-original longdesc usemap srcdoc name"
    .split(" ")
    .map((name) => becomes(`a<img ${name}="/r.jpg">b`, "ab")),
  ..."data-pagespeed-lazy-srcset nitro-lazy-srcset data-bgset data-real-src-set data-opt-srcset lazyset"
    .split(" ")
    .map((name) =>
      becomes(`<img src=data:, ${name}="/1 400w, /2 800w">`, image("/2", ` srcset="${PAGE}/1 400w, ${PAGE}/2 800w"`)),
    ),
  ..."data-hover-srcset data-next-srcset data-offset data-dataset"
    .split(" ")
    .map((name) => becomes(`a<img src=data:, ${name}="/1 400w, /2 800w">b`, "ab")),
  becomes(`a<img data-srcset="/{width}.jpg 1x">b`, "ab"),
  ...[`url(/r.jpg)`, `url('/r.jpg')`, `url( &quot;/r.jpg&quot; )`, `URL(/r.jpg), url(/s.jpg)`].flatMap((value) => [
    becomes(`<div data-bg="${value}"></div>`, `<div>${image("/r.jpg")}</div>`),
    becomes(`<li data-background-image="${value}">a</li>`, `<li>${image("/r.jpg")}a</li>`),
    becomes(`<span data-back="${value}"></span>`, `<span>${image("/r.jpg")}</span>`),
  ]),
  // Names of agencies and expressions are no addresses, and a string in an expression is one.
  ..."AFP/Getty Reuters/AP/EPA Getty-Images/AFP A.P./Reuters Ali/Reuters"
    .split(" ")
    .flatMap((names) => [
      becomes(`a<img data-src="${names}">b`, "ab"),
      becomes(`<img src=/s.jpg data-original="${names}">`, image("/s.jpg")),
    ]),
  ...["photos/cover", "base/name", "post?.image", "item.url", "a ? '/b' : '/c'", "require('/a.jpg')"].flatMap(
    (text) => [
      becomes(`a<img :src="${text}">b`, "ab"),
      becomes(`a<img v-bind:src="${text}">b`, "ab"),
      becomes(`a<img [src]="${text}">b`, "ab"),
    ],
  ),
  ...[":src", "v-bind:src", "data-src", "ng-src", "data-lazy-src"].map((name) =>
    becomes(`<img src=data:, ${name}="'https://pub.example/r.jpg'">`, image("/r.jpg")),
  ),
  // The largest copy.
  ...(
    [
      ["data-src-small", "data-src-large"],
      ["data-mobile-image", "data-desktop-image"],
      ["data-img-low", "data-img-full"],
      ["data-photo-tiny", "data-photo-hd"],
      ["data-small-src", "data-src"],
      ["data-preview", "data-zoom"],
      ["data-image-medium", "data-image-xlarge"],
    ] as const
  ).flatMap(([small, large]) => [
    becomes(`<img ${small}="/a.jpg" ${large}="/b.jpg">`, image("/b.jpg")),
    becomes(`<img src=data:, ${large}="/b.jpg" ${small}="/a.jpg">`, image("/b.jpg")),
  ]),
  // The size and the style of a dot are those of the placeholder.
  ...["data-bg", "data-background-image", "data-bg-src", "data-background", "data-bg-url", "data-bgset"].map((name) => {
    const value = name === "data-bgset" ? "/r.jpg 1x" : "/r.jpg"
    const set = name === "data-bgset" ? ` srcset="${PAGE}/r.jpg 1x"` : ""
    return becomes(`<img src=/blank.gif width=1 height=1 ${name}="${value}">`, image("/r.jpg", set))
  }),
  becomes(`<img data-src="/p_{width}x.jpg" data-widths="[180, 360,1080]">`, image("/p_1080x.jpg")),
  becomes(`<img src=/p_60x.jpg data-src="/p_{width}x{width}.jpg" data-widths=180,360>`, image("/p_360x360.jpg")),
  becomes(`a<img data-src="/p_{w}x.jpg" data-widths="[180]">b`, "ab"),
  becomes(`a<img data-src="/p_{width}x.jpg" data-widths="[]">b`, "ab"),
  becomes(`<div nitro-lazy-src="/r.jpg"></div>`, `<div>${image("/r.jpg")}</div>`),
  becomes(`<div original="/r.jpg"></div>`, `<div>${image("/r.jpg")}</div>`),
]
