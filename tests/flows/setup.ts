/**
 * All files of flows share a workerd, so each file begins with fresh modules, an empty bucket and an empty migrated
 * database.
 */
import { applyD1Migrations } from "cloudflare:test"
import { env } from "cloudflare:workers"
import type { EvaluatedModules } from "vite/module-runner"
import { vi } from "vitest"
import { FOLDERS_WITHOUT_MEMORY } from "./without-memory.ts"

declare global {
  /** Vitest's own state, as far as vi.resetModules() uses it. */
  var __vitest_worker__: { evaluatedModules: EvaluatedModules }
  namespace Cloudflare {
    interface Env {
      TEST_MIGRATIONS: Parameters<typeof applyD1Migrations>[1]
    }
  }
}

/** These modules stay loaded, because loading them again takes longer than most tests. */
const WITHOUT_MEMORY = new RegExp(
  `/node_modules/|/src/(?:${FOLDERS_WITHOUT_MEMORY.join("|")})/|/tests/validity/|/openapi\\.json$`,
)

vi.useRealTimers()
// vi.resetModules() takes all of them.
for (const [id, module] of globalThis.__vitest_worker__.evaluatedModules.idToModuleMap) {
  if (WITHOUT_MEMORY.test(id)) continue
  Object.assign(module, { promise: undefined, exports: undefined, evaluated: false })
  module.importers.clear()
}

const TABLES = `select name from sqlite_master
  where type = 'table' and name not like 'sqlite_%' and name not like '_cf_%'`
const { results: tables } = await env.DB.prepare(TABLES).all<{ name: string }>()
const statements = ["pragma defer_foreign_keys = on", ...tables.map(({ name }) => `drop table if exists ${name}`)]
await env.DB.batch(statements.map((sql) => env.DB.prepare(sql)))

for (let page = await env.RECEIVED.list(); page.objects.length > 0; page = await env.RECEIVED.list()) {
  await env.RECEIVED.delete(page.objects.map(({ key }) => key))
}

await applyD1Migrations(env.DB, env.TEST_MIGRATIONS)
