/** Writes and reads the cookies of the console. */
import { deleteCookie, getCookie, setCookie } from "hono/cookie"
import { constantTimeEqual } from "../crypto/constant-time.ts"
import { masterKeyBytes } from "../crypto/encryption.ts"
import { SESSION_MS } from "../operations/sessions.ts"
import { encodeBase64Url } from "../text/base64.ts"
import type { ConsoleContext } from "./env.ts"

/** A cookie with this prefix is sent to this host only, and only by https (RFC 6265bis, "The __Host- Prefix"). */
const SECURE_NAME = "__Host-session"
/** On this machine, without https, browsers refuse the prefix. */
const LOCAL_NAME = "session"
const LANGUAGE_NAME = "console_language"
const LANGUAGE_SECONDS = 365 * 86_400

/** Whether the request came by plain http to this machine itself. */
function isLocal(url: string): boolean {
  const { protocol, hostname } = new URL(url)
  return protocol === "http:" && /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname)
}

const nameFor = (url: string): string => (isLocal(url) ? LOCAL_NAME : SECURE_NAME)

export async function writeSession(c: ConsoleContext, secret: string): Promise<void> {
  setCookie(c, nameFor(c.req.url), `${secret}.${await sign(c, "session", secret)}`, {
    ...{ httpOnly: true, sameSite: "Strict", path: "/", secure: !isLocal(c.req.url), maxAge: SESSION_MS / 1000 },
  })
}

/** Returns the secret of a session; undefined if there is no cookie, or this wire did not sign it. */
export async function readSession(c: ConsoleContext): Promise<string | undefined> {
  const [secret = "", signature = ""] = (getCookie(c, nameFor(c.req.url)) ?? "").split(".")
  const isSigned = await constantTimeEqual(await sign(c, "session", secret), signature)
  return isSigned && secret !== "" ? secret : undefined
}

export const forgetSession = (c: ConsoleContext): void => {
  deleteCookie(c, nameFor(c.req.url), { path: "/", secure: !isLocal(c.req.url) })
}

/** Returns the token that each form of a session has. */
export const formTokenOf = (c: ConsoleContext, secret: string): Promise<string> => sign(c, "form", secret)

export const readLanguage = (c: ConsoleContext): string | undefined => getCookie(c, LANGUAGE_NAME)

export const writeLanguage = (c: ConsoleContext, language: string): void =>
  setCookie(c, LANGUAGE_NAME, language, {
    ...{ httpOnly: true, sameSite: "Lax", path: "/console", secure: !isLocal(c.req.url), maxAge: LANGUAGE_SECONDS },
  })

const encoder = new TextEncoder()

async function sign({ env }: Pick<ConsoleContext, "env">, use: "session" | "form", secret: string): Promise<string> {
  const key = await keyFor(env.MASTER_KEY, env.ADMIN_TOKEN ?? "")
  const signature = await crypto.subtle.sign("HMAC", key, encoder.encode(`${use} ${secret}`))
  return encodeBase64Url(new Uint8Array(signature))
}

let known: { masterKey: string; sharedToken: string; key: Promise<CryptoKey> } | undefined

/** Returns the key of this wire. With another ADMIN_TOKEN it is another one, so that all sessions end. */
function keyFor(masterKey: string, sharedToken: string): Promise<CryptoKey> {
  if (known?.masterKey !== masterKey || known.sharedToken !== sharedToken)
    known = { masterKey, sharedToken, key: deriveKey(masterKey, sharedToken) }
  return known.key
}

/** Derives the key by HKDF (RFC 5869), so no one can compute the master key from it. */
async function deriveKey(masterKey: string, sharedToken: string): Promise<CryptoKey> {
  const bytes = masterKeyBytes(masterKey, "MASTER_KEY")
  const secret = await crypto.subtle.importKey("raw", bytes, "HKDF", false, ["deriveKey"])
  const info = encoder.encode(`feedwire console ${sharedToken}`)
  const algorithm = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info }
  return crypto.subtle.deriveKey(algorithm, secret, { name: "HMAC", hash: "SHA-256", length: 256 }, false, ["sign"])
}
