/** The routes for articles. */
import { Hono } from "hono"
import { oneOf } from "../http/parameter-types.ts"
import { readQuery } from "../http/parameters.ts"
import { showArticle } from "../operations/article-record.ts"
import { previewTakedown, refileArticle, releaseArticle, takeDownArticle } from "../operations/articles.ts"
import { findArticles } from "../operations/find-articles.ts"
import { RefileArticle, TakeDownArticle } from "../operations/input-schemas.ts"
import { LIST_PARAMETERS } from "../operations/parameters.ts"
import { readBody } from "./body.ts"
import type { AdminEnv } from "./env.ts"
import { operationContext } from "./operation-context.ts"

export const articles = new Hono<AdminEnv>()
  .get("/articles", async (c) =>
    c.json(await findArticles(operationContext(c), readQuery(c, LIST_PARAMETERS.articles))),
  )
  .get("/articles/:id", async (c) => c.json(await showArticle(operationContext(c), c.req.param("id"))))
  .get("/articles/:id/takedown", async (c) => {
    const { cluster } = readQuery(c, { cluster: oneOf(["0", "1"], "0") })
    return c.json(await previewTakedown(operationContext(c), c.req.param("id"), cluster === "1"))
  })
  .post("/articles/:id/takedown", async (c) => {
    const input = await readBody(c.req.raw, TakeDownArticle)
    return c.json(await takeDownArticle(operationContext(c), c.req.param("id"), input))
  })
  .post("/articles/:id/sections", async (c) => {
    const input = await readBody(c.req.raw, RefileArticle)
    return c.json(await refileArticle(operationContext(c), c.req.param("id"), input))
  })
  .post("/articles/:id/release", async (c) => c.json(await releaseArticle(operationContext(c), c.req.param("id"))))
