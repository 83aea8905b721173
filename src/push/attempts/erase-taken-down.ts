/**
 * Erases the stored messages with articles that were taken down: their bytes in R2, and what the log says of them. The
 * row of the takedown has the position up to which rows were searched, so an interrupted run continues there.
 */
import { and, eq, gt, isNotNull, isNull, sql } from "drizzle-orm"
import { eraseNamesOfCommits } from "../../articles/jobs/take-down.ts"
import { batch, type Db, literal, type StoredColumns } from "../../db/client.ts"
import { attempts, type deliveries } from "../../db/schema.ts"
import { takedowns } from "../../db/takedown-schema.ts"
import { deleteDeadLetters, deleteMessages, readStored } from "./stored-bytes.ts"

/** How many rows one run searches. The bytes of each dead letter are read. */
const DELIVERIES_PER_RUN = 500
const DEAD_LETTERS_PER_RUN = 20

type Takedown = typeof takedowns.$inferSelect

/** Erases a part of the work of the oldest takedown. @returns whether there was any */
export async function eraseTakenDown(db: Db, bucket: R2Bucket, now: number): Promise<boolean> {
  const [takedown] = await db.select().from(takedowns).where(isNull(takedowns.erasedAt)).orderBy(takedowns.at).limit(1)
  if (!takedown) return false
  const { position } = takedown
  if ("deliveries" in position) await eraseDeliveries(db, bucket, takedown, position.deliveries)
  else await eraseDeadLetters(db, bucket, takedown, position.attempts, now)
  return true
}

type FoundDelivery = StoredColumns<typeof deliveries, "seq" | "id" | "bodySha256" | "commitNo"> & { isFound: 0 | 1 }

/** Whether a delivery has an outcome for one of the articles. All ids have the same length and are in quotes. */
export const containsArticle = (outcomes: ReturnType<typeof sql>, articleIds: string[]) => sql`exists (
  select 1 from json_each(${JSON.stringify(articleIds)}) wanted where instr(${outcomes}, '"id":"' || wanted.value || '"')
)`

/** Erases the bytes before the row names the next position: if the Worker stops in between, both are repeated. */
async function eraseDeliveries(db: Db, bucket: R2Bucket, { articleId, publisherUid }: Takedown, after: number) {
  const rows = await db.all<FoundDelivery>(sql`
    select seq, id, body_sha256, commit_no, publisher_uid = ${publisherUid} and ${containsArticle(sql`outcomes`, [articleId])} isFound
    from deliveries
    where seq > ${after}
    order by seq
    limit ${literal(DELIVERIES_PER_RUN)}`)
  const found = rows.filter(({ isFound }) => isFound === 1)
  const hashes = JSON.stringify(found.map(({ body_sha256: hash }) => hash))
  const ids = JSON.stringify(found.map(({ id }) => id))
  const isOfMessage = sql`publisher_uid = ${publisherUid} and (
    body_sha256 in (select value from json_each(${hashes})) or delivery_id in (select value from json_each(${ids})))`
  if (found.length > 0) {
    const stored = await db
      .select({ key: sql<string>`${attempts.objectKey}` })
      .from(attempts)
      .where(and(isOfMessage, isNotNull(attempts.objectKey)))
    await deleteMessages(
      bucket,
      found.map(({ body_sha256: hash }) => hash),
    )
    if (stored.length > 0)
      await deleteDeadLetters(
        bucket,
        stored.map(({ key }) => key),
      )
  }
  const isLast = rows.length < DELIVERIES_PER_RUN
  const position = isLast ? { attempts: 0 } : { deliveries: rows.at(-1)?.seq ?? after }
  await batch(db, {
    outcomes:
      found.length === 0
        ? undefined
        : eraseScopes(
            articleId,
            found.map(({ seq }) => seq),
          ),
    commits:
      found.length === 0
        ? undefined
        : eraseNamesOfCommits(
            sql`select value from json_each(${JSON.stringify(found.map(({ commit_no: no }) => no))})`,
          ),
    attempts: found.length === 0 ? undefined : eraseAttempts(isOfMessage),
    position: db.update(takedowns).set({ position }).where(eq(takedowns.articleId, articleId)),
  })
}

/** The scopes in a stored outcome have the names of tags and authors. */
const eraseScopes = (articleId: string, seqs: number[]) => sql`
  update deliveries
  set outcomes = (
    select json_group_array(iif(
      value ->> 'id' = ${articleId},
      json_set(value, '$.old_scopes', json('[]'), '$.new_scopes', json('[]')),
      json(value)
    ))
    from json_each(deliveries.outcomes)
  )
  where seq in (select value from json_each(${JSON.stringify(seqs)}))`

const eraseAttempts = (condition: ReturnType<typeof sql>) => sql`
  update attempts
  set detail = null, errors = null, object_key = null,
    closed_at = iif(dead_letter = 'open', received_at, closed_at),
    dead_letter = iif(dead_letter = 'open', 'dismissed', dead_letter)
  where ${condition}`

/** A message that could not be read has no outcomes, so the bytes of the publisher's dead letters are searched. */
async function eraseDeadLetters(
  db: Db,
  bucket: R2Bucket,
  { articleId, publisherUid, marks }: Takedown,
  after: number,
  now: number,
) {
  const { id, objectKey, bodySha256 } = attempts
  const deadLetters = await db
    .select({ id, objectKey, bodySha256 })
    .from(attempts)
    .where(
      and(eq(attempts.publisherUid, publisherUid), isNotNull(attempts.deadLetter), isNotNull(objectKey), gt(id, after)),
    )
    .orderBy(id)
    .limit(DEAD_LETTERS_PER_RUN)
  const found: typeof deadLetters = []
  for (const deadLetter of deadLetters) {
    const bytes = await readStored(bucket, deadLetter)
    const text = bytes === undefined ? "" : new TextDecoder().decode(bytes)
    if ((marks ?? []).some((mark) => text.includes(mark))) found.push(deadLetter)
  }
  if (found.length > 0) {
    await deleteDeadLetters(
      bucket,
      found.flatMap((deadLetter) => deadLetter.objectKey ?? []),
    )
    await deleteMessages(
      bucket,
      found.map((deadLetter) => deadLetter.bodySha256),
    )
  }
  const isLast = deadLetters.length < DEAD_LETTERS_PER_RUN
  const ids = JSON.stringify(found.map((deadLetter) => deadLetter.id))
  await batch(db, {
    attempts: found.length === 0 ? undefined : eraseAttempts(sql`id in (select value from json_each(${ids}))`),
    position: db
      .update(takedowns)
      .set(isLast ? { erasedAt: now, marks: null } : { position: { attempts: deadLetters.at(-1)?.id ?? after } })
      .where(eq(takedowns.articleId, articleId)),
  })
}
