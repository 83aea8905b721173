/** Reads one article by its id. For a withdrawn article, it reads only the publisher and the time of the withdrawal. */
import { sql } from "drizzle-orm"
import type { Db } from "../../db/client.ts"
import type { Directory } from "../taxonomy/directory.ts"
import { guarded, isStale } from "./guarded.ts"
import { articleColumns, articleOf, type SelectionValidator, type StoredArticle } from "./read-selection.ts"
import { readWithDirectory } from "./read-with-directory.ts"
import { type ValidatorRow, validatorFrom } from "./scope-validator.ts"

/** The alias of the row that guarded() builds. */
const V = sql`v`

export interface ArticleResult {
  validator: Pick<SelectionValidator, "epoch" | "revision" | "changedAt">
  directory: Directory
  publisherUid: string
  isPublished: boolean
  /** Whether the article was public, and is under embargo again. */
  isEmbargoed: boolean
  /**
   * The time of the article's last change or of its publisher's removal, in milliseconds UTC. Absent if only the
   * validator was read.
   */
  changedAt?: number
  /** Absent if the client knows this validator, or the article is not published. */
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
 * Reads an article in one round trip. The validator is the number of the last change (commit) of the article or the
 * directory. If the client knows the validator, only two rows are read.
 * @returns undefined if no such article was ever public
 */
export async function readArticle(
  db: Db,
  id: string,
  withBody: boolean,
  knownValidators: string[],
): Promise<{ directory: Directory; result: ArticleResult | undefined }> {
  const validator = sql`select w.epoch, w.revision wire_revision, max(w.revision, coalesce(x.commit_no, 0)) revision,
      max(w.changed_at, coalesce(x.message_at, 0), coalesce(x.corrected_at, 0)) changed_at,
      x.seq, x.publisher_uid publisher, x.was_public, x.state, x.commit_no
    from wire w
    left join articles x on x.id = ${id}
    where w.id = 1`
  const select = sql<ArticleResultRow>`${guarded(V, validator, isStale(V, knownValidators), {})}
    select v.epoch, v.wire_revision, v.revision, v.changed_at, v.publisher, v.was_public, v.state,
      max(c.at, coalesce(p.removed_at, 0)) gone_at,
      ${articleColumns(sql`a`)}, ${withBody ? sql`b.html` : sql`null html`}
    from v
    left join commits c on c.no = iif(v.stale or v.state <> 'published', v.commit_no, null)
    left join publishers p on p.uid = iif(v.stale or v.state <> 'published', v.publisher, null)
    left join articles a on a.seq = iif(v.stale and v.state = 'published', v.seq, null)
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
      isEmbargoed: row.state === "embargoed",
      ...(row.gone_at !== null && { changedAt: row.gone_at }),
      ...(row.id !== null && { content: articleOf(row) }),
    },
  }
}
