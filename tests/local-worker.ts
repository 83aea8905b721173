/** The Worker outside of vitest: bundled as it is deployed, and run by Miniflare in a Node process. */
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"
import { convertV4MiniflareOptions, Log, LogLevel, type MiniflareOptions } from "miniflare"

const place = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const rate = { namespace_id: "1", simple: { limit: 1_000_000, period: 60 as const } }

/** Bundles an entry module with the Worker's own conditions and aliases. */
export async function bundle(entry: string, outfile: string): Promise<void> {
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: "esm",
    target: "es2023",
    conditions: ["workerd", "worker", "browser"],
    alias: { postcss: place("../src/html/postcss-stub.ts") },
    jsx: "automatic",
    jsxImportSource: "hono/jsx",
    logLevel: "warning",
  })
}

/** Miniflare's options for a bundle: settings from wrangler.toml, secrets for tests, limits that tests do not meet. */
export function workerOptions(wanted: {
  bundle: string
  state?: string
  bindings: Record<string, string>
}): MiniflareOptions {
  const toml = readFileSync(place("../wrangler.toml"), "utf8")
  const vars = /^\[vars\]\n([\s\S]*?)^\[/m.exec(toml)?.[1] ?? ""
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
    ratelimits: {
      PUBLISHER_RATE: rate,
      UNAUTHENTICATED_RATE: { ...rate, namespace_id: "2" },
      PARTNER_RATE: { ...rate, namespace_id: "3" },
      READER_RATE: { ...rate, namespace_id: "4" },
      SNAPSHOT_RATE: { ...rate, namespace_id: "5" },
    },
    bindings: {
      ...Object.fromEntries([...vars.matchAll(/^(\w+) = "(.*)"$/gm)].map(([, name = "", value = ""]) => [name, value])),
      MASTER_KEY: "bWFzdGVyIGtleSBmb3IgdGVzdHMgb25seSwgMzIgYi4=",
      ...wanted.bindings,
    },
  })
}
