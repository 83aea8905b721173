/**
 * Files one article under the sections that an operator chose, whatever its publisher states. Later versions keep them,
 * until the operator gives the choice back to the publisher. A message that is prepared at this moment is prepared
 * again, because the change raises the version of the taxonomy.
 */
import { and, eq, type SQL, sql } from "drizzle-orm"
import { batch, type Db, type Statement, type StoredColumns } from "../../db/client.ts"
import { articles as table } from "../../db/schema.ts"
import { suppressedScopes } from "../model/scope.ts"
import {
  type ClassifiableRow,
  classifiableColumns,
  classifier,
  parseTaxonomy,
  selectTaxonomy,
} from "../taxonomy/read-taxonomy.ts"
import { placeArticles } from "../write/place-articles.ts"
import { setTaxonomyVersion } from "./reclassify.ts"

interface RefilableRow extends ClassifiableRow, StoredColumns<typeof table, "state" | "suppressed"> {}

/**
 * Refiles an article in one batch.
 * @param sections null gives the choice back to the publisher
 * @param audit is written only if the condition is true
 * @returns whether it was refiled; if not, it has changed meanwhile or is withdrawn
 * @throws an error that isTaxonomyConflict() recognizes
 */
export async function refile(
  db: Db,
  id: string,
  sections: number[] | null,
  now: number,
  audit: (condition: SQL) => Statement,
): Promise<boolean> {
  const { taxonomy: taxonomyRows, article } = await batch(db, {
    taxonomy: selectTaxonomy(db),
    article: sql<RefilableRow>`
      select ${classifiableColumns(sql`a`)}, a.state, a.suppressed from articles a where a.id = ${id}`,
  })
  const [row] = article
  if (row?.state !== "published" && row?.state !== "embargoed") return false
  const taxonomy = parseTaxonomy(taxonomyRows)
  const { taxonomyVersion } = taxonomy.directory
  const isCurrent = sql`exists (
    select 1 from articles where id = ${id} and commit_no = ${row.commit_no} and state = ${row.state}
  ) and (select taxonomy_version from wire) = ${taxonomyVersion}`
  const store = db
    .update(table)
    .set({ refiled: sections })
    .where(and(eq(table.id, id), isCurrent))
    .returning({ id: table.id })
  const raiseVersion = setTaxonomyVersion(taxonomyVersion, taxonomyVersion + 1)
  // An article under embargo is in no scope. It is classified when the embargo ends.
  if (row.state === "embargoed") {
    const { stored } = await batch(db, { audit: audit(isCurrent), stored: store, version: raiseVersion })
    return stored.length > 0
  }
  const { scopes, authors, ...classification } = classifier(taxonomy)({
    ...row,
    refiled: sections && JSON.stringify(sections),
  })
  const ownScopes = row.suppressed === 0 ? scopes : suppressedScopes(row.publisher_uid, scopes)
  const placement = { id, commitNo: row.commit_no, ...classification, authors, scopes: ownScopes }
  return (
    (await placeArticles(db, [placement], taxonomyVersion, now, () => [audit(isCurrent), store], [raiseVersion])) > 0
  )
}
