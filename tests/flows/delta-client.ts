import { expect } from "vitest"
import { type Answer, article, ORIGIN, type Publisher, publisher, push, section, send } from "./world.ts"

export let one: Publisher
export const START = Date.UTC(2026, 9, 1)
export const minute = (n: number) => new Date(START + n * 60_000).toISOString()

/** Each change is a second later than the change before it. */
export let changes = 0
export const timestamp = () => new Date(START + ++changes * 1000).toISOString()

export interface ArticleData {
  guid: string
  published: number
  sections?: string[]
  tags?: string[]
  language?: string
}

export async function publish(...all: ArticleData[]): Promise<void> {
  const at = timestamp()
  const items = all.map(({ guid, published, sections = ["world"], tags = [], language = "en" }) =>
    article(
      {
        ...{ id: guid, title: `${guid}, change ${changes}`, date_published: minute(published), tags, language },
        ...{ date_modified: at, _feedwire: { sections } },
      },
      3,
    ),
  )
  const sent = await push(one, items, { timestamp: at })
  for (const { outcome } of sent.json.results) expect(["created", "updated"]).toContain(outcome)
}

export async function withdraw(...guids: string[]): Promise<void> {
  const sent = await push(
    one,
    guids.map((id) => ({ id })),
    { type: "article.deleted", timestamp: timestamp() },
  )
  expect(sent.json.results.map(({ outcome }: { outcome: string }) => outcome)).toEqual(guids.map(() => "deleted"))
}

export interface Item {
  id: string
  title: string
}
export const idsOf = ({ json }: Answer): string[] => json.items.map(({ id }: Item) => id)
export const guidsOf = ({ json }: Answer): string[] =>
  json.items.map(({ _feedwire }: { _feedwire: { guid: string } }) => _feedwire.guid)

/** A reader that requests deltas and keeps every article that is not deleted. */
export class Client {
  etag: string | undefined
  items = new Map<string, Item>()
  statuses: number[] = []

  readonly path: string

  constructor(path: string) {
    this.path = path
  }

  async poll(): Promise<Answer> {
    const sent = await send(this.path, {
      headers: { "a-im": "feed", ...(this.etag !== undefined && { "if-none-match": this.etag }) },
    })
    this.statuses.push(sent.status)
    expect([200, 226, 304], sent.text).toContain(sent.status)
    expect(sent.headers.get("im")).toBe(sent.status === 226 ? "feed" : null)
    expect(/no-store/.test(sent.headers.get("cache-control") ?? "")).toBe(sent.status === 226)
    expect(sent.headers.has("cdn-cache-control")).toBe(sent.status !== 226)
    expect(sent.headers.get("vary")).toContain("A-IM")
    if (sent.status === 304) return sent
    if (sent.status === 200) this.items.clear()
    for (const item of sent.json.items) this.items.set(item.id, item)
    for (const { id } of sent.json._feedwire?.deleted ?? []) this.items.delete(id)
    this.etag = sent.headers.get("etag") ?? undefined
    return sent
  }

  /** Fails unless the reader's articles are exactly those of the feed, byte for byte. */
  async expectCurrent(): Promise<void> {
    const whole = await send(this.path)
    expect(whole.headers.get("etag")).toBe(this.etag)
    const missing = whole.json.items.filter(
      (item: Item) => JSON.stringify(this.items.get(item.id)) !== JSON.stringify(item),
    )
    expect([this.path, this.statuses.at(-1), missing.map(({ title }: Item) => title)]).toEqual([
      this.path,
      this.statuses.at(-1),
      [],
    ])
    const selected = new Map<string, Item>(whole.json.items.map((item: Item) => [item.id, item]))
    const longest = new URL(this.path, ORIGIN)
    longest.searchParams.set("limit", "100")
    for (let next: string | undefined = longest.href; next !== undefined; ) {
      const sent: Answer = await send(next)
      const page: Answer = sent.status === 301 ? await send(sent.headers.get("location") ?? "") : sent
      for (const item of page.json.items) selected.set(item.id, item)
      next = page.json.next_url
    }
    const wrong = [...this.items.values()].filter((item) => selected.get(item.id)?.title !== item.title)
    expect([this.path, this.statuses.at(-1), wrong.map(({ title }) => title)]).toEqual([
      this.path,
      this.statuses.at(-1),
      [],
    ])
  }
}

export async function prepare(): Promise<void> {
  await section("world")
  await section("europe", { parent: "world" })
  await section("sports")
  for (const slug of ["rise", "dated", "crossed", "apart", "small", "many", "tombs"]) await section(slug)
  one = await publisher("one", { default_section: "world" })
}

/** Articles of one section, the newest last. */
export const row = (slug: string, count: number, more: Partial<ArticleData> = {}): ArticleData[] =>
  Array.from({ length: count }, (_, i) => ({ guid: `${slug}-${i}`, published: i, sections: [slug], ...more }))
