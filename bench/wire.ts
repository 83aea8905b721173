/** All Workers of the bench in one workerd: the wire as deployed, and what it is compared with. */
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { convertV4MiniflareOptions, Miniflare } from "miniflare"
import { callAdmin, createKey } from "../scripts/admin-client.ts"
import { push } from "../scripts/push-client.ts"
import { root } from "../scripts/terminal.ts"
import { articles } from "./articles.ts"

export interface Bundles {
  wire: string
  fromMemory: string
  feedByHand: string
  pushByHand: string
}

/** Which Worker answers is decided by the Host header. */
export const HOSTS = {
  wire: "wire.bench",
  behindTheEdge: "edge.bench",
  fromMemory: "memory.bench",
  feedByHand: "feed-by-hand.bench",
  pushByHand: "push-by-hand.bench",
  pushByHandClean: "push-by-hand-clean.bench",
} as const

export const FEED = "/sections/news/feed.rss"
/** The publisher of the feed, and the one that only pushes: what it sends stands in a section of its own. */
export const READER = "reader"
export const WRITER = "writer"
export const PUSHED_SECTION = "pushed"

const ADMIN_TOKEN = "an-admin-token-for-the-bench-only-long-enough"

/**
 * The wire with Workers Cache in front: in production nothing else reaches the Worker, and it asks D1 every time. It
 * is the same bundle; only the context has the member by which it knows.
 */
const BEHIND_THE_EDGE = `import wire from "./index.js"
const cache = { purge: async () => ({ success: true }) }
export default {
  fetch: (request, env, ctx) =>
    wire.fetch(request, env, { cache, waitUntil: (promise) => ctx.waitUntil(promise), passThroughOnException() {} }),
}`

const SETTINGS = {
  FEEDS_URL: "https://feeds.example",
  WIRE_TITLE: "برق",
  WIRE_LANGUAGE: "ar",
  HUB_URL: "",
  ALLOW_LOOPBACK: "false",
  REMEMBER_VALIDATORS: "true",
  ADMIN_TOKEN,
  MASTER_KEY: Buffer.alloc(32, 7).toString("base64"),
}
const UNLIMITED = { limit: 1_000_000, period: 60 as const }
const PLATFORM = { compatibilityDate: "2026-11-01", compatibilityFlags: ["global_fetch_strictly_public"] }
const WIRE = {
  ...PLATFORM,
  d1Databases: { DB: "wire" },
  r2Buckets: { RECEIVED: "received" },
  ratelimits: {
    PUBLISHER_RATE: { namespace_id: "1", simple: UNLIMITED },
    STRANGER_RATE: { namespace_id: "2", simple: UNLIMITED },
  },
  bindings: SETTINGS,
}

const QUIET = { logRequests: false, cf: false, telemetry: { enabled: false }, handleStructuredLogs: () => {} }

type Modules = [path: string, contents: string][]
const modulesOf = (files: Modules) => files.map(([path, contents]) => ({ type: "ESModule" as const, path, contents }))

/** One Worker alone, for what a whole process costs. */
export function startAlone(script: string): Miniflare {
  return new Miniflare(
    convertV4MiniflareOptions({ ...QUIET, ...WIRE, modulesRoot: "/", modules: modulesOf([["/index.js", script]]) }),
  )
}

/** @param secret of the pushes that the hand-written doors verify. */
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
  const { wire, fromMemory, feedByHand, pushByHand } = bundles
  return new Miniflare(
    convertV4MiniflareOptions({
      ...QUIET,
      workers: [
        worker("wire", [["/index.js", wire]], WIRE),
        worker("behindTheEdge", [["/edge.js", BEHIND_THE_EDGE]].concat([["/index.js", wire]]) as Modules, WIRE),
        worker("fromMemory", [["/index.js", fromMemory]], {}),
        worker("feedByHand", [["/index.js", feedByHand]], { d1Databases: { DB: "wire" } }),
        worker("pushByHand", [["/index.js", pushByHand]], byHand("by-hand", "false")),
        worker("pushByHandClean", [["/index.js", pushByHand]], byHand("by-hand-clean", "true")),
      ],
    }),
  )
}

/** Every database of these Workers gets the wire's tables; undefined is the first Worker. */
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

/** Creates publishers and sections as an operator does, and pushes the feed's articles as a publisher does. */
export async function fill(url: string, count: number): Promise<{ writerSecret: string }> {
  const door = { url, token: ADMIN_TOKEN }
  await callAdmin(door, "POST", "/sections", { slug: "news", names: { ar: "أخبار" } })
  await callAdmin(door, "POST", "/sections", { slug: PUSHED_SECTION, names: { ar: "وارد" } })
  const secrets = []
  for (const slug of [READER, WRITER]) {
    const publisher = { slug, name: "وكالة نهار", home_page: "https://nahar.example/", lang: "ar" }
    await callAdmin(door, "POST", "/publishers", publisher)
    const { secret } = await createKey(door, slug)
    if (!secret) throw new Error("no secret was answered with the key")
    secrets.push(secret)
  }
  const [reader = "", writerSecret = ""] = secrets
  const items = articles(count, "feed", "news", Date.now() - 60_000)
  const results = await push(
    { url, publisher: READER, secret: reader },
    { type: "article.published", timestamp: new Date().toISOString(), data: items },
  )
  if (results.some(({ outcome }) => outcome !== "created")) throw new Error(JSON.stringify(results[0]))
  return { writerSecret }
}

/** How many articles the hand-written doors stored must be how many the wire did, beside those of the feed. */
export async function assertStored(miniflare: Miniflare, inFeed: number): Promise<void> {
  const count = async (worker: keyof typeof HOSTS) => {
    const database = await miniflare.getD1Database("DB", worker)
    const row = await database
      .prepare(
        `select (select count(*) from articles) articles, (select count(*) from bodies) bodies,
          (select count(*) from standings where scope = 'all') standings`,
      )
      .first()
    const counts = Object.values((row ?? {}) as Record<string, number>)
    return counts.map((rows) => rows - (worker === "wire" ? inFeed : 0))
  }
  const [wire, plain, clean] = await Promise.all([count("wire"), count("pushByHand"), count("pushByHandClean")])
  if (`${wire}` !== `${plain}` || `${wire}` !== `${clean}`) {
    throw new Error(`the doors stored different numbers of rows: ${wire} / ${plain} / ${clean}`)
  }
}
