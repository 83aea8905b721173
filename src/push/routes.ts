/** The publishers' door. */
import { type Context, Hono } from "hono"
import { decodeCursor, encodeCursor } from "../articles/cursor.ts"
import { commitBefore, readHeld } from "../articles/held.ts"
import { readDirectory } from "../articles/queries.ts"
import { parseDelivery, selectDelivery } from "../articles/store.ts"
import { client } from "../db/client.ts"
import type { AppEnv } from "../env.ts"
import { knownParameters } from "../http/parameters.ts"
import { Problem } from "../http/problem.ts"
import { deliveryOf, heldOf, letterOf } from "./answer.ts"
import { authenticateReader } from "./authenticate.ts"
import { readLetterOf } from "./log.ts"
import { answerPing } from "./pings.ts"
import type { Entry } from "./prepare.ts"
import { takeMessage } from "./take.ts"

/** Articles on a page of what is held. */
const HELD_LIMIT = 500

export const push = new Hono<AppEnv>()
  .post("/push/:publisher", (c) => takeMessage(c, c.req.param("publisher"), { kind: "native" }))

  .post("/push/:publisher/ghost/:event", (c) =>
    takeMessage(c, c.req.param("publisher"), { kind: "ghost", event: c.req.param("event") }),
  )

  .post("/push/:publisher/sources/:source", (c) =>
    takeMessage(c, c.req.param("publisher"), { kind: "source", name: c.req.param("source") }),
  )

  .post("/push/:publisher/sources/:source/:token", (c) => {
    const { publisher, source: name, token } = c.req.param()
    return takeMessage(c, publisher, { kind: "source", name, token })
  })

  .post("/push/:publisher/ping", (c) => answerPing(c, c.req.param("publisher")))

  .get("/push/:publisher/deliveries/:id", async (c) => {
    const { publisher } = await authenticateReader(c, c.req.param("publisher"))
    knownParameters(c, [])
    const id = c.req.param("id")
    const db = client(c.env.DB)
    const found = parseDelivery(await db.all(selectDelivery(publisher.uid, id)))
    if (found) {
      const entries = JSON.parse(found.delivery.entries) as Entry[]
      return c.json(deliveryOf(id, found.delivery, entries, await readDirectory(db), c.var.settings))
    }
    const letter = await readLetterOf(db, publisher.uid, id)
    if (!letter) throw new Problem("not_found", `There is no delivery ${JSON.stringify(id)} of ${publisher.slug}.`)
    return c.json(letterOf(letter))
  })

  .get("/push/:publisher/articles", async (c) => {
    const { publisher } = await authenticateReader(c, c.req.param("publisher"))
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
