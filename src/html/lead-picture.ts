/** Which picture of a body may represent the article, if its publisher names none. Pure. */
import { isCountingFile } from "./picture-names.ts"
import { type Attributes, declarationsOf, pixelsIn } from "./visibility.ts"

/** The limits of an article's image: see dialects/item-schema.ts. */
const MAX_URL = 2048
const MAX_ALT = 2000

/** A narrower picture is an ornament. */
const MIN_WIDTH = 200

/** A picture of unknown width that is lower is a portrait, an emoji or an ornament. */
const MIN_HEIGHT = 100

/** Words in classes, hosts, folders and file names of portraits, and of pictures that stand for a character. */
const SMALL =
  "(?:(?:gr)?avatars?|\\w{0,10}emojis?(?:[_-]u[\\da-f_]{4,40})?|emojione|openmoji|smil(?:ey|ie)s?|emoticons?|userpics?|favicons?)"
const WRITER = "(?:author|byline|writer|contributor|columnist|commenter|journalist|reporter)"
const portraitOf = (person: string): string =>
  `(?:${person}[_-]?(?:photo|image|img|pic|picture|thumb(?:nail)?|portrait|face|logo|bio)|head-?shot|mugshot)s?`
/** Formulas that a program drew. */
const FORMULA =
  "(?:(?:mw-|ql-img-|wp-)?latex|mathtex|mathjax|katex|mwe-math[\\w-]*|tex|(?:inline-|display-)?(?:math|formula|equation))"
const NETWORKS =
  "facebook|fb|twitter|instagram|insta|whatsapp|telegram|linkedin|pinterest|reddit|tumblr|youtube|tiktok|snapchat|mastodon|bluesky|threads|email|mail|print|rss|feed|google|googleplus|gplus|digg|delicious|stumbleupon|vk|weibo|wechat|line|viber|messenger|flipboard|pocket"
const SMALL_CLASS = new RegExp(
  `(?:^|[\\s_-])(?:${SMALL}|${portraitOf(`(?:${WRITER}|profile|bio|user|member|staff)`)}|icons?|shar(?:e|ing)-?buttons?|social(?:(?=$|\\s)|-(?:icons?|links?|buttons?|media|shar(?:e|ing)|networks?|follow|bar|list|item|${NETWORKS})))(?:$|[\\s\\d_-])|(?:^|\\s)${FORMULA}(?:$|\\s)`,
  "i",
)
/** A longer name that has such a word is often of another picture, such as one of a film. */
const SMALL_PLACE = new RegExp(
  `[/.](?:[a-z]{1,10}[_-])?(?:${SMALL}|${portraitOf(`(?:${WRITER}|profile)`)})(?:@[\\d.]{1,20}|[_-]\\d{1,4}x\\d{1,4})?[/.]|/${WRITER}s?/`,
  "i",
)
const FORMULA_PLACE =
  /\/(?:latex|mathtex|mimetex|mathtran|texrender)(?:\.(?:php|cgi|png|gif|svg|ashx)|\/|\?|$)|\/\/(?:latex\.codecogs\.com|[^/]*quicklatex\.com)\/|\/media\/math\/render\/|upload\.wikimedia\.org\/math\/|\/chart\?(?:[^#]*&)?cht=tx/i
/** Folders of icons and of buttons to share a page. A photo may be in a folder with such a name. */
const ICON_FOLDER =
  /\/(?:icons?|ico|social(?:[_-]?(?:icons?|buttons?))?|shar(?:e|ing)(?:[_-]?(?:icons?|buttons?))?|buttons?|badges?|bullets?)\//i
/** Words beside the name of a network in the file of a button. */
const BUTTON_WORDS =
  "icons?|ico|logo|btn|button|shar(?:e|ethis|ing)|follow|us|on|social|round|square|circle|color|colour|white|black|small|x"
const BUTTON = new RegExp(
  `^(?:${NETWORKS}|${BUTTON_WORDS}|\\d{1,4})(?:[_.@ -]+(?:${NETWORKS}|${BUTTON_WORDS}|\\d{1,4}x?\\d{0,4})){0,6}$`,
  "i",
)
const NETWORK = new RegExp(`(?:^|[_.@ -])(?:${NETWORKS})(?:$|[_.@ -])`, "i")
/** Hosts of emoji, and the addresses of portraits of large networks. */
const SMALL_HOST =
  /^https?:\/\/(?:s\.w\.org\/|abs\.twimg\.com\/emoji\/|lh\d\.googleusercontent\.com\/a-?\/|graph\.facebook\.com\/[^?#]{1,100}\/picture(?:[?#]|$))/i
const SMALL_ALT = /^(?::[\w+-]{1,40}:|avatar(?: photo)?)$/i
/** A text of emoji only, as WordPress writes it into `alt`. */
const EMOJI =
  /^(?=.*(?:[\p{Extended_Pictographic}\p{Regional_Indicator}]|\u20E3))[\p{Emoji}\p{Emoji_Component}\s]{1,40}$/u

/** A width below 200 pixels that an address states. */
const NARROW = /[?&](?:w|width|imwidth|s|sz|size)=(?:1?\d\d)(?!\d)|[-_/.]1?\d\dx\d{2,4}(?=[./?]|$)/i

const BOX_WORDS =
  "box|bio|info|card|photo|image|img|pic|picture|avatar|details?|meta|profile|block|section|wrap|wrapper|container|about|description|desc|area|content|header|footer|widget|list|item|inner"
const AUTHOR_BOX = new RegExp(
  `(?:^|\\s)(?:(?:about|the|post|entry|article|single|wp|block)[_-]{1,2}){0,4}${WRITER}s?(?:[_-]{1,2}(?:${BOX_WORDS})){0,6}(?:\\s|$)`,
)

/** Classes of microformats for a person (hCard, h-card). */
const PERSON = /(?:^|\s)(?:vcard|h-card|p-author)(?:\s|$)/i
const AUTHOR_PAGE = new RegExp(`/${WRITER}s?/[^/?#]`, "i")

/** Whether an element is only about the writer of an article, by its class, its microdata or its address. */
export const isAuthorBox = ({ class: names = "", itemprop = "", rel = "", href = "" }: Attributes): boolean =>
  (names !== "" && (AUTHOR_BOX.test(hyphenated(names)) || PERSON.test(names))) ||
  /(?:^|\s)(?:author|creator)(?:\s|$)/i.test(itemprop) ||
  /(?:^|\s)author(?:\s|$)/i.test(rel) ||
  AUTHOR_PAGE.test(href)

export interface LeadPicture {
  url: string
  alt?: string
  width?: number
  height?: number
}

/**
 * @param stated are the attributes as the publisher wrote them
 * @param clean are the attributes of the image in the cleaned body
 * @param isInAuthorBox whether the image is in an element about the writer
 */
export function leadPictureOf(stated: Attributes, clean: Attributes, isInAuthorBox: boolean): LeadPicture | undefined {
  const { src: url, alt } = clean
  if (url === undefined || url.length > MAX_URL || SMALL_CLASS.test(hyphenated(stated.class ?? ""))) return undefined
  const [width, height] = [pixelsOf(clean.width), pixelsOf(clean.height)]
  const style = declarationsOf(stated.style ?? "")
  const [shownWidth, shownHeight] = [shownLength(style, "width", width), shownLength(style, "height", height)]
  if (shownWidth === undefined) {
    // Only the name and the place say something about a picture without a width.
    if (isInAuthorBox || isSmallName(url, alt?.trim() ?? "") || (shownHeight ?? MIN_HEIGHT) < MIN_HEIGHT)
      return undefined
  } else if (shownWidth < MIN_WIDTH || (shownHeight ?? MIN_HEIGHT) < 2) return undefined
  return {
    url,
    ...(alt !== undefined && alt.trim() !== "" && alt.length <= MAX_ALT && { alt: alt.trim() }),
    ...(width !== undefined && { width }),
    ...(height !== undefined && { height }),
  }
}

/** Whether the address or the text of a picture says that it is a portrait, an emoji, a formula, a button or a counter. */
function isSmallName(url: string, alt: string): boolean {
  const place = url.split(/[?#]/, 1)[0] ?? ""
  if (EMOJI.test(alt) || SMALL_ALT.test(alt) || NARROW.test(url)) return true
  if (SMALL_PLACE.test(place) || SMALL_HOST.test(url) || isCountingFile(url)) return true
  return FORMULA_PLACE.test(url) || (ICON_FOLDER.test(place) && !isPhoto(place)) || isButton(place)
}

const isPhoto = (place: string): boolean => /\.(?:jpe?g|avif|heic)$/i.test(place)

/** Whether a file is a button of a network. A photo may have its name too. */
function isButton(place: string): boolean {
  const [, name = ""] = /\/([^/]{1,60})\.(?:png|gif|svg|ico|webp)$/i.exec(place) ?? []
  return BUTTON.test(name) && NETWORK.test(name)
}

/** Returns the names of classes in lower case, with hyphens between their words. */
const hyphenated = (names: string): string => names.replace(/([a-z])([A-Z])/g, "$1-$2").toLowerCase()

/** Sanitized lengths are whole pixels. */
const pixelsOf = (length: string | undefined): number | undefined => (length === undefined ? undefined : Number(length))

/** Returns a length in pixels. A style is stronger than an attribute, and a large limit alone states nothing. */
function shownLength(style: ReadonlyMap<string, string>, name: "width" | "height", stated: number | undefined) {
  const length = pixelsIn(style.get(name) ?? "") ?? stated
  const limit = pixelsIn(style.get(`max-${name}`) ?? "")
  if (limit === undefined) return length
  return length !== undefined || limit < MIN_WIDTH ? Math.min(length ?? limit, limit) : undefined
}
