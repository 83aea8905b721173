/** Suggests known names for a misspelt one. Pure. */

/** Edit distance with neighbouring letters swapped as one edit (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let before: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const swap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      row[j] = Math.min(
        (last[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + 1,
        (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1),
        swap ? (before[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      )
    }
    before = last
    last = row
  }
  return last[b.length] ?? 0
}

/** The candidates that are close to the name, nearest first, three at most. */
export function nearMatches(name: string, candidates: Iterable<string>): string[] {
  const lowerName = name.slice(0, 64).toLowerCase()
  const maxDistance = Math.max(1, Math.floor(lowerName.length / 3))
  return [...candidates]
    .map((candidate) => {
      const lowerCandidate = candidate.toLowerCase()
      const inside =
        lowerName.length > 2 && (lowerCandidate.startsWith(lowerName) || lowerName.startsWith(lowerCandidate))
      return { candidate, far: inside ? 0.5 : editDistance(lowerName, lowerCandidate) }
    })
    .filter(({ far }) => far <= maxDistance)
    .sort((a, b) => a.far - b.far)
    .slice(0, 3)
    .map(({ candidate }) => candidate)
}

/** “Did you mean a or b?”, or nothing. */
export function didYouMean(name: string, candidates: Iterable<string>): string {
  const names = nearMatches(name, candidates)
  return names.length === 0 ? "" : ` Did you mean ${names.join(" or ")}?`
}
