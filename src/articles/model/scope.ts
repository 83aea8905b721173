/** Scopes: what a feed can select. A key names the scope and is the cache tag of every answer that shows it. */
import { nfkc } from "../../text/nfkc.ts"

/** Everything on the wire. */
export const ALL_SCOPE = "all"
/** The directory and the settings of the wire: part of every validator. */
export const WIRE_SCOPE = "wire"

export const sectionScope = (id: number): string => `section:${id}`
export const publisherScope = (uid: string): string => `publisher:${uid}`

/** Tags and authors that differ by case, width or spaces only are the same. Twice: J̌ is two characters, its small letter one. */
export function normalizeName(name: string): string {
  return nfkc(nfkc(name).toLowerCase()).replace(/\s+/gu, " ").trim()
}

export const tagScope = (tag: string): string => `tag:${normalizeName(tag)}`
export const authorScope = (name: string): string => `author:${normalizeName(name)}`

export const languageScope = (tag: string): string => `lang:${tag.toLowerCase()}`

/** The scope of a suppressed article in place of `scope`: only the feeds of its own publisher read it, also if narrowed. */
export const suppressedScope = (scope: string): string => `~${scope}`
export const isSuppressedScope = (scope: string): boolean => scope.startsWith("~")

export function suppressedScopes(publisherUid: string, scopes: string[]): string[] {
  const ownScope = publisherScope(publisherUid)
  return scopes.map((scope) => (scope === ownScope ? scope : suppressedScope(scope)))
}

/** A language and all that it is a variety of: `zh-Hant-TW` is in `lang:zh-hant` and `lang:zh` too. */
function languageScopes(language: string): string[] {
  const subtags = language.split("-")
  return subtags.map((_, last) => languageScope(subtags.slice(0, last + 1).join("-")))
}

/** Limit for the scopes of one article: a delivery stores those of 100 articles twice in one row, and D1 limits a row. */
export const MAX_SCOPES_BYTES = 4096

/** The scopes of an article. `sections` must include all ancestors. */
export function scopesOf(article: {
  publisherUid: string
  sections: number[]
  language: string | undefined
  tags: string[]
  authors: string[]
}): string[] {
  return [
    ...new Set([
      ALL_SCOPE,
      publisherScope(article.publisherUid),
      ...article.sections.map(sectionScope),
      ...(article.language ? languageScopes(article.language) : []),
      ...article.tags.map(tagScope),
      ...article.authors.map(authorScope),
    ]),
  ]
}
