/** Compares two texts by their digests, so that the duration reveals neither where they differ nor their lengths. */
export async function constantTimeEqual(a: string, b: string): Promise<boolean> {
  const encoder = new TextEncoder()
  const digests = await Promise.all([a, b].map((text) => crypto.subtle.digest("SHA-256", encoder.encode(text))))
  const [left = new Uint8Array(), right = new Uint8Array()] = digests.map((digest) => new Uint8Array(digest))
  let difference = 0
  for (const [index, byte] of left.entries()) difference |= byte ^ (right[index] ?? 1)
  return difference === 0
}
