/** Suggests known names for a misspelt one. Pure. */

/** Returns the edit distance, in which a swap of two neighbouring letters is one edit (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let rowBeforeLast: number[] = []
  let lastRow = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const swap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      row[j] = Math.min(
        (lastRow[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + 1,
        (lastRow[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1),
        swap ? (rowBeforeLast[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      )
    }
    rowBeforeLast = lastRow
    lastRow = row
  }
  return lastRow[b.length] ?? 0
}

/** Returns at most three candidates that are similar to the name, the most similar first. */
export function nearMatches(name: string, candidates: Iterable<string>): string[] {
  const lowerName = name.slice(0, 64).toLowerCase()
  const maxDistance = Math.max(1, Math.floor(lowerName.length / 3))
  return [...candidates]
    .map((candidate) => {
      const lowerCandidate = candidate.toLowerCase()
      const isPrefix =
        lowerName.length > 2 && (lowerCandidate.startsWith(lowerName) || lowerName.startsWith(lowerCandidate))
      // The distance is at least the difference of the lengths, so most candidates need no table.
      const isFar = Math.abs(lowerName.length - lowerCandidate.length) > maxDistance
      const distance = isPrefix ? 0.5 : isFar ? Number.POSITIVE_INFINITY : editDistance(lowerName, lowerCandidate)
      // If every letter must change, as from x to q, the names are not similar.
      const isOther = distance >= Math.max(lowerName.length, lowerCandidate.length)
      return { candidate, distance: isOther ? Number.POSITIVE_INFINITY : distance }
    })
    .filter(({ distance }) => distance <= maxDistance)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ candidate }) => candidate)
}

/** Returns " Did you mean a or b?", or "" if no candidate is similar. */
export function didYouMean(name: string, candidates: Iterable<string>): string {
  const names = nearMatches(name, candidates)
  return names.length === 0 ? "" : ` Did you mean ${names.join(" or ")}?`
}
