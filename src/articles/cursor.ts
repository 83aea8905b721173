/** Cursors are opaque to those who hold them: version.epoch.kind.position. */

const VERSION = "1"

/** What a cursor walks through. */
export type CursorKind = "held" | "page" | "changed" | "change" | "found" | "named"

/** A cursor of numbers and ids is no longer. */
const CHARACTERS = 200
/** A name may be a hundred characters that are written as eighteen each; what is left of a search five hundred numbers. */
const LONG: Partial<Record<CursorKind, number>> = { named: 8000, found: 3000 }

/** @param position safe integers and ids, in the order of the walk's key. */
export function encodeCursor(epoch: string, kind: CursorKind, position: (number | string)[]): string {
  return btoa([VERSION, epoch, kind, ...position].join("."))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "")
}

/** @returns epoch and position, or undefined if it is no cursor of this kind. What another epoch means is the walk's to say. */
export function decodeCursor(text: string, kind: CursorKind): { epoch: string; position: string[] } | undefined {
  if (text.length > (LONG[kind] ?? CHARACTERS)) return undefined
  const [version, epoch, named, ...position] = partsOf(text)
  return version === VERSION && epoch !== undefined && named === kind ? { epoch, position } : undefined
}

/** Whether it is a cursor of any kind. */
export const isCursor = (text: string): boolean => partsOf(text)[0] === VERSION

function partsOf(text: string): string[] {
  if (!/^[\w-]+$/.test(text)) return []
  try {
    return atob(text.replaceAll("-", "+").replaceAll("_", "/")).split(".")
  } catch {
    return []
  }
}

/**
 * Many numbers as the position of a cursor, in their order: seven bits a byte, the last byte of each below 128 (LEB128).
 * @param numbers from 0, below 2^28
 */
export function encodeNumbers(numbers: number[]): string {
  const bytes = numbers.flatMap((number) => {
    const own = [number & 127]
    for (let rest = number >> 7; rest > 0; rest >>= 7) own.unshift((rest & 127) | 128)
    return own
  })
  return String.fromCharCode(...bytes)
}

/** @returns undefined if the position is none of encodeNumbers(). */
export function decodeNumbers(position: string[]): number[] | undefined {
  const numbers: number[] = []
  let number = 0
  let isOpen = false
  // A byte may be the dot that divides positions.
  for (const char of position.join(".")) {
    const byte = char.charCodeAt(0)
    if (number >= 1 << 21) return undefined
    number = (number << 7) | (byte & 127)
    isOpen = byte > 127
    if (isOpen && number === 0) return undefined
    if (isOpen) continue
    numbers.push(number)
    number = 0
  }
  return isOpen ? undefined : numbers
}
