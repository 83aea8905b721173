/** Shared by the flows of changed sections: two publishers, changes by operators, and the feeds after them. */
import { env } from "cloudflare:workers"
import { expect } from "vitest"
import { expectClassifiedByTaxonomy, expectConsistent } from "./wire-state.ts"
import { type Answer, admin, article, makeWire, type Publisher, push, send } from "./world.ts"

export const { one, two } = await makeWire({
  sections: { world: {}, sports: {}, arts: {} },
  publishers: { one: {}, two: { default_section: "world" } },
})

/** The JSON of an answer, which must not be an error. */
export async function done(sent: Promise<Answer>): Promise<Answer["json"]> {
  const { status, text, json } = await sent
  if (status >= 300) throw new Error(text)
  return json
}

export const change = (slug: string, body: object) => done(admin("PATCH", `/sections/${slug}`, body))

export const addAlias = (slug: string, names: string[], of?: Publisher) =>
  done(admin("POST", `/sections/${slug}/aliases`, { names, ...(of && { publisher: of.slug }) }))

export const removeAlias = (slug: string, name: string, of?: Publisher) =>
  done(admin("DELETE", `/sections/${slug}/aliases/${encodeURIComponent(name)}${of ? `?publisher=${of.slug}` : ""}`))

export async function guidsOf(feed: string): Promise<string[]> {
  const sent = await send(`${feed}.json`)
  if (sent.status !== 200) throw new Error(`${feed}: ${sent.status}`)
  return sent.json.items.map((item: { _feedwire: { guid: string } }) => item._feedwire.guid)
}

export const inSection = (slug: string) => guidsOf(`/sections/${slug}/feed`)

export const countOf = async (slug: string) =>
  (
    await env.DB.prepare(
      "select article_count from scopes where key = (select 'section:' || id from sections where slug = ?)",
    )
      .bind(slug)
      .first<{ article_count: number }>()
  )?.article_count ?? 0

let serial = 0

/** An article in this section, whose name begins its guid. */
export function articleIn(
  name: string,
  more: Record<string, unknown> = {},
  extension: object = {},
): Record<string, unknown> {
  return article({ id: `${name}-${++serial}`, ...more, _feedwire: { sections: [name], ...extension } }, 5)
}

export async function pushed(items: Record<string, unknown>[], to = one): Promise<string[]> {
  for (let at = 0; at < items.length; at += 100) await done(push(to, items.slice(at, at + 100)))
  return items.map(({ id }) => id as string)
}

export const many = (n: number, name: string) => Array.from({ length: n }, () => articleIn(name))

export async function expectReclassified(): Promise<void> {
  expect((await admin("GET", "/reclassifications")).json.waiting).toEqual([])
  await expectConsistent()
  await expectClassifiedByTaxonomy()
}
