/**
 * The dead letter of articles that were rejected where no delivery has a name: documents that are fetched, or pushed by the
 * key. It is named by what was rejected, so that the same entries are one letter, however often a document holds them.
 */
import { hash128 } from "../articles/article.ts"
import type { Db } from "../db/client.ts"
import { readLetterOf } from "./log.ts"

/**
 * @param prefix of the place where such documents come from
 * @param rejected Draft.raw of each article
 * @returns whether it was dismissed: what somebody has looked at and let go is no news.
 */
export async function letterOfEntries(
  db: Db,
  publisherUid: string,
  prefix: string,
  rejected: string[],
): Promise<{ deliveryId: string; isDismissed: boolean }> {
  const deliveryId = `${prefix}.${await hash128(rejected.join("\n"))}`
  const letter = await readLetterOf(db, publisherUid, deliveryId)
  return { deliveryId, isDismissed: letter?.letter === "dismissed" }
}
