/** A reader that stores the last version of each article, while articles change between its requests. */
import { env } from "cloudflare:workers"
import { expect } from "vitest"
import { type Answer, article, type Publisher, publisher, push, section, send } from "./world.ts"

export let one: Publisher
export const START = Date.UTC(2026, 9, 1)
/** Later than any date of publication, because a reader compares the dates of change. */
export const CHANGED = START + 30 * 86_400_000
export const minute = (n: number) => new Date(START + n * 60_000).toISOString()

/** Each change is a second later than the change before it. */
export let changes = 0
export const timestamp = () => new Date(CHANGED + ++changes * 1000).toISOString()

export interface ArticleData {
  guid: string
  /** Minutes after the start. */
  published: number
  sections: string[]
  tags?: string[]
}

export function itemOf({ guid, published, sections, tags = [] }: ArticleData, at: string): Record<string, unknown> {
  return article(
    {
      ...{ id: guid, title: `${guid}, change ${changes}`, date_published: minute(published), date_modified: at, tags },
      _feedwire: { sections },
    },
    3,
  )
}

export async function publish(all: ArticleData[], options: object = {}): Promise<void> {
  for (let from = 0; from < all.length; from += 100) {
    const at = timestamp()
    const items = all.slice(from, from + 100).map((data) => itemOf(data, at))
    const sent = await push(one, items, { timestamp: at, ...options })
    for (const { outcome } of sent.json.results) expect(["created", "updated"]).toContain(outcome)
  }
}

export async function withdraw(guids: string[], options: object = {}): Promise<void> {
  if (guids.length === 0) return
  const items = guids.map((id) => ({ id }))
  const sent = await push(one, items, { type: "article.deleted", timestamp: timestamp(), ...options })
  expect(sent.json.results.map(({ outcome }: { outcome: string }) => outcome)).toEqual(guids.map(() => "deleted"))
}

export interface Item {
  id: string
  title: string
  date_published: string
  date_modified?: string
  _feedwire: { guid: string }
}
export const itemsOf = ({ json }: Answer): Item[] => json.items
export const guidsOf = (sent: Answer): string[] => itemsOf(sent).map(({ _feedwire }) => _feedwire.guid)
export const idOf = async (guid: string): Promise<string> => {
  const row = await env.DB.prepare("select id from articles where guid = ?").bind(guid).first<{ id: string }>()
  return `tag:feeds.example,2026:${row?.id}`
}

/** Reads the articles of a scope from the tables. Returns their titles, which contain guid and change, by id. */
export async function publishedIn(scope: string): Promise<Record<string, string>> {
  const query = "select a.id, a.title from memberships s join articles a on a.id = s.article_id where s.scope = ?"
  const { results } = await env.DB.prepare(query).bind(scope).all<{ id: string; title: string }>()
  return Object.fromEntries(results.map(({ id, title }) => [`tag:feeds.example,2026:${id}`, title]))
}

export async function get(url: string): Promise<Answer> {
  const sent = await send(url)
  expect(sent.status, `${url}: ${sent.text}`).toBe(200)
  return sent
}

/** Keeps the latest version of each article, and removes articles for which a feed has a tombstone. */
export class Reader {
  items = new Map<string, Item>()

  take(sent: Answer): Answer {
    for (const { id } of sent.json._feedwire?.deleted ?? []) this.items.delete(id)
    for (const item of itemsOf(sent)) {
      const known = this.items.get(item.id)
      if (known === undefined || updatedOf(item) >= updatedOf(known)) this.items.set(item.id, item)
    }
    return sent
  }

  titles(): Record<string, string> {
    return Object.fromEntries([...this.items].map(([id, { title }]) => [id, title]))
  }
}
export const updatedOf = ({ date_modified, date_published }: Item): string => date_modified ?? date_published

export async function prepare(): Promise<void> {
  await section("world")
  await section("europe", { parent: "world" })
  await section("sports")
  for (const slug of ["paged", "other", "archived", "gone", "edge", "undated", "raced", "dusty"]) await section(slug)
  one = await publisher("one")
}

export const row = (slug: string, count: number, more: Partial<ArticleData> = {}): ArticleData[] =>
  Array.from({ length: count }, (_, i) => ({ guid: `${slug}-${i}`, published: i, sections: [slug], ...more }))
