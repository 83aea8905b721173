/**
 * Scopes: what a feed can select. A key says it in words, and is the cache tag of everything that shows the scope.
 */
import { nfkc } from "./nfkc.ts"

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
  return nfkc(nfkc(name).toLowerCase()).replace(/\s+/gu, " ").trim()
}

export const tagScope = (tag: string): string => `tag:${normalizeName(tag)}`
export const authorScope = (name: string): string => `author:${normalizeName(name)}`

export const languageScope = (tag: string): string => `lang:${tag.toLowerCase()}`

/**
 * Where a withheld article would stand: its publisher's feeds show it, however they are narrowed, and nobody else's do.
 */
export const shadowOf = (scope: string): string => `~${scope}`
export const isShadow = (scope: string): boolean => scope.startsWith("~")

/** The scopes of a withheld article. */
export function withheldScopes(publisherUid: string, scopes: string[]): string[] {
  const own = publisherScope(publisherUid)
  return scopes.map((scope) => (scope === own ? scope : shadowOf(scope)))
}

/** A language and all that it is a variety of: `zh-Hant-TW` stands in `lang:zh-hant` and `lang:zh` too. */
function languageScopes(language: string): string[] {
  const subtags = language.split("-")
  return subtags.map((_, last) => languageScope(subtags.slice(0, last + 1).join("-")))
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
