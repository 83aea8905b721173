/** A scope is a list of articles that a feed can select. Its key is also a cache tag of answers that show it. */
import { foldName, shownName } from "../../text/fold-name.ts"

/** The scope of all articles. */
export const ALL_SCOPE = "all"
/** The scope that changes with the directory and the wire's settings. It is part of every validator. */
export const WIRE_SCOPE = "wire"

/** The cache tag of the page of an article. */
export const articleTag = (id: string): string => `article:${id}`
/** The cache tag of the pages of all articles. */
export const ARTICLES_TAG = "articles"

export const sectionScope = (id: number): string => `section:${id}`
export const publisherScope = (uid: string): string => `publisher:${uid}`

/** All spellings of a tag or of an author are one scope. */
export const tagScope = (tag: string): string => `tag:${foldName(tag)}`
export const authorScope = (name: string): string => `author:${foldName(name)}`

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
      ...namedScopes(article).map(([scope]) => scope),
    ]),
  ]
}

type Names = Pick<Parameters<typeof scopesOf>[0], "tags" | "authors">

/** The scopes of tags and authors, each with a name. A name without visible characters has no scope. */
const namedScopes = ({ tags, authors }: Names): (readonly [scope: string, name: string])[] =>
  [
    ...tags.map((tag) => [tagScope(tag), tag] as const),
    ...authors.map((author) => [authorScope(author), author] as const),
  ].filter(([scope]) => scope !== "tag:" && scope !== "author:")

/** The name of each scope in a list, for lists and feeds to show; null if the scope is of no tag and no author. */
export function scopeNames(scopes: string[], article: Names): (string | null)[] {
  // Of several spellings, the first is shown.
  const names = new Map(namedScopes(article).toReversed())
  return scopes.map((scope) => {
    const name = names.get(scope)
    if (name === undefined) return null
    const shown = shownName(name)
    const folded = scope.slice(scope.indexOf(":") + 1)
    // Both functions leave out the rest of a row of 30 marks, but may not leave out the same ones.
    return name.length <= 30 || foldName(shown) === folded ? shown : folded
  })
}
