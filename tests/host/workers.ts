/** Replaces `cloudflare:workers` in Node: the Worker's environment, with a migrated database. */
import { createDatabase } from "../sqlite/database.ts"
import { createBucket, createCache, createQueue, createRateLimit } from "./bindings.ts"
import { FEEDS_URL, MANY_REQUESTS, RATE_LIMITS, SECRETS, VARS } from "./settings.ts"

export const env = {
  ...VARS,
  ...SECRETS,
  FEEDS_URL,
  ...Object.fromEntries(RATE_LIMITS.map((name) => [name, createRateLimit(MANY_REQUESTS, 60)])),
  DB: createDatabase().$client,
  RECEIVED: createBucket(),
  VIEWS: createQueue(),
}

Object.assign(globalThis, { caches: { default: createCache() } })

// The Worker logs a line for each of many thousand requests. Other functions print warnings and errors.
console.log = () => {}
