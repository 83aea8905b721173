/** Whether two addresses are of one picture, perhaps in two sizes or formats. Pure. */
import { isPictureFile } from "./picture-names.ts"

/** Folders, ends of names and parameters that state a size, a quality or a format. */
const SIZE_FOLDER =
  /^(?:\d{1,4}x\d{0,4}|[sw]\d{3,4}|[swh]\d{2,4}(?:-[a-z]\w{0,6}){1,5}|thumb(?:nail)?s?|tiny|small|medium|large|full|big|preview|orig(?:inal)?s?|max|fit-in|smart|scaled|resized?|lqi?p|blur(?:red|ry)?|placeholders?)$/
const SIZE_SETTINGS =
  /^(?:(?:w|h|c|q|f|e|g|ar|dpr|fl|rs|width|height|quality|format|fit|blur|resize|size|crop)[=:_][\w.:%-]{1,30}(?:,|$))+$/
/** Folders that are followed by a folder with a size. */
const BEFORE_SIZE = /^(?:max|fit|resized?|width|w|size)$/
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
 * Whether two addresses show one picture. If this is unknown, they do not, because two copies of one picture do less harm
 * than a picture that is missing.
 */
export const isSamePicture = (one: string, other: string): boolean =>
  one === other || haveSameNames(one, other, areSame, haveSameParameters)

/**
 * Whether two addresses have one path, without sizes, or show one picture. A feed shows the lead image only if the body
 * lacks it, and a second copy beside the first one disturbs readers more than a missing copy.
 */
export const isSamePath = (one: string, other: string): boolean =>
  one === other || haveSameNames(one, other, areSame, (a, b) => (a.isFile && b.isFile) || haveSameParameters(a, b))

/**
 * Whether two addresses of one image, or of an image and the `noscript` beside it, show one picture. Such pages often
 * have a folder for each width.
 */
export function isCopy(one: string, other: string): boolean {
  return (
    one === other || haveSameNames(one, other, (a, b, before) => a === b || areWidths(a, b, before), haveSameParameters)
  )
}

type CompareFolders = (one: string, other: string, before: string) => boolean
const areSame: CompareFolders = (one, other) => one === other

function haveSameNames(
  one: string,
  other: string,
  areSameFolder: CompareFolders,
  areSameParameters: (a: PictureName, b: PictureName) => boolean,
): boolean {
  const [a, b] = [pictureName(one), pictureName(other)]
  if (a.name !== b.name || a.folders.length !== b.folders.length || !areSameHosts(a.host, b.host)) return false
  // A file with a number alone is one of a list, and so are its folders.
  const compare = /\D/.test(a.name) ? areSameFolder : areSame
  const areSameFolders = a.folders.every((folder, at) => compare(folder, b.folders[at] ?? "", a.folders[at - 1] ?? ""))
  return areSameFolders && areSameParameters(a, b)
}

export function pictureName(address: string): PictureName {
  const { path, parameters } = withoutResizer(partsOf(address))
  const [host = "", ...segments] = path
    .replace(/^https?:\/{1,2}/, "")
    .replace(/^i\d\.wp\.com\//, "")
    .split("/")
  const file = segments.pop() ?? ""
  const isSize = (folder: string, at: number): boolean =>
    SIZE_FOLDER.test(folder) ||
    SIZE_SETTINGS.test(folder) ||
    (/^\d{2,4}$/.test(folder) && BEFORE_SIZE.test(segments[at - 1] ?? ""))
  const name = file.replace(/\.\w{1,5}$/, "").replace(SIZE_END, "")
  const isFile = isPictureFile(file)
  const named = parameters.filter(
    ([key]) => key !== "" && !SIZE_PARAMETER.test(key) && !(isFile && VERSION_PARAMETER.test(key)),
  )
  return { host, folders: segments.filter((each, at) => !isSize(each, at)), name, isFile, parameters: new Map(named) }
}

interface Parts {
  path: string
  parameters: [key: string, value: string][]
}

const decodeSeparators = (text: string): string =>
  text.replace(/%3a/g, ":").replace(/%2f/g, "/").replace(/%3f/g, "?").replace(/%26/g, "&").replace(/%3d/g, "=")

/** An address without its fragment. */
function partsOf(address: string): Parts {
  const [whole = ""] = address.toLowerCase().split("#", 1)
  const question = whole.indexOf("?")
  const query = question === -1 ? "" : whole.slice(question + 1)
  const parameters = query.split("&").map((each): [string, string] => {
    const [key = "", ...value] = each.split("=")
    return [key, value.join("=")]
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

/** Whether two folders are widths. Numbers that are alike are those of years, days or galleries. */
function areWidths(one: string, other: string, before: string): boolean {
  if (![one, other].every((folder) => WIDTH.test(folder)) || LIST_FOLDER.test(before)) return false
  const [small = 0, large = 0] = [Number(one), Number(other)].toSorted((a, b) => a - b)
  return large >= 300 && large >= 3 * small
}

/** A short number may say which picture it is, so it may not be missing in the other address. */
const PICTURE_NUMBER = /^\d{1,6}$/

/** Whether the parameters are the same, or a file has parameters of which the other address has none. */
function haveSameParameters(a: PictureName, b: PictureName): boolean {
  const [fewer, more] =
    a.parameters.size < b.parameters.size ? [a.parameters, b.parameters] : [b.parameters, a.parameters]
  if (fewer.size === 0 && a.isFile && b.isFile) return [...more.values()].every((value) => !PICTURE_NUMBER.test(value))
  return fewer.size === more.size && [...more].every(([key, value]) => fewer.get(key) === value)
}
