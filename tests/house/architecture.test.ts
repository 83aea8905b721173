/** The rules of the house hold in src/, and each of them sees a file that breaks it. docs/architecture.md says why. */
import { describe, expect, test } from "vitest"
import { ERROR_LOG, errorTexts, logs, READERS, textsOfErrors } from "./error-rules.ts"
import { exists, filesIn, read } from "./project.ts"
import * as rules from "./rules.ts"
import { parse, type Source } from "./source.ts"

const sources = filesIn("src", /\.[cm]?[jt]sx?$/).map((path) => parse(path.slice("src/".length), read(path)))

/** Lines of text, and whether they may stand in the file. */
interface Case {
  path: string
  text: string
  caught: boolean
}
const bad = (path: string, text: string): Case => ({ path, text, caught: true })
const good = (path: string, text: string): Case => ({ path, text, caught: false })

const statement = "`select 1`"

const RULES: { says: string; rule: rules.Rule; cases: Case[] }[] = [
  {
    says: "imports go one way: index → app → {api, site, admin} → push → poll → hub → feeds → articles → env → {formats, http, db}",
    rule: rules.importOrder,
    cases: [
      bad("articles/write/batch.ts", `import { render } from "../feeds/render.ts"`),
      bad("articles/write/batch.ts", `import type { Render } from "../feeds/render.ts"`),
      bad("articles/write/batch.ts", `export { render } from "../feeds/render.ts"`),
      bad("articles/write/batch.ts", `export * from "../feeds/render.ts"`),
      bad("articles/write/batch.ts", `const { render } = await import("../feeds/render.ts")`),
      bad("articles/write/batch.ts", `export const load = (name: string) => import(name)`),
      bad("articles/write/batch.ts", `let render: import("../feeds/render.ts").Render`),
      bad("dialects/native.ts", `import { admin } from "../../admin/routes.ts"`),
      bad("site/routes.ts", `import { admin } from "../admin/routes.ts"`),
      bad("http/problem.ts", `import { client } from "../db/client.ts"`),
      bad("db/client.ts", `import { settings } from "../env.ts"`),
      bad("env.ts", `import { app } from "./app.ts"`),
      bad("admin/routes.ts", `import { health } from "../health.ts"`),
      bad("site/pages.tsx", `import { version } from "../../package.json"`),
      bad("core/article.ts", "export const a = 1"),
      good("admin/routes.ts", `import { announce } from "../hub/announce.ts"; import { a } from "./authenticate.ts"`),
      good("dialects/native.ts", `import { near } from "../../http/near.ts"; import { p } from "../prepare.ts"`),
      good("app.ts", `import { Hono } from "hono"; import { health } from "./health.ts"`),
      good("articles/write/batch.ts", `// import { render } from "../feeds/render.ts"`),
    ],
  },
  {
    says: "formats/ imports nothing but itself",
    rule: rules.pureFormats,
    cases: [
      bad("formats/rss.ts", `import { near } from "../http/near.ts"`),
      bad("formats/rss.ts", `import { Hono } from "hono"`),
      bad("formats/rss.ts", `import { createHash } from "node:crypto"`),
      good("formats/rss.ts", `import { text } from "./xml.ts"`),
      good("http/parameters.ts", `import type { Context } from "hono"`),
    ],
  },
  {
    says: "only hub/ and poll/ reach out",
    rule: rules.outboundFetch,
    cases: [
      bad("push/ingest/store-message.ts", `export const ask = () => fetch("https://peer.example/")`),
      bad("push/ingest/store-message.ts", "export const ask = fetch"),
      bad("push/ingest/store-message.ts", `export const ask = () => globalThis.fetch("https://peer.example/")`),
      bad("push/ingest/store-message.ts", "const { fetch } = globalThis"),
      bad("push/ingest/store-message.ts", `import { connect } from "cloudflare:sockets"`),
      good("hub/deliver.ts", `export const ask = () => fetch("https://peer.example/")`),
      good("index.ts", "export default { fetch: app.fetch, async scheduled() {} }"),
      good("index.ts", "export default { fetch(request: Request) { return app.fetch(request) } }"),
      good("site/routes.ts", `/** fetch("/") */ export const text = "fetch(it)"`),
    ],
  },
  {
    says: `only ${rules.EDGE_CACHE} knows the edge cache`,
    rule: rules.cacheWords,
    cases: [
      bad("feeds/routes.ts", `const found = await caches.default.match("https://wire.example/")`),
      bad("feeds/routes.ts", `const cache = await caches.open("feeds")`),
      bad("feeds/routes.ts", `export const headers = { "cache-control": "no-store" }`),
      bad("feeds/routes.ts", `c.header("Cache-Control", "no-store")`),
      bad("feeds/routes.ts", `c.header("CDN-Cache-Control", "no-store")`),
      bad("feeds/routes.ts", `c.header(\`Cache-Tag\`, tags)`),
      bad("feeds/routes.ts", `import { cache } from "hono/cache"`),
      bad("after-commit/purge.ts", "await ctx.cache?.purge({ tags })"),
      bad("after-commit/purge.ts", "const { cache } = c.executionCtx"),
      bad("after-commit/purge.ts", "export const edge = c.executionCtx.cache"),
      bad("after-commit/purge.ts", "await edge.purge({ tags })"),
      good("http/edge-cache.ts", "await ctx.cache?.purge({ tags })"),
      good(
        "articles/write/purge.ts",
        `import { sql } from "drizzle-orm"; export const s = sql\`select purged_commit_no from purge\``,
      ),
      good("formats/feed.ts", "/** agrees with Cache-Control max-age */ export interface Feed { ttl: number }"),
    ],
  },
  {
    says: "SQL stands in db/ and in the files that are named for it",
    rule: rules.sqlPlaces,
    cases: [
      bad("feeds/render.ts", `export const select = sql${statement}`),
      bad("feeds/render.ts", `export const select = sql<{ id: number }>${statement}`),
      bad("feeds/render.ts", `export const select = sql.raw("select 1")`),
      bad("feeds/render.ts", `import { eq } from "drizzle-orm"`),
      bad("feeds/render.ts", `import { articles } from "../db/schema.ts"`),
      bad("push/routes.ts", `await env.DB.prepare("select 1").all()`),
      good("feeds/render.ts", `import type { SQL } from "drizzle-orm"; import { type Db } from "../db/client.ts"`),
      good("feeds/render.ts", `/* sql${statement} */ export const name = "sql"`),
      good("db/client.ts", `import { drizzle } from "drizzle-orm/d1"`),
      good("articles/write/batch.ts", `export const select = sql${statement}`),
    ],
  },
  {
    says: "only the entries read the clock",
    rule: rules.clock,
    cases: [
      bad("articles/write/batch.ts", "export const now = Date.now()"),
      bad("articles/write/batch.ts", "export const clock = Date.now"),
      bad("articles/write/batch.ts", "export const now = new Date()"),
      bad("articles/write/batch.ts", "export const now = new Date"),
      bad("articles/write/batch.ts", "export const now = Date()"),
      bad("articles/write/batch.ts", "export const now = performance.now()"),
      good("articles/write/batch.ts", "export const year = (now: number) => new Date(now).getUTCFullYear()"),
      good("articles/write/batch.ts", `export const at = Date.parse("2026-11-01") // Date.now()`),
      good("app.ts", "export const now = Date.now()"),
    ],
  },
  {
    says: "no statement reads the clock",
    rule: rules.clockInSql,
    cases: [
      bad(
        "articles/read/read-selection.ts",
        "export const s = sql`select * from articles where published_at < unixepoch() * 1000`",
      ),
      bad("articles/read/read-selection.ts", "export const s = sql<Row>`select datetime('now')`"),
      bad("articles/read/read-selection.ts", "export const s = sql`insert into t values (CURRENT_TIMESTAMP)`"),
      good(
        "articles/read/read-selection.ts",
        "export const s = sql`select changed_at, 'nowhere' from wire` // unixepoch()",
      ),
    ],
  },
  {
    says: "names of files and folders say what is in them",
    rule: rules.names,
    cases: [
      bad("http/utils.ts", ""),
      bad("http/string-helpers.ts", ""),
      bad("common/dates.ts", ""),
      bad("articles/article.service.ts", ""),
      bad("articles/Manager.ts", ""),
      good("text/near.ts", ""),
      good("articles/commons.ts", ""),
    ],
  },
  {
    says: "no file only passes on what others export",
    rule: rules.noBarrels,
    cases: [
      bad("articles/index.ts", `export * from "./store.ts"`),
      bad("articles/all.ts", `export { a } from "./store.ts"\nexport type { B } from "./scope.ts"`),
      bad("articles/all.ts", `import { a } from "./store.ts"\nexport { a }`),
      bad("articles/all.ts", `import a from "./store.ts"\nexport default a`),
      good("articles/all.ts", `export { a } from "./store.ts"\nexport const b = 1`),
      good("articles/all.ts", `import { a } from "./store.ts"\na()`),
    ],
  },
  {
    says: "no file has more than 300 lines",
    rule: rules.length,
    cases: [
      bad("articles/write/batch.ts", "// a line\n".repeat(301)),
      good("articles/write/batch.ts", "// a line\n".repeat(300)),
    ],
  },
  {
    says: "nothing is any",
    rule: rules.noAny,
    cases: [
      bad("articles/write/batch.ts", "export let a: any"),
      bad("articles/write/batch.ts", "export const a = JSON.parse(text) as any[]"),
      bad("articles/write/batch.ts", "export const a = new Map<string, any>()"),
      bad("articles/write/batch.ts", "export type A = Record<string, any>"),
      good("articles/write/batch.ts", `/** any */ export const any = await Promise.any(["any"])`),
      good("site/pages.tsx", "export const Page = () => <p>here, any: of them</p>"),
    ],
  },
  {
    says: `only ${ERROR_LOG} says what of an error is logged and stored`,
    rule: errorTexts,
    cases: [
      bad("push/handler.ts", "try { a() } catch (error) { log(String(error)) }"),
      bad("push/handler.ts", `try { a() } catch (wrong) { throw new Problem("internal_error", \`\${wrong}\`) }`),
      bad("push/handler.ts", "try { a() } catch (error) { log((error as Error).message) }"),
      bad("push/handler.ts", "try { a() } catch (error) { log(error instanceof Error ? error?.stack : undefined) }"),
      bad("push/handler.ts", "try { a() } catch (error) { log(error.cause.message) }"),
      bad("push/handler.ts", 'try { a() } catch (error) { log("it failed: " + error) }'),
      bad("push/handler.ts", "try { a() } catch (error) { log(JSON.stringify({ error })) }"),
      bad("push/handler.ts", "try { a() } catch (error) { log(JSON.stringify({ ...error })) }"),
      bad("push/handler.ts", "try { a() } catch (error) { log(error.toString()) }"),
      bad("push/handler.ts", "try { a() } catch (error) { const { message } = error; log(message) }"),
      bad("push/handler.ts", "try { a() } catch ({ message }) { log(message) }"),
      bad("push/handler.ts", "await a().catch((lost) => log(lost.message))"),
      bad("push/handler.ts", "await a().catch(({ stack }) => log(stack))"),
      bad("push/handler.ts", `await a().then(b, (lost) => log(\`\${lost}\`))`),
      bad("push/handler.ts", "app.onError((thrownHere, c) => log(thrownHere.stack))"),
      bad("push/handler.ts", "export const said = (error: unknown) => String(error)"),
      bad("index.ts", "throw new Error(failures.map(String).join())"),
      good("push/handler.ts", 'try { a() } catch (error) { logError("lost", error) }'),
      good("push/handler.ts", "export const detail = (problem: Problem) => problem.message"),
      good("push/handler.ts", `export const text = String(5) + \`\${name}\``),
      good(ERROR_LOG, "export const a = (error: Error) => error.message"),
    ],
  },
  {
    says: `only ${ERROR_LOG} and app.ts write to the log`,
    rule: logs,
    cases: [
      bad("push/handler.ts", "console.error(1)"),
      bad("push/handler.ts", "globalThis.console.log(1)"),
      bad("push/handler.ts", "const write = console[level]"),
      good("app.ts", "console.log(1)"),
      good("push/handler.ts", "/** console.log */ export const console = 1"),
    ],
  },
]

test("there is a source", () => {
  expect(sources.map(({ path }) => path)).toContain("index.ts")
})

describe.each(RULES)("$says", ({ rule, cases }) => {
  test("in src/", () => {
    expect(sources.flatMap(rule)).toEqual([])
  })

  test.each(cases)("caught: $caught in $path: $text", ({ path, text, caught }) => {
    expect(rule(parse(path, text)).length > 0).toBe(caught)
  })
})

test("whoever is named for SQL speaks it", () => {
  const speaks = (place: string, { path }: Source) => (place.endsWith("/") ? path.startsWith(place) : path === place)
  const idle = rules.SQL_PLACES.filter(
    (place) => !sources.some((source) => speaks(place, source) && rules.sqlIn(source).length > 0),
  )
  expect(idle).toEqual([])
})

test("whoever is named as a reader of what errors say reads it", () => {
  const idle = [...READERS.keys()].filter(
    (path) => !sources.some((source) => source.path === path && textsOfErrors(source).length > 0),
  )
  expect(idle).toEqual([])
})

test("the one file that knows the edge cache is there", () => {
  expect(exists(`src/${rules.EDGE_CACHE}`)).toBe(true)
})
