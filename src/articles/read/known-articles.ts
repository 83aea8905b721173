/** Articles of a page that the caller has already: their content is not read again. */
import { type SQL, sql } from "drizzle-orm"

/** Articles whose content the caller has, for one state of the directory. */
export interface KnownArticles {
  epoch: string
  /** Directory.revision. */
  directoryRevision: number
  /** The commit of each, by its id. */
  commits: Record<string, number>
}

/**
 * JSON: what the caller knows, if the names in the directory are still those with which it was known.
 * @param v the alias of the row of guarded()
 */
export const commitsIfCurrent = (v: SQL): SQL => sql`
      iif(${v}.epoch = ${sql.placeholder("known_epoch")} and ${v}.wire_revision = ${sql.placeholder("known_revision")},
        ${sql.placeholder("known_commits")}, null)`

export const knownArticleValues = ({ epoch, directoryRevision, commits }: KnownArticles) => ({
  known_epoch: epoch,
  known_revision: directoryRevision,
  known_commits: JSON.stringify(commits),
})

/**
 * Whether the caller has the content of an article.
 * @param v the alias of the row of guarded()
 * @param article that of the article's row
 * @param place that of its place in the page
 */
export const isKnownArticle = (v: SQL, article: SQL, place: SQL, withBodies: boolean): SQL =>
  sql`(${article}.commit_no is ${v}.known_commits ->> ${article}.id${withBodies ? sql` and ${place}.key < ${v}.body_count` : sql``})`
