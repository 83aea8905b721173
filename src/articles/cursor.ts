/** Cursors are opaque to those who hold them: version.epoch.kind.position. */

const VERSION = "1"

/** What a cursor walks through. Another kind, epoch or version is foreign. */
export type CursorKind = "held"

/** @param position safe integers and ids, in the order of the walk's key. */
export function encodeCursor(epoch: string, kind: CursorKind, position: (number | string)[]): string {
  return btoa([VERSION, epoch, kind, ...position].join("."))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "")
}

/** @returns the position, or undefined if it is not a cursor of this kind and installation. */
export function decodeCursor(text: string, epoch: string, kind: CursorKind): string[] | undefined {
  if (!/^[\w-]{1,200}$/.test(text)) return undefined
  let plain: string
  try {
    plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"))
  } catch {
    return undefined
  }
  const [version, of, named, ...position] = plain.split(".")
  return version === VERSION && of === epoch && named === kind ? position : undefined
}
