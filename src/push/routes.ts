/** The publishers' door. */
import { type Context, Hono } from "hono"
import { hex } from "../articles/article.ts"
import { decodeCursor, encodeCursor } from "../articles/cursor.ts"
import type { Decision } from "../articles/decide.ts"
import { commitBefore, readHeld, readScopes } from "../articles/held.ts"
import { readDirectory } from "../articles/queries.ts"
import { parseDelivery, selectDelivery } from "../articles/store.ts"
import { settleStories } from "../articles/stories.ts"
import { client, type Db } from "../db/client.ts"
import type { AppEnv } from "../env.ts"
import { readBytes } from "../http/body.ts"
import { hasWorkersCache } from "../http/edge-cache.ts"
import { knownParameters } from "../http/parameters.ts"
import { Problem } from "../http/problem.ts"
import { announce } from "../hub/announce.ts"
import { deliveryOf, heldOf, resultsOf } from "./answer.ts"
import { authenticate } from "./authenticate.ts"
import type { Entry } from "./prepare.ts"
import { readMessage, receive, rehearse } from "./receive.ts"

/** Bytes of one message. */
export const BODY_LIMIT = 1024 * 1024
/** Articles on a page of what is held. */
const HELD_LIMIT = 500

export const push = new Hono<AppEnv>()
  .post("/push/:publisher", async (c) => {
    const body = await readBytes(c.req.raw, BODY_LIMIT)
    if (!body) throw new Problem("body_too_large", `The body has more than ${BODY_LIMIT} bytes. Split the batch.`)
    const { publisher, deliveryId } = await authenticate(c, c.req.param("publisher"), body)
    const { dry_run: dryRun } = knownParameters(c, ["dry_run"])
    if (dryRun !== undefined && dryRun !== "1") {
      throw new Problem("invalid_parameter", "dry_run must be 1 or left out.", [
        { parameter: "dry_run", detail: "must be 1" },
      ])
    }
    requireJson(c)
    const { settings, clock } = c.var
    // Not the time at which the request began: its body may have taken long, and commits are ordered by time.
    const now = clock()
    const message = readMessage(body, now)
    const db = client(c.env.DB)

    if (dryRun) {
      const { entries, outcomes, directory } = await rehearse(db, message, publisher, now)
      return c.json({ dry_run: true, results: resultsOf(entries, outcomes, directory, settings) })
    }

    const id = deliveryId ?? ""
    const bodySha256 = hex(new Uint8Array(await crypto.subtle.digest("SHA-256", body)))
    const received = await receive(
      db,
      message,
      { publisher, deliveryId: id, bodySha256 },
      () => c.env.RECEIVED.put(`received/${bodySha256}`, body),
      { takeToken: hasWorkersCache(c.executionCtx), now },
    )
    if (!received.replayed && received.delivery.commitNo !== null) {
      if (received.unsettled) received.delivery.outcomes = await settle(c, db, received.delivery.outcomes, now)
      await announce(c.executionCtx, db, received.dirty, now)
    }
    return c.json(deliveryOf(id, received.delivery, received.entries, received.directory, settings), 200, {
      location: `${settings.feedsUrl}/push/${publisher.slug}/deliveries/${encodeURIComponent(id)}`,
      ...(received.replayed && { "webhook-replayed": "true" }),
    })
  })

  .get("/push/:publisher/deliveries/:id", async (c) => {
    const { publisher } = await authenticate(c, c.req.param("publisher"), new Uint8Array())
    knownParameters(c, [])
    const id = c.req.param("id")
    const db = client(c.env.DB)
    const found = parseDelivery(await db.all(selectDelivery(publisher.uid, id)))
    if (!found) throw new Problem("not_found", `There is no delivery ${JSON.stringify(id)} of ${publisher.slug}.`)
    const entries = JSON.parse(found.delivery.entries) as Entry[]
    return c.json(deliveryOf(id, found.delivery, entries, await readDirectory(db), c.var.settings))
  })

  .get("/push/:publisher/articles", async (c) => {
    const { publisher } = await authenticate(c, c.req.param("publisher"), new Uint8Array())
    const { since } = knownParameters(c, ["since"])
    const { settings } = c.var
    const db = client(c.env.DB)
    const directory = await readDirectory(db)
    const after = await positionOf(c, since, directory.epoch)
    const held = await readHeld(db, publisher.uid, after, HELD_LIMIT)
    const last = held.at(-1)
    const cursor = encodeCursor(directory.epoch, "held", last ? [last.commit_no, last.id] : [after.commit, after.id])
    return c.json({
      articles: held.map((article) => heldOf(article, directory, settings)),
      cursor,
      ...(held.length === HELD_LIMIT && {
        next: `${settings.feedsUrl}/push/${publisher.slug}/articles?since=${cursor}`,
      }),
    })
  })

/**
 * Settles stories that others tell too. A failure is logged and not answered: what was pushed is stored, and the sweep
 * settles what waits.
 * @returns the outcomes with the scopes in which the articles stand now.
 */
async function settle(c: Context<AppEnv>, db: Db, outcomes: Decision[], now: number): Promise<Decision[]> {
  try {
    await settleStories(db, now)
    const scopes = await readScopes(
      db,
      outcomes.map(({ id }) => id),
    )
    return outcomes.map((outcome) => ({ ...outcome, scopes: scopes.get(outcome.id) ?? outcome.scopes }))
  } catch (error) {
    const { requestId } = c.var
    console.error(JSON.stringify({ level: "error", event: "stories_unsettled", id: requestId, error: String(error) }))
    return outcomes
  }
}

function requireJson(c: Context<AppEnv>): void {
  const type = (c.req.header("content-type") ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? ""
  if (!/^application\/(json|feed\+json)$/.test(type)) {
    throw new Problem(
      "unsupported_media_type",
      `The content type ${JSON.stringify(type)} is not understood here: send application/json.`,
      [],
      { accept: "application/json" },
    )
  }
}

/** @param since a cursor, or an RFC 3339 time. */
async function positionOf(c: Context<AppEnv>, since: string | undefined, epoch: string) {
  if (since === undefined) return { commit: 0, id: "" }
  if (/^\d{4}-\d\d-\d\dT/.test(since)) {
    // The + of an offset means a blank in a query: whoever left it bare meant it.
    const time = Date.parse(since.replace(" ", "+"))
    if (!Number.isNaN(time)) return { commit: await commitBefore(client(c.env.DB), time), id: "~" }
  }
  const cursor = decodeCursor(since, "held")
  const [commit = "", id = ""] = cursor?.position ?? []
  if (!cursor || !/^\d{1,15}$/.test(commit)) {
    const detail = "is neither an RFC 3339 time nor a cursor; leave it out to start again"
    throw new Problem("invalid_parameter", `since ${detail}.`, [{ parameter: "since", detail }])
  }
  if (cursor.epoch !== epoch) {
    throw new Problem("foreign_cursor", "since is a cursor of another wire; leave it out to start again.")
  }
  return { commit: Number(commit), id }
}
