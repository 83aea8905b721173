/** Files of flows share a workerd: each begins with fresh modules, an empty bucket and an empty migrated database. */
import { applyD1Migrations } from "cloudflare:test"
import { env } from "cloudflare:workers"
import { vi } from "vitest"

declare global {
  namespace Cloudflare {
    interface Env {
      TEST_MIGRATIONS: Parameters<typeof applyD1Migrations>[1]
    }
  }
}

vi.useRealTimers()
vi.resetModules()

const TABLES = `select name from sqlite_master
  where type = 'table' and name not like 'sqlite_%' and name not like '_cf_%'`
const { results: tables } = await env.DB.prepare(TABLES).all<{ name: string }>()
const statements = ["pragma defer_foreign_keys = on", ...tables.map(({ name }) => `drop table if exists ${name}`)]
await env.DB.batch(statements.map((sql) => env.DB.prepare(sql)))

for (let page = await env.RECEIVED.list(); page.objects.length > 0; page = await env.RECEIVED.list()) {
  await env.RECEIVED.delete(page.objects.map(({ key }) => key))
}

await applyD1Migrations(env.DB, env.TEST_MIGRATIONS)
