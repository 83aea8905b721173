/** Signs like a publisher, with the signature `v1` of Standard Webhooks 1.0. */

/**
 * @param timestamp is in seconds since 1970
 * @returns one entry of `webhook-signature`
 */
export async function sign(body: Uint8Array, id: string, timestamp: number, secret: Uint8Array): Promise<string> {
  if (secret.length === 0) throw new Error("A message cannot be signed with an empty secret")
  const hmac = { name: "HMAC", hash: "SHA-256" }
  const key = await crypto.subtle.importKey("raw", new Uint8Array(secret), hmac, false, ["sign"])
  const message = new Blob([`${id}.${timestamp}.`, new Uint8Array(body)])
  const digest = new Uint8Array(await crypto.subtle.sign(hmac, key, await message.arrayBuffer()))
  return `v1,${btoa(String.fromCharCode(...digest))}`
}
