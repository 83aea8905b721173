/**
 * Encrypts validators and cursors for partners who see only some publishers. The numbers in these texts would otherwise
 * show them how much other publishers send.
 */
import type { Context } from "hono"
import { isCursor } from "../../articles/model/cursor.ts"
import { decrypt, deriveSivKeys, encrypt, type SivKeys } from "../../crypto/deterministic-encryption.ts"
import { sha256 } from "../../crypto/digest.ts"
import { masterKeyBytes } from "../../crypto/encryption.ts"
import { ifNoneMatchTags } from "../../http/conditional-request.ts"
import { type RepresentationRequest, type Resource, represent } from "../../http/representation.ts"
import { decodeBase64Url, encodeBase64Url } from "../../text/base64.ts"
import { isLimited } from "./audience.ts"
import type { ApiEnv } from "./env.ts"

/** Begins every encrypted text. A plain cursor never contains a full stop. */
const ENCRYPTED_PREFIX = "e."
/** The longest encrypted cursor. A cursor of tags contains the name of a tag, which may be long. */
const MAX_CURSOR_CHARACTERS = 10_000

/** Encrypts a cursor for a limited audience. @param path is the path of the endpoint that accepts the cursor */
export async function encryptedCursor(c: Context<ApiEnv>, cursor: string, path = c.req.path): Promise<string> {
  if (!isLimited(c.var.audience)) return cursor
  const bytes = decodeBase64Url(cursor)
  if (!bytes) throw new Error("a cursor is not base64url: encodeCursor() makes it so")
  return encryptFor(c, bytes, `cursor ${path}`)
}

/**
 * Decrypts a cursor, and returns a plain cursor unchanged. @returns undefined if the cursor was made for another
 * audience, endpoint or master key
 */
export async function decryptedCursor(c: Context<ApiEnv>, text: string): Promise<string | undefined> {
  if (!text.startsWith(ENCRYPTED_PREFIX)) return isLimited(c.var.audience) && isCursor(text) ? undefined : text
  const bytes = isLimited(c.var.audience) ? await decryptFor(c, text, `cursor ${c.req.path}`) : undefined
  return bytes && encodeBase64Url(bytes)
}

/**
 * Answers as represent() does, with encrypted ETags and without Last-Modified for a limited audience. This audience
 * gets a 304 only for its encrypted ETags, because a 304 for a plain ETag would confirm a guessed number.
 */
export async function representToAudience<Content>(
  c: Context<ApiEnv>,
  request: RepresentationRequest,
  resource: Resource<Content>,
): Promise<Response> {
  if (!isLimited(c.var.audience)) return represent(request, resource)
  const use = `validator ${c.req.path}`
  /** The ETags of the request by their decrypted texts. */
  const tagsByPlainTag = new Map<string, string>()
  const headers = new Headers(request.headers)
  if (headers.has("if-none-match") && headers.get("if-none-match")?.trim() !== "*") {
    for (const tag of ifNoneMatchTags(headers)) {
      const bytes = await decryptFor(c, tag, use)
      if (bytes) tagsByPlainTag.set(decoder.decode(bytes), tag)
    }
    headers.set("if-none-match", [...tagsByPlainTag.keys()].map((tag) => `"${tag}"`).join(", "))
  }
  // Cached answers contain cursors that only the old master key decrypts. The cache key changes with the master key, so
  // the Worker does not serve these answers.
  const audience = `${request.audience}-${(await sha256(c.env.MASTER_KEY)).slice(0, 12)}`
  const response = await represent({ ...request, headers, audience }, resource)
  const tag = response.headers.get("etag")?.slice(1, -1)
  if (tag !== undefined) {
    // A 304 repeats the client's own ETag, so the ETag expires together with the cursors in the client's copy.
    const requestTag = response.status === 304 ? tagsByPlainTag.get(tag) : undefined
    response.headers.set("etag", `"${requestTag ?? (await encryptFor(c, encoder.encode(tag), use))}"`)
  }
  response.headers.delete("last-modified")
  return response
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()

async function encryptFor(c: Context<ApiEnv>, bytes: Uint8Array, use: string): Promise<string> {
  const keys = await keysOf(c, c.env.MASTER_KEY, "MASTER_KEY")
  return ENCRYPTED_PREFIX + encodeBase64Url(await encrypt(keys, bytes, use))
}

async function decryptFor(c: Context<ApiEnv>, text: string, use: string): Promise<Uint8Array | undefined> {
  if (!text.startsWith(ENCRYPTED_PREFIX) || text.length > MAX_CURSOR_CHARACTERS) return undefined
  const bytes = decodeBase64Url(text.slice(ENCRYPTED_PREFIX.length))
  if (!bytes) return undefined
  const { MASTER_KEY, MASTER_KEY_PREVIOUS } = c.env as Env & { MASTER_KEY_PREVIOUS?: string }
  const current = await decrypt(await keysOf(c, MASTER_KEY, "MASTER_KEY"), bytes, use)
  if (current || !MASTER_KEY_PREVIOUS?.trim()) return current
  return decrypt(await keysOf(c, MASTER_KEY_PREVIOUS, "MASTER_KEY_PREVIOUS"), bytes, use)
}

/** Keys by audience. A wire has few audiences; above the limit, the oldest entries are removed. */
const keysByAudience = new Map<string, Promise<SivKeys>>()
const MAX_AUDIENCES = 200

/** @param setting is named in the error @throws Error if the setting contains no valid key */
function keysOf(c: Context<ApiEnv>, masterKey: string, setting: string): Promise<SivKeys> {
  const audience = c.var.audience.key ?? ""
  const name = `${masterKey}\n${audience}`
  const cached = keysByAudience.get(name)
  if (cached !== undefined) return cached
  const keys = deriveSivKeys(masterKeyBytes(masterKey, setting), `partners ${audience}`)
  keysByAudience.set(name, keys)
  const [oldest] = keysByAudience.keys()
  if (keysByAudience.size > MAX_AUDIENCES && oldest !== undefined) keysByAudience.delete(oldest)
  return keys
}
