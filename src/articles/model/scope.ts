/** A scope is a list of articles that a feed can select. Its key is also a cache tag of answers that show it. */
import { nfkc } from "../../text/nfkc.ts"

/** The scope of all articles. */
export const ALL_SCOPE = "all"
/** The scope that changes with the directory and the wire's settings. It is part of every validator. */
export const WIRE_SCOPE = "wire"

export const sectionScope = (id: number): string => `section:${id}`
export const publisherScope = (uid: string): string => `publisher:${uid}`

/**
 * Names are equal if only case, width or spaces differ. Lower case may allow a new composition (J̌ becomes j and a
 * caron, which compose to ǰ), so NFKC runs a second time.
 */
export function normalizeName(name: string): string {
  return nfkc(nfkc(name).toLowerCase()).replace(/\s+/gu, " ").trim()
}

export const tagScope = (tag: string): string => `tag:${normalizeName(tag)}`
export const authorScope = (name: string): string => `author:${normalizeName(name)}`

export const languageScope = (tag: string): string => `lang:${tag.toLowerCase()}`

/** A suppressed article is in this scope instead of `scope`. Only selections of its own publisher read the scope. */
export const suppressedScope = (scope: string): string => `~${scope}`
export const isSuppressedScope = (scope: string): boolean => scope.startsWith("~")

export function suppressedScopes(publisherUid: string, scopes: string[]): string[] {
  const ownScope = publisherScope(publisherUid)
  return scopes.map((scope) => (scope === ownScope ? scope : suppressedScope(scope)))
}

/** The scopes of a language tag and its prefixes. For example, `zh-Hant-TW` is also in `lang:zh-hant` and `lang:zh`. */
function languageScopes(language: string): string[] {
  const subtags = language.split("-")
  return subtags.map((_, last) => languageScope(subtags.slice(0, last + 1).join("-")))
}

/** The limit for an article's scopes, because the row of a delivery has the scopes of 100 articles twice. */
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
