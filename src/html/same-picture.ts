/** Whether two addresses are of one picture, perhaps in two sizes or formats. Pure. */
import { isSizeWord, isSureSize, type PictureName, pictureName } from "./picture-address.ts"

/**
 * Whether two addresses show one picture. If this is unknown, they do not, because two copies of one picture do less harm
 * than a picture that is missing.
 */
export const isSamePicture = (one: string, other: string): boolean =>
  one === other || areOnePicture(pictureName(one), pictureName(other))

/** Does the same for addresses that were read before. */
export const areOnePicture = (a: PictureName, b: PictureName): boolean =>
  haveSameNames(a, b, areSame) && haveSureSizes(a, b) && haveSameVersions(a, b) && haveSameParameters(a, b)

/**
 * Whether two addresses have one path, without sizes, or show one picture. A feed shows the lead image only if the body
 * lacks it, and a second copy beside the first one disturbs readers more than a missing copy.
 */
export function isSamePath(one: string, other: string): boolean {
  if (one === other) return true
  const [a, b] = [pictureName(one), pictureName(other)]
  return haveSameNames(a, b, areSame) && ((a.isFile && b.isFile) || haveSameParameters(a, b))
}

/**
 * Whether two addresses of one image, or of an image and the `noscript` beside it, show one picture. Such pages often
 * have a folder for each width.
 */
export function isCopy(one: string, other: string): boolean {
  if (one === other) return true
  const [a, b] = [pictureName(one), pictureName(other)]
  return haveSameNames(a, b, (x, y, before) => x === y || areWidths(x, y, before)) && haveSameParameters(a, b)
}

type CompareFolders = (one: string, other: string, before: string) => boolean
const areSame: CompareFolders = (one, other) => one === other
/** A name that a program made is that of one picture, so that numbers of folders are sizes. */
const areSameOrNumbers: CompareFolders = (one, other) =>
  one === other || (/^\d{2,4}$/.test(one) && /^\d{2,4}$/.test(other))

function haveSameNames(a: PictureName, b: PictureName, areSameFolder: CompareFolders): boolean {
  if (a.name !== b.name || a.folders.length !== b.folders.length || !areSameHosts(a.host, b.host)) return false
  // A file with a number alone is one of a list, and so are its folders.
  const compare = a.isUnique ? areSameOrNumbers : /\D/.test(a.name) ? areSameFolder : areSame
  return a.folders.every((folder, at) => compare(folder, b.folders[at] ?? "", a.folders[at - 1] ?? ""))
}

/** Whether what only one of the addresses has surely states a size. */
function haveSureSizes(a: PictureName, b: PictureName): boolean {
  const folders = [...without(a.sizeFolders, b.sizeFolders), ...without(b.sizeFolders, a.sizeFolders)]
  if (!folders.every(isSureSize)) return false
  if (a.sizeEnd === b.sizeEnd) return true
  const ends = [a.sizeEnd, b.sizeEnd].filter((end) => end !== "")
  // Two such words may be about the things in the pictures, such as a small and a large shirt.
  return ends.every(isSureSize) && !(ends.length === 2 && ends.every(isSizeWord))
}

const without = (sizes: string[], others: string[]): string[] => sizes.filter((size) => !others.includes(size))

/** A short value may say which picture it is, and a long one is a signature or a time. */
const MIN_SIGNATURE = 8
/** A signature of the address, which is another one for another size. */
const SIGNATURE = /^(?:s|sig|signature|hash|token|auth)$/

/** Whether no parameter of both addresses has two values that may say which picture it is. */
function haveSameVersions(a: PictureName, b: PictureName): boolean {
  const areSizes = a.sizeParameters !== b.sizeParameters && a.sizeParameters !== "" && b.sizeParameters !== ""
  return [...a.versions].every(([key, value]) => {
    const other = b.versions.get(key) ?? value
    if (value === other || (areSizes && SIGNATURE.test(key))) return true
    return Math.min(value.length, other.length) >= MIN_SIGNATURE
  })
}

function areSameHosts(one: string, other: string): boolean {
  const [a, b] = [one, other].map((host) => host.replace(/^www\./, "").replace(/^([a-z]{1,10})\d{1,2}\./, "$1."))
  if (a === undefined || b === undefined) return false
  return a === b || a.endsWith(`.${b}`) || b.endsWith(`.${a}`)
}

/** Folders of pictures, in which a folder with a number may have the pictures of a width. */
const PICTURE_FOLDER =
  /^(?:|images?|imgs?|photos?|pictures?|pics?|media|thumbs?|thumbnails?|cache|cdn|static|assets|resizer?|crops?|covers?)$/i
/** The usual widths of pictures are whole tens, or those of screens. */
const WIDTH = /^(?:[1-9]\d{0,2}0|16|24|32|48|64|72|75|96|128|256|375|384|414|512|768|828|1024|1152|1366|1536|2048)$/

/** Whether two folders are widths. Numbers that are alike are those of years, days or galleries. */
function areWidths(one: string, other: string, before: string): boolean {
  if (![one, other].every((folder) => WIDTH.test(folder)) || !PICTURE_FOLDER.test(before)) return false
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
