/** The partners' door: JSON of everything on the wire. */
import { Hono } from "hono"
import { cors } from "hono/cors"
import { type ApiEnv, EVERYBODY } from "./access.ts"
import { articles } from "./articles.ts"

/** Seconds for which a browser need not ask again whether a script may read. */
const PREFLIGHT_LIFE = 86_400

/** Scripts of any page may read what anybody may read. */
const readable = cors({
  origin: "*",
  allowMethods: ["GET", "HEAD", "POST"],
  allowHeaders: ["authorization", "content-type", "if-none-match"],
  exposeHeaders: ["ETag", "Last-Modified", "Link", "RateLimit-Policy", "Retry-After"],
  maxAge: PREFLIGHT_LIFE,
})

export const api = new Hono<ApiEnv>()
  .use("/v1/*", readable)
  .use("/v1/*", async (c, next) => {
    c.set("audience", EVERYBODY)
    await next()
  })
  .route("/", articles)
