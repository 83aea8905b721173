/** Reads the address of a picture: which picture it is, and in which size. Pure. */
import { isPictureFile } from "./picture-names.ts"

export interface PictureName {
  host: string
  /** The folders without those that state a size. */
  folders: string[]
  /** The name of the file, without its extension and its size. */
  name: string
  /** The folders and the end of the name that may state a size, in lower case. */
  sizeFolders: string[]
  sizeEnd: string
  isFile: boolean
  /** Whether no other picture of the publisher has the name, because a program made it. */
  isUnique: boolean
  /** The parameters that state neither a size nor a version. */
  parameters: Map<string, string>
  /** The parameters that state a size. */
  sizeParameters: string
  /** The parameters of a file that usually state a version or sign the address. */
  versions: Map<string, string>
}

/** Words that state a size, and that may also be about the thing in the picture, such as a shirt. */
const SIZE_WORD = "tiny|small|medium|large|big|full"
/** Words that are only about the copy. */
const COPY_WORD = "thumb(?:nail)?s?|lqi?p|blur(?:red|ry)?|placeholders?|preview|orig(?:inal)?s?|scaled"
/** Folders, ends of names and parameters that state a size, a quality or a format. */
const SIZE_FOLDER = new RegExp(
  `^(?:\\d{1,4}x\\d{0,4}|[sw]\\d{3,4}|[swh]\\d{2,4}(?:-[a-z]\\w{0,6}){1,5}|${SIZE_WORD}|${COPY_WORD}|max|fit-in|smart|resized?)$`,
)
const SIZE_SETTINGS =
  /^(?:(?:w|h|c|q|f|e|g|ar|dpr|fl|rs|width|height|quality|format|fit|blur|resize|size|crop)[=:_][\w.:%-]{1,30}(?:,|$))+$/
/** Folders that are followed by a folder with a size. */
const BEFORE_SIZE = /^(?:max|fit|resized?|width|w)$/
const SIZE_END = new RegExp(
  `(?:[-_.](\\d{1,5}x\\d{0,5}|${SIZE_WORD}|${COPY_WORD}|lazy|low|\\d{2,4}w|w\\d{2,4})|@\\dx)$`,
  "i",
)
const SIZE_PARAMETER =
  /^(?:w|h|width|height|imwidth|size|sz|q|quality|fit|resize|crop|format|fm|dpr|blur|auto|strip|zoom|scale|ssl|itok)$/
/** Parameters that say nothing about which picture it is, if the path has the name of a picture. */
const VERSION_PARAMETER = /^(?:s|sig|signature|hash|token|auth|v|ver|version|t|ts|cb|f|ixlib|ixid|rect|mode)$/

/** How well-known programs and hosts write the size of a picture into its path, and what stands there without a size. */
const SIZED_PATHS: readonly [RegExp, string][] = [
  [/\/styles\/[^/]{1,60}\/(?:public|private)\//, "/"],
  [/\/size\/w\d{2,4}(?:h\d{2,4})?(?:\/format\/[a-z]{3,4})?\//, "/"],
  [/\/thumb\/([\da-f]\/[\da-f]{2}\/[^/]{1,300})\/[^/]{0,20}\d{2,4}px-[^/]{1,300}$/, "/$1"],
  [/\/v1\/(?:fill|fit|crop)\/[^/]{1,200}\/[^/]{1,300}$/, ""],
  [
    /^(?:https?:)?\/\/(?:i\d?\.ytimg|img\.youtube)\.com\/vi(?:_webp)?\/([\w-]{11})\/(?:(?:maxres|hq|mq|sd)?default|hq720|0)\./,
    "https://i.ytimg.com/vi/$1/0.",
  ],
  [/^((?:https?:)?\/\/[^/]{0,40}staticflickr\.com\/[^?#]{1,100})_(?:[sqtmnwzcbhko]|[3-6]k)(\.[a-z]{3,4})$/, "$1$2"],
  [
    /^((?:https?:)?\/\/[^/]{0,40}(?:googleusercontent|ggpht|blogspot)\.com\/[^?#=]{1,400})=[swh]\d{1,4}(?:-[\w-]{1,40})?$/,
    "$1",
  ],
  [
    /(\/cdn\/shop\/[^?#]{1,300}|\/\/cdn\.shopify\.com\/[^?#]{1,300})_(?:\d{1,4}x\d{0,4}|x\d{1,4}|pico|icon|compact|grande|master)(?:_crop_[a-z]{3,6})?(?=(?:@\dx)?\.[a-z]{3,4}$)/,
    "$1",
  ],
]

export function pictureName(address: string): PictureName {
  const { path, parameters } = withoutResizer(partsOf(address))
  const [host = "", ...segments] = SIZED_PATHS.reduce((each, [size, without]) => each.replace(size, without), path)
    .replace(/^https?:\/{1,2}/i, "")
    .replace(/^i\d\.wp\.com\//, "")
    .split("/")
  const file = segments.pop() ?? ""
  const isSize = (folder: string, before: string): boolean =>
    SIZE_FOLDER.test(folder) || SIZE_SETTINGS.test(folder) || (/^\d{2,4}$/.test(folder) && BEFORE_SIZE.test(before))
  const areSizes = segments.map((folder, at) => isSize(folder.toLowerCase(), segments[at - 1]?.toLowerCase() ?? ""))
  const stem = file.replace(/\.\w{1,5}$/, "")
  const [end = "", size = ""] = SIZE_END.exec(stem) ?? []
  const name = stem.slice(0, stem.length - end.length)
  const isFile = isPictureFile(file)
  const named = parameters.filter(([key, value]) => key !== "" && !isSizeParameter(key, value))
  const sizeParameters = parameters.filter(([key, value]) => isSizeParameter(key, value)).join("&")
  const isVersion = ([key]: [string, string]): boolean => isFile && VERSION_PARAMETER.test(key)
  return {
    host: host.toLowerCase(),
    folders: segments.filter((_, at) => !areSizes[at]),
    name,
    sizeFolders: segments.filter((_, at) => areSizes[at]).map((folder) => folder.toLowerCase()),
    sizeEnd: size.toLowerCase(),
    isFile,
    isUnique: isMadeByProgram(name),
    sizeParameters,
    parameters: new Map(named.filter((each) => !isVersion(each))),
    versions: new Map(named.filter(isVersion)),
  }
}

/** The sizes of pictures on Twitter are in the parameter `name`. */
const isSizeParameter = (key: string, value: string): boolean =>
  SIZE_PARAMETER.test(key) || (key === "name" && /^(?:thumb|small|medium|large|orig|\d{2,4}x\d{2,4})$/.test(value))

/** Whether a name has a long run of letters and digits in any order. */
const isMadeByProgram = (name: string): boolean =>
  name
    .split(/[-_.~*]/)
    .some(
      (part) =>
        part.length >= 10 && /^[\da-z]+$/i.test(part) && (part.match(/\d+/g)?.length ?? 0) >= 3 && /[a-z]/i.test(part),
    )

/** A smaller number is one of rooms, goals or weeks, and a number of this time may be a year. */
const isLength = (digits: string): boolean => Number(digits) >= 50 && !/^(?:199\d|20[0-3]\d)$/.test(digits)

/**
 * Whether a folder or an end of a name surely states a size. `map-w2024` may be of a year, `match-2x1` of a result, and
 * the folder `c=paris` of a place.
 */
export function isSureSize(size: string): boolean {
  if (size === "0x0") return true
  const [, width, height] = /^(\d{1,5})x(\d{0,5})$/.exec(size) ?? []
  if (width !== undefined)
    return Number(height || width) >= 30 && Number(width) >= 30 && Math.max(Number(width), Number(height)) >= 50
  const [, before, after] = /^(?:[swh](\d{2,4})(?:-.{0,40})?|(\d{2,4})w)$/.exec(size) ?? []
  if (before !== undefined || after !== undefined) return isLength(before ?? after ?? "") || size.includes("-")
  if (/[=:_]/.test(size))
    return /(?:^|,)(?:w|h|width|height|q|quality|dpr|size|resize|fit)[=:_](?:\d|auto|fit:\d)/.test(size)
  return true
}

/** Whether a folder or an end of a name is a word that may also be about the thing in the picture. */
export const isSizeWord = (size: string): boolean => SIZE_WORD.split("|").includes(size)

interface Parts {
  path: string
  parameters: [key: string, value: string][]
}

const decodeSeparators = (text: string): string =>
  text.replace(/%3a/gi, ":").replace(/%2f/gi, "/").replace(/%3f/gi, "?").replace(/%26/g, "&").replace(/%3d/gi, "=")

/** An address without its fragment. */
function partsOf(address: string): Parts {
  const [whole = ""] = address.split("#", 1)
  const question = whole.indexOf("?")
  const query = question === -1 ? "" : whole.slice(question + 1)
  const parameters = query.split("&").map((each): [string, string] => {
    const [key = "", ...value] = each.split("=")
    return [key.toLowerCase(), value.join("=")]
  })
  return { path: question === -1 ? whole : whole.slice(0, question), parameters }
}

/**
 * Programs that change the size of a picture have its whole address in their own: in their path, or as the only parameter
 * that is no setting. Beside the name of another picture, an address is one of a page or of a replacement.
 */
function withoutResizer(parts: Parts): Parts {
  const path = decodeSeparators(parts.path)
  const at = Math.max(path.lastIndexOf("http:/"), path.lastIndexOf("https:/"))
  if (at > 0) {
    const inner = partsOf(path.slice(at))
    return isPictureFile(inner.path) ? { ...inner, parameters: [...inner.parameters, ...parts.parameters] } : parts
  }
  const [inner, ...others] = parts.parameters.filter(
    ([key, value]) => !SIZE_PARAMETER.test(key) && (value.startsWith("http") || !VERSION_PARAMETER.test(key)),
  )
  const innerParts = partsOf(decodeSeparators(inner?.[1] ?? ""))
  const isResizer = others.length === 0 && !isPictureFile(path) && /^https?:\//.test(innerParts.path)
  return isResizer && isPictureFile(innerParts.path) ? innerParts : parts
}
