/** The partners' door: JSON of everything on the wire. */
import { Hono } from "hono"
import { cors } from "hono/cors"
import { type ApiEnv, admitted } from "./access.ts"
import { article } from "./article.ts"
import { articles } from "./articles.ts"
import { changes } from "./changes.ts"
import { front } from "./front.ts"
import { mostRead } from "./most-read.ts"
import { names } from "./names.ts"
import { reads } from "./reads.ts"
import { related } from "./related.ts"
import { snapshot } from "./snapshot.ts"
import { view } from "./view.ts"

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
  .use("/v1/*", admitted)
  .route("/", articles)
  .route("/", article)
  .route("/", related)
  .route("/", front)
  .route("/", names)
  .route("/", changes)
  .route("/", snapshot)
  .route("/", mostRead)
  .route("/", reads)
  .route("/", view)
