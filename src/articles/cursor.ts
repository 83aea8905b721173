/** Cursors are opaque to those who hold them: version.epoch.kind.position. */

const VERSION = "1"

/** What a cursor walks through. */
export type CursorKind = "held" | "page" | "changed" | "change" | "found" | "named"

/** @param position safe integers and ids, in the order of the walk's key. */
export function encodeCursor(epoch: string, kind: CursorKind, position: (number | string)[]): string {
  return btoa([VERSION, epoch, kind, ...position].join("."))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "")
}

/** @returns epoch and position, or undefined if it is no cursor of this kind. What another epoch means is the walk's to say. */
export function decodeCursor(text: string, kind: CursorKind): { epoch: string; position: string[] } | undefined {
  if (!/^[\w-]{1,200}$/.test(text)) return undefined
  let plain: string
  try {
    plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"))
  } catch {
    return undefined
  }
  const [version, epoch, named, ...position] = plain.split(".")
  return version === VERSION && epoch !== undefined && named === kind ? { epoch, position } : undefined
}
