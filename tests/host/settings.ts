/** The Worker's settings in tests, in workerd and in Node. */
import { readFileSync } from "node:fs"

export const SECRETS = {
  ADMIN_TOKEN: "an-admin-token-for-the-tests-only-long-enough",
  MASTER_KEY: "bWFzdGVyIGtleSBmb3IgdGVzdHMgb25seSwgMzIgYi4=",
}

export const FEEDS_URL = "https://feeds.example"

const toml = readFileSync(new URL("../../wrangler.toml", import.meta.url), "utf8")

const vars = /^\[vars\]\n([\s\S]*?)^\[/m.exec(toml)?.[1] ?? ""

/** Reads [vars] of wrangler.toml directly, because Wrangler's own reader takes seconds to load. */
export const VARS: Record<string, string> = Object.fromEntries(
  [...vars.matchAll(/^(\w+) = "(.*)"$/gm)].map(([, name = "", value = ""]) => [name, value]),
)

export const RATE_LIMITS = ["PUBLISHER_RATE", "UNAUTHENTICATED_RATE", "PARTNER_RATE", "READER_RATE", "SNAPSHOT_RATE"]

/** The limit of requests in a period for all rates. Other tests test the limits. */
export const MANY_REQUESTS = 1_000_000
