/** Reads the taxonomy, and the columns of a stored article that classify.ts needs to classify it again. */
import { type SQL, sql } from "drizzle-orm"
import type { BatchRows } from "../../db/client.ts"
import type { StatedCategories } from "../model/article.ts"
import {
  type Classification,
  classify,
  type PublisherTaxonomy,
  scopesOfClassification,
  type Taxonomy,
  taxonomyFor,
} from "./classify.ts"
import { type Directory, parseDirectory, selectDirectory } from "./directory.ts"

interface AliasRow {
  publisher_uid: string
  alias: string
  section_id: number
}

interface DefaultRow {
  uid: string
  default_section_id: number | null
}

/** Statements for a batch: the taxonomy for one publisher, or for all. Parse their rows with parseTaxonomy(). */
export function selectTaxonomy(publisherUid?: string) {
  const [aliases, publishers] =
    publisherUid === undefined
      ? [sql``, sql``]
      : [sql`where publisher_uid in ('', ${publisherUid})`, sql`where uid = ${publisherUid}`]
  return {
    directory: selectDirectory,
    aliases: sql<AliasRow>`select publisher_uid, alias, section_id from section_aliases ${aliases}`,
    defaults: sql<DefaultRow>`select uid, default_section_id from publishers ${publishers}`,
  }
}

export function parseTaxonomy(rows: BatchRows<ReturnType<typeof selectTaxonomy>>): Taxonomy & { directory: Directory } {
  return {
    directory: parseDirectory(rows.directory),
    aliases: rows.aliases.map((row) => ({
      publisherUid: row.publisher_uid,
      alias: row.alias,
      sectionId: row.section_id,
    })),
    defaults: new Map(rows.defaults.map((row) => [row.uid, row.default_section_id])),
  }
}

/** The columns of a stored article that decide its classification. */
export interface ClassifiableRow {
  id: string
  commit_no: number
  publisher_uid: string
  language: string | null
  /** JSON: StatedCategories. */
  stated_categories: string
  /** JSON: names. */
  authors: string
}

/**
 * The columns of a ClassifiableRow. An article stored without stated categories counts as stating its own classification:
 * sections keep their rows, so their slugs still match.
 * @param a the alias of the table of articles
 */
export const classifiableColumns = (a: SQL): SQL => sql`
  ${a}.id,
  ${a}.commit_no,
  ${a}.publisher_uid,
  ${a}.language,
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

/** A function that classifies stored articles by this taxonomy. It resolves names once for each publisher. */
export function classifier(taxonomy: Taxonomy): (row: ClassifiableRow) => Classification & { scopes: string[] } {
  const taxonomies = new Map<string, PublisherTaxonomy>()
  return (row) => {
    const publisherTaxonomy = taxonomies.get(row.publisher_uid) ?? taxonomyFor(taxonomy, row.publisher_uid)
    taxonomies.set(row.publisher_uid, publisherTaxonomy)
    const classification = classify(JSON.parse(row.stated_categories) as StatedCategories, publisherTaxonomy)
    const article = {
      publisherUid: row.publisher_uid,
      language: row.language ?? undefined,
      authors: JSON.parse(row.authors) as string[],
    }
    return { ...classification, scopes: scopesOfClassification(classification, article, publisherTaxonomy) }
  }
}
