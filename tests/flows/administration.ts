/** Shared by the flows of the admin API: reads its sections, publishers and problems. */
import { env } from "cloudflare:workers"
import { expect } from "vitest"
import { type Answer, admin, makeWire, ORIGIN } from "./world.ts"

await makeWire({
  sections: { world: { names: { en: "World", fr: "Monde" } }, politics: { parent: "world" }, sports: {} },
})

export const FORMATS = ["rss", "atom", "json"]

export const pointers = (sent: Answer) => sent.json.errors.map(({ pointer }: { pointer: string }) => pointer)

export const publisherOf = async (slug: string) =>
  (await admin("GET", "/publishers")).json.publishers.find((each: { slug: string }) => each.slug === slug)

export const wire = async () =>
  await env.DB.prepare("select epoch, authority, authority_year, revision, changed_at from wire").first<{
    epoch: string
    authority: string
    authority_year: number
    revision: number
    changed_at: number
  }>()

export async function dump(): Promise<string> {
  const { results } = await env.DB.prepare(
    "select name from sqlite_master where type = 'table' and name not like '\\_cf%' escape '\\' and name not like 'sqlite%' and name <> 'search_words'",
  ).all<{ name: string }>()
  const rows = await env.DB.batch(results.map(({ name }) => env.DB.prepare(`select * from "${name}"`)))
  return JSON.stringify(rows.map(({ results }, i) => [results.length, i, results]))
}

export function expectProblem(sent: Answer, status: number, code: string, detail?: RegExp): void {
  expect([sent.status, sent.json?.code]).toEqual([status, code])
  expect(sent.headers.get("content-type")).toContain("application/problem+json")
  expect(sent.headers.get("cache-control")).toBe("private, no-store")
  expect(sent.json.type).toBe(`${ORIGIN}/problems/${code}`)
  if (detail) expect(sent.json.detail).toMatch(detail)
}
