/** Pushes old and new articles into a section of the test's own, and requests deltas as a client. */
import { env } from "cloudflare:workers"
import { expect } from "vitest"
import { type Answer, article, type Publisher, publisher, push, section, send } from "./world.ts"

export let one: Publisher
export const START = Date.UTC(2026, 9, 1)
/** Later than any date of publication. */
export const CHANGED = START + 30 * 86_400_000
export const minute = (n: number) => new Date(START + n * 60_000).toISOString()

/** Each change is a second later than the change before it. */
export let changes = 0

export interface ArticleData {
  guid: string
  /** Minutes after the start. */
  published: number
  sections?: string[]
  tags?: string[]
  backfill?: boolean
  title?: string
}

export async function publish(all: ArticleData[], options: object = {}): Promise<string[]> {
  const outcomes: string[] = []
  for (let from = 0; from < all.length; from += 100) {
    const at = new Date(CHANGED + ++changes * 1000).toISOString()
    const items = all.slice(from, from + 100).map(({ guid, published, sections = [home], tags = [], ...rest }) =>
      article(
        {
          ...{ id: guid, title: rest.title ?? `${guid}, change ${changes}`, tags },
          ...{ date_published: minute(published), date_modified: at },
          _feedwire: { sections, ...(rest.backfill !== undefined && { backfill: rest.backfill }) },
        },
        3,
      ),
    )
    const sent = await push(one, items, { timestamp: at, ...options })
    expect(sent.status, sent.text).toBe(200)
    outcomes.push(...sent.json.results.map(({ outcome }: { outcome: string }) => outcome))
  }
  return outcomes
}

export async function withdraw(...guids: string[]): Promise<void> {
  const timestamp = new Date(CHANGED + ++changes * 1000).toISOString()
  const data = guids.map((id) => ({ id }))
  expect((await push(one, data, { type: "article.deleted", timestamp })).status).toBe(200)
}

export interface Item {
  id: string
  title: string
  _feedwire: { guid: string }
}

export async function get(url: string): Promise<Answer> {
  const sent = await send(url)
  expect(sent.status, `${url}: ${sent.text}`).toBe(200)
  return sent
}
export const guidsOf = ({ json }: Answer): string[] => json.items.map(({ _feedwire }: Item) => _feedwire.guid)
export const guidsIn = async (path = `/sections/${home}/feed.json`): Promise<string[]> => guidsOf(await get(path))
export const goneFrom = async (path = `/sections/${home}/feed.json`): Promise<string[]> =>
  ((await get(path)).json._feedwire?.deleted ?? []).map(({ id }: Item) => id)
export const idOf = async (guid: string): Promise<string> => {
  const row = await env.DB.prepare("select id from articles where guid = ?").bind(guid).first<{ id: string }>()
  return `tag:feeds.example,2026:${row?.id}`
}

export const row = (name: string, count: number, more: Partial<ArticleData> = {}, from = 0): ArticleData[] =>
  Array.from({ length: count }, (_, i) => ({ guid: `${name}-${i}`, published: from + i, ...more }))
export const old = (name: string, count: number, more: Partial<ArticleData> = {}) =>
  row(name, count, { backfill: true, ...more }, -10_000)

/** Every test has a section of its own. */
export let home = ""
export let serial = 0

export async function prepare(): Promise<void> {
  await section("elsewhere")
  one = await publisher("one")
}
export async function newHome(): Promise<void> {
  home = `section-${++serial}`
  await section(home)
}

export function setHome(slug: string): void {
  home = slug
}

/** Keeps every article that is not deleted, and checks after each poll that they are the articles of the feed. */
export class Client {
  etag: string | undefined
  items = new Map<string, Item>()
  readonly path: string
  constructor(path: string) {
    this.path = path
  }
  async poll(): Promise<number> {
    const headers = { "a-im": "feed", ...(this.etag !== undefined && { "if-none-match": this.etag }) }
    const sent = await send(this.path, { headers })
    if (sent.status === 304) return 304
    if (sent.status === 200) this.items.clear()
    for (const item of sent.json.items) this.items.set(item.id, item)
    for (const { id } of sent.json._feedwire?.deleted ?? []) this.items.delete(id)
    this.etag = sent.headers.get("etag") ?? undefined
    const { json } = await get(this.path)
    const missing = json.items.filter(({ id }: Item) => !this.items.has(id))
    const other = json.items.filter((item: Item) => JSON.stringify(this.items.get(item.id)) !== JSON.stringify(item))
    expect([this.path, sent.status, missing, other]).toEqual([this.path, sent.status, [], []])
    return sent.status
  }
}
