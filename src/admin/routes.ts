/** The admin API for operators, protected by ADMIN_TOKEN. */
import { Hono } from "hono"
import type { AppEnv } from "../env.ts"
import { aliases } from "./aliases.ts"
import { attempts } from "./attempts.ts"
import { audit } from "./audit.ts"
import { authorizeAdmin } from "./authenticate.ts"
import { keys } from "./keys.ts"
import { partners } from "./partners.ts"
import { preview } from "./preview.ts"
import { publishers } from "./publishers.ts"
import { reclassifications } from "./reclassifications.ts"
import { removals } from "./removals.ts"
import { sections } from "./sections.ts"
import { sources } from "./sources.ts"
import { wireSettings } from "./wire.ts"

export const admin = new Hono<AppEnv>()
  .basePath("/admin/api")
  .use("*", authorizeAdmin)
  .route("/", publishers)
  .route("/", removals)
  .route("/", keys)
  .route("/", partners)
  .route("/", sources)
  .route("/", preview)
  .route("/", attempts)
  .route("/", audit)
  .route("/", sections)
  .route("/", aliases)
  .route("/", reclassifications)
  .route("/", wireSettings)
