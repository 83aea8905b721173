/** Encodes cursors: version.epoch.kind.position in base64url. The epoch is the name of the installation. */

const VERSION = "1"

export type CursorKind = "inventory" | "page" | "changed" | "change" | "search" | "tags"

/** The limit for cursors that contain only numbers and ids. */
const MAX_CHARACTERS = 200
/** A tag has up to 100 characters, and each is encoded as up to 18. A search has up to 500 remaining results. */
const MAX_CHARACTERS_BY_KIND: Partial<Record<CursorKind, number>> = { tags: 8000, search: 3000 }

/** @param position safe integers and ids: the values of the list's sort key, in their order */
export function encodeCursor(epoch: string, kind: CursorKind, position: (number | string)[]): string {
  return btoa([VERSION, epoch, kind, ...position].join("."))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "")
}

/** @returns epoch and position, or undefined if the text is no cursor of this kind. The caller checks the epoch. */
export function decodeCursor(text: string, kind: CursorKind): { epoch: string; position: string[] } | undefined {
  if (text.length > (MAX_CHARACTERS_BY_KIND[kind] ?? MAX_CHARACTERS)) return undefined
  const [version, epoch, encodedKind, ...position] = partsOf(text)
  return version === VERSION && epoch !== undefined && encodedKind === kind ? { epoch, position } : undefined
}

export const isCursor = (text: string): boolean => partsOf(text)[0] === VERSION

function partsOf(text: string): string[] {
  if (!/^[\w-]+$/.test(text)) return []
  try {
    return atob(text.replaceAll("-", "+").replaceAll("_", "/")).split(".")
  } catch {
    return []
  }
}

/** Encodes integers below 2^28 with seven bits per byte, high bits first. Only an integer's last byte is below 128. */
export function encodeNumbers(numbers: number[]): string {
  const bytes = numbers.flatMap((number) => {
    const digits = [number & 127]
    for (let rest = number >> 7; rest > 0; rest >>= 7) digits.unshift((rest & 127) | 128)
    return digits
  })
  return String.fromCharCode(...bytes)
}

/** @returns undefined if the position was not made by encodeNumbers(). */
export function decodeNumbers(position: string[]): number[] | undefined {
  const numbers: number[] = []
  let number = 0
  let isOpen = false
  // The position was split at dots. It is joined again, because a byte may be a dot.
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
