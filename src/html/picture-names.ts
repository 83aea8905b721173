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

/** Hosts and paths of programs that count readers or draw buttons. */
const COUNTER =
  /^https?:\/\/(?:[^/]*\.)?(?:doubleclick\.net|google-analytics\.com|googlesyndication\.com|scorecardresearch\.com|quantserve\.com|feedsportal\.com|pheedo\.com|vgwort\.de|ivwbox\.de|pixel\.wp\.com|stats\.wordpress\.com|feeds\.wordpress\.com|feedburner\.com|feedads\.g\.doubleclick\.net|addtoany\.com|buysellads\.com|shields\.io)(?:[:/]|$)|^https?:\/\/(?:www\.)?facebook\.com\/tr[/?]|^https?:\/\/(?:pixel|beacon|counter|count|track|tracking|stats|analytics)\.|\/(?:pixel|beacon|counter|tracker|track|b)\.(?:gif|png|php)(?:[?#]|$)/i

export const isCounter = (address: string): boolean => COUNTER.test(address)

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

/** Folders, ends of names and parameters that state a size, a quality or a format. */
const SIZE_FOLDER =
  /^(?:\d{1,4}x\d{0,4}|[sw]\d{3,4}|[swh]\d{2,4}(?:-[a-z]\w{0,6}){1,5}|thumb(?:nail)?s?|tiny|small|medium|large|full|big|preview|orig(?:inal)?s?|max|fit-in|smart|scaled|resized?)$/
const SIZE_SETTINGS =
  /^(?:(?:w|h|c|q|f|e|g|ar|dpr|fl|rs|width|height|quality|format|fit|blur|resize|size|crop)[=:_][\w.:%-]{1,30}(?:,|$))+$/
const SIZE_END =
  /(?:[-_.](?:\d{1,5}x\d{0,5}|scaled|tiny|small|medium|large|thumb(?:nail)?|lqi?p|placeholder|blur(?:red|ry)?|full|orig(?:inal)?|preview|lazy|low|\d{2,4}w|w\d{2,4})|@\dx)$/
const SIZE_PARAMETER =
  /^(?:w|h|width|height|imwidth|size|sz|q|quality|fit|resize|crop|format|fm|dpr|blur|auto|strip|zoom|scale|ssl)$/
/** Parameters that say nothing about which picture it is, if the path has the name of a picture. */
const VERSION_PARAMETER = /^(?:s|sig|signature|hash|token|auth|v|ver|version|t|ts|cb|f|ixlib|ixid|rect|mode)$/

export interface PictureName {
  host: string
  folders: string[]
  /** The name of the file, without its extension and its size. */
  name: string
  isFile: boolean
  parameters: Map<string, string>
}

/**
 * Whether two addresses show one picture, perhaps in two sizes or formats. If this is unknown, they do not, because two
 * copies of one picture do less harm than a picture that is missing.
 */
export function isSamePicture(one: string, other: string): boolean {
  if (one === other) return true
  const [a, b] = [pictureName(one), pictureName(other)]
  if (a.name !== b.name || a.folders.length !== b.folders.length || !areSameHosts(a.host, b.host)) return false
  const areSameFolders = a.folders.every((folder, at) => {
    const otherFolder = b.folders[at] ?? ""
    const isOfList = LIST_FOLDER.test(a.folders[at - 1] ?? "")
    return folder === otherFolder || (/\D/.test(a.name) && !isOfList && areWidths(folder, otherFolder))
  })
  return areSameFolders && haveSameParameters(a, b)
}

export function pictureName(address: string): PictureName {
  const [path = "", query = ""] = withoutResizer(address).toLowerCase().split("#", 1)[0]?.split("?", 2) ?? []
  const [host = "", ...segments] = path
    .replace(/^https?:\/{1,2}/, "")
    .replace(/^i\d\.wp\.com\//, "")
    .split("/")
  const file = segments.pop() ?? ""
  const isSize = (folder: string): boolean => SIZE_FOLDER.test(folder) || SIZE_SETTINGS.test(folder)
  const name = file.replace(/\.\w{1,5}$/, "").replace(SIZE_END, "")
  const isFile = isPictureFile(file)
  const parameters = query.split("&").map((each): [string, string] => {
    const [key = "", ...value] = each.split("=")
    return [key, value.join("=")]
  })
  const named = parameters.filter(([key]) => !SIZE_PARAMETER.test(key) && !(isFile && VERSION_PARAMETER.test(key)))
  return { host, folders: segments.filter((each) => !isSize(each)), name, isFile, parameters: new Map(named) }
}

/** Programs that change the size of a picture have its whole address in their own. */
function withoutResizer(address: string): string {
  const decoded = address.replace(/%3a/gi, ":").replace(/%2f/gi, "/")
  const at = Math.max(decoded.lastIndexOf("http:/"), decoded.lastIndexOf("https:/"))
  if (at <= 0) return decoded
  const inner = decoded.slice(at)
  return decoded.slice(0, at).includes("?") ? (inner.split("&", 1)[0] ?? "") : inner
}

function areSameHosts(one: string, other: string): boolean {
  const [a, b] = [one, other].map((host) => host.replace(/^www\./, "").replace(/^([a-z]{1,10})\d{1,2}\./, "$1."))
  if (a === undefined || b === undefined) return false
  return a === b || a.endsWith(`.${b}`) || b.endsWith(`.${a}`)
}

/** Folders with a folder for each number of an article, a gallery or a person. */
const LIST_FOLDER =
  /^(?:(?:file|upload|post|article|album|entr(?:y|ie)|user|author|product|item|node|issue|galler(?:y|ie)|event|episode|id)s?|p|news|stor(?:y|ies)|attachments?)$/
/** The usual widths of pictures are whole tens, or those of screens. */
const WIDTH = /^(?:[1-9]\d{0,2}0|16|24|32|48|64|72|75|96|128|256|375|384|414|512|768|828|1024|1152|1366|1536|2048)$/

/** Whether two numbers are widths. Numbers that are alike are those of years, days or galleries. */
function areWidths(one: string, other: string): boolean {
  if (![one, other].every((folder) => WIDTH.test(folder))) return false
  const [small = 0, large = 0] = [Number(one), Number(other)].toSorted((a, b) => a - b)
  return large >= 300 && large >= 3 * small
}

function haveSameParameters(a: PictureName, b: PictureName): boolean {
  const keys = [...new Set([...a.parameters.keys(), ...b.parameters.keys()])]
  return keys.every((key) => {
    const [value, otherValue] = [a.parameters.get(key), b.parameters.get(key)]
    if (value === undefined || otherValue === undefined) return (a.isFile && b.isFile) || key === ""
    return value === otherValue
  })
}
