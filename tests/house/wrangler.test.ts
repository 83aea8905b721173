/** Tests that wrangler.toml configures all that a deployment needs, and that docs/operators.md describes it. */
import { expect, test } from "vitest"
import { unnamedSettings } from "./documents.ts"
import { exists, read, secrets, variables, wrangler } from "./project.ts"

/** The newest compatibility date that the installed workerd supports and the tests were run with. */
const NEWEST_DATE = "2026-11-09"

test("the Worker and its assets are configured", () => {
  expect(wrangler.main).toMatch(/\/src\/index\.ts$/)
  expect(exists("src/index.ts")).toBe(true)
  expect(wrangler.assets?.directory).toBe("./public")
  expect(exists("public")).toBe(true)
})

test("D1 with its migrations and R2 are configured", () => {
  expect(wrangler.d1_databases).toMatchObject([{ binding: "DB", migrations_dir: "migrations" }])
  expect(wrangler.r2_buckets).toMatchObject([{ binding: "RECEIVED" }])
})

test("the edge cache is enabled", () => {
  expect(wrangler.cache).toMatchObject({ enabled: true })
})

test("the Worker's log is kept, and the platform's log, which has full addresses, is not", () => {
  expect(wrangler.observability?.enabled).toBe(true)
  expect(wrangler.observability?.logs?.invocation_logs).toBe(false)
})

test("the sweep runs every minute", () => {
  expect(wrangler.triggers.crons).toEqual(["* * * * *"])
})

test("each kind of client has its own limit, which agrees with answers and docs", () => {
  const limits = wrangler.ratelimits.map(({ name, simple: { limit, period } }) => [name, limit, period])
  expect(limits).toEqual([
    ["PUBLISHER_RATE", 60, 60],
    ["UNAUTHENTICATED_RATE", 30, 60],
    ["PARTNER_RATE", 600, 60],
    ["READER_RATE", 120, 60],
    ["SNAPSHOT_RATE", 6, 60],
  ])
  expect(new Set(wrangler.ratelimits.map(({ namespace_id }) => namespace_id)).size).toBe(limits.length)
})

test("the API is public unless its operator closes it", () => {
  expect(wrangler.vars.API_ACCESS).toBe("public")
})

test("the deployment requires its secrets, and the file contains none of them", () => {
  expect(secrets).toEqual(expect.arrayContaining(["ADMIN_TOKEN", "MASTER_KEY"]))
  for (const secret of secrets) {
    expect(variables).not.toContain(secret)
    expect(read("wrangler.toml")).not.toMatch(new RegExp(`^\\s*${secret}\\s*=`, "m"))
  }
})

test("a deployment never fetches from this machine", () => {
  expect(wrangler.vars.ALLOW_LOOPBACK).toBe("false")
})

test("outbound requests to the wire's own zone never bypass the front of the zone", () => {
  expect(wrangler.compatibility_flags).toContain("global_fetch_strictly_public")
})

test("the compatibility date is one that the tests know", () => {
  expect(wrangler.compatibility_date).toMatch(/^\d{4}-\d\d-\d\d$/)
  expect(wrangler.compatibility_date <= NEWEST_DATE).toBe(true)
})

test("docs/operators.md names every variable and every secret", () => {
  const text = exists("docs/operators.md") ? read("docs/operators.md") : ""
  const missing = unnamedSettings(text, [...variables, ...secrets])
  expect(missing, `docs/operators.md does not name: ${missing.join(", ")}`).toEqual([])
})
