/** What the address of a picture says: whether it is a placeholder, a small copy or a tracker, and which picture it is. Pure. */

const setOf = (words: string): ReadonlySet<string> => new Set(words.split(" "))

/** Words in the names of blank files, and of files that turn until a picture is there. */
const BLANK_WORDS = setOf(
  "blank transparent trans pixel px clear cleardot dot empty lazy loader loading ph spacer placeholder lqip lazyload " +
    "lazyloading lazyloader",
)
/** Words among them that are also usual in the names of icons, so they are the whole name of a blank file. */
const SINGLE_WORDS = setOf("clear dot empty lazy ph px")
/** Words that may be beside them. */
const NEUTRAL_WORDS = setOf("ajax bg black default gif gray grey image images img s small white x")
/** Further words in the names of files that a page shows in the place of any picture. */
const TEMPORARY_WORDS = setOf(
  "spinner default grey gray black white bg background no not none missing noimage noimg nophoto nopic dummy preload preloader " +
    "load unavailable fallback",
)
const TEMPORARY_NEUTRAL_WORDS = setOf("icon photo photos picture pic thumb thumbnail found available big large medium")
/** Words in the names of small or blurred copies. */
const COPY_WORDS = setOf("lqip lqp placeholder tiny blur blurred blurry spacer lazyload lazyloading lazyloader")
const ASPECT_RATIO = /^(?:1x1|1x2|2x1|2x3|3x2|3x4|4x3|4x5|5x4|9x16|16x9|16x10|21x9)$/
const PHOTO = /\.(?:jpe?g|avif|heic|jxl)$/
const PLACEHOLDER_HOST =
  /^https?:\/\/[^/]*\b(?:placeholder\.com|placehold\.(?:it|co|jp)|placeholdit|dummyimage\.com)\b/i
/** No file name of a placeholder is longer. */
const MAX_PLACEHOLDER_NAME = 60

const pathOf = (address: string): string => address.split(/[?#]/, 1)[0] ?? ""
const lastOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1).toLowerCase()
const wordsOf = (stem: string): string[] => stem.split(/[^a-z]+/).filter((word) => word !== "")

/** Returns the name of a file and the name without its extension, which is empty if the name cannot be a placeholder's. */
function fileOf(address: string): { name: string; stem: string } {
  const name = lastOf(pathOf(address))
  const isShort = name.length <= MAX_PLACEHOLDER_NAME
  return { name, stem: isShort ? name.slice(0, Math.max(name.lastIndexOf("."), 0)) : "" }
}

/** Whether the name can only be that of a placeholder, so that the picture is removed even if the page has no other. */
export function isPlaceholder(address: string): boolean {
  if (PLACEHOLDER_HOST.test(address)) return true
  const { name, stem } = fileOf(address)
  // A photo may have such words in its name, and JPEG cannot be transparent.
  if (stem === "" || PHOTO.test(name)) return /^(?:spacer|blank|placeholder)$/.test(stem)
  if (ASPECT_RATIO.test(stem)) return true
  const words = wordsOf(stem)
  const isOfWords = words.every((word) => BLANK_WORDS.has(word) || NEUTRAL_WORDS.has(word))
  const isBlank = (word: string): boolean => BLANK_WORDS.has(word) && (words.length === 1 || !SINGLE_WORDS.has(word))
  if (!isOfWords || !words.some(isBlank)) return false
  const numbers = stem.replace(/\d{1,2}x\d{1,2}|\d{1,2}px/g, "").match(/\d+/g) ?? []
  return numbers.length === 0 || (name.endsWith(".gif") && numbers.join("").length <= 3)
}

/** Whether a page probably shows the picture in the place of another, such as `no-image.png`. */
export function isTemporary(address: string): boolean {
  if (isPlaceholder(address)) return true
  const { name, stem } = fileOf(address)
  const words = wordsOf(stem.replace(/\d{1,4}x\d{1,4}/g, ""))
  if (PHOTO.test(name) && /\d/.test(stem.replace(/\d{1,4}x\d{1,4}/g, ""))) return false
  const isNamed = (word: string): boolean => BLANK_WORDS.has(word) || TEMPORARY_WORDS.has(word)
  const isKnown = (word: string): boolean =>
    isNamed(word) || NEUTRAL_WORDS.has(word) || TEMPORARY_NEUTRAL_WORDS.has(word)
  return words.some(isNamed) && words.every(isKnown)
}

/** Words of temporary files that are also the whole name of a photo, such as one of a black cat or of a missing person. */
const PHOTO_WORDS = setOf("default grey gray black white bg background none missing load")

/** Whether a page shows the picture only until the picture beside it is loaded. A photo may have a short name. */
export function isReplacedPicture(address: string): boolean {
  const { name, stem } = fileOf(address)
  return isTemporary(address) && !(PHOTO.test(name) && wordsOf(stem).every((word) => PHOTO_WORDS.has(word)))
}

/** A picture that is not as wide is a small copy, if the page has another. */
const MIN_WIDTH = 100

/** Whether an address is of a small or blurred copy. */
export function isSmallCopy(address: string): boolean {
  if (wordsOf(fileOf(address).stem).some((word) => COPY_WORDS.has(word))) return true
  return /[?&/,_.-](?:e_)?blur|lqip/i.test(address) || (statedWidth(address) ?? MIN_WIDTH) < MIN_WIDTH
}

function statedWidth(address: string): number | undefined {
  const [, width] =
    /[?&/,_-](?:w|width|imwidth|max|fit|resize)[=_:/-]?(\d{1,4})(?!\d)/i.exec(address) ??
    /[-_/.](\d{1,4})x\d{1,4}(?=[./?]|$)/i.exec(address) ??
    []
  return width === undefined ? undefined : Number(width)
}

/** Whether many readers cannot show the format of a picture. */
export const isNewFormat = (address: string, type = ""): boolean =>
  type === "" ? /\.(?:webp|avif|jxl|heic)$/i.test(pathOf(address)) : /webp|avif|jxl|heic/i.test(type)

export const isPictureFile = (address: string): boolean => /\.(?:jpe?g|png|gif|webp|avif|svg)(?:[?#]|$)/i.test(address)

/** Whether a copy of a picture is worse than another copy of it. */
export function isWorseCopy(copy: string, other: string): boolean {
  if (isSmallCopy(copy) !== isSmallCopy(other)) return isSmallCopy(copy)
  const [width, otherWidth] = [statedWidth(copy), statedWidth(other)]
  if (width !== undefined && otherWidth !== undefined && width !== otherWidth) return width < otherWidth
  return isNewFormat(copy) && !isNewFormat(other)
}

/** Hosts of programs that only count readers. */
const COUNTING_HOSTS =
  "doubleclick.net google-analytics.com googlesyndication.com googletagmanager.com googleadservices.com scorecardresearch.com " +
  "quantserve.com quantcount.com chartbeat.net imrworldwide.com omtrdc.net 2o7.net demdex.net adsrvr.org adnxs.com bluekai.com " +
  "krxd.net rlcdn.com crwdcntrl.net everesttech.net statcounter.com histats.com sitemeter.com clicky.com xiti.com estat.com " +
  "smartadserver.com weborama.fr gemius.pl vgwort.de ivwbox.de ioam.de etracker.de feedsportal.com pheedo.com feedburner.com " +
  "pixel.wp.com stats.wordpress.com feeds.wordpress.com pixel.parsely.com mc.yandex.ru mc.yandex.com mc.webvisor.org " +
  "counter.yadro.ru top-fwz1.mail.ru top.mail.ru counter.rambler.ru tns-counter.ru hm.baidu.com cnzz.com px.ads.linkedin.com " +
  "dc.ads.linkedin.com bat.bing.com c.bing.com c.clarity.ms ct.pinterest.com analytics.twitter.com ads-twitter.com " +
  "analytics.tiktok.com tr.snapchat.com alb.reddit.com sp.analytics.yahoo.com api.mixpanel.com api.segment.io track.hubspot.com " +
  "log.outbrain.com trc.taboola.com"
const COUNTING_HOST = new RegExp(
  `^https?://(?:(?:[^/]*\\.)?(?:${COUNTING_HOSTS.replaceAll(".", "\\.").replaceAll(" ", "|")})(?:[:/]|$)|(?:www\\.)?facebook\\.com/tr(?:[/?]|$)|t\\.co/i/adsct(?:[/?]|$)|(?:www\\.)?google\\.[a-z.]{2,6}/(?:pagead|ads)/|[^?#]{1,500}/(?:matomo|piwik)\\.php\\?)`,
  "i",
)

/** Whether an address is that of a program that only counts readers, by its host or its well-known path. */
export const isCountingHost = (address: string): boolean => COUNTING_HOST.test(address)

/** Hosts and paths of programs that count readers or draw buttons. */
const COUNTER =
  /^https?:\/\/(?:[^/]*\.)?(?:addtoany\.com|buysellads\.com|shields\.io)(?:[:/]|$)|^https?:\/\/(?:pixel|beacon|counter|count|track|tracking|stats|analytics)\.|\/(?:pixel|beacon|counter|tracker|track|b)\.(?:gif|png|php)(?:[?#]|$)/i

export const isCounter = (address: string): boolean => isCountingHost(address) || COUNTER.test(address)

const COUNTING_FOLDER =
  /\/(?:track(?:ing|er)?|pixels?|beacons?|collect|impressions?|imp|opens?|count(?:er)?s?|hits?|stats?|analytics)(?:[/.]|$)/i

const COUNTING_PROGRAM =
  /\/(?:piwik|matomo|(?:open|track|pixel|beacon|count|counter|hit|hits|stat|stats|log|collect|imp|impression|view)s?)\.(?:php|aspx?|ashx|cgi|jsp|pl)(?:[/?#]|$)/i
const TRACKING_FOLDER = /\/(?:track(?:ing|er)|pixels?|(?:web-?)?beacons?|impressions?|piwik|matomo)\//i
const PIXEL_NAME =
  /[/_.-](?:(?:tracking|tracker|rss|web|counting|counter|stats?)[_.-]?(?:pixel|beacon|image|img|gif)|pixel[_.-]?track(?:ing|er)?)[_.-]?\d{0,4}\.(?:gif|png|svg)$/i

/** Whether the name of a picture says that it counts readers. A photo in JPEG may be in a folder with such a name. */
export function isCountingFile(address: string): boolean {
  const path = pathOf(address)
  if (isCounter(address) || COUNTING_PROGRAM.test(path)) return true
  return !PHOTO.test(path.toLowerCase()) && (TRACKING_FOLDER.test(path) || PIXEL_NAME.test(path))
}

/** Whether an address that nobody sees is that of a program that counts readers. */
export function isTracker(address: string): boolean {
  if (isCounter(address)) return true
  if (/\.(?:jpe?g|png|webp|avif|svg|jxl|heic|bmp)(?![a-z])/i.test(address)) return false
  return address.includes("?") || COUNTING_FOLDER.test(pathOf(address))
}
