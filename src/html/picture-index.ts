/** Finds the pictures of a list that are the same, or surely others. Pure. */
import { type PictureName, pictureName } from "./picture-address.ts"
import { areOnePicture } from "./same-picture.ts"

/** A word of a name that is only a size. */
const SIZE_WORD =
  /^(?:tiny|small|medium|large|big|thumb(?:nail)?|full|orig(?:inal)?|preview|lqi?p|placeholder|scaled|retina|square|wide|default)$/

/** How many pictures with one file name are compared, because a gallery may have thousands. */
const MAX_COMPARED = 50

/** Recognises the pictures that were added before, in other sizes too. */
export class PictureIndex {
  private readonly addresses = new Set<string>()
  private readonly byName = new Map<string, { address: string; name: PictureName }[]>()

  /** Returns the first address of the same picture, which is the address itself if it is new. */
  add(address: string): string {
    if (this.addresses.has(address)) return address
    const name = pictureName(address)
    const known = this.findNamed(name)
    if (known !== undefined) return known
    this.addresses.add(address)
    const others = this.byName.get(keyOf(name))
    if (others === undefined) this.byName.set(keyOf(name), [{ address, name }])
    else others.push({ address, name })
    return address
  }

  find(address: string): string | undefined {
    return this.addresses.has(address) ? address : this.findNamed(pictureName(address))
  }

  private findNamed(name: PictureName): string | undefined {
    const others = this.byName.get(keyOf(name)) ?? []
    return others.slice(-MAX_COMPARED).find((other) => areOnePicture(name, other.name))?.address
  }
}

/** Only pictures with the same key can be the same. */
const keyOf = ({ name, folders }: PictureName): string => `${folders.length} ${name}`

/**
 * Whether the names of two files say that they are different pictures: they have different words, or different numbers
 * beside each other in a folder. A name made of letters and digits in any order says nothing.
 */
export function haveOtherNames(one: string, other: string): boolean {
  const [a, b] = [pictureName(one), pictureName(other)]
  const [aName, bName] = [a.name.toLowerCase(), b.name.toLowerCase()]
  if (!a.isFile || !b.isFile || aName === bName) return false
  const [aWords, bWords] = [wordsIn(aName), wordsIn(bName)]
  if (aWords === undefined || bWords === undefined) return false
  const isInOne = (words: string[], others: string[], kind: RegExp): boolean =>
    words.some((word) => kind.test(word) && !SIZE_WORD.test(word) && !others.includes(word))
  const differ = (kind: RegExp): boolean => isInOne(aWords, bWords, kind) && isInOne(bWords, aWords, kind)
  const areBeside = a.host === b.host && a.folders.join("/") === b.folders.join("/")
  return differ(/^\p{L}{4,}$/u) || (areBeside && differ(/^\d{1,4}$/))
}

/** Returns the words and numbers of a name; undefined if it was made by a program. */
function wordsIn(name: string): string[] | undefined {
  const isMixed = (part: string) => part.replace(/[a-z]+/g, "a").replace(/\d+/g, "0").length >= 4
  const isHash = /^[\da-f-]{16,}$/.test(name) || name.split(/[^a-z\d]+/).some(isMixed)
  return isHash ? undefined : (decodedName(name).match(/\p{L}+|\d+/gu) ?? [])
}

function decodedName(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch (error) {
    // A "%" may stand for itself.
    if (error instanceof URIError) return name
    throw error
  }
}
