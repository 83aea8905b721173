/**
 * The dead letter of rejected articles from documents without a delivery id: fetched ones, and those pushed with the key.
 * Its id is a hash of the rejected articles, so that the same articles are one dead letter, however often they come.
 */
import { hash128 } from "../../articles/model/article.ts"
import type { Db } from "../../db/client.ts"
import { readDeadLetter } from "./read-attempts.ts"

/**
 * @param prefix of the id: where such documents come from
 * @param rejectedRaw Draft.raw of each article
 * @returns whether an operator has dismissed it: then it is not opened again.
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
