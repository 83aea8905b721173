/**
 * A path as it may stand in a log. Some senders can only be told by an address that nobody else knows, and a mistyped one holds the
 * same token. Pure.
 */

/** Characters. */
const MAX_CHARACTERS = 300
/** How often a path is percent-decoded: links that are passed on get encoded again. */
const MAX_DECODINGS = 5

/**
 * 32 characters or more of base64url (RFC 4648 §5), as tokens have; line breaks and what nobody sees may divide them. Slugs and ids
 * have neither capitals nor `_`.
 */
const TOKEN_PATTERN = /(?:[\w-](?:[\p{C}\u2028\u2029][\s\p{C}]*)?){32,}/gu
const TOKEN_CHARACTER = /[A-Z_]/

/** Decoded, with `…` in place of whatever may be a token; of one that cannot be decoded the first segment. */
export function redactPath(path: string): string {
  const [, first = ""] = path.split(/[/\\]/, 2)
  const text = removeTokens(decodePath(path) ?? `/${decodePath(first) ?? "…"}`)
  return text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS - 1)}…` : text
}

/** @returns undefined for what cannot be decoded, or is encoded too often. */
function decodePath(path: string): string | undefined {
  let text = path
  try {
    for (let times = 0; text.includes("%"); times++) {
      if (times === MAX_DECODINGS) return undefined
      text = decodeURIComponent(text)
    }
  } catch (error) {
    if (error instanceof URIError) return undefined
    throw error
  }
  return text
}

function removeTokens(path: string): string {
  return removeSourceToken(path).replace(TOKEN_PATTERN, (run) => (TOKEN_CHARACTER.test(run) ? "…" : run))
}

/** Behind the name of a source stands its token, or a part of it. */
function removeSourceToken(path: string): string {
  const parts = path.split(/[/\\]/)
  const push = parts.findIndex((part) => part.toLowerCase() === "push")
  const sources = parts.findIndex((part, at) => push !== -1 && at > push && part.toLowerCase() === "sources")
  if (sources === -1) return path
  const [name, ...rest] = parts.slice(sources + 1)
  const isName = name !== undefined && /^[a-z0-9-]{1,64}$/.test(name)
  if (name === undefined || (isName && rest.length === 0)) return path
  return [...parts.slice(0, sources + 1), ...(isName ? [name] : []), "…"].join("/")
}
