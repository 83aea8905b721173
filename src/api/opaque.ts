/**
 * Validators and cursors of partners who may see some publishers only. They name commits and articles of the whole wire, so they
 * go out encrypted, under keys of the audience and for one endpoint, and are decrypted when they come back. Everybody else's
 * stay as they are.
 */
import type { Context } from "hono"
import { isCursor } from "../articles/cursor.ts"
import { noneMatch } from "../http/conditional.ts"
import { sha256 } from "../http/digest.ts"
import { type Asking, type Resource, represent } from "../http/representation.ts"
import { decodeBase64Url, encodeBase64Url, masterKeyBytes } from "../http/seal.ts"
import { decrypt, deriveSivKeys, encrypt, type SivKeys } from "../http/siv.ts"
import type { ApiEnv } from "./access.ts"
import { isLimited } from "./audience.ts"

/** Begins what is encrypted. No other cursor has a full stop. */
const PREFIX = "e."
/** The longest cursor, encrypted: a page of tags may begin behind a long name. */
const CHARACTERS = 10_000

/** @param path of the endpoint to which the cursor will be given. */
export async function cursorFor(c: Context<ApiEnv>, cursor: string, path = c.req.path): Promise<string> {
  if (!isLimited(c.var.audience)) return cursor
  const bytes = decodeBase64Url(cursor)
  if (!bytes) throw new Error("a cursor is not base64url: encodeCursor() makes it so")
  return encryptFor(c, bytes, `cursor ${path}`)
}

/**
 * A cursor as it was before it went out; any other text as it is, to be read or refused as such.
 * @returns undefined for a cursor that was given to others, at another endpoint, or under a master key that is no more.
 */
export async function cursorFrom(c: Context<ApiEnv>, text: string): Promise<string | undefined> {
  if (!text.startsWith(PREFIX)) return isLimited(c.var.audience) && isCursor(text) ? undefined : text
  const bytes = isLimited(c.var.audience) ? await decryptFor(c, text, `cursor ${c.req.path}`) : undefined
  return bytes && encodeBase64Url(bytes)
}

/**
 * Answers as represent() does. To those who see a part of the wire only without Last-Modified, and of their tags only those count
 * that were encrypted for them: a guessed one would be told right by a 304.
 */
export async function representTo<State>(
  c: Context<ApiEnv>,
  asking: Asking,
  resource: Resource<State>,
): Promise<Response> {
  if (!isLimited(c.var.audience)) return represent(asking, resource)
  const use = `validator ${c.req.path}`
  /** The tags that were sent, by what they stand for. */
  const sent = new Map<string, string>()
  const headers = new Headers(asking.headers)
  if (headers.has("if-none-match") && headers.get("if-none-match")?.trim() !== "*") {
    for (const tag of noneMatch(headers)) {
      const bytes = await decryptFor(c, tag, use)
      if (bytes) sent.set(decoder.decode(bytes), tag)
    }
    headers.set("if-none-match", [...sent.keys()].map((tag) => `"${tag}"`).join(", "))
  }
  // What is kept has cursors in it, and they must be of a master key that is still there.
  const audience = `${asking.audience}-${(await sha256(c.env.MASTER_KEY)).slice(0, 12)}`
  const response = await represent({ ...asking, headers, audience }, resource)
  const tag = response.headers.get("etag")?.slice(1, -1)
  if (tag !== undefined) {
    // A 304 names the tag of what is held: with the next master key its cursors could not be used any more.
    const held = response.status === 304 ? sent.get(tag) : undefined
    response.headers.set("etag", `"${held ?? (await encryptFor(c, encoder.encode(tag), use))}"`)
  }
  response.headers.delete("last-modified")
  return response
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()

async function encryptFor(c: Context<ApiEnv>, bytes: Uint8Array, use: string): Promise<string> {
  const keys = await keysOf(c, c.env.MASTER_KEY, "MASTER_KEY")
  return PREFIX + encodeBase64Url(await encrypt(keys, bytes, use))
}

async function decryptFor(c: Context<ApiEnv>, text: string, use: string): Promise<Uint8Array | undefined> {
  if (!text.startsWith(PREFIX) || text.length > CHARACTERS) return undefined
  const bytes = decodeBase64Url(text.slice(PREFIX.length))
  if (!bytes) return undefined
  const { MASTER_KEY, MASTER_KEY_PREVIOUS } = c.env as Env & { MASTER_KEY_PREVIOUS?: string }
  const current = await decrypt(await keysOf(c, MASTER_KEY, "MASTER_KEY"), bytes, use)
  if (current || !MASTER_KEY_PREVIOUS?.trim()) return current
  return decrypt(await keysOf(c, MASTER_KEY_PREVIOUS, "MASTER_KEY_PREVIOUS"), bytes, use)
}

/** Keys of audiences, of which a wire has a few; the one that was derived first goes first. */
const remembered = new Map<string, Promise<SivKeys>>()
const MOST_REMEMBERED = 200

/** @throws Error that names the setting, if it holds no key */
function keysOf(c: Context<ApiEnv>, masterKey: string, setting: string): Promise<SivKeys> {
  const audience = c.var.audience.key ?? ""
  const name = `${masterKey}\n${audience}`
  const known = remembered.get(name)
  if (known !== undefined) return known
  const keys = deriveSivKeys(masterKeyBytes(masterKey, setting), `partners ${audience}`)
  remembered.set(name, keys)
  const [oldest] = remembered.keys()
  if (remembered.size > MOST_REMEMBERED && oldest !== undefined) remembered.delete(oldest)
  return keys
}
