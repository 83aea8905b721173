/** Removes secrets from a path or query before it is logged. A mistyped one may contain a secret too. Pure. */
import { isSecretHeader } from "../text/secret-headers.ts"
import { isSlug } from "../text/slug.ts"

const MAX_CHARACTERS = 300
/** How often a path is percent-decoded. Some programs encode a path repeatedly. */
const MAX_DECODINGS = 5

/**
 * A token has at least 32 characters of base64url (RFC 4648 §5), perhaps divided by line breaks. Slugs and ids have no
 * capitals or `_`.
 */
const TOKEN_PATTERN = /(?:[\w-](?:[\p{C}\u2028\u2029][\s\p{C}]*)?){32,}/gu
const TOKEN_CHARACTER = /[A-Z_]/

/** @returns the decoded path with `…` for each possible token; only the first segment if the path cannot be decoded */
export function redactPath(path: string): string {
  const [, first = ""] = path.split(/[/\\]/, 2)
  const text = removeTokens(decodePath(path) ?? `/${decodePath(first) ?? "…"}`)
  return text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS - 1)}…` : text
}

/** How many parameters of a query are shown. */
const MAX_PARAMETERS = 20
/** Names of parameters with secrets that are unusual as names of headers. */
const SECRET_PARAMETER = /pass|pwd|\bpw\b|pin|sig|hmac|hash|code|nonce|access|api|private/i
/** A key of the wire begins with whsec_, whpk_, fwk_ or fwo_; other secrets are longer, or mix letters and digits. */
const HARMLESS_NAME = /^(?!wh(?:sec|pk)_|fw[ko]_)[\p{L}\p{M}\p{N}_.[\]-]{1,31}$/iu
const HARMLESS_VALUE = /^(?:\p{L}{0,16}|\p{N}{1,8})$/u

/** @returns the query with `…` for each name or value that may be a secret; undefined if there is no query */
export function redactQuery(search: string): string | undefined {
  const parameters = [...new URLSearchParams(search.slice(0, 10_000))]
  if (parameters.length === 0) return undefined
  const shown = parameters.slice(0, MAX_PARAMETERS).map(([name, value]) => {
    const isHidden = isSecretHeader(name) || SECRET_PARAMETER.test(name) || !HARMLESS_VALUE.test(value)
    return `${HARMLESS_NAME.test(name) ? name : "…"}=${isHidden && value !== "" ? "…" : value}`
  })
  const text = [...shown, ...(parameters.length > MAX_PARAMETERS ? ["…"] : [])].join("&")
  return text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS - 1)}…` : text
}

/** @returns undefined if the path cannot be decoded, or is encoded too often */
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
  return removeRestOfPushPath(removeSourceToken(path)).replace(TOKEN_PATTERN, (run) =>
    TOKEN_CHARACTER.test(run) ? "…" : run,
  )
}

/** Removes the parts below `push` after publisher, kind, and a source, an event or a delivery id. */
function removeRestOfPushPath(path: string): string {
  const parts = path.split(/[/\\]/)
  const push = parts.findIndex((part) => part.toLowerCase() === "push")
  if (push === -1) return path
  let segments = 0
  const isDelivery = parts.slice(push + 1).filter((part) => part !== "")[1] === "deliveries"
  const end = parts.findIndex((part, at) => {
    if (at <= push || part === "") return false
    segments += 1
    return segments > 3 || !(isSlug(part.toLowerCase()) || (isDelivery && segments === 3))
  })
  return end === -1 ? path : [...parts.slice(0, end), "…"].join("/")
}

/** Removes all text after the name of a source, because it may be a part of the token. */
function removeSourceToken(path: string): string {
  const parts = path.split(/[/\\]/)
  const push = parts.findIndex((part) => part.toLowerCase() === "push")
  const sources = parts.findIndex((part, at) => push !== -1 && at > push && part.toLowerCase() === "sources")
  if (sources === -1) return path
  const [name, ...rest] = parts.slice(sources + 1)
  const isName = name !== undefined && isSlug(name)
  if (name === undefined || (isName && rest.length === 0)) return path
  return [...parts.slice(0, sources + 1), ...(isName ? [name] : []), "…"].join("/")
}
