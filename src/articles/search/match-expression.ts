/** Writes a search and a selection as an expression of SQLite's full-text search (FTS5). */
import { type SQL, sql } from "drizzle-orm"
import { literal } from "../../db/client.ts"
import { ALL_SCOPE, suppressedScope } from "../model/scope.ts"
import { scopeKeysJson } from "../read/scan-selection.ts"
import type { ScopeSelection } from "../read/selection-terms.ts"
import { SUPPRESSED_MARK, scopeMark } from "./indexer.ts"
import { isLongPrefix, type Term, termExpression } from "./parse-query.ts"

/**
 * The query and the selection, in the syntax of FTS5.
 * @param v the alias of the row with the validator of the selection, which has the keys of the scopes
 * @param plainTerms the terms without long prefixes; "" if there are none
 */
export function matchExpression(
  v: SQL,
  plainTerms: string,
  prefixes: Term[],
  excluded: Term[],
  selection: ScopeSelection,
): SQL {
  const scopeMarks = (list: SQL, before: string, between: string): SQL =>
    sql`(
          select group_concat(${before} || '"' || ${scopeMark(sql`value`)} || '"', ${between})
          from ${list}
          where value not glob '~*')`
  const lists = selection.all.flatMap((list, at) =>
    list.length === 1 && list[0] === ALL_SCOPE
      ? []
      : [sql`'(' || ${scopeMarks(sql`json_each(${scopeKeysJson(v, list, at)})`, "", " OR ")} || ')'`],
  )
  const suppressedMarks = showsSuppressed(selection) ? [] : [`"${SUPPRESSED_MARK}"`]
  const requiredParts = [
    ...(plainTerms === "" ? [] : [sql`${`(${plainTerms})`}`]),
    ...prefixes.map(prefixExpression),
    ...lists,
  ]
  const plainExclusions = excluded.filter((term) => !isLongPrefix(term)).map(termExpression)
  const exclusions = [...plainExclusions, ...suppressedMarks].map((each) => ` NOT ${each}`).join("")
  return sql.join(
    [
      sql`'(' || ${sql.join(requiredParts, sql` || ' AND ' || `)} || ')'`,
      sql`${exclusions}`,
      ...excluded.filter(isLongPrefix).map((term) => sql`' NOT ' || ${prefixExpression(term)}`),
      sql`coalesce(${scopeMarks(sql`json_each(${v}.excluded_scopes)`, " NOT ", "")}, '')`,
    ],
    sql` || `,
  )
}

/** A prefix is replaced by the words that begin with it, if there are at most this many. */
const MAX_PREFIX_WORDS = 64

/**
 * Replaces a prefix by the words of the index that begin with it. For a prefix, FTS5 merges the positions of all its
 * words before it returns the first match; for listed words, it reads only as far as needed. If too many words begin
 * with the prefix, the prefix itself is used.
 */
export function prefixExpression(term: Term): SQL {
  const prefix = term.words[0] ?? ""
  // U+10FFFF sorts after every word with the prefix. A word with char(1) at its end is the first text after that word.
  const next = (from: SQL): SQL =>
    sql`(select term from search_words where term >= ${from} and term <= ${`${prefix}\u{10ffff}`} limit 1)`
  return sql`(
          with recursive words (word, no) as (
            select ${next(sql`${prefix}`)}, 1
            union all
            select ${next(sql`words.word || char(1)`)}, no + 1
            from words
            where word is not null and no <= ${literal(MAX_PREFIX_WORDS)})
          select iif(count(word) between 1 and ${literal(MAX_PREFIX_WORDS)},
            '(' || group_concat('"' || word || '"', ' OR ') || ')', ${termExpression(term)})
          from words)`
}

/** Whether suppressed articles are shown: as in feeds, only if the selection names a single publisher. */
const showsSuppressed = ({ all, not }: ScopeSelection): boolean =>
  !not.includes(suppressedScope(ALL_SCOPE)) &&
  all.some((list) => list.length === 1 && /^publishers?[:/]/.test(list[0] ?? ""))
