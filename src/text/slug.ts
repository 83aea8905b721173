/** Slugs of sections, publishers, sources and partners. Pure. */

/** Whether a text may be a slug: it is what addresses and parameters may hold, and a name in no other syntax. */
export const isSlug = (text: string): boolean => /^[a-z0-9-]{1,64}$/.test(text)

/** Whether a new slug may be like this: single hyphens, none at an end. */
export const isNewSlug = (text: string): boolean => isSlug(text) && !/^-|--|-$/.test(text)
