/** Finds the pages of players and posts that elements of AMP and custom elements embed. Pure. */
import { playerAddress, type Resolve } from "./pictures.ts"
import type { Attributes } from "./visibility.ts"

/** The attribute with the id of a film or post, and the parts of its page's address before and after the id. */
const PAGES: Record<string, [attribute: string, before: string, after?: string][]> = {
  "amp-youtube": [
    ["data-videoid", "https://www.youtube.com/watch?v="],
    ["data-live-channelid", "https://www.youtube.com/embed/live_stream?channel="],
  ],
  "lite-youtube": [
    ["videoid", "https://www.youtube.com/watch?v="],
    ["playlistid", "https://www.youtube.com/playlist?list="],
  ],
  "amp-vimeo": [["data-videoid", "https://vimeo.com/"]],
  "lite-vimeo": [["videoid", "https://vimeo.com/"]],
  "amp-dailymotion": [["data-videoid", "https://www.dailymotion.com/video/"]],
  "amp-twitter": [["data-tweetid", "https://twitter.com/i/status/"]],
  "amp-instagram": [["data-shortcode", "https://www.instagram.com/p/", "/"]],
  "amp-tiktok": [["data-src", "https://www.tiktok.com/embed/v2/"]],
  "amp-gfycat": [["data-gfyid", "https://gfycat.com/"]],
  "amp-imgur": [["data-imgur-id", "https://imgur.com/"]],
  "amp-vine": [["data-vineid", "https://vine.co/v/"]],
  "amp-soundcloud": [
    ["data-trackid", "https://w.soundcloud.com/player/?url=https%3A%2F%2Fapi.soundcloud.com%2Ftracks%2F"],
    ["data-playlistid", "https://w.soundcloud.com/player/?url=https%3A%2F%2Fapi.soundcloud.com%2Fplaylists%2F"],
  ],
  "amp-jwplayer": [["data-media-id", "https://cdn.jwplayer.com/previews/"]],
}

/** Elements that have the address of a page in an attribute. */
const FRAMES = new Set(
  (
    "iframe frame amp-iframe amp-video-iframe amp-facebook amp-facebook-comments amp-facebook-page amp-pinterest " +
    "amp-embedly-card amp-wordpress-embed amp-reddit amp-tiktok amp-google-document-embed amp-playbuzz amp-3d-gltf"
  ).split(" "),
)
const PAGE_ATTRIBUTES = ["data-href", "data-url", "data-src"]

/** Whether an attribute has the absolute address of a page, perhaps without its scheme. */
export const isPageAttribute = (tag: string, name: string): boolean => FRAMES.has(tag) && PAGE_ATTRIBUTES.includes(name)

/** Returns the address of the page that an element shows inside another page. */
export function playerLink(tag: string, attributes: Attributes, resolve: Resolve): string | undefined {
  for (const [name, before, after = ""] of PAGES_BY_TAG.get(tag) ?? []) {
    const id = attributes[name]?.trim() ?? ""
    if (/^[\w-]{1,64}$/.test(id)) return before + id + after
  }
  if (!FRAMES.has(tag)) return undefined
  const page = PAGE_ATTRIBUTES.map((name) => attributes[name]).find(
    (value) => value && /^(?:https?:)?\/\//i.test(value.trim()),
  )
  return playerAddress(attributes, resolve) ?? (page === undefined ? undefined : resolve(page))
}

// This is a Map, because a tag may have the name `constructor`, which every object has.
const PAGES_BY_TAG: ReadonlyMap<string, [attribute: string, before: string, after?: string][]> = new Map(
  Object.entries(PAGES),
)
