/** The operators' door, guarded by ADMIN_TOKEN. */
import { Hono } from "hono"
import type { AppEnv } from "../env.ts"
import { aliases } from "./aliases.ts"
import { requireAdmin } from "./authenticate.ts"
import { keys } from "./keys.ts"
import { publishers } from "./publishers.ts"
import { restandings } from "./restandings.ts"
import { sections } from "./sections.ts"
import { wire } from "./wire.ts"

export const admin = new Hono<AppEnv>()
  .basePath("/admin/api")
  .use("*", requireAdmin)
  .route("/", publishers)
  .route("/", keys)
  .route("/", sections)
  .route("/", aliases)
  .route("/", restandings)
  .route("/", wire)
