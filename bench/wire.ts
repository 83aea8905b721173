/** Runs all Workers of the bench in one workerd: the wire as it is deployed, and the other contestants. */
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { convertV4MiniflareOptions, Miniflare } from "miniflare"
import { root } from "../scripts/terminal.ts"

export interface Bundles {
  wire: string
  fromMemory: string
  feedByHand: string
  listByHand: string
  pageByHand: string
  pushByHand: string
}

/** The Host header decides which Worker answers. */
export const HOSTS = {
  wire: "wire.bench",
  behindTheEdge: "edge.bench",
  limited: "limited.bench",
  fromMemory: "memory.bench",
  feedByHand: "feed-by-hand.bench",
  listByHand: "list-by-hand.bench",
  pageByHand: "page-by-hand.bench",
  pushByHand: "push-by-hand.bench",
  pushByHandClean: "push-by-hand-clean.bench",
  countedWire: "counted.bench",
  countedByHand: "counted-by-hand.bench",
  recordedWire: "recorded.bench",
} as const

export const ADMIN_TOKEN = "an-admin-token-for-the-bench-only-long-enough"

/**
 * The wire as behind Workers Cache in production: every request that reaches the Worker goes to D1. The bundle is the
 * same; only the context says that Workers Cache is in front.
 * @param limiter is the rate limit of the API
 */
const behindTheEdge = (limiter: string): string => `import wire from "./index.js"
const cache = { purge: async () => ({ success: true }) }
const inFront = (ctx) => ({ cache, waitUntil: (promise) => ctx.waitUntil(promise), passThroughOnException() {} })
let cached
const withLimiter = (env) => (cached ??= { ...env, READER_RATE: ${limiter} })
export default {
  fetch: (request, env, ctx) => wire.fetch(request, withLimiter(env), inFront(ctx)),
  scheduled: (controller, env, ctx) => wire.scheduled(controller, withLimiter(env), inFront(ctx)),
}`
const BEHIND_THE_EDGE = behindTheEdge("{ limit: async () => ({ success: true }) }")
const LIMITED = behindTheEdge("env.READER_RATE")

/**
 * The same Worker, with a header that says how many rows D1 read for an answer. It is used only to count rows, because
 * the header changes the answer.
 */
const COUNTED = `import wire from "./index.js"
const cache = { purge: async () => ({ success: true }) }
export default {
  async fetch(request, env, ctx) {
    let rows = 0
    const originals = new WeakMap()
    const count = (result) => {
      rows += result.meta.rows_read
      return result
    }
    const wrap = (statement) => {
      const all = async () => count(await statement.all())
      const wrapped = {
        all,
        bind: (...values) => wrap(statement.bind(...values)),
        raw: async () => (await all()).results.map((row) => Object.values(row)),
      }
      originals.set(wrapped, statement)
      return wrapped
    }
    const DB = {
      prepare: (query) => wrap(env.DB.prepare(query)),
      batch: async (statements) => (await env.DB.batch(statements.map((each) => originals.get(each)))).map(count),
    }
    const context = { cache, waitUntil: (promise) => ctx.waitUntil(promise), passThroughOnException() {} }
    const { status, headers, body } = await wire.fetch(request, { ...env, DB }, context)
    const answer = new Response(body, { status, headers })
    answer.headers.set("x-rows-read", String(rows))
    return answer
  },
}`

/** The same Worker, which answers with the statements that it sent to D1 for a request, and with their rows. */
const RECORDED = `import wire from "./index.js"
const cache = { purge: async () => ({ success: true }) }
export default {
  async fetch(request, env, ctx) {
    const statements = []
    const originals = new WeakMap()
    const wrap = (query, parameters, statement) => {
      const record = (result) => (statements.push({ query, parameters, rows: result.results }), result)
      const wrapped = {
        bind: (...values) => wrap(query, values, statement.bind(...values)),
        all: async () => record(await statement.all()),
        raw: async () => record(await statement.all()).results.map((row) => Object.values(row)),
      }
      originals.set(wrapped, { statement, record })
      return wrapped
    }
    const DB = {
      prepare: (query) => wrap(query, [], env.DB.prepare(query)),
      batch: async (all) => {
        const known = all.map((each) => originals.get(each))
        return (await env.DB.batch(known.map(({ statement }) => statement))).map((result, at) => known[at].record(result))
      },
    }
    const context = { cache, waitUntil: (promise) => ctx.waitUntil(promise), passThroughOnException() {} }
    await wire.fetch(request, { ...env, DB }, context)
    return Response.json(statements)
  },
}`

const SETTINGS = {
  FEEDS_URL: "https://feeds.example",
  WIRE_TITLE: "برق",
  WIRE_LANGUAGE: "ar",
  ALLOW_LOOPBACK: "false",
  REMEMBER_VALIDATORS: "true",
  DATABASE_LIMIT_GB: "10",
  API_ACCESS: "public",
  ADMIN_TOKEN,
  MASTER_KEY: Buffer.alloc(32, 7).toString("base64"),
}
const UNLIMITED = { limit: 1_000_000, period: 60 as const }
const PLATFORM = { compatibilityDate: "2026-11-01", compatibilityFlags: ["global_fetch_strictly_public"] }
const WIRE = {
  ...PLATFORM,
  d1Databases: { DB: "wire" },
  r2Buckets: { RECEIVED: "received" },
  queueProducers: { VIEWS: "feedwire-views" },
  ratelimits: {
    PUBLISHER_RATE: { namespace_id: "1", simple: UNLIMITED },
    UNAUTHENTICATED_RATE: { namespace_id: "2", simple: UNLIMITED },
    PARTNER_RATE: { namespace_id: "3", simple: UNLIMITED },
    READER_RATE: { namespace_id: "4", simple: UNLIMITED },
    SNAPSHOT_RATE: { namespace_id: "5", simple: UNLIMITED },
  },
  bindings: SETTINGS,
}

const SILENT = { logRequests: false, cf: false, telemetry: { enabled: false }, handleStructuredLogs: () => {} }

type Modules = [path: string, contents: string][]
const modulesOf = (files: Modules) => files.map(([path, contents]) => ({ type: "ESModule" as const, path, contents }))

const wrapped = (outer: string, script: string): Modules => [
  ["/outer.js", outer],
  ["/index.js", script],
]

/** Starts one Worker alone, to measure a whole process. */
export const startAlone = (script: string): Miniflare => startOne([["/index.js", script]])

/** Starts the wire alone, with Workers Cache in front, for measurements that need too much memory for other Workers. */
export const startBehindTheEdge = (script: string): Miniflare => startOne(wrapped(BEHIND_THE_EDGE, script))

const startOne = (files: Modules): Miniflare =>
  new Miniflare(convertV4MiniflareOptions({ ...SILENT, ...WIRE, modulesRoot: "/", modules: modulesOf(files) }))

/** @param secret signs the pushes that the hand-written Workers verify */
export function startAll(bundles: Bundles, secret: string): Miniflare {
  const worker = (name: keyof typeof HOSTS, files: Modules, more: object) => ({
    ...PLATFORM,
    name,
    routes: [`${HOSTS[name]}/*`],
    modulesRoot: "/",
    modules: modulesOf(files),
    ...more,
  })
  const byHand = (database: string, SANITIZE: string) => ({
    d1Databases: { DB: database },
    bindings: { SECRET: secret, SANITIZE },
  })
  const { wire, fromMemory, feedByHand, listByHand, pageByHand, pushByHand } = bundles
  return new Miniflare(
    convertV4MiniflareOptions({
      ...SILENT,
      workers: [
        worker("wire", [["/index.js", wire]], WIRE),
        worker("behindTheEdge", wrapped(BEHIND_THE_EDGE, wire), WIRE),
        worker("limited", wrapped(LIMITED, wire), WIRE),
        worker("fromMemory", [["/index.js", fromMemory]], {}),
        worker("feedByHand", [["/index.js", feedByHand]], { d1Databases: { DB: "wire" } }),
        worker("listByHand", [["/index.js", listByHand]], { d1Databases: { DB: "list-by-hand" } }),
        worker("pageByHand", [["/index.js", pageByHand]], { d1Databases: { DB: "wire" } }),
        worker("pushByHand", [["/index.js", pushByHand]], byHand("by-hand", "false")),
        worker("pushByHandClean", [["/index.js", pushByHand]], byHand("by-hand-clean", "true")),
        worker("countedWire", wrapped(COUNTED, wire), WIRE),
        worker("recordedWire", wrapped(RECORDED, wire), WIRE),
        worker("countedByHand", wrapped(COUNTED, feedByHand), { d1Databases: { DB: "wire" } }),
      ],
    }),
  )
}

/** Creates the wire's tables in the databases of these Workers. undefined stands for the first Worker. */
export async function migrate(miniflare: Miniflare, workers: (keyof typeof HOSTS | undefined)[]): Promise<void> {
  const folder = join(root, "migrations")
  const files = readdirSync(folder).filter((name) => name.endsWith(".sql"))
  for (const worker of workers) {
    const database = await miniflare.getD1Database("DB", worker)
    for (const file of files.sort()) {
      const sql = readFileSync(join(folder, file), "utf8").replace(/^\s*--.*$/gm, "")
      const statements = sql.split(/;\s*$/m).filter((statement) => statement.trim() !== "")
      await database.batch(statements.map((statement) => database.prepare(statement)))
    }
  }
}
