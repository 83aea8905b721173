/** Converts the selections of clients into terms, and terms into the keys of scopes (lists of articles). */
import { type SQL, sql } from "drizzle-orm"
import { isSlug } from "../../text/slug.ts"
import { ALL_SCOPE, authorScope, languageScope, publisherScope, suppressedScope, tagScope } from "../model/scope.ts"

/**
 * The selection of a feed. The values of one member are alternatives. An article must match every member that has
 * values, and must be in no section of `not`. Lists are sorted and have no repetition. Tags and authors are in any
 * spelling, sorted by their folded names.
 */
export interface Selection {
  section: string[]
  not: string[]
  publisher: string[]
  lang: string[]
  tag: string[]
  author: string[]
}

export const EVERYTHING: Selection = { section: [], not: [], publisher: [], lang: [], tag: [], author: [] }

/** The names of tags and authors that the wire shows, by the keys of their scopes. */
export type NamesByScope = ReadonlyMap<string, string>

/** The selection with the names that the wire shows; the same object if it has these names already. */
export function withShownNames<S extends Partial<Selection>>(selection: S, names: NamesByScope): S {
  const { tag = [], author = [] } = selection
  const shownTags = tag.map((name) => names.get(tagScope(name)) ?? name)
  const shownAuthors = author.map((name) => names.get(authorScope(name)) ?? name)
  const isShown = [...shownTags, ...shownAuthors].join("\n") === [...tag, ...author].join("\n")
  return isShown ? selection : { ...selection, tag: shownTags, author: shownAuthors }
}

/** Converts a selection to scopes and slugs. @param visiblePublishers uids of visible publishers; undefined for all */
export function scopeSelection(
  { section, not, publisher, lang, tag, author }: Selection,
  visiblePublishers?: string[],
): ScopeSelection {
  // A publisher's own feed also shows suppressed duplicates. A feed of several publishers shows only canonical
  // articles.
  const publishers = publisher.length || (visiblePublishers?.length ?? 0)
  const withSuppressed =
    publishers === 1 ? (list: string[]) => [...list, ...list.map(suppressedScope)] : (list: string[]) => list
  const excludedTerms = not.map((slug) => directoryTerm("sections", slug))
  const suppressedTerms = publishers > 1 ? [suppressedScope(ALL_SCOPE)] : []
  const lists = [
    withSuppressed(section.map((slug) => directoryTerm("sections", slug))),
    publisher.map((slug) => directoryTerm("publishers", slug)),
    withSuppressed(lang.map(languageScope)),
    withSuppressed(tag.map(tagScope)),
    withSuppressed(author.map(authorScope)),
    // If no publisher is visible, nothing may match. An empty list would match everything, so the list has an unused
    // key.
    visiblePublishers?.length === 0 ? [publisherScope("")] : (visiblePublishers ?? []).map(publisherScope),
  ].filter((list) => list.length > 0)
  const [first = [ALL_SCOPE], ...rest] = lists
  return { all: [first, ...rest], not: [...withSuppressed(excludedTerms), ...suppressedTerms] }
}

/** The address of a section or publisher. `?` replaces a text that is no slug and must not get into a JSON path. */
const directoryTerm = (folder: string, slug: string): string => `${folder}/${isSlug(slug) ? slug : "?"}`

/**
 * A term is an address in the directory (`sections/world`, `publishers/paper`) or the key of a scope (`lang:ar`). The
 * terms of one list are alternatives. An article must match a term of every list in the member `all`, and no term of
 * the member `not`.
 */
export interface ScopeSelection {
  all: [string[], ...string[][]]
  not: string[]
}

/**
 * Returns the key of a term's scope, or the term itself if the directory does not know the term.
 * @param w the alias of the wire's row
 */
export const scopeOfTerm = (w: SQL, term: string): SQL => {
  const [, prefix = "", address] = DIRECTORY_ADDRESS.exec(term) ?? []
  if (address === undefined) return sql`${term}`
  // Slugs are written into the statement, because D1 binds at most a hundred values.
  const [path, unknown] = [`'$.addresses."${address}"'`, `'${address}'`]
  return sql`${sql.raw(`'${prefix}'`)} || coalesce(${w}.directory ->> ${sql.raw(path)}, ${sql.raw(unknown)})`
}

/** An address in the directory. None of its characters has a meaning in JSON paths or SQL. */
const DIRECTORY_ADDRESS = /^(~?)((?:sections|publishers)\/[a-z0-9?-]+)$/
