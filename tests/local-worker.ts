/** Bundles the Worker as for a deployment, so that Miniflare can run it in a Node process outside of vitest. */
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"
import { convertV4MiniflareOptions, Log, LogLevel, type MiniflareOptions } from "miniflare"
import { MANY_REQUESTS, RATE_LIMITS, SECRETS, VARS } from "./host/settings.ts"

const place = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const rate = (at: number) => ({ namespace_id: String(at + 1), simple: { limit: MANY_REQUESTS, period: 60 as const } })

/** Bundles an entry module with the same conditions and aliases as the Worker. */
export async function bundle(entry: string, outfile: string): Promise<void> {
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: "esm",
    target: "es2023",
    conditions: ["workerd", "worker", "browser"],
    alias: { postcss: place("../src/html/stub.ts"), dayjs: place("../src/html/stub.ts") },
    jsx: "automatic",
    jsxImportSource: "hono/jsx",
    logLevel: "warning",
  })
}

/** Miniflare's options for a bundle: settings of wrangler.toml, secrets, and limits too high for tests to reach. */
export function workerOptions(wanted: {
  bundle: string
  state?: string
  bindings: Record<string, string>
}): MiniflareOptions {
  const toml = readFileSync(place("../wrangler.toml"), "utf8")
  return convertV4MiniflareOptions({
    name: "feedwire",
    modules: true,
    script: readFileSync(wanted.bundle, "utf8"),
    compatibilityDate: /^compatibility_date = "(.*)"$/m.exec(toml)?.[1] ?? "",
    compatibilityFlags: ["global_fetch_strictly_public"],
    host: "127.0.0.1",
    port: 0,
    log: new Log(LogLevel.ERROR),
    handleStructuredLogs: ({ level, message }) => {
      if (level === "error") console.error(message)
    },
    ...(wanted.state !== undefined && { resourcePersistencePath: wanted.state }),
    d1Databases: { DB: "feedwire" },
    r2Buckets: { RECEIVED: "feedwire-received" },
    ratelimits: Object.fromEntries(RATE_LIMITS.map((name, at) => [name, rate(at)])),
    bindings: {
      ...VARS,
      MASTER_KEY: SECRETS.MASTER_KEY,
      ...wanted.bindings,
    },
  })
}
