/** Sorts by code points like SQLite, because JavaScript orders characters beyond U+FFFF differently. */
export function byCodePoint(names: string[]): string[] {
  const points = (name: string): string =>
    [...name].map((each) => each.codePointAt(0)?.toString(16).padStart(6, "0")).join("")
  return names.toSorted((a, b) => (points(a) < points(b) ? -1 : 1))
}
