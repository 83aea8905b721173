/** One article by its id; of a withdrawn one only when and by whom. */
import { sql } from "drizzle-orm"
import type { Db } from "../../db/client.ts"
import type { Directory } from "../taxonomy/directory.ts"
import { articleColumns, articleOf, type SelectionValidator, type StoredArticle } from "./read-selection.ts"
import { isStale, readWithDirectory, type ValidatorRow, validatorFrom } from "./validator.ts"

export interface ArticleResult {
  validator: Pick<SelectionValidator, "epoch" | "revision" | "changedAt">
  directory: Directory
  publisherUid: string
  /** Whether it is on the wire now. */
  isPublished: boolean
  /** Milliseconds UTC: when it changed last, or its publisher was removed. Absent with the article. */
  changedAt?: number
  /** Absent if the client knows this validator, or the article is not on the wire. */
  content?: StoredArticle
}

interface ArticleResultRow extends ValidatorRow {
  publisher: string | null
  was_public: number | null
  state: string | null
  gone_at: number | null
  id: string | null
  [column: string]: unknown
}

/**
 * Reads an article in one round trip. Its validator is the last commit that changed it or the directory; for a known
 * validator two rows are read.
 * @param id 32 hex digits
 * @param withBody whether its body is read too
 * @param knownValidators (epoch.revision) that the client has
 * @returns undefined if such an article was never public
 */
export async function readArticle(
  db: Db,
  id: string,
  withBody: boolean,
  knownValidators: string[],
): Promise<{ directory: Directory; result: ArticleResult | undefined }> {
  const select = sql<ArticleResultRow>`
    select g.epoch, g.wire_revision, g.revision, g.changed_at, g.publisher, g.was_public, g.state,
      max(k.at, coalesce(p.removed_at, 0)) gone_at, ${articleColumns}, ${withBody ? sql`b.html` : sql`null html`}
    from (select g.*, ${isStale(knownValidators)} stale from (
      select w.epoch, w.revision wire_revision, max(w.revision, coalesce(x.commit_no, 0)) revision,
        max(w.changed_at, coalesce(x.message_at, 0), coalesce(x.corrected_at, 0)) changed_at,
        x.seq, x.publisher_uid publisher, x.was_public, x.state, x.commit_no
      from wire w left join articles x on x.id = ${id} where w.id = 1 limit 1) g limit 1) g
    left join commits k on k.no = iif(g.stale or g.state <> 'published', g.commit_no, null)
    left join publishers p on p.uid = iif(g.stale or g.state <> 'published', g.publisher, null)
    left join articles a on a.seq = iif(g.stale and g.state = 'published', g.seq, null)
    ${withBody ? sql`left join bodies b on b.seq = a.seq` : sql``}`
  const { first: row, directory } = await readWithDirectory(db, select)
  if (row.publisher === null || row.was_public !== 1) return { directory, result: undefined }
  return {
    directory,
    result: {
      validator: validatorFrom(row),
      directory,
      publisherUid: row.publisher,
      isPublished: row.state === "published",
      ...(row.gone_at !== null && { changedAt: row.gone_at }),
      ...(row.id !== null && { content: articleOf(row) }),
    },
  }
}
