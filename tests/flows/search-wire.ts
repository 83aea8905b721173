/** Makes articles for searches, and an index that is late or fails. */
import { env } from "cloudflare:workers"
import { expect, vi } from "vitest"
import { HOUR, now, rfc3339, until, wait } from "./clock.ts"
import { type Answer, article, type Publisher, publisher, push, rows, section, send } from "./world.ts"

export let one: Publisher
export let two: Publisher

export async function prepare(): Promise<void> {
  until(now)
  await section("world")
  await section("europe", { parent: "world" })
  await section("sports")
  one = await publisher("one", { default_section: "world" })
  two = await publisher("two", { default_section: "sports", origins: ["https://two.example"] })
}

/** Runs after each test, so that no push of the next test is part of a burst. */
export function settle(): void {
  vi.restoreAllMocks()
  wait(HOUR)
}

export type FoundArticle = { title: string; snippet?: string; [member: string]: unknown }

export const ask = (q: string, more: Record<string, string> = {}, bindings: Env = env): Promise<Answer> =>
  send(`/v1/articles?${new URLSearchParams({ q, ...more })}`, {}, bindings)

export async function find(q: string, more: Record<string, string> = {}, bindings: Env = env): Promise<FoundArticle[]> {
  const sent = await ask(q, more, bindings)
  expect(sent.status, sent.text).toBe(200)
  return sent.json.articles
}
export const titles = async (q: string, more: Record<string, string> = {}): Promise<string[]> =>
  (await find(q, more)).map(({ title }) => title)

export const remove = (to: Publisher, guid: string) =>
  push(to, [{ id: guid, date_modified: rfc3339(now) }], { type: "article.deleted", timestamp: rfc3339(now) })
export const publish = (to: Publisher, ...items: object[]) =>
  push(
    to,
    items.map((item) => article({ date_published: rfc3339(now), ...item }, 5)),
    { timestamp: rfc3339(now) },
  )

/** D1 in which round trips of the indexer with certain numbers fail. */
export function failingIndexer(failureOf: (turn: number) => "before" | "after" | undefined): Env {
  let turn = 0
  const originals = new WeakMap<object, D1PreparedStatement>()
  const roundTrip = async <T>(run: () => Promise<T>): Promise<T> => {
    const when = failureOf(++turn)
    if (when === "before") throw new Error("D1_ERROR: Network connection lost.")
    const result = await run()
    if (when === "after") throw new Error("D1_ERROR: Network connection lost.")
    return result
  }
  const wrap = (statement: D1PreparedStatement): D1PreparedStatement => {
    const wrapped = {
      bind: (...values: unknown[]) => wrap(statement.bind(...values)),
      all: () => roundTrip(() => statement.all()),
      raw: () => roundTrip(() => statement.raw()),
    } as unknown as D1PreparedStatement
    originals.set(wrapped, statement)
    return wrapped
  }
  const prepare = (query: string) => (/\bconsumers\b/.test(query) ? wrap(env.DB.prepare(query)) : env.DB.prepare(query))
  const batch = (all: D1PreparedStatement[]) => {
    const run = () => env.DB.batch(all.map((each) => originals.get(each) ?? each))
    return all.some((each) => originals.has(each)) ? roundTrip(run) : run()
  }
  return { ...env, DB: { prepare, batch } as unknown as D1Database }
}
/** Bindings as if the Worker ended with the answer, so that only the sweep updates the index. */
export const behind = failingIndexer(() => "before")
export const publishBehind = async (to: Publisher, ...items: object[]) => {
  vi.spyOn(console, "error").mockImplementation(() => {})
  const sent = await push(
    to,
    items.map((item) => article({ date_published: rfc3339(now), ...item }, 5)),
    { timestamp: rfc3339(now), bindings: behind },
  )
  vi.restoreAllMocks()
  return sent
}

/** Fails unless the index has exactly the published articles, with the rowids that follow from their dates. */
export async function expectIndexed(): Promise<void> {
  const indexed = (await rows("select rowid from search order by rowid")).map(({ rowid }) => rowid)
  const articles = await rows(
    `select seq, state, search_rowid, (published_at / 60000) << 24 | seq expected from articles`,
  )
  const published = articles.filter(({ state }) => state === "published")
  expect(indexed).toEqual(published.map(({ expected }) => expected).sort((a, b) => Number(a) - Number(b)))
  for (const { state, search_rowid, expected } of articles)
    expect(search_rowid).toBe(state === "published" ? expected : null)
}

export async function walk(path: string, limitOf: () => number, between: () => Promise<void>): Promise<string[]> {
  const ids: string[] = []
  let url: string | undefined = `${path}&limit=${limitOf()}`
  for (let page = 0; url !== undefined; page++) {
    expect(page).toBeLessThan(600)
    const sent: Answer = await send(url)
    expect(sent.status, sent.text).toBe(200)
    ids.push(...sent.json.articles.map(({ guid }: FoundArticle) => guid))
    expect(sent.headers.get("link")).toBe(sent.json.next === undefined ? null : `<${sent.json.next}>; rel="next"`)
    await between()
    url = sent.json.next?.replace(/limit=\d+/, `limit=${limitOf()}`)
  }
  return ids
}
