/** The log of deliveries and the dead letters in it: read, and replayed or dismissed. */
import { sql } from "drizzle-orm"
import { type Context, Hono } from "hono"
import { batch, client, type Db } from "../db/client.ts"
import type { AppEnv } from "../env.ts"
import { knownParameters } from "../http/parameters.ts"
import { Problem } from "../http/problem.ts"
import type { Wire } from "../push/accept.ts"
import { closeLetters } from "../push/attempts.ts"
import { readKept } from "../push/bytes.ts"
import { countOpen, type LoggedAttempt, listAttempts, listReplayable, readAttempt } from "../push/log.ts"
import { type Replayed, replay } from "../push/replay.ts"
import { audited } from "./audit.ts"
import { readBody } from "./body.ts"
import { pageOf, statusOf, timeOf } from "./parameters.ts"
import { iso, mustFindLiving, mustFindPublisher } from "./registry.ts"
import { ReplayRange } from "./requests.ts"

/** Deliveries that one request replays: each may hold a hundred articles. */
const REPLAYS = 20

export const deliveries = new Hono<AppEnv>()
  .get("/deliveries", async (c) => {
    const asked = knownParameters(c, ["publisher", "status", "since", "until", "before", "limit"])
    const { before, limit } = pageOf(asked)
    const db = client(c.env.DB)
    const filter = {
      before,
      status: statusOf(asked.status),
      since: timeOf("since", asked.since),
      until: timeOf("until", asked.until),
      publisherUid: await uidOf(db, asked.publisher),
    }
    const { attempts, next } = await listAttempts(db, filter, limit)
    return c.json({ deliveries: attempts.map(deliveryOf), ...(next !== undefined && { next }) })
  })

  .get("/deliveries/:id", async (c) => {
    const attempt = await mustFindAttempt(c, c.req.param("id"))
    const { headers, errors, bodySha256 } = attempt
    return c.json({ ...deliveryOf(attempt), headers, errors, body_sha256: bodySha256 })
  })

  .get("/deliveries/:id/body", async (c) => {
    const attempt = await mustFindAttempt(c, c.req.param("id"))
    const { seq } = attempt
    const body = await readKept(c.env.RECEIVED, attempt)
    if (!body) throw new Problem("not_found", `The bytes of delivery ${seq} are not kept, or no longer.`)
    return c.body(new Uint8Array(body), 200, {
      "content-type": "application/octet-stream",
      "content-disposition": `attachment; filename="delivery-${seq}"`,
    })
  })

  .post("/deliveries/replay", async (c) => {
    const wanted = await readBody(c.req.raw, ReplayRange)
    const { publisher, letters = true, ...range } = wanted
    const db = client(c.env.DB)
    const publisherUid = publisher === undefined ? undefined : (await mustFindLiving(db, publisher)).uid
    const found = await listReplayable(db, { ...range, publisherUid, letters }, REPLAYS + 1)
    const share = found.slice(0, REPLAYS)
    // Before anything is replayed: nothing is done that is not written down.
    if (share.length > 0) {
      const ids = share.map(({ seq }) => seq)
      const deed = { action: "delivery.replay", subject: "deliveries", detail: { ...wanted, ids } }
      await db.run(audited(deed, c.var.now))
    }
    const replays: ReturnType<typeof replayOf>[] = []
    // One after the other, in the order in which they came.
    for (const attempt of share) replays.push(replayOf(await replay(wireOf(c), c.var.clock, attempt)))
    const next = found[REPLAYS]?.seq
    return c.json({ replays, ...(next !== undefined && { next }) })
  })

  .post("/deliveries/:id/replay", async (c) => {
    const attempt = await mustFindAttempt(c, c.req.param("id"))
    const { seq, publisher, deliveryId } = attempt
    mustHaveComeIn(attempt)
    const subject = `deliveries/${seq}`
    const detail = { publisher, delivery: deliveryId }
    await client(c.env.DB).run(audited({ action: "delivery.replay", subject, detail }, c.var.now))
    return c.json(replayOf(await replay(wireOf(c), c.var.clock, attempt)))
  })

  .get("/dead-letters", async (c) => {
    const asked = knownParameters(c, ["publisher", "before", "limit"])
    const { before, limit } = pageOf(asked)
    const db = client(c.env.DB)
    const publisherUid = await uidOf(db, asked.publisher)
    const [{ attempts, next }, open] = await Promise.all([
      listAttempts(db, { publisherUid, before, open: true }, limit),
      countOpen(db, publisherUid),
    ])
    const letters = attempts.map((attempt) => ({ ...deliveryOf(attempt), errors: attempt.errors }))
    return c.json({ dead_letters: letters, open, ...(next !== undefined && { next }) })
  })

  .post("/dead-letters/:id/dismiss", async (c) => {
    const { seq, letter, publisher, deliveryId } = await mustFindAttempt(c, c.req.param("id"))
    if (letter === null) throw new Problem("not_found", `Delivery ${seq} is no dead letter.`)
    if (letter === "open") {
      const which = sql`seq = ${seq}`
      const detail = { publisher, delivery: deliveryId }
      const onlyIf = sql`exists (select 1 from attempts where ${which} and letter = 'open')`
      await batch(client(c.env.DB), [
        audited({ action: "letter.dismiss", subject: `dead-letters/${seq}`, detail, onlyIf }, c.var.now),
        closeLetters(which, "dismissed", c.var.now),
      ])
    } else if (letter !== "dismissed") {
      throw new Problem("invalid_request", `The dead letter ${seq} was ${letter} already: nothing waits in it.`)
    }
    return c.json({ id: seq, letter: "dismissed" })
  })

const uidOf = async (db: Db, slug: string | undefined): Promise<string | undefined> =>
  slug === undefined ? undefined : (await mustFindPublisher(db, slug)).uid

/** @throws Problem not_found */
async function mustFindAttempt(c: Context<AppEnv>, id: string): Promise<LoggedAttempt> {
  const found = /^\d{1,15}$/.test(id) ? await readAttempt(client(c.env.DB), Number(id)) : undefined
  if (found) return found
  throw new Problem("not_found", `There is no delivery ${id} in the log, or no longer.`)
}

/**
 * What a stranger sent is not taken by replaying it.
 * @throws Problem not_replayable
 */
function mustHaveComeIn({ seq, signature, replayOf }: LoggedAttempt): void {
  if (signature === "refused" || signature === "none") {
    throw new Problem("not_replayable", `Nobody knows who sent delivery ${seq}: no key of its publisher verified it.`)
  }
  if (replayOf !== null) throw new Problem("not_replayable", `Delivery ${seq} is a replay: replay ${replayOf} again.`)
}

/** Commits are ordered by time, so each replay has its own. */
function wireOf(c: Context<AppEnv>): Wire {
  return { env: c.env, ctx: c.executionCtx, requestId: c.var.requestId, now: c.var.clock() }
}

function deliveryOf(attempt: LoggedAttempt) {
  const { seq, publisher, door, deliveryId, signature, keyId, contentType, bytes, status, ms, code, detail } = attempt
  return {
    id: seq,
    publisher,
    at: iso(attempt.at),
    door,
    delivery: deliveryId,
    signature,
    key: keyId,
    message_at: iso(attempt.messageAt),
    content_type: contentType,
    bytes,
    status,
    ms,
    code,
    detail,
    letter: attempt.letter,
    closed_at: iso(attempt.closedAt),
    replay_of: attempt.replayOf,
  }
}

const replayOf = ({ seq, ...rest }: Replayed) => ({ id: seq, ...rest })
