/** The D1 of workerd. It refuses functions and large statements that SQLite alone accepts. */
import { convertV4MiniflareOptions, Miniflare } from "miniflare"
import type { TestProject } from "vitest/node"
import { createTables } from "../local-tables.ts"

declare module "vitest" {
  interface ProvidedContext {
    /** Address that runs statements on the D1 of workerd. */
    d1OfWorkerd: string
  }
}

/**
 * Runs each statement that is new to it, and answers with the errors. Its tables have other rows, so a constraint may
 * refuse a row.
 */
const SCRIPT = `const known = new Set()
export default {
  async fetch(request, { DB }) {
    const refused = []
    for (const { sql, params } of await request.json()) {
      if (known.has(sql)) continue
      known.add(sql)
      try {
        await DB.prepare(sql).bind(...params).run()
      } catch ({ message }) {
        if (!message.includes("SQLITE_CONSTRAINT")) refused.push(message + ": " + sql)
      }
    }
    return Response.json(refused)
  },
}`

export async function startD1(): Promise<Miniflare> {
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      modules: true,
      script: SCRIPT,
      compatibilityDate: "2026-11-01",
      d1Databases: { DB: "statements" },
    }),
  )
  await createTables(miniflare)
  return miniflare
}

/** Vitest calls this before the first file and after the last one. */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const miniflare = await startD1()
  provide("d1OfWorkerd", String(await miniflare.ready))
  return () => miniflare.dispose()
}
