/** Checks slugs of sections, publishers, sources and partners. Pure. */

/** Whether a text may be a slug. Addresses and parameters may contain it without escaping. */
export const isSlug = (text: string): boolean => /^[a-z0-9-]{1,64}$/.test(text)

/** Whether a text may be a new slug: hyphens are single and not at an end. */
export const isNewSlug = (text: string): boolean => isSlug(text) && !/^-|--|-$/.test(text)
