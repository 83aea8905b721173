/** What a deployment rests on stands in wrangler.toml, and operators can read what it means. */
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

test("the sweep runs every minute", () => {
  expect(wrangler.triggers.crons).toEqual(["* * * * *"])
})

test("publishers and strangers have limits of their own", () => {
  expect(wrangler.ratelimits.map(({ name }) => name)).toEqual(["PUBLISHER_RATE", "STRANGER_RATE"])
  expect(new Set(wrangler.ratelimits.map(({ namespace_id }) => namespace_id)).size).toBe(2)
  for (const { simple } of wrangler.ratelimits) {
    expect(simple.limit).toBeGreaterThan(0)
    // The platform takes no other.
    expect([10, 60]).toContain(simple.period)
  }
})

test("a deployment without its secrets is refused, and none of them stands in the file", () => {
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
