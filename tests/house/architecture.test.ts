/** Tests that files of src/ do not break the rules of docs/architecture.md, and lists the exempt files. */
import { expect, test } from "vitest"
import { ERROR_LOG, errorTexts, logs, READERS, textsOfErrors } from "./error-rules.ts"
import { exists } from "./project.ts"
import { bad, describeRules, good, type RuleWithCases, sources } from "./rule-cases.ts"
import * as rules from "./rules.ts"
import type { Source } from "./source.ts"

const statement = "`select 1`"

const RULES: RuleWithCases[] = [
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
        "articles/write/purge-token.ts",
        `import { sql } from "drizzle-orm"; export const s = sql\`select purged_commit_no from purge\``,
      ),
      good("formats/feed.ts", "/** agrees with Cache-Control max-age */ export interface Feed { ttl: number }"),
    ],
  },
  {
    says: "only db/ and the files in SQL_PLACES contain SQL",
    rule: rules.sqlPlaces,
    cases: [
      bad("feeds/assemble.ts", `export const select = sql${statement}`),
      bad("feeds/assemble.ts", `export const select = sql<{ id: number }>${statement}`),
      bad("feeds/assemble.ts", `export const select = sql.raw("select 1")`),
      bad("feeds/assemble.ts", `import { eq } from "drizzle-orm"`),
      bad("feeds/assemble.ts", `import { articles } from "../db/schema.ts"`),
      bad("push/routes.ts", `await env.DB.prepare("select 1").all()`),
      good("feeds/assemble.ts", `import type { SQL } from "drizzle-orm"; import { type Db } from "../db/client.ts"`),
      good("feeds/assemble.ts", `/* sql${statement} */ export const name = "sql"`),
      good("db/client.ts", `import { drizzle } from "drizzle-orm/d1"`),
      good("articles/write/write-batch.ts", `export const select = sql${statement}`),
    ],
  },
  {
    says: "rows have the types of the schema",
    rule: rules.rowTypes,
    cases: [
      bad("operations/audit.ts", "interface AuditRow { id: number }"),
      bad("push/auth/keys.ts", "export interface KeyRow { last_used_at: number | null }"),
      good("push/auth/keys.ts", "type KeyRow = typeof publisherKeys.$inferSelect"),
      bad("push/replay.ts", "db.all<{ id: number; total: number }>(statement)"),
      good("articles/search/search.ts", "interface SearchRow { seq: number; rank: number }"),
      bad("articles/search/search.ts", "interface SearchRow { seq: number; commit_no: number }"),
      bad("articles/search/search.ts", "type SearchRow = { seq: number }"),
      bad("articles/search/search.ts", "db.all<{ id: string; scopes: string }>(statement)"),
      bad("articles/search/search.ts", "sql<{ id: string }>`select id from articles`"),
      good("articles/search/search.ts", "sql<{ scope: string; rank: number }>`select 1`"),
      good("articles/search/search.ts", 'type SearchRow = StoredColumns<typeof articles, "id" | "commitNo">'),
    ],
  },
  {
    says: "only the entry points read the clock",
    rule: rules.clock,
    cases: [
      bad("articles/write/write-batch.ts", "export const now = Date.now()"),
      bad("articles/write/write-batch.ts", "export const clock = Date.now"),
      bad("articles/write/write-batch.ts", "export const now = new Date()"),
      bad("articles/write/write-batch.ts", "export const now = new Date"),
      bad("articles/write/write-batch.ts", "export const now = Date()"),
      bad("articles/write/write-batch.ts", "export const now = performance.now()"),
      good("articles/write/write-batch.ts", "export const year = (now: number) => new Date(now).getUTCFullYear()"),
      good("articles/write/write-batch.ts", `export const at = Date.parse("2026-11-01") // Date.now()`),
      good("app.ts", "export const now = Date.now()"),
      good("site/scripts/site.ts", "export const now = Date.now()"),
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
    says: "names of files and folders describe their content",
    rule: rules.names,
    cases: [
      bad("http/utils.ts", ""),
      bad("http/string-helpers.ts", ""),
      bad("common/dates.ts", ""),
      bad("articles/model/article.service.ts", ""),
      bad("articles/write/Manager.ts", ""),
      good("text/near-matches.ts", ""),
      good("articles/model/commons.ts", ""),
    ],
  },
  {
    says: "no file only passes on what others export",
    rule: rules.noBarrels,
    cases: [
      bad("articles/write/index.ts", `export * from "./batch.ts"`),
      bad("articles/write/all.ts", `export { a } from "./batch.ts"\nexport type { B } from "./commit.ts"`),
      bad("articles/write/all.ts", `import { a } from "./batch.ts"\nexport { a }`),
      bad("articles/write/all.ts", `import a from "./batch.ts"\nexport default a`),
      good("articles/write/all.ts", `export { a } from "./batch.ts"\nexport const b = 1`),
      good("articles/write/all.ts", `import { a } from "./batch.ts"\na()`),
    ],
  },
  {
    says: "no file has more than 300 lines",
    rule: rules.length,
    cases: [
      bad("articles/write/write-batch.ts", "// a line\n".repeat(301)),
      good("articles/write/write-batch.ts", "// a line\n".repeat(300)),
    ],
  },
  {
    says: "no type is any",
    rule: rules.noAny,
    cases: [
      bad("articles/write/write-batch.ts", "export let a: any"),
      bad("articles/write/write-batch.ts", "export const a = JSON.parse(text) as any[]"),
      bad("articles/write/write-batch.ts", "export const a = new Map<string, any>()"),
      bad("articles/write/write-batch.ts", "export type A = Record<string, any>"),
      good("articles/write/write-batch.ts", `/** any */ export const any = await Promise.any(["any"])`),
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
    says: "no object spreads two records",
    rule: rules.oneSpread,
    cases: [
      bad("feeds/load.ts", "const page = { ...state, ...options }"),
      bad("feeds/load.ts", "const page = { a: 1, ...state.page, b: 2, ...(options) }"),
      bad("feeds/load.ts", "const page = { ...this.state, ...(options as Options) }"),
      good("feeds/load.ts", "const page = { ...state, a: 1 }"),
      good("feeds/load.ts", "const page = { ...state, ...(a && { a }), ...(b === undefined ? {} : { b }) }"),
      bad("feeds/load.ts", "const page = { ...state, ...headersOf(state) }"),
      bad("feeds/load.ts", "const page = { ...(await read()), ...progress }"),
      bad("feeds/load.ts", "const page = { ...state, ...(a ? headersOf(a) : {}) }"),
      bad("feeds/load.ts", "const page = { ...state, ...(a && options) }"),
      bad("feeds/load.ts", "const page = { ...state, ...(options ?? {}) }"),
      bad("feeds/load.ts", "const page = { ...state, ...{ a, ...options } }"),
      good("feeds/load.ts", "const page = { ...headersOf(state), inner: 1, ...{ a } }"),
      good("feeds/load.ts", "const list = [...a, ...b]"),
      good("feeds/load.ts", "const page = { ...state, inner: { ...other } }"),
      good("site/article.tsx", "const page = <Article {...props} {...more} />"),
    ],
  },
  {
    says: `only ${ERROR_LOG} writes to the log`,
    rule: logs,
    cases: [
      bad("push/handler.ts", "console.error(1)"),
      bad("push/handler.ts", "globalThis.console.log(1)"),
      bad("push/handler.ts", "const write = console[level]"),
      bad("app.ts", "console.log(1)"),
      good(ERROR_LOG, "console.log(1)"),
      good("push/handler.ts", "/** console.log */ export const console = 1"),
    ],
  },
]

describeRules(RULES)

test("every file in SQL_PLACES contains SQL", () => {
  const speaks = (place: string, { path }: Source) => (place.endsWith("/") ? path.startsWith(place) : path === place)
  const idle = rules.SQL_PLACES.filter(
    (place) => !sources.some((source) => speaks(place, source) && rules.sqlIn(source).length > 0),
  )
  expect(idle).toEqual([])
})

test("every file that is named as a reader of error texts reads them", () => {
  const idle = [...READERS.keys()].filter(
    (path) => !sources.some((source) => source.path === path && textsOfErrors(source).length > 0),
  )
  expect(idle).toEqual([])
})

test("the one file that knows the edge cache exists", () => {
  expect(exists(`src/${rules.EDGE_CACHE}`)).toBe(true)
})
