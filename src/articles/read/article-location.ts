/** The address of an article on its publisher's own site. */
import { sql } from "drizzle-orm"
import type { Db } from "../../db/client.ts"
import type { Directory } from "../taxonomy/directory.ts"

export type ArticleLocation = {
  /** The authority of this deployment's ids: see tagUri(). */
  authority: Pick<Directory, "authority" | "authorityYear">
} & (
  | {
      kind: "published"
      /** Absent if the publisher stated no address: the article can be read here only. */
      url: string | undefined
    }
  /** isRemoved: because its publisher was removed. */
  | { kind: "withdrawn"; at: number; isRemoved: boolean }
)

interface LocationRow {
  state: "published" | "embargoed" | "deleted"
  url: string | null
  is_removed: 0 | 1
  at: number
  authority: string | null
  authority_year: number | null
}

/** One round trip, one row of each table. @returns undefined if the article does not exist or was never public. */
export async function readLocation(db: Db, id: string): Promise<ArticleLocation | undefined> {
  const [row] = await db.all<LocationRow>(sql`
    select a.state, a.url, p.removed_at is not null is_removed, iif(a.state = 'published', p.removed_at, c.at) at,
      w.authority, w.authority_year
    from articles a
    join publishers p on p.uid = a.publisher_uid
    join commits c on c.no = a.commit_no
    join wire w on w.id = 1
    where a.id = ${id} and a.was_public = 1`)
  if (!row) return undefined
  const { state, url, at } = row
  const isRemoved = row.is_removed === 1
  const authority = { authority: row.authority, authorityYear: row.authority_year }
  // The articles of a removed publisher are withdrawn in batches, but none may be shown from the moment of its removal.
  if (state !== "published" || isRemoved) {
    return { kind: "withdrawn", at, isRemoved, authority }
  }
  return { kind: "published", url: url ?? undefined, authority }
}
