/** The generated bindings and what the settings among them mean. */

import { ConfigurationError } from "./log/error-causes.ts"

export type AppEnv = {
  Bindings: Env
  Variables: { requestId: string; now: number; clock: () => number; settings: Settings }
}

export interface Settings {
  /** Origin of all feed URLs, without a trailing slash. */
  feedsUrl: string
  title: string
  /** BCP 47 tag of the wire's own names, used where a section has several. */
  language: string
  /** Absent: no hub is advertised. */
  hubUrl?: string
  /** Opens 127.0.0.0/8, ::1 and localhost for peers: local development only. */
  allowLoopback: boolean
  /** Local edge cache: an isolate trusts an answer of D1 for a second. */
  remembersValidators: boolean
  /** Bytes that the database may have. */
  databaseLimitBytes: number
  /** Who may use the content API: anyone, or partners with a key. */
  apiAccess: "public" | "partners"
  /** Changes with every setting that feeds show: part of their validators. */
  fingerprint: string
}

const cache = new WeakMap<Env, Settings>()

/**
 * Reads the settings once an isolate.
 * @throws Error naming the setting and the remedy, if one cannot be used.
 */
export function settings(env: Env): Settings {
  const cached = cache.get(env)
  if (cached) return cached
  const feedsUrl = parseOrigin("FEEDS_URL", env.FEEDS_URL)
  const hubUrl = env.HUB_URL === "" ? undefined : parseAddress("HUB_URL", env.HUB_URL)
  const result: Settings = {
    feedsUrl,
    title: env.WIRE_TITLE,
    language: env.WIRE_LANGUAGE,
    ...(hubUrl !== undefined && { hubUrl }),
    allowLoopback: env.ALLOW_LOOPBACK === "true",
    remembersValidators: env.REMEMBER_VALIDATORS === "true",
    databaseLimitBytes: parseGigabytes("DATABASE_LIMIT_GB", env.DATABASE_LIMIT_GB),
    apiAccess: parseAccess("API_ACCESS", env.API_ACCESS),
    fingerprint: fingerprint([feedsUrl, env.WIRE_TITLE, env.WIRE_LANGUAGE, hubUrl ?? ""].join("\n")),
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

function parseAddress(name: string, value: string): string {
  if (URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)) return new URL(value).href
  throw new ConfigurationError(`${name} is ${JSON.stringify(value)}: set it to a URL such as https://hub.example.org/`)
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

/** FNV-1a, 32 bit: distinguishes settings, protects nothing. */
export function fingerprint(text: string): string {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return (hash >>> 0).toString(36)
}
