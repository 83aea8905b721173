/** Which picture of a body may represent the article, if its publisher names none. Pure. */
import { isCountingFile } from "./picture-names.ts"
import type { Attributes } from "./visibility.ts"

/** The limits of an article's image: see dialects/item-schema.ts. */
const MAX_URL = 2048
const MAX_ALT = 2000

/** A narrower picture is an ornament. */
const MIN_WIDTH = 200

/** A picture of unknown width that is lower is a portrait, an emoji or an ornament. */
const MIN_HEIGHT = 100

/** Words in classes, hosts, folders and file names of portraits, and of pictures that stand for a character. */
const SMALL = "(?:(?:gr)?avatars?|emojis?|emojione|twemoji|openmoji|smil(?:ey|ie)s?|emoticons?|userpics?|favicons?)"
const PERSON =
  "(?:author|byline|writer|contributor|columnist|profile|bio|user|member|commenter|staff|journalist|reporter)"
const PORTRAIT = `(?:${PERSON}[_-]?(?:photo|image|img|pic|picture|thumb(?:nail)?|portrait|face|logo|bio)|head-?shot|mugshot)s?`
/** Formulas that a program drew. */
const FORMULA =
  "(?:(?:mw-|ql-img-|wp-)?latex|mathtex|mathjax|katex|mwe-math[\\w-]*|tex|(?:inline-|display-)?(?:math|formula|equation))"
const SMALL_CLASS = new RegExp(
  `(?:^|[\\s_-])(?:${SMALL}|${PORTRAIT}|icons?|shar(?:e|ing)-?buttons?|social(?:-\\w{1,20})?)(?:$|[\\s\\d_-])|(?:^|\\s)${FORMULA}(?:$|\\s)`,
  "i",
)
/** A longer name that has such a word is often of another picture, such as one of a film. */
const SMALL_PLACE = new RegExp(`[/.](?:[a-z]{1,10}[_-])?${SMALL}(?:@[\\d.]{1,20}|[_-]\\d{1,4}x\\d{1,4})?[/.]`, "i")
const FORMULA_PLACE =
  /\/(?:latex|mathtex|mimetex|mathtran|texrender)(?:\.(?:php|cgi|png|gif|svg|ashx)|\/|\?|$)|\/\/(?:latex\.codecogs\.com|[^/]*quicklatex\.com)\/|\/media\/math\/render\/|upload\.wikimedia\.org\/math\/|\/chart\?(?:[^#]*&)?cht=tx/i
/** Folders of icons and of buttons to share a page. */
const ICON_FOLDER =
  /\/(?:icons?|ico|social(?:[_-]?(?:icons?|media|buttons?))?|shar(?:e|ing)(?:[_-]?(?:icons?|buttons?))?|buttons?|badges?|bullets?)\//i
const NETWORKS =
  "facebook|fb|twitter|instagram|insta|whatsapp|telegram|linkedin|pinterest|reddit|tumblr|youtube|tiktok|snapchat|mastodon|bluesky|threads|email|mail|print|rss|feed|google|googleplus|gplus|digg|delicious|stumbleupon|vk|weibo|wechat|line|viber|messenger|flipboard|pocket"
/** Words beside the name of a network in the file of a button. */
const BUTTON_WORDS =
  "icons?|ico|logo|btn|button|shar(?:e|ethis|ing)|follow|us|on|social|round|square|circle|color|colour|white|black|small|x"
const BUTTON = new RegExp(
  `^(?:${NETWORKS}|${BUTTON_WORDS}|\\d{1,4})(?:[_.@ -]+(?:${NETWORKS}|${BUTTON_WORDS}|\\d{1,4}x?\\d{0,4})){0,6}$`,
  "i",
)
const NETWORK = new RegExp(`(?:^|[_.@ -])(?:${NETWORKS})(?:$|[_.@ -])`, "i")
const SMALL_HOST = /^https?:\/\/(?:s\.w\.org|abs\.twimg\.com\/emoji)\//i
const SMALL_ALT = /^(?::[\w+-]{1,40}:|avatar(?: photo)?)$/i
/** A text of emoji only, as WordPress writes it into `alt`. */
const EMOJI =
  /^(?=.*(?:[\p{Extended_Pictographic}\p{Regional_Indicator}]|\u20E3))[\p{Emoji}\p{Emoji_Component}\s]{1,40}$/u

export interface LeadPicture {
  url: string
  alt?: string
  width?: number
  height?: number
}

/**
 * @param stated are the attributes as the publisher wrote them
 * @param clean are the attributes of the image in the cleaned body
 */
export function leadPictureOf(stated: Attributes, clean: Attributes): LeadPicture | undefined {
  const { src: url, alt } = clean
  if (url === undefined || url.length > MAX_URL) return undefined
  const [shortAlt, place] = [alt?.trim() ?? "", url.split(/[?#]/, 1)[0] ?? ""]
  if (isSmallClass(stated.class ?? "") || EMOJI.test(shortAlt) || SMALL_ALT.test(shortAlt)) return undefined
  if (SMALL_PLACE.test(place) || SMALL_HOST.test(url) || isCountingFile(url)) return undefined
  if (FORMULA_PLACE.test(url) || ICON_FOLDER.test(place) || isButton(place)) return undefined
  const [width, height] = [pixelsOf(clean.width), pixelsOf(clean.height)]
  const statedWidth = width ?? styleLength(stated.style, "width")
  const statedHeight = height ?? styleLength(stated.style, "height") ?? MIN_HEIGHT
  if (statedWidth === undefined ? statedHeight < MIN_HEIGHT : statedWidth < MIN_WIDTH || statedHeight < 2)
    return undefined
  return {
    url,
    ...(alt !== undefined && alt.trim() !== "" && alt.length <= MAX_ALT && { alt: alt.trim() }),
    ...(width !== undefined && { width }),
    ...(height !== undefined && { height }),
  }
}

/** Whether a file is a button of a network. A photo may have its name too. */
function isButton(place: string): boolean {
  const [, name = ""] = /\/([^/]{1,60})\.(?:png|gif|svg|ico|webp)$/i.exec(place) ?? []
  return BUTTON.test(name) && NETWORK.test(name)
}

const isSmallClass = (names: string): boolean => SMALL_CLASS.test(names.replace(/([a-z])([A-Z])/g, "$1-$2"))

/** Sanitized lengths are whole pixels. */
const pixelsOf = (length: string | undefined): number | undefined => (length === undefined ? undefined : Number(length))

const PIXELS_OF_UNIT: Record<string, number> = { px: 1, pt: 4 / 3, em: 16, rem: 16 }

/** Returns a length in pixels. A length in per cent depends on the page, so it is not stated. */
function styleLength(style: string | undefined, name: "width" | "height"): number | undefined {
  const declarations = (style ?? "").toLowerCase().split(";")
  const value = declarations.find((each) => each.trim().startsWith(name))?.split(":")[1]
  const [, number, unit = ""] = /^\s{0,9}(\d{1,5}(?:\.\d{1,5})?)(px|pt|r?em)\b/.exec(value ?? "") ?? []
  return number === undefined ? undefined : Number(number) * (PIXELS_OF_UNIT[unit] ?? 1)
}
