/**
 * What was received, byte for byte, in R2 under its SHA-256. A lifecycle rule of the bucket deletes what stands under
 * `received/` after 7 days; what is part of a dead letter stands under `dead/` until that is closed.
 */

const received = (sha256: string): string => `received/${sha256}`
const dead = (sha256: string): string => `dead/${sha256}`

export function keepReceived(bucket: R2Bucket, sha256: string, body: Uint8Array): Promise<unknown> {
  return bucket.put(received(sha256), body)
}

export function keepDead(bucket: R2Bucket, sha256: string, body: Uint8Array): Promise<unknown> {
  return bucket.put(dead(sha256), body)
}

/** @returns undefined if the bytes are kept no longer. */
export async function readKept(bucket: R2Bucket, sha256: string): Promise<Uint8Array | undefined> {
  const found = (await bucket.get(dead(sha256))) ?? (await bucket.get(received(sha256)))
  return found === null ? undefined : new Uint8Array(await found.arrayBuffer())
}

/** After the last dead letter with these bytes was closed. */
export async function dropDead(bucket: R2Bucket, sha256s: string[]): Promise<void> {
  if (sha256s.length > 0) await bucket.delete(sha256s.map(dead))
}
