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
const YOUTUBE = PAGES["lite-youtube"]?.[0]?.[1] ?? ""
const VIMEO = PAGES["lite-vimeo"]?.[0]?.[1] ?? ""

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

/** The pages of films at the largest hosts. Elements that a script turns into a frame name them. */
const FILM_PAGE =
  /^(?:https?:)?\/\/(?:[\w-]{1,20}\.){0,2}(?:youtube(?:-nocookie)?\.com\/(?:embed|shorts|live|watch)|youtu\.be\/|vimeo\.com\/(?:video\/)?\d|dailymotion\.com\/(?:embed|video)\/|dai\.ly\/|tiktok\.com\/(?:embed|@)|facebook\.com\/(?:plugins\/video|watch)|twitch\.tv\/|streamable\.com\/|soundcloud\.com\/|spotify\.com\/|brightcove\.net\/|jwplayer\.com\/)/i

/** Whether an address, perhaps without its scheme, is one of a film or a recording. */
export const isFilmPage = (address: string): boolean =>
  FILM_PAGE.test(address) || FILM_PAGE.test(`//${address.trim().slice(0, 100)}`)

/** Attributes with the id of a film, beside a word that names its host. */
const FILM_ID =
  "videoid video-id video data-videoid data-video-id data-youtube-id data-vimeo-id data-plyr-embed-id data-id id".split(
    " ",
  )

/** Returns the address of the page that an element shows inside another page. */
export function playerLink(tag: string, attributes: Attributes, resolve: Resolve): string | undefined {
  for (const [name, before, after = ""] of PAGES_BY_TAG.get(tag) ?? []) {
    const id = attributes[name]?.trim() ?? ""
    if (/^[\w-]{1,64}$/.test(id)) return before + id + after
  }
  if (tag === "amp-brightcove") return brightcovePage(attributes)
  if (!FRAMES.has(tag)) return PAGES_BY_TAG.has(tag) ? undefined : lazyFilm(tag, attributes, resolve)
  const page = PAGE_ATTRIBUTES.map((name) => attributes[name]).find(
    (value) => value && /^(?:https?:)?\/\//i.test(value.trim()),
  )
  return playerAddress(attributes, resolve) ?? (page === undefined ? undefined : resolve(page))
}

/** Returns the page of a film of an element that a script turns into a frame, such as `<div class="youtube" data-id>`. */
function lazyFilm(tag: string, attributes: Attributes, resolve: Resolve): string | undefined {
  const isCustom = tag.includes("-")
  if (!isCustom && !LAZY_CONTAINERS.has(tag)) return undefined
  const values = Object.entries(attributes)
  const page = values.find(([name, value]) => (isCustom || name.startsWith("data-")) && FILM_PAGE.test(value.trim()))
  if (page !== undefined) return resolve(page[1].trim())
  const names = [
    tag,
    ...values.flatMap(([name, value]) => [
      name,
      /^(?:class|data-.*(?:provider|vendor|type|source))$/.test(name) ? value : "",
    ]),
  ]
  const host = /youtube|vimeo|\byt\b|lazyyt/i.exec(names.join(" "))?.[0].toLowerCase()
  const id =
    host === undefined
      ? undefined
      : FILM_ID.map((name) => attributes[name]?.trim() ?? "").find((each) =>
          (host === "vimeo" ? /^\d{6,12}$/ : /^[\w-]{11}$/).test(each),
        )
  return id === undefined ? undefined : (host === "vimeo" ? VIMEO : YOUTUBE) + id
}

const LAZY_CONTAINERS = new Set("div span figure section button".split(" "))

function brightcovePage(attributes: Attributes): string | undefined {
  const [account = "", film = "", player = "default", embed = "default"] = [
    "account",
    "video-id",
    "player",
    "embed",
  ].map((name) => attributes[`data-${name}`] ?? attributes[`data-${name}-id`])
  const areIds = [account, film, player, embed].every((each) => /^[\w:-]{1,64}$/.test(each))
  return areIds ? `https://players.brightcove.net/${account}/${player}_${embed}/index.html?videoId=${film}` : undefined
}

/** Returns the film that an address shows, so that two addresses of one film are known. Others are returned as they are. */
export function filmOf(address: string): string {
  const [, youtube] =
    /^https?:\/\/(?:[\w-]{1,20}\.)?(?:youtube(?:-nocookie)?\.com\/(?:(?:embed|v|shorts|live)\/|watch\?(?:[^#]{0,200}&)?v=)|youtu\.be\/)((?!live_stream|videoseries)[\w-]{11})(?![\w-])/i.exec(
      address,
    ) ?? []
  if (youtube !== undefined) return YOUTUBE + youtube
  const [, vimeo] = /^https?:\/\/(?:www\.|player\.)?vimeo\.com\/(?:video\/)?(\d{6,12})(?!\d)/i.exec(address) ?? []
  return vimeo === undefined ? address : VIMEO + vimeo
}

// This is a Map, because a tag may have the name `constructor`, which every object has.
const PAGES_BY_TAG: ReadonlyMap<string, [attribute: string, before: string, after?: string][]> = new Map(
  Object.entries(PAGES),
)
