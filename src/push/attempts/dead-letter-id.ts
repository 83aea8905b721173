/**
 * The delivery id of the dead letter for rejected articles from a document that has no delivery id: a fetched one, or one that
 * was pushed with the key. It is a hash of these articles, so that the same articles are one dead letter each time they come.
 */
import { hash128 } from "../../articles/model/article.ts"
import type { Db } from "../../db/client.ts"
import { readDeadLetter } from "./read-attempts.ts"

/**
 * @param prefix of the id: it says where such documents come from
 * @param rejectedRaw Draft.raw of each article
 * @returns whether an operator has dismissed it: then no new one is opened.
 */
export async function deadLetterIdOfEntries(
  db: Db,
  publisherUid: string,
  prefix: string,
  rejectedRaw: string[],
): Promise<{ deliveryId: string; isDismissed: boolean }> {
  const deliveryId = `${prefix}.${await hash128(rejectedRaw.join("\n"))}`
  const latest = await readDeadLetter(db, publisherUid, deliveryId)
  return { deliveryId, isDismissed: latest?.deadLetter === "dismissed" }
}
