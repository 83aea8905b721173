/** Checks the elements that a script turns into the frame of a film. */
import { becomes, type Check } from "./check.ts"

const link = (address: string): string => `<a href="${address}" rel="noopener">${address}</a>`
const YOUTUBE = "https://www.youtube.com/watch?v=dQw4w9WgXcQ"
const FRAME = "https://www.youtube.com/embed/dQw4w9WgXcQ"

const elementOf = (tag: string): string => `<${tag}></${tag.split(" ")[0]}>`

export const PLAYER_CHECKS: readonly Check[] = [
  ...(
    [
      [`youtube-video src=${YOUTUBE}`, YOUTUBE],
      ["youtube-video video-id=dQw4w9WgXcQ", YOUTUBE],
      ["youtube-embed id=dQw4w9WgXcQ", YOUTUBE],
      ["lite-youtube-embed videoid=dQw4w9WgXcQ", YOUTUBE],
      [`vimeo-video src=https://vimeo.com/12345678`, "https://vimeo.com/12345678"],
      ["vimeo-player data-vimeo-id=12345678", "https://vimeo.com/12345678"],
      ["media-player src=https://www.dailymotion.com/video/x8a1", "https://www.dailymotion.com/video/x8a1"],
      ["spotify-audio src=https://open.spotify.com/track/1", "https://open.spotify.com/track/1"],
      [
        "amp-brightcove data-account=123 data-video-id=456",
        "https://players.brightcove.net/123/default_default/index.html?videoId=456",
      ],
      [
        "amp-brightcove data-account=123 data-video-id=456 data-player-id=SyIOV8yWM",
        "https://players.brightcove.net/123/SyIOV8yWM_default/index.html?videoId=456",
      ],
    ] as const
  ).map(([tag, page]) => becomes(elementOf(tag), link(page))),
  ...[
    `class=rll-youtube-player data-src=${FRAME} data-id=dQw4w9WgXcQ`,
    `class=lazyframe data-vendor=youtube data-src=${FRAME}`,
    `data-embed-url=//www.youtube.com/embed/dQw4w9WgXcQ`,
  ].map((attributes) => becomes(`<div ${attributes}></div>`, `${link(FRAME)}<div></div>`)),
  ...[
    "class=lazyYT data-youtube-id=dQw4w9WgXcQ",
    "class=youtube-player data-id=dQw4w9WgXcQ",
    "data-plyr-provider=youtube data-plyr-embed-id=dQw4w9WgXcQ",
    `class="js-player youtube" data-video-id=dQw4w9WgXcQ`,
  ].map((attributes) => becomes(`<div ${attributes}></div>`, `${link(YOUTUBE)}<div></div>`)),
  becomes(
    `<div data-plyr-provider=vimeo data-plyr-embed-id=12345678></div>`,
    `${link("https://vimeo.com/12345678")}<div></div>`,
  ),
  // The frame in the `noscript` is of the same film.
  becomes(
    `<div class=rll-youtube-player data-src=${FRAME}></div><noscript><iframe src=${FRAME}?feature=oembed></iframe></noscript>`,
    `${link(FRAME)}<div></div>`,
  ),
  becomes(
    `<p>${link(YOUTUBE)}</p><noscript><iframe src=https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ></iframe></noscript>`,
    `<p>${link(YOUTUBE)}</p>`,
  ),
  becomes(
    `<lite-youtube videoid=dQw4w9WgXcQ></lite-youtube><noscript><iframe src=https://youtu.be/aaaaaaaaaaa></iframe></noscript>`,
    link(YOUTUBE) + link("https://youtu.be/aaaaaaaaaaa"),
  ),
  becomes(`a<a href=/x><picture></picture></a>b`, "ab"),
  becomes(`a<picture><a href=/x></a></picture>b`, "ab"),
  becomes(`a<picture><picture><a href=/x></a></picture></picture>b`, "ab"),
  // Other elements with such words and ids.
  becomes(`<div class=youtube-links data-id=42>a</div>`, "<div>a</div>"),
  becomes(`<div data-id=dQw4w9WgXcQ>a</div>`, "<div>a</div>"),
  becomes(`<p class=youtube data-id=dQw4w9WgXcQ>a</p>`, "<p>a</p>"),
  becomes(`a<youtube-video src=javascript:alert(1)></youtube-video>`, "a"),
  becomes(`a<amp-brightcove data-account="1/2" data-video-id=3></amp-brightcove>`, "a"),
  becomes(`a<x-card src=https://x.example/1></x-card>`, "a"),
]
