/** Known articles are articles whose content the caller already has, so that a page does not read it again. */
import { type SQL, sql } from "drizzle-orm"

/** Known articles, with content that was made with one revision of the directory. */
export interface KnownArticles {
  epoch: string
  /** Directory.revision. */
  directoryRevision: number
  /** The number of each article's last change (commit), by the article's id. */
  commits: Record<string, number>
}

/**
 * JSON: the commits of known articles. It is null if the directory (names of sections and publishers) has changed,
 * because entries show these names.
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
 * @param article the alias of the article's row
 * @param place the alias of the row with the article's place in the page
 */
export const isKnownArticle = (v: SQL, article: SQL, place: SQL, withBodies: boolean): SQL =>
  sql`(${article}.commit_no is ${v}.known_commits ->> ${article}.id
      ${withBodies ? sql`and ${place}.key < ${v}.body_count` : sql``})`
