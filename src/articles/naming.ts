/** Where names lead, as the tables say it; what follows from it is filing.ts. */
import { sql } from "drizzle-orm"
import type { Stated } from "./article.ts"
import { type Directory, parseDirectory, selectWire } from "./directory.ts"
import { type Filed, fileUnder, type Names, type Naming, namesFor, scopesWhen } from "./filing.ts"

interface AliasRow {
  publisher_uid: string
  alias: string
  section_id: number
}

interface DefaultRow {
  uid: string
  default_section_id: number | null
}

/** Statements for a batch: where the names of one publisher lead, or of all. Read their rows with parseNaming(). */
export function selectNaming(publisherUid?: string) {
  const [aliases, publishers] =
    publisherUid === undefined
      ? [sql``, sql``]
      : [sql`where publisher_uid in ('', ${publisherUid})`, sql`where uid = ${publisherUid}`]
  return [
    selectWire,
    sql<AliasRow>`select publisher_uid, alias, section_id from section_aliases ${aliases}`,
    sql<DefaultRow>`select uid, default_section_id from publishers ${publishers}`,
  ] as const
}

export function parseNaming(
  wire: Parameters<typeof parseDirectory>[0],
  aliases: AliasRow[],
  defaults: DefaultRow[],
): Naming & { directory: Directory } {
  return {
    directory: parseDirectory(wire),
    aliases: aliases.map((row) => ({
      publisherUid: row.publisher_uid,
      alias: row.alias,
      sectionId: row.section_id,
    })),
    defaults: new Map(defaults.map((row) => [row.uid, row.default_section_id])),
  }
}

/** What of a stored article says where it stands, and where it stands now. */
export interface FilableRow {
  id: string
  commit_no: number
  publisher_uid: string
  lang: string | null
  /** JSON: Stated. */
  stated: string
  /** JSON: names. */
  authors: string
}

/**
 * The columns of a FilableRow, of `articles a`. An article that was stored before `stated` was kept is called what it is
 * filed under: sections keep their rows, so their slugs go on leading somewhere.
 */
export const filableColumns = sql`a.id, a.commit_no, a.publisher_uid, a.lang,
  coalesce(a.details -> '$.stated', json_object('tags', json(a.details -> '$.tags'), 'sections', (
    select json_group_array(s.slug) from json_each(a.details, '$.sections') f join sections s on s.id = f.value))) stated,
  (select json_group_array(value ->> 'name') from json_each(a.details, '$.authors')) authors`

/** Where stored articles stand by names as they are. Names are looked up once for each publisher. */
export function filing(naming: Naming): (row: FilableRow) => Filed & { scopes: string[] } {
  const known = new Map<string, Names>()
  return (row) => {
    const names = known.get(row.publisher_uid) ?? namesFor(naming, row.publisher_uid)
    known.set(row.publisher_uid, names)
    const filed = fileUnder(JSON.parse(row.stated) as Stated, names)
    const article = {
      publisherUid: row.publisher_uid,
      language: row.lang ?? undefined,
      authors: JSON.parse(row.authors) as string[],
    }
    return { ...filed, scopes: scopesWhen(filed, article, names) }
  }
}
