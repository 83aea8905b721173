/** Lets operators read the log of attempts, and replay or dismiss its dead letters. */
import { and, eq, exists } from "drizzle-orm"
import { type Context, Hono } from "hono"
import { batch, type Db } from "../db/client.ts"
import { attempts as table } from "../db/schema.ts"
import { type AppEnv, workContext } from "../env.ts"
import { singleValue, time, timeAtEnd } from "../http/parameter-types.ts"
import { readQuery } from "../http/parameters.ts"
import { Problem } from "../http/problem.ts"
import {
  countOpenDeadLetters,
  type LoggedAttempt,
  listAttempts,
  listReplayable,
  readAttempt,
} from "../push/attempts/read-attempts.ts"
import { readStored } from "../push/attempts/stored-bytes.ts"
import { closeDeadLetters, isOpen } from "../push/attempts/write-attempts.ts"
import { mustBeReplayable, type ReplayResult, replay } from "../push/replay.ts"
import { insertAudit } from "./audit.ts"
import { readBody } from "./body.ts"
import { mustFindChangeablePublisher, mustFindPublisher } from "./find-by-slug.ts"
import { isoTime } from "./iso-time.ts"
import { PAGE_PARAMETERS, status } from "./parameters.ts"
import { ReplayRange } from "./request-schemas.ts"

/** How many attempts one request may replay. Each attempt may have a hundred articles. */
const MAX_REPLAYS = 20

const DEAD_LETTER_PARAMETERS = { ...PAGE_PARAMETERS, publisher: singleValue }
const ATTEMPT_PARAMETERS = { ...DEAD_LETTER_PARAMETERS, status, since: time, until: timeAtEnd }

export const attempts = new Hono<AppEnv>()
  .get("/attempts", async (c) => {
    const { publisher, limit, ...range } = readQuery(c, ATTEMPT_PARAMETERS)
    const { db } = c.var
    const filter = { ...range, publisherUid: await publisherUidOf(db, publisher) }
    const { attempts, next } = await listAttempts(db, filter, limit)
    return c.json({ attempts: attempts.map(attemptJson), ...(next !== undefined && { next }) })
  })

  .get("/attempts/:id", async (c) => {
    const attempt = await mustFindAttempt(c, c.req.param("id"))
    const { headers, errors, bodySha256 } = attempt
    return c.json({ ...attemptJson(attempt), headers, errors, body_sha256: bodySha256 })
  })

  .get("/attempts/:id/body", async (c) => {
    const attempt = await mustFindAttempt(c, c.req.param("id"))
    const { id } = attempt
    const body = await readStored(c.env.RECEIVED, attempt)
    if (!body)
      throw new Problem(
        "not_found",
        `The bytes of attempt ${id} were never stored, or were deleted because of their age.`,
      )
    return c.body(new Uint8Array(body), 200, {
      "content-type": "application/octet-stream",
      "content-disposition": `attachment; filename="attempt-${id}"`,
    })
  })

  .post("/attempts/replay", async (c) => {
    const input = await readBody(c.req.raw, ReplayRange)
    const { publisher, dead_letters: deadLettersOnly = true, ...range } = input
    const { db } = c.var
    const publisherUid = publisher === undefined ? undefined : (await mustFindChangeablePublisher(db, publisher)).uid
    const replayable = await listReplayable(db, { ...range, publisherUid, deadLettersOnly }, MAX_REPLAYS + 1)
    const attempts = replayable.slice(0, MAX_REPLAYS)
    // The audit is written first, so that it lists all replays even if the request fails.
    if (attempts.length > 0) {
      const ids = attempts.map(({ id }) => id)
      await insertAudit(c, { action: "attempt.replay", subject: "attempts", detail: { ...input, ids } })
    }
    const replays: ReplayResult[] = []
    for (const attempt of attempts) replays.push(await replay(workContext(c), attempt))
    const next = replayable[MAX_REPLAYS]?.id
    return c.json({ replays, ...(next !== undefined && { next }) })
  })

  .post("/attempts/:id/replay", async (c) => {
    const attempt = await mustFindAttempt(c, c.req.param("id"))
    const { id, publisher, deliveryId } = attempt
    mustBeReplayable(attempt)
    const detail = { publisher, delivery_id: deliveryId }
    await insertAudit(c, { action: "attempt.replay", subject: `attempts/${id}`, detail })
    return c.json(await replay(workContext(c), attempt))
  })

  .get("/dead-letters", async (c) => {
    const { publisher, before, limit } = readQuery(c, DEAD_LETTER_PARAMETERS)
    const { db } = c.var
    const publisherUid = await publisherUidOf(db, publisher)
    const [{ attempts, next }, open] = await Promise.all([
      listAttempts(db, { publisherUid, before, openDeadLetters: true }, limit),
      countOpenDeadLetters(db, publisherUid),
    ])
    const deadLetters = attempts.map((attempt) => ({ ...attemptJson(attempt), errors: attempt.errors }))
    return c.json({ dead_letters: deadLetters, open, ...(next !== undefined && { next }) })
  })

  .post("/dead-letters/:id/dismiss", async (c) => {
    const { id, deadLetter, publisher, deliveryId } = await mustFindAttempt(c, c.req.param("id"))
    if (deadLetter === null) throw new Problem("not_found", `Attempt ${id} is not a dead letter.`)
    if (deadLetter === "open") {
      const { db, now } = c.var
      const which = eq(table.id, id)
      const onlyIf = exists(db.select().from(table).where(and(which, isOpen)))
      const detail = { publisher, delivery_id: deliveryId }
      await batch(db, [
        insertAudit(c, { action: "dead-letter.dismiss", subject: `dead-letters/${id}`, detail, onlyIf }),
        closeDeadLetters(db, which, "dismissed", now),
      ])
    } else if (deadLetter !== "dismissed") {
      throw new Problem("invalid_request", `The dead letter ${id} is not open: it was ${deadLetter} already.`)
    }
    return c.json({ id, dead_letter: "dismissed" })
  })

const publisherUidOf = async (db: Db, slug: string | undefined): Promise<string | undefined> =>
  slug === undefined ? undefined : (await mustFindPublisher(db, slug)).uid

/** @throws Problem not_found */
async function mustFindAttempt(c: Context<AppEnv>, id: string): Promise<LoggedAttempt> {
  const attempt = /^\d{1,15}$/.test(id) ? await readAttempt(c.var.db, Number(id)) : undefined
  if (attempt) return attempt
  throw new Problem(
    "not_found",
    `There is no attempt ${id} in the log: it never existed, or was deleted because of its age.`,
  )
}

const attemptJson = (attempt: LoggedAttempt) => ({
  id: attempt.id,
  publisher: attempt.publisher,
  received_at: isoTime(attempt.receivedAt),
  endpoint: attempt.endpoint,
  query: attempt.query,
  delivery_id: attempt.deliveryId,
  authentication: attempt.authentication,
  key_id: attempt.keyId,
  message_at: isoTime(attempt.messageAt),
  content_type: attempt.contentType,
  size_in_bytes: attempt.sizeInBytes,
  status: attempt.status,
  ms: attempt.ms,
  code: attempt.code,
  detail: attempt.detail,
  dead_letter: attempt.deadLetter,
  closed_at: isoTime(attempt.closedAt),
  replay_of: attempt.replayOf,
})
