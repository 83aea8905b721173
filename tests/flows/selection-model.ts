/** A model of selections without SQL, which computes the articles of a selection and their order. */
import { env } from "cloudflare:workers"
import { expect } from "vitest"
import { foldName } from "../../src/text/fold-name.ts"
import * as fc from "../fast-check.ts"
import { type Answer, article, type Publisher, publisher, push, section, send } from "./world.ts"

export const PARENTS: Record<string, string | undefined> = {
  world: undefined,
  europe: "world",
  france: "europe",
  asia: "world",
  sports: undefined,
  football: "sports",
  arts: undefined,
}
export const SECTIONS = Object.keys(PARENTS)
export const LANGUAGES = ["en", "ar", "ar-EG", "fr", undefined]
export const TAGS = [
  "budget",
  "Budget ",
  "بيروت",
  "بيـروت",
  "c++",
  "o'hara",
  "rock, roll",
  'say "x"',
  "back\\slash",
  "100%",
  "a=b&c",
  "J̌",
]
export const AUTHORS = ["Jane Doe", "JANE  DOE", "O'Hara", "فيروز", "فَيروز", "Doe, John"]

export interface ArticleData {
  guid: string
  publisher: "one" | "two"
  sections: string[]
  language: string | undefined
  tags: string[]
  authors: string[]
  /** Minutes. There are few, so that many articles have the same time. */
  published: number
}

export interface Query {
  section: string[]
  not: string[]
  publisher: string[]
  lang: string[]
  tag: string[]
  author: string[]
}

export const EVERYTHING: Query = { section: [], not: [], publisher: [], lang: [], tag: [], author: [] }

/** Every published article by its id in feeds. */
export const wire = new Map<string, ArticleData>()
let publishers: Record<"one" | "two", Publisher>
const START = Date.UTC(2026, 9, 1)
let changes = 0

export const articleData = fc.record({
  publisher: fc.constantFrom("one" as const, "two" as const),
  sections: fc.subarray(SECTIONS, { maxLength: 5 }),
  language: fc.constantFrom(...LANGUAGES),
  tags: fc.subarray(TAGS, { maxLength: 4 }),
  authors: fc.subarray(AUTHORS, { maxLength: 2 }),
  published: fc.integer({ min: 0, max: 40 }),
})

export async function publish(all: ArticleData[]): Promise<void> {
  for (const by of ["one", "two"] as const) {
    const items = all.filter((each) => each.publisher === by)
    // Every change is a second later than the previous one, so that each is a newer version.
    changes += 1
    const at = new Date(START + changes * 1000).toISOString()
    for (let from = 0; from < items.length; from += 100) {
      const sent = await push(publishers[by], items.slice(from, from + 100).map(itemOf), { timestamp: at })
      expect(sent.json.counts ?? sent.json, sent.text).toBeTruthy()
      for (const { outcome } of sent.json.results) expect(["created", "updated"]).toContain(outcome)
    }
  }
  const { results } = await env.DB.prepare("select id, guid from articles").all<{ id: string; guid: string }>()
  const ids = new Map(results.map(({ id, guid }) => [guid, id]))
  for (const each of all) wire.set(`tag:feeds.example,2026:${ids.get(each.guid)}`, each)
}

function itemOf({ guid, sections, language, tags, authors, published }: ArticleData): object {
  return article(
    {
      id: guid,
      title: `${guid} ${changes}`,
      date_published: new Date(START + published * 60_000).toISOString(),
      language,
      tags,
      authors: authors.map((name) => ({ name })),
      _feedwire: { sections },
    },
    3,
  )
}

const withAncestors = (slug: string): string[] => {
  const parent = PARENTS[slug]
  return parent === undefined ? [slug] : [slug, ...withAncestors(parent)]
}
const matchesAny = (wanted: string[], values: string[]): boolean =>
  wanted.length === 0 || wanted.some((each) => values.includes(each))

/** Returns the ids of the selected articles, newest first, and from z to a for the same moment. */
export function expected(query: Query): string[] {
  const selected = [...wire].filter(([, each]) => {
    const sections = each.sections.flatMap(withAncestors)
    const tag = each.language?.toLowerCase()
    return (
      matchesAny(query.section, sections) &&
      !query.not.some((slug) => sections.includes(slug)) &&
      matchesAny(query.publisher, [each.publisher]) &&
      matchesAny(query.lang, tag === undefined ? [] : [tag, tag.split("-")[0] as string]) &&
      matchesAny(query.tag.map(foldName), each.tags.map(foldName)) &&
      matchesAny(query.author.map(foldName), each.authors.map(foldName))
    )
  })
  return selected.sort(([a, one], [b, other]) => other.published - one.published || (a < b ? 1 : -1)).map(([id]) => id)
}

export function pathOf(query: Query, more = "", format = "json"): string {
  const parts = Object.entries(query).flatMap(([name, values]: [string, string[]]) =>
    values.map((value) => `${name}=${encodeURIComponent(value)}`),
  )
  return `/feed.${format}?${[...parts, more].filter((part) => part !== "").join("&")}`
}

/** Follows redirects as a client does, at most twice. */
export async function get(path: string): Promise<Answer> {
  let sent = await send(path)
  for (let hops = 0; sent.status === 301 && hops < 2; hops++) sent = await send(sent.headers.get("location") ?? "")
  return sent
}

export const idsOf = (sent: Answer): string[] => sent.json.items.map(({ id }: { id: string }) => id)

export async function pagesOf(path: string): Promise<Answer[]> {
  const pages: Answer[] = []
  const urls = new Set<string>()
  for (let next: string | undefined = path; next !== undefined; next = pages.at(-1)?.json.next_url) {
    expect(urls.has(next), `${next} came twice`).toBe(false)
    urls.add(next)
    const sent = await get(next)
    expect(sent.status, `${next}: ${sent.text}`).toBe(200)
    pages.push(sent)
  }
  return pages
}

/** Joins pages to one list. The first document repeats recently corrected articles of later pages. */
export function joinPages([first, ...older]: Answer[]): string[] {
  const below = older.flatMap(idsOf)
  return [...idsOf(first as Answer).filter((id) => !below.includes(id)), ...below]
}

/** Creates two publishers, nested sections, and 240 articles, which are the same in each run. */
export async function prepareSelections(): Promise<void> {
  for (const slug of SECTIONS) await section(slug, PARENTS[slug] === undefined ? {} : { parent: PARENTS[slug] })
  publishers = { one: await publisher("one"), two: await publisher("two") }
  const random = fc.sample(articleData, { numRuns: 240, seed: 7 })
  await publish(random.map((each, i) => ({ ...each, guid: `random-${i}` })))
}

export async function withdraw(id: string): Promise<void> {
  const { guid, publisher: by } = wire.get(id) as ArticleData
  const at = new Date(START + ++changes * 1000).toISOString()
  expect((await push(publishers[by], { id: guid }, { type: "article.deleted", timestamp: at })).status).toBe(200)
  wire.delete(id)
}
