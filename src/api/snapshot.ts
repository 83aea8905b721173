/** Everything at once: the changes from the beginning as a stream of lines, from the end of which a mirror goes on. */
import { type Context, Hono } from "hono"
import type { From } from "../articles/mirror.ts"
import { logError } from "../http/log.ts"
import { tooMany } from "../push/authenticate.ts"
import type { ApiEnv } from "./access.ts"
import { type Page, readMirror } from "./mirrored.ts"
import { query } from "./parameters.ts"
import type { Checkpoint } from "./schema.ts"

interface Share {
  /** Changes that are read at once. */
  limit: number
  /** Pages of one answer, at most. */
  pages: number
}

/** Each page is a query of D1, of which a request may make 1,000; what is left then is told by /v1/changes. */
const SHARE: Share = { limit: 200, pages: 800 }

/** Snapshots a minute of each caller: see wrangler.toml. */
const RATE = 6

const headers = { "content-type": "application/x-ndjson; charset=utf-8" }

export const snapshot = new Hono<ApiEnv>().get("/v1/snapshot", query({}), (c) => answerSnapshot(c, SHARE))

/** @throws Problem too_many_requests */
export async function answerSnapshot(c: Context<ApiEnv>, share: Share): Promise<Response> {
  // Nothing is read for one who wants no body.
  if (c.req.method === "HEAD") return c.body(null, 200, headers)
  const { success } = await c.env.SNAPSHOT_RATE.limit({ key: c.var.caller })
  if (!success) throw tooMany(`More than ${RATE} snapshots a minute: go on from the last cursor that you have.`, RATE)
  // The first page is read before anything is answered, so that a wire that cannot be read is a problem and not a stream.
  return c.body(streamed(c, await read(c, "start", share.limit), share), 200, headers)
}

/** Writes a page whenever the client has taken the one before; if that fails, the client sees that the stream is cut off. */
function streamed(c: Context<ApiEnv>, first: Read, { limit, pages }: Share): ReadableStream<Uint8Array> {
  let { page, epoch } = first
  let written = 0
  return new ReadableStream(
    {
      async pull(controller) {
        try {
          if (written > 0) ({ page, epoch } = await read(c, { epoch, ...page.walk }, limit))
          written += 1
          const isLast = !page.more || written === pages
          const checkpoint: Checkpoint = { cursor: page.cursor, ...(isLast && { complete: !page.more }) }
          controller.enqueue(encoder.encode([...page.changes, JSON.stringify(checkpoint), ""].join("\n")))
          if (isLast) controller.close()
        } catch (error) {
          logError("snapshot_cut_off", error, { id: c.var.requestId })
          // The platform logs what it is given here with its message.
          controller.error(new Error("The snapshot broke off: the log says why"))
        }
      },
    },
    // Nothing is read ahead of the client.
    { highWaterMark: 0 },
  )
}

interface Read {
  epoch: string
  page: Page
}

async function read(c: Context<ApiEnv>, from: From, limit: number): Promise<Read> {
  const { label, content } = await readMirror(c, from, limit, [])
  if (!content) throw new Error("a page that nobody holds was not read")
  return { epoch: label.epoch, page: content }
}

const encoder = new TextEncoder()
