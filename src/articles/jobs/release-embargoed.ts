/** Ends embargoes. The job that runs every minute publishes each article as a change, so no query reads the clock. */
import { sql } from "drizzle-orm"
import { batch, type Db } from "../../db/client.ts"
import { suppressedScopes } from "../model/scope.ts"
import {
  type ClassifiableRow,
  classifiableColumns,
  classifier,
  parseTaxonomy,
  selectTaxonomy,
} from "../taxonomy/read-taxonomy.ts"
import { hasDuplicates } from "../write/duplicate-key.ts"
import { placeArticles } from "../write/place-articles.ts"
import { markClustersPending } from "./resolve-duplicates.ts"

const ARTICLES_PER_BATCH = 100

interface DueRow extends ClassifiableRow {
  duplicate_key: string | null
  has_duplicates: number
}

/**
 * Releases articles whose embargo is over, oldest first. They are classified again with the current taxonomy.
 * @returns the number of articles that were due; call again while it equals ARTICLES_PER_BATCH
 */
export async function releaseEmbargoed(db: Db, now: number): Promise<number> {
  const { taxonomy: taxonomyRows, due } = await batch(db, {
    taxonomy: selectTaxonomy(db),
    due: sql<DueRow>`
      select
        ${classifiableColumns(sql`a`)},
        a.duplicate_key,
        ${hasDuplicates(sql`a.duplicate_key`, sql`a.publisher_uid`)} has_duplicates
      from articles a
      where a.state = 'embargoed' and a.embargo <= ${now}
      order by a.embargo, a.id
      limit ${ARTICLES_PER_BATCH}`,
  })
  const taxonomy = parseTaxonomy(taxonomyRows)
  const classify = classifier(taxonomy)
  // As in a push, a possible duplicate is suppressed (only its publisher's feeds show it) until the canonical article
  // is chosen.
  const rowsToSuppress = due.filter(
    (row, index) =>
      row.duplicate_key !== null &&
      (row.has_duplicates !== 0 ||
        due
          .slice(0, index)
          .some(
            ({ duplicate_key: key, publisher_uid: uid }) => key === row.duplicate_key && uid !== row.publisher_uid,
          )),
  )
  const suppressedRows = new Set(rowsToSuppress)
  const placements = due.map((row) => {
    const { scopes, sections, tags, authors } = classify(row)
    const suppressed = suppressedRows.has(row)
    const ownScopes = suppressed ? suppressedScopes(row.publisher_uid, scopes) : scopes
    const { id, commit_no: commitNo } = row
    return { id, commitNo, scopes: ownScopes, sections, tags, authors, ...(suppressed && { suppressed }) }
  })
  const duplicateKeys = rowsToSuppress.flatMap(({ duplicate_key: key }) => key ?? [])
  if (placements.length > 0) {
    await placeArticles(db, placements, taxonomy.directory.taxonomyVersion, now, (placedCount) =>
      markClustersPending(duplicateKeys, placedCount),
    )
  }
  return due.length
}
