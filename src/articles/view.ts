/** Where an article is to be read on its publisher's own site. */
import { sql } from "drizzle-orm"
import type { Db } from "../db/client.ts"
import type { Directory } from "./directory.ts"

export type View = {
  /** Of the ids of this wire: see tagUri(). */
  authority: Pick<Directory, "authority" | "authorityYear">
} & (
  | {
      kind: "there"
      /** Without one, it is nowhere but on the wire. */
      url: string | undefined
    }
  | { kind: "gone"; at: number; isRemoved: boolean }
)

interface ViewRow {
  state: "published" | "embargoed" | "deleted"
  url: string | null
  removed: 0 | 1
  at: number
  authority: string | null
  authorityYear: number | null
}

/**
 * One round trip, of a row each for article, publisher, commit and wire.
 * @returns undefined for an article that nobody has seen: there is none, or it is embargoed still.
 */
export async function readView(db: Db, id: string): Promise<View | undefined> {
  const [row] = await db.all<ViewRow>(sql`select a.state, a.url, p.removed_at is not null removed,
      iif(a.state = 'published', p.removed_at, k.at) at, w.authority, w.authority_year authorityYear
    from articles a join publishers p on p.uid = a.publisher_uid join commits k on k.no = a.commit_no join wire w on w.id = 1
    where a.id = ${id} and a.shown = 1`)
  if (!row) return undefined
  const { state, url, removed, at } = row
  const authority = { authority: row.authority, authorityYear: row.authorityYear }
  // A publisher that was removed is gone at once, while its articles are still being withdrawn.
  if (state !== "published" || removed === 1) {
    return { kind: "gone", at, isRemoved: removed === 1, authority }
  }
  return { kind: "there", url: url ?? undefined, authority }
}
