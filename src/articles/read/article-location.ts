/** Reads the address of an article on its publisher's own site. */
import { and, eq } from "drizzle-orm"
import type { Db } from "../../db/client.ts"
import { articles, commits, publishers, wire } from "../../db/schema.ts"
import type { Directory } from "../taxonomy/directory.ts"

export type ArticleLocation = {
  /** The authority of this deployment's ids: see tagUri(). */
  authority: Pick<Directory, "authority" | "authorityYear">
} & (
  | {
      kind: "published"
      /** Absent if the publisher sent no address. Then the article can only be read here. */
      url: string | undefined
    }
  /** isRemoved: whether the publisher was removed. */
  | { kind: "withdrawn"; at: number; isRemoved: boolean }
)

/**
 * Reads four rows in one round trip.
 * @returns undefined if the article does not exist or was never public, for example because of an embargo.
 */
export async function readLocation(db: Db, id: string): Promise<ArticleLocation | undefined> {
  const [row] = await db
    .select({
      state: articles.state,
      url: articles.url,
      removedAt: publishers.removedAt,
      changedAt: commits.at,
      authority: { authority: wire.authority, authorityYear: wire.authorityYear },
    })
    .from(articles)
    .innerJoin(publishers, eq(publishers.uid, articles.publisherUid))
    .innerJoin(commits, eq(commits.no, articles.commitNo))
    .innerJoin(wire, eq(wire.id, 1))
    .where(and(eq(articles.id, id), eq(articles.wasPublic, 1)))
  if (!row) return undefined
  const { state, url, removedAt, changedAt, authority } = row
  const isRemoved = removedAt !== null
  // The articles of a removed publisher are withdrawn in later batches, but no article may be shown after the removal.
  if (state !== "published") return { kind: "withdrawn", at: changedAt, isRemoved, authority }
  if (isRemoved) return { kind: "withdrawn", at: removedAt, isRemoved, authority }
  return { kind: "published", url: url ?? undefined, authority }
}
