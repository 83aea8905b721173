/** Streams the whole wire as lines: all changes from the beginning, and cursors at which the client can continue. */
import { type Context, Hono } from "hono"
import type { MirrorStart } from "../../articles/read/mirror-changes.ts"
import { tooManyRequests } from "../../http/rate-limit.ts"
import { logError } from "../../log/log.ts"
import type { ApiEnv } from "../access/env.ts"
import type { Checkpoint } from "../json/schema.ts"
import { query } from "../parameters/parse-parameters.ts"
import { type MirrorPage, readMirrorPage } from "./mirror-page.ts"

interface SnapshotLimits {
  changesPerPage: number
  maxPages: number
}

/** Each page is a query to D1, and a request may make 1,000 queries. A mirror reads the rest from /v1/changes. */
const SNAPSHOT_LIMITS: SnapshotLimits = { changesPerPage: 200, maxPages: 800 }

/** The limit of each caller. The same number is in wrangler.toml. */
const SNAPSHOTS_PER_MINUTE = 6

const SNAPSHOT_HEADERS = { "content-type": "application/x-ndjson; charset=utf-8" }

export const snapshot = new Hono<ApiEnv>().get("/v1/snapshot", query({}), (c) => answerSnapshot(c, SNAPSHOT_LIMITS))

/** @throws Problem too_many_requests */
export async function answerSnapshot(c: Context<ApiEnv>, limits: SnapshotLimits): Promise<Response> {
  // The answer to HEAD has no body.
  if (c.req.method === "HEAD") return c.body(null, 200, SNAPSHOT_HEADERS)
  const { success } = await c.env.SNAPSHOT_RATE.limit({ key: c.var.caller })
  const detail = `More than ${SNAPSHOTS_PER_MINUTE} snapshots a minute: continue from your last cursor.`
  if (!success) throw tooManyRequests(detail, SNAPSHOTS_PER_MINUTE)
  // If the database fails before the answer begins, the client gets a problem. So the first page is read now.
  const first = await readSnapshotPage(c, "start", limits.changesPerPage)
  return c.body(streamPages(c, first, limits), 200, SNAPSHOT_HEADERS)
}

/** Writes a page when the client has read the page before. If a query fails, the client sees a broken stream. */
function streamPages(
  c: Context<ApiEnv>,
  first: SnapshotPage,
  { changesPerPage, maxPages }: SnapshotLimits,
): ReadableStream<Uint8Array> {
  let { page, epoch } = first
  let pageCount = 0
  return new ReadableStream(
    {
      async pull(controller) {
        try {
          if (pageCount > 0) ({ page, epoch } = await readSnapshotPage(c, { epoch, ...page.end }, changesPerPage))
          pageCount += 1
          const isLast = !page.more || pageCount === maxPages
          const checkpoint: Checkpoint = { cursor: page.cursor, ...(isLast && { complete: !page.more }) }
          controller.enqueue(encoder.encode([...page.changes, JSON.stringify(checkpoint), ""].join("\n")))
          if (isLast) controller.close()
        } catch (error) {
          logError("snapshot_cut_off", error, { id: c.var.requestId })
          // The platform logs the message of this error, so the message must not contain text of the database.
          controller.error(new Error("The snapshot broke off: the log says why"))
        }
      },
    },
    // The stream reads a page only when the client asks for it.
    { highWaterMark: 0 },
  )
}

interface SnapshotPage {
  epoch: string
  page: MirrorPage
}

async function readSnapshotPage(c: Context<ApiEnv>, from: MirrorStart, limit: number): Promise<SnapshotPage> {
  const { validator, content } = await readMirrorPage(c, from, limit, [])
  if (!content) throw new Error("the page of a snapshot was not read")
  return { epoch: validator.epoch, page: content }
}

const encoder = new TextEncoder()
