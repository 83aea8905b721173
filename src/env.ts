/** Checks the settings of the Worker and gives them types. Declares the variables of every request. */
import type { Context } from "hono"
import type { Db } from "./db/client.ts"
import type { EdgeContext } from "./http/edge-cache.ts"
import { ConfigurationError } from "./log/error-causes.ts"

export type AppEnv = {
  Bindings: Env
  Variables: { requestId: string; now: number; clock: () => number; settings: Settings; db: Db }
}

/** The context of work during a request, after its answer, or in the sweep, the job that runs every minute. */
export interface WorkContext {
  env: Env
  ctx: EdgeContext
  db: Db
  settings: Settings
  clock: () => number
  /** The id of the request or the sweep in the log. */
  requestId: string
}

export function workContext(c: Pick<Context<AppEnv>, "env" | "var" | "executionCtx">): WorkContext {
  const { db, settings, clock, requestId } = c.var
  return { env: c.env, ctx: c.executionCtx, db, settings, clock, requestId }
}

export interface Settings {
  /** The origin of all feed URLs, without a trailing slash. */
  feedsUrl: string
  title: string
  /** The BCP 47 tag of the wire's language, in which feeds show the names of sections. */
  language: string
  /** Permits requests to 127.0.0.0/8, ::1 and localhost, for local development only. */
  allowLoopback: boolean
  /** Whether an isolate without Workers Cache trusts validators from D1 for a second. */
  remembersValidators: boolean
  databaseLimitBytes: number
  /** The clients that may read the API: everyone, or only partners with a key. */
  apiAccess: "public" | "partners"
  /** A part of the validators of feeds, because feeds show some settings. */
  fingerprint: string
}

const cache = new WeakMap<Env, Settings>()

/** Reads the settings once in each isolate. @throws ConfigurationError with the setting and the remedy */
export function settings(env: Env): Settings {
  const cached = cache.get(env)
  if (cached) return cached
  const feedsUrl = parseOrigin("FEEDS_URL", env.FEEDS_URL)
  const result: Settings = {
    feedsUrl,
    title: env.WIRE_TITLE,
    language: env.WIRE_LANGUAGE,
    allowLoopback: env.ALLOW_LOOPBACK === "true",
    remembersValidators: env.REMEMBER_VALIDATORS === "true",
    databaseLimitBytes: parseGigabytes("DATABASE_LIMIT_GB", env.DATABASE_LIMIT_GB),
    apiAccess: parseAccess("API_ACCESS", env.API_ACCESS),
    fingerprint: fingerprint([feedsUrl, env.WIRE_TITLE, env.WIRE_LANGUAGE].join("\n")),
  }
  cache.set(env, result)
  return result
}

function parseGigabytes(name: string, value: string): number {
  const count = Number(value)
  if (value.trim() !== "" && count > 0 && Number.isFinite(count)) return count * 1e9
  throw new ConfigurationError(
    `${name} is ${JSON.stringify(value)}: set it to the size that the database may have, such as 10`,
  )
}

function parseAccess(name: string, value: string): Settings["apiAccess"] {
  if (value === "public" || value === "partners") return value
  throw new ConfigurationError(`${name} is ${JSON.stringify(value)}: set it to public or partners`)
}

function parseOrigin(name: string, value: string): string {
  const url = URL.canParse(value) ? new URL(value) : undefined
  if (!url || !/^https?:$/.test(url.protocol) || url.pathname !== "/" || url.search !== "" || url.hash !== "") {
    throw new ConfigurationError(
      `${name} is ${JSON.stringify(value)}: set it to an origin such as https://feeds.example.org`,
    )
  }
  return url.origin
}

/** Computes FNV-1a with 32 bits. It distinguishes texts, but does not protect against forgery. */
export function fingerprint(text: string): string {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return (hash >>> 0).toString(36)
}
