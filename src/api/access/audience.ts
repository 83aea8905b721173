/** An audience: clients that see the same. In a public API everyone, else partners with the same publishers. */
export interface Audience {
  /** Uids of the publishers whose articles they may see; undefined for all. */
  publishers: string[] | undefined
  /** Separates audiences in the Worker's own cache; undefined if everyone may see the answer. */
  key: string | undefined
}

export const PUBLIC_AUDIENCE: Audience = { publishers: undefined, key: undefined }

/** Whether an audience sees some publishers only, and so must learn nothing of the others. */
export const isLimited = ({ publishers }: Audience): boolean => publishers !== undefined
