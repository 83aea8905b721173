/** Those who see the same: everybody where the API is public, else partners with the same publishers. */
export interface Audience {
  /** Uids of the publishers whose articles they may see; undefined for all. */
  publishers: string[] | undefined
  /** Names the audience for the cache inside; undefined where everybody may see the answer. */
  key: string | undefined
}

export const EVERYBODY: Audience = { publishers: undefined, key: undefined }

/** Whether somebody sees a part of the wire only, and so learns nothing of the rest. */
export const isLimited = ({ publishers }: Audience): boolean => publishers !== undefined
