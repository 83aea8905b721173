/** Reads the project's own files for the tests that check them. */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { unstable_readConfig } from "wrangler"

const ROOT = new URL("../../", import.meta.url)

/** @param path starts at the root of the project: `docs/readers.md` */
export const exists = (path: string): boolean => existsSync(new URL(path, ROOT))

export const read = (path: string): string => readFileSync(new URL(path, ROOT), "utf8")

/** Returns the sorted paths of files in a folder, from the root of the project; none if the folder does not exist. */
export function filesIn(folder: string, ending: RegExp): string[] {
  if (!exists(folder)) return []
  return readdirSync(new URL(`${folder}/`, ROOT), { recursive: true, encoding: "utf8" })
    .map((path) => `${folder}/${path.replaceAll("\\", "/")}`)
    .filter((path) => ending.test(path))
    .sort()
}

/** The members that the tests use. Wrangler's own type needs packages that it does not install. */
interface Configuration {
  main: string
  compatibility_date: string
  compatibility_flags: string[]
  vars: Record<string, string>
  secrets?: { required: string[] }
  assets?: { directory: string; binding?: string }
  cache?: { enabled: boolean }
  observability?: { enabled?: boolean; logs?: { invocation_logs?: boolean } }
  triggers: { crons: string[] }
  d1_databases: { binding: string; migrations_dir: string }[]
  r2_buckets: { binding: string }[]
  kv_namespaces: { binding: string }[]
  queues: { producers: { binding: string }[] }
  ratelimits: { name: string; namespace_id: string; simple: { limit: number; period: number } }[]
}

/** wrangler.toml as Wrangler reads it. */
export const wrangler: Configuration = unstable_readConfig(
  { config: fileURLToPath(new URL("wrangler.toml", ROOT)) },
  { hideWarnings: true },
)
export const variables = Object.keys(wrangler.vars)
export const secrets = wrangler.secrets?.required ?? []

const { assets, d1_databases, r2_buckets, kv_namespaces, queues, ratelimits } = wrangler
export const bindings = [
  ...[...d1_databases, ...r2_buckets, ...kv_namespaces, ...queues.producers].map(({ binding }) => binding),
  ...ratelimits.map(({ name }) => name),
  ...(assets?.binding === undefined ? [] : [assets.binding]),
]
