/** Groups rows, as JSON texts, into arrays for parameters of D1. Pure. */

/** The limit for one JSON parameter in bytes. It is far below the 2 MB that D1 allows for a bound value. */
const MAX_PARAMETER_BYTES = 512 * 1024

const encoder = new TextEncoder()

export function jsonChunks(rows: string[]): string[] {
  if (rows.length === 0) return []
  // A UTF-16 unit has at most three bytes in UTF-8, so the bytes of most lists need not be counted.
  const units = rows.reduce((sum, row) => sum + row.length + 1, 0)
  if (3 * units <= MAX_PARAMETER_BYTES) return [`[${rows.join(",")}]`]
  const chunks: string[] = []
  let current: string[] = []
  let bytes = 0
  for (const row of rows) {
    const size = encoder.encode(row).length + 1
    if (current.length > 0 && bytes + size > MAX_PARAMETER_BYTES) {
      chunks.push(`[${current.join(",")}]`)
      current = []
      bytes = 0
    }
    current.push(row)
    bytes += size
  }
  if (current.length > 0) chunks.push(`[${current.join(",")}]`)
  return chunks
}
