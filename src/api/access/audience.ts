/**
 * An audience is a group of clients that see the same articles: everyone, or partners who may see the same publishers.
 */
export interface Audience {
  /** Uids of the publishers whose articles the audience may see; undefined for all publishers. */
  publishers: string[] | undefined
  /** A part of the cache key, because audiences get different answers; undefined if the answer is for everyone. */
  key: string | undefined
}

export const PUBLIC_AUDIENCE: Audience = { publishers: undefined, key: undefined }

/** Whether an audience sees only some publishers. Answers must then reveal nothing about the other publishers. */
export const isLimited = ({ publishers }: Audience): boolean => publishers !== undefined
