/**
 * What was received, byte for byte, in R2. A lifecycle rule of the bucket deletes what stands under `received/` after 7 days,
 * there under its SHA-256; what is part of a dead letter stands under `dead/`, each letter's apart, until that is closed.
 */

const received = (sha256: string): string => `received/${sha256}`

export function keepReceived(bucket: R2Bucket, sha256: string, body: Uint8Array): Promise<unknown> {
  return bucket.put(received(sha256), body)
}

/** @returns the key, for the letter. */
export async function keepDead(bucket: R2Bucket, sha256: string, body: Uint8Array): Promise<string> {
  const key = `dead/${sha256}/${crypto.randomUUID()}`
  await bucket.put(key, body)
  return key
}

/** @returns undefined if the bytes are kept no longer. */
export async function readKept(
  bucket: R2Bucket,
  { kept, bodySha256 }: { kept: string | null; bodySha256: string },
): Promise<Uint8Array | undefined> {
  const found = (kept !== null && (await bucket.get(kept))) || (await bucket.get(received(bodySha256)))
  return found ? new Uint8Array(await found.arrayBuffer()) : undefined
}

/** Of letters that were closed long ago. */
export async function dropDead(bucket: R2Bucket, keys: string[]): Promise<void> {
  await bucket.delete(keys)
}
