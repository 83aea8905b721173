/** Defines the routes of the JSON API for partners. */
import { Hono } from "hono"
import { cors } from "hono/cors"
import { authorizeRequest } from "./access/authorization.ts"
import type { ApiEnv } from "./access/env.ts"
import { article } from "./resources/article.ts"
import { articles } from "./resources/articles.ts"
import { changes } from "./resources/changes.ts"
import { directoryLists } from "./resources/directory-lists.ts"
import { front } from "./resources/front.ts"
import { mostRead } from "./resources/most-read.ts"
import { related } from "./resources/related.ts"
import { snapshot } from "./resources/snapshot.ts"
import { viewRedirect } from "./resources/view-redirect.ts"
import { views } from "./resources/views.ts"

/** How long a browser may cache the answer to a preflight request. */
const PREFLIGHT_SECONDS = 86_400

/** Scripts of any web page may read public answers. */
const publicCors = cors({
  origin: "*",
  allowMethods: ["GET", "HEAD", "POST"],
  allowHeaders: ["authorization", "content-type", "if-none-match"],
  exposeHeaders: ["ETag", "Last-Modified", "Link", "RateLimit-Policy", "Retry-After"],
  maxAge: PREFLIGHT_SECONDS,
})

export const api = new Hono<ApiEnv>()
  .use("/v1/*", publicCors)
  .use("/v1/*", authorizeRequest)
  .route("/", articles)
  .route("/", article)
  .route("/", related)
  .route("/", front)
  .route("/", directoryLists)
  .route("/", changes)
  .route("/", snapshot)
  .route("/", mostRead)
  .route("/", views)
  .route("/", viewRedirect)
