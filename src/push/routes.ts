/** Defines the routes below /push for publishers: messages, pings, outcomes of deliveries, and the inventory. */
import { Hono } from "hono"
import { decodeCursor, encodeCursor } from "../articles/model/cursor.ts"
import { readInventory, readLastCommitBefore, withCurrentScopes } from "../articles/read/inventory.ts"
import { readDirectory } from "../articles/taxonomy/directory.ts"
import { readDelivery } from "../articles/write/write-batch.ts"
import type { Db } from "../db/client.ts"
import type { AppEnv } from "../env.ts"
import { singleValue } from "../http/parameter-types.ts"
import { invalidValue, type ParameterReader, readQuery } from "../http/parameters.ts"
import { Problem } from "../http/problem.ts"
import { parseTimeOrDate } from "../text/rfc3339.ts"
import { deadLetterJson, deliveryJson, inventoryArticleJson } from "./answer-json.ts"
import { readDeadLetter } from "./attempts/read-attempts.ts"
import { authenticateReader } from "./auth/authenticate.ts"
import { handleMessage } from "./handler.ts"
import type { DeliveryEntry } from "./ingest/delivery-entry.ts"
import { answerPing } from "./pings.ts"

const INVENTORY_PAGE_SIZE = 500

export const push = new Hono<AppEnv>()
  .post("/push/:publisher", (c) => handleMessage(c, c.req.param("publisher"), { kind: "native" }))

  .post("/push/:publisher/ghost/:event", (c) =>
    handleMessage(c, c.req.param("publisher"), { kind: "ghost", event: c.req.param("event") }),
  )

  .post("/push/:publisher/sources/:source", (c) =>
    handleMessage(c, c.req.param("publisher"), { kind: "source", name: c.req.param("source") }),
  )

  .post("/push/:publisher/sources/:source/:token", (c) => {
    const { publisher, source: name, token } = c.req.param()
    return handleMessage(c, publisher, { kind: "source", name, token })
  })

  .post("/push/:publisher/ping", (c) => answerPing(c, c.req.param("publisher")))

  .get("/push/:publisher/deliveries/:id", async (c) => {
    const publisher = await authenticateReader(c, c.req.param("publisher"))
    readQuery(c, {})
    const id = c.req.param("id")
    const { db } = c.var
    const delivery = await readDelivery(db, publisher.uid, id)
    if (delivery) {
      const entries = JSON.parse(delivery.entries) as DeliveryEntry[]
      delivery.outcomes = await withCurrentScopes(db, delivery.outcomes)
      return c.json(deliveryJson(id, delivery, entries, await readDirectory(db), c.var.settings))
    }
    const deadLetter = await readDeadLetter(db, publisher.uid, id)
    if (!deadLetter) throw new Problem("not_found", `There is no delivery ${JSON.stringify(id)} of ${publisher.slug}.`)
    return c.json(deadLetterJson(deadLetter))
  })

  .get("/push/:publisher/articles", async (c) => {
    const publisher = await authenticateReader(c, c.req.param("publisher"))
    const { since } = readQuery(c, { since: inventorySince })
    const { settings } = c.var
    const { db } = c.var
    const directory = await readDirectory(db)
    const after = await positionOf(db, since, directory.epoch)
    const articles = await readInventory(db, publisher.uid, after, INVENTORY_PAGE_SIZE)
    const last = articles.at(-1)
    const cursor = encodeCursor(
      directory.epoch,
      "inventory",
      last ? [last.commitNo, last.id] : [after.commit, after.id],
    )
    return c.json({
      articles: articles.map((article) => inventoryArticleJson(article, directory, settings)),
      cursor,
      ...(articles.length === INVENTORY_PAGE_SIZE && {
        next: `${settings.feedsUrl}/push/${publisher.slug}/articles?since=${cursor}`,
      }),
    })
  })

/** Reads a time, a date, or a cursor of the inventory. Without a value, the inventory starts at its beginning. */
const inventorySince: ParameterReader<number | InventoryCursor> = (values) => {
  const text = singleValue(values)
  if (text === undefined) return { commit: 0, id: "" }
  const time = parseTimeOrDate(text)
  if (!Number.isNaN(time)) return time
  const cursor = decodeCursor(text, "inventory")
  const [commit = "", id = ""] = cursor?.position ?? []
  if (cursor && /^\d{1,15}$/.test(commit)) return { epoch: cursor.epoch, commit: Number(commit), id }
  throw invalidValue("is neither an RFC 3339 time, nor a date, nor a cursor; leave it out to start again")
}

/** The position at which a page of the inventory begins. */
interface InventoryCursor {
  epoch?: string
  commit: number
  id: string
}

/** @throws Problem foreign_cursor */
async function positionOf(db: Db, since: number | InventoryCursor, wireEpoch: string): Promise<InventoryCursor> {
  if (typeof since === "number") return { commit: await readLastCommitBefore(db, since), id: "~" }
  if (since.epoch === undefined || since.epoch === wireEpoch) return since
  throw new Problem("foreign_cursor", "since is a cursor of another wire; leave it out to start again.")
}
