/** Stores the bytes of messages in R2: every message for 7 days below `received/`, and dead letters below `dead/`. */

const receivedKey = (sha256: string): string => `received/${sha256}`

export function storeReceived(bucket: R2Bucket, sha256: string, body: Uint8Array): Promise<unknown> {
  return bucket.put(receivedKey(sha256), body)
}

/** Deletes the bytes of messages before the bucket does. */
export async function deleteMessages(bucket: R2Bucket, hashes: string[]): Promise<void> {
  await bucket.delete(hashes.map(receivedKey))
}

/** @returns the key of the object. */
export async function storeDeadLetter(bucket: R2Bucket, sha256: string, body: Uint8Array): Promise<string> {
  const key = `dead/${sha256}/${crypto.randomUUID()}`
  await bucket.put(key, body)
  return key
}

/** @returns undefined if the bytes are no longer stored. */
export async function readStored(
  bucket: R2Bucket,
  { objectKey, bodySha256 }: { objectKey: string | null; bodySha256: string },
): Promise<Uint8Array | undefined> {
  const object = (objectKey !== null && (await bucket.get(objectKey))) || (await bucket.get(receivedKey(bodySha256)))
  return object ? new Uint8Array(await object.arrayBuffer()) : undefined
}

/** Deletes the bytes of dead letters that are closed. */
export async function deleteDeadLetters(bucket: R2Bucket, keys: string[]): Promise<void> {
  await bucket.delete(keys)
}
