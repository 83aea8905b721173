/** The routes for sources of publishers, and for the preview of a message. */
import { Hono } from "hono"
import { ChangeSource, CreateSource, PreviewMessage } from "../operations/input-schemas.ts"
import { previewPush } from "../operations/preview.ts"
import { changeSource, createSource, fetchSource, listSources, removeSource } from "../operations/sources.ts"
import { readBody } from "./body.ts"
import type { AdminEnv } from "./env.ts"
import { operationContext } from "./operation-context.ts"

/** A body of up to 1 MiB in base64, and other members. */
const PREVIEW_LIMIT_BYTES = 2 * 1024 * 1024

export const sources = new Hono<AdminEnv>()
  .get("/publishers/:slug/sources", async (c) =>
    c.json({ sources: await listSources(operationContext(c), c.req.param("slug")) }),
  )
  .post("/publishers/:slug/sources", async (c) => {
    const { slug } = c.req.param()
    return c.json(await createSource(operationContext(c), slug, await readBody(c.req.raw, CreateSource)), 201)
  })
  .patch("/publishers/:slug/sources/:name", async (c) => {
    const { slug, name } = c.req.param()
    return c.json(await changeSource(operationContext(c), slug, name, await readBody(c.req.raw, ChangeSource)))
  })
  .delete("/publishers/:slug/sources/:name", async (c) => {
    const { slug, name } = c.req.param()
    await removeSource(operationContext(c), slug, name)
    return c.body(null, 204)
  })
  .post("/publishers/:slug/sources/:name/fetch", async (c) => {
    const { slug, name } = c.req.param()
    return c.json(await fetchSource(operationContext(c), slug, name), 202)
  })
  .post("/publishers/:slug/preview", async (c) => {
    const { slug } = c.req.param()
    const input = await readBody(c.req.raw, PreviewMessage, PREVIEW_LIMIT_BYTES)
    return c.json(await previewPush(operationContext(c), slug, input))
  })
