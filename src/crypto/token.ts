/** Makes bearer tokens for URLs and headers, keys of partners, and tokens of operators. */
import { encodeBase64Url } from "../text/base64.ts"

/** Makes 256 random bits in base64url (RFC 4648 §5), for a URL or a header. */
export function newToken(): string {
  return encodeBase64Url(crypto.getRandomValues(new Uint8Array(32)))
}

/** The parts of a partner's key, whose text is fwk_{id}_{secret}. */
export interface PartnerKey {
  /** 12 hex digits that are not secret. The database finds the key by them. */
  id: string
  /** A secret from newToken(). */
  secret: string
}

const PARTNER_KEY = /^fwk_([0-9a-f]{12})_([\w-]{43})$/

export function newPartnerKey(): PartnerKey {
  return { id: newTokenId(), secret: newToken() }
}

/** Makes 12 hex digits that name a key or a token, and are not secret. */
export function newTokenId(): string {
  return [...crypto.getRandomValues(new Uint8Array(6))].map((byte) => byte.toString(16).padStart(2, "0")).join("")
}

export const writePartnerKey = ({ id, secret }: PartnerKey): string => `fwk_${id}_${secret}`

/** @returns undefined if the text has another form */
export function readPartnerKey(text: string): PartnerKey | undefined {
  const [, id, secret] = PARTNER_KEY.exec(text) ?? []
  return id === undefined || secret === undefined ? undefined : { id, secret }
}

const OPERATOR_TOKEN = /^fwo_[\w-]{43}$/

/** Its beginning shows to programs that search for secrets, and to people, what it is. */
export const newOperatorToken = (): string => `fwo_${newToken()}`

export const isOperatorToken = (text: string): boolean => OPERATOR_TOKEN.test(text)
