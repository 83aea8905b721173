/** wrangler.toml has what a deployment needs, and the docs for operators say what it means. */
import { expect, test } from "vitest"
import { unnamedSettings } from "./documents.ts"
import { exists, read, secrets, variables, wrangler } from "./project.ts"

/** The newest date that the installed workerd and the tests know. */
const NEWEST_DATE = "2026-11-09"

test("the Worker and its assets are there", () => {
  expect(wrangler.main).toMatch(/\/src\/index\.ts$/)
  expect(exists("src/index.ts")).toBe(true)
  expect(wrangler.assets?.directory).toBe("./public")
  expect(exists("public")).toBe(true)
})

test("D1 with its migrations, and R2", () => {
  expect(wrangler.d1_databases).toMatchObject([{ binding: "DB", migrations_dir: "migrations" }])
  expect(wrangler.r2_buckets).toMatchObject([{ binding: "RECEIVED" }])
})

test("the edge cache is on", () => {
  expect(wrangler.cache).toMatchObject({ enabled: true })
})

test("the Worker's lines are kept, and the platform's own, which have whole addresses, are not", () => {
  expect(wrangler.observability?.enabled).toBe(true)
  expect(wrangler.observability?.logs?.invocation_logs).toBe(false)
})

test("the sweep runs every minute", () => {
  expect(wrangler.triggers.crons).toEqual(["* * * * *"])
})

test("each kind of client has its own limit, the one that answers and docs name", () => {
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

test("the API is open to everybody unless its operator closes it", () => {
  expect(wrangler.vars.API_ACCESS).toBe("public")
})

test("a deployment without its secrets is refused, and the file contains none of them", () => {
  expect(secrets).toEqual(expect.arrayContaining(["ADMIN_TOKEN", "MASTER_KEY"]))
  for (const secret of secrets) {
    expect(variables).not.toContain(secret)
    expect(read("wrangler.toml")).not.toMatch(new RegExp(`^\\s*${secret}\\s*=`, "m"))
  }
})

test("a deployment does not open this machine to peers", () => {
  expect(wrangler.vars.ALLOW_LOOPBACK).toBe("false")
})

test("outbound requests never reach the own zone by a short cut", () => {
  expect(wrangler.compatibility_flags).toContain("global_fetch_strictly_public")
})

test("the platform's behaviour is a known one", () => {
  expect(wrangler.compatibility_date).toMatch(/^\d{4}-\d\d-\d\d$/)
  expect(wrangler.compatibility_date <= NEWEST_DATE).toBe(true)
})

test("docs/operators.md names every variable and every secret", () => {
  const text = exists("docs/operators.md") ? read("docs/operators.md") : ""
  const missing = unnamedSettings(text, [...variables, ...secrets])
  expect(missing, `docs/operators.md does not name: ${missing.join(", ")}`).toEqual([])
})
