/** Reads the taxonomy, and the columns of a stored article that classify.ts needs to classify it again. */
import { eq, inArray, type SQL, sql } from "drizzle-orm"
import { type BatchRows, builtOnce, type Db, type StoredColumns } from "../../db/client.ts"
import { type articles, publishers, sectionAliases } from "../../db/schema.ts"
import type { StatedCategories } from "../model/article.ts"
import {
  type Classification,
  classify,
  type PublisherTaxonomy,
  scopesOfClassification,
  type Taxonomy,
  taxonomyFor,
  withRefiledSections,
} from "./classify.ts"
import { type Directory, parseDirectory, selectDirectory } from "./directory.ts"

const { publisherUid: ofPublisher, alias, sectionId } = sectionAliases
const selectAliases = (db: Db) => db.select({ publisherUid: ofPublisher, alias, sectionId }).from(sectionAliases)
const selectDefaults = (db: Db) =>
  db.select({ uid: publishers.uid, defaultSectionId: publishers.defaultSectionId }).from(publishers)

const UID = sql.placeholder("publisherUid")
const selectAliasesOf = builtOnce((db) => selectAliases(db).where(inArray(ofPublisher, ["", UID])))
const selectDefaultOf = builtOnce((db) => selectDefaults(db).where(eq(publishers.uid, UID)))

/** Statements for a batch that read the taxonomy of one publisher or of all. Parse their rows with parseTaxonomy(). */
export function selectTaxonomy(db: Db, publisherUid?: string) {
  const isOfAll = publisherUid === undefined
  return {
    directory: selectDirectory(db),
    aliases: isOfAll ? selectAliases(db) : selectAliasesOf(db, { publisherUid }),
    defaults: isOfAll ? selectDefaults(db) : selectDefaultOf(db, { publisherUid }),
  }
}

export function parseTaxonomy(rows: BatchRows<ReturnType<typeof selectTaxonomy>>): Taxonomy & { directory: Directory } {
  return {
    directory: parseDirectory(rows.directory),
    aliases: rows.aliases,
    defaults: new Map(rows.defaults.map((row) => [row.uid, row.defaultSectionId])),
  }
}

/** The columns of a stored article that decide its classification. */
export interface ClassifiableRow
  extends StoredColumns<typeof articles, "id" | "commitNo" | "publisherUid" | "language" | "refiled"> {
  /** JSON: StatedCategories. */
  stated_categories: string
  /** JSON: the names of the authors. */
  authors: string
}

/**
 * The columns of a ClassifiableRow. If an article was stored without stated categories, its sections and tags are used
 * instead. Retired sections keep their rows, so their slugs still match.
 * @param a the alias of the table of articles
 */
export const classifiableColumns = (a: SQL): SQL => sql`
  ${a}.id,
  ${a}.commit_no,
  ${a}.publisher_uid,
  ${a}.language,
  ${a}.refiled,
  coalesce(
    ${a}.details -> '$.statedCategories',
    json_object(
      'tags', json(${a}.details -> '$.tags'),
      'sections', (
        select json_group_array(s.slug)
        from json_each(${a}.details, '$.sections') f
        join sections s on s.id = f.value
      )
    )
  ) stated_categories,
  (select json_group_array(value ->> 'name') from json_each(${a}.details, '$.authors')) authors`

/** Returns a function that classifies stored articles. It resolves names once for each publisher. */
export function classifier(
  taxonomy: Taxonomy,
): (row: ClassifiableRow) => Classification & { authors: string[]; scopes: string[] } {
  const taxonomies = new Map<string, PublisherTaxonomy>()
  return (row) => {
    const publisherTaxonomy = taxonomies.get(row.publisher_uid) ?? taxonomyFor(taxonomy, row.publisher_uid)
    taxonomies.set(row.publisher_uid, publisherTaxonomy)
    const stated = classify(JSON.parse(row.stated_categories) as StatedCategories, publisherTaxonomy)
    const refiled = row.refiled === null ? undefined : (JSON.parse(row.refiled) as number[])
    const classification = withRefiledSections(stated, refiled, publisherTaxonomy)
    const authors = JSON.parse(row.authors) as string[]
    const article = { publisherUid: row.publisher_uid, language: row.language ?? undefined, authors }
    return { ...classification, authors, scopes: scopesOfClassification(classification, article, publisherTaxonomy) }
  }
}
