/**
 * Scopes: what a feed can select. A key says it in words, and is the cache tag of everything that shows the scope.
 */

/** Everything on the wire. */
export const ALL = "all"
/** The names and settings of the wire: takes part in every validator. */
export const WIRE = "wire"

export const sectionScope = (id: number): string => `section:${id}`
export const publisherScope = (uid: string): string => `publisher:${uid}`

/**
 * Tags and authors are the same when they differ by case, width or spaces only. Normalised once more at the end: J̌ is two
 * characters and its small letter is one.
 */
export function normalizeName(name: string): string {
  return name.normalize("NFKC").toLowerCase().normalize("NFKC").replace(/\s+/gu, " ").trim()
}

export const tagScope = (tag: string): string => `tag:${normalizeName(tag)}`
export const authorScope = (name: string): string => `author:${normalizeName(name)}`

export const languageScope = (tag: string): string => `lang:${tag.toLowerCase()}`

/** A language and what it is a variety of: `ar-EG` stands in both `lang:ar-eg` and `lang:ar`. */
function languageScopes(language: string): string[] {
  const tag = language.toLowerCase()
  const primary = tag.split("-", 1)[0] as string
  return tag === primary ? [languageScope(tag)] : [languageScope(primary), languageScope(tag)]
}

/** Bytes that an article's scopes may take: a delivery of 100 keeps them twice in one row, which D1 bounds. */
export const SCOPES_BYTES = 4096

/** Where an article stands. `sections` with all their ancestors. */
export function scopesOf(article: {
  publisherUid: string
  sections: number[]
  language: string | undefined
  tags: string[]
  authors: string[]
}): string[] {
  return [
    ...new Set([
      ALL,
      publisherScope(article.publisherUid),
      ...article.sections.map(sectionScope),
      ...(article.language ? languageScopes(article.language) : []),
      ...article.tags.map(tagScope),
      ...article.authors.map(authorScope),
    ]),
  ]
}
