/** An audience is all clients that see the same articles: everyone in a public API, else partners with equal rights. */
export interface Audience {
  /** Uids of the publishers whose articles the audience may see; undefined for all publishers. */
  publishers: string[] | undefined
  /** A part of the cache key, because audiences get different answers; undefined if everyone may see the answer. */
  key: string | undefined
}

export const PUBLIC_AUDIENCE: Audience = { publishers: undefined, key: undefined }

/** Whether an audience sees only some publishers. It must learn nothing about the other publishers. */
export const isLimited = ({ publishers }: Audience): boolean => publishers !== undefined
