/** Tests that pages by publication and by change stay exact while articles arrive, change and disappear. */
import { env } from "cloudflare:workers"
import { afterAll, expect, test, vi } from "vitest"
import * as fc from "../fast-check.ts"
import { now, rfc3339, until, wait } from "../flows/clock.ts"
import { expectConsistent } from "../flows/wire-state.ts"
import { article, makeWire, ORIGIN, push, send, sweep } from "../flows/world.ts"

const MINUTE = 60_000
/** With Workers Cache in front, every page is read from D1. */
const edge = { purge: async () => ({ success: true }) }
until(now)
const { one } = await makeWire({
  sections: { world: {}, europe: { parent: "world" }, sports: {} },
  publishers: { one: {} },
})
afterAll(() => vi.restoreAllMocks())

interface Op {
  kind: "publish" | "publish" | "publish" | "delete" | "embargo"
  guid: number
  /** Hour of publication. There are few, so that articles share dates. */
  date: number
  section: "world" | "europe" | "sports"
}

const op = fc.record<Op>({
  kind: fc.constantFrom("publish", "publish", "publish", "publish", "delete", "embargo"),
  guid: fc.integer({ min: 0, max: 11 }),
  date: fc.integer({ min: 0, max: 5 }),
  section: fc.constantFrom("world", "europe", "sports"),
})

/** The events before the first page, the events before each later page, and the limit of a page. */
const history = fc.record({
  before: fc.array(op, { minLength: 6, maxLength: 24 }),
  between: fc.array(fc.array(op, { maxLength: 3 }), { maxLength: 8 }),
  limit: fc.integer({ min: 1, max: 7 }),
  query: fc.constantFrom(
    "",
    "&section=world",
    "&section=europe,sports",
    "&not=europe",
    "&section=world&lang=en&not=europe",
  ),
})

/** The meaning of each query in keys of scopes, written independently of the code that answers it. */
const MEANT: Record<string, (scopes: string[]) => boolean> = {
  "": () => true,
  "&section=world": (scopes) => scopes.includes("section:1"),
  "&section=europe,sports": (scopes) => scopes.includes("section:2") || scopes.includes("section:3"),
  "&not=europe": (scopes) => !scopes.includes("section:2"),
  "&section=world&lang=en&not=europe": (scopes) => scopes.includes("section:1") && !scopes.includes("section:2"),
}

interface PublishedArticle {
  id: string
  published_at: number
  commit_no: number
}

/** The articles that the list must show at this moment, from the articles themselves. */
async function readPublished(run: string, query: string): Promise<PublishedArticle[]> {
  const { results } = await env.DB.prepare(
    "select id, published_at, commit_no, scopes from articles where guid glob ? and state = 'published'",
  )
    .bind(`${run}-*`)
    .all<PublishedArticle & { scopes: string }>()
  return results.filter(({ scopes }) => MEANT[query]?.(JSON.parse(scopes)))
}

/** Splits operations into messages, so that no message has an article twice. */
function messages(ops: Op[]): Op[][] {
  const groups: Op[][] = []
  for (const op of ops) {
    const last = groups.at(-1)
    const fits = last?.every(({ kind, guid }) => kind !== "delete" && op.kind !== "delete" && guid !== op.guid)
    if (last && fits) last.push(op)
    else groups.push([op])
  }
  return groups
}

async function apply(run: string, ops: Op[]): Promise<void> {
  for (const group of messages(ops)) {
    wait(MINUTE)
    const type = group[0]?.kind === "delete" ? "article.deleted" : "article.published"
    const data = group.map((op) => (op.kind === "delete" ? { id: `${run}-${op.guid}` } : itemOf(run, op)))
    const sent = await push(one, data, { at: now, timestamp: rfc3339(now), type })
    expect(sent.status, sent.text).toBe(200)
  }
  await sweep()
}

const itemOf = (run: string, { kind, guid, date, section: slug }: Op) =>
  article(
    {
      id: `${run}-${guid}`,
      url: `https://one.example/${run}/${guid}`,
      title: `${run} ${guid} at ${now}`,
      tags: [run],
      date_published: rfc3339(Date.UTC(2026, 10, 1) + date * 3_600_000),
      date_modified: rfc3339(now),
      _feedwire: { sections: [slug], ...(kind === "embargo" && { embargo: rfc3339(now + 3 * MINUTE) }) },
    },
    3,
  )

interface Seen {
  id: string
  version: number
}

/** Reads page after page while the history continues between them. `observe` is called after each step of it. */
async function readPages(path: string, run: string, between: Op[][], observe: () => Promise<void>): Promise<Seen[]> {
  const seen: Seen[] = []
  const todo = [...between]
  await observe()
  for (let next: string | undefined = path; next !== undefined; ) {
    const sent = await send(next, {}, env, edge)
    expect(sent.status, sent.text).toBe(200)
    for (const { api_url: url, version } of sent.json.articles) seen.push({ id: url.slice(-32), version })
    next = sent.json.next?.slice(ORIGIN.length)
    if (next === undefined) break
    for (const message of messages(todo.shift() ?? [])) {
      await apply(run, message)
      await observe()
    }
  }
  return seen
}

let runs = 0

test("by publication, articles that were there throughout come once, none twice, and no others come", async () => {
  await fc.assert(
    fc.asyncProperty(history, async ({ before, between, limit, query }) => {
      const run = `p${++runs}`
      await apply(run, before)
      const throughout = new Map((await readPublished(run, query)).map(({ id, published_at: at }) => [id, at]))
      const places = new Map<string, Set<number>>()
      const versions = new Set<string>()
      const observe = async () => {
        const there = new Map<string, PublishedArticle>()
        for (const each of await readPublished(run, query)) {
          there.set(each.id, each)
          places.set(each.id, (places.get(each.id) ?? new Set()).add(each.published_at))
          versions.add(`${each.id} ${each.commit_no}`)
        }
        for (const [id, at] of throughout) if (there.get(id)?.published_at !== at) throughout.delete(id)
      }
      const seen = await readPages(`/v1/articles?tag=${run}&limit=${limit}${query}`, run, between, observe)
      for (const id of throughout.keys()) expect(seen.filter((each) => each.id === id)).toHaveLength(1)
      for (const { id, version } of seen) {
        // An article with new dates may come once for each date.
        expect(seen.filter((each) => each.id === id).length).toBeLessThanOrEqual(places.get(id)?.size ?? 0)
        expect(versions).toContain(`${id} ${version}`)
      }
    }),
    { numRuns: 12 },
  )
  await expectConsistent()
})

test("by change, every changed article comes in its newest version, and no version comes twice", async () => {
  await fc.assert(
    fc.asyncProperty(history, async ({ before, between, limit, query }) => {
      const run = `c${++runs}`
      const [old, young] = [before.slice(0, before.length / 2), before.slice(before.length / 2)]
      await apply(run, old)
      wait(MINUTE)
      const since = now
      await apply(run, young)
      const versions = new Set<string>()
      const observe = async () => {
        for (const { id, commit_no: no } of await readPublished(run, query)) versions.add(`${id} ${no}`)
      }
      const path = `/v1/articles?tag=${run}&limit=${limit}&updated_since=${rfc3339(since)}${query}`
      const seen = await readPages(path, run, between, observe)
      const forms = seen.map(({ id, version }) => `${id} ${version}`)
      expect(new Set(forms).size).toBe(forms.length)
      for (const form of forms) expect(versions).toContain(form)
      // The order is that of the changes.
      expect(seen.map(({ version }) => version)).toEqual(seen.map(({ version }) => version).sort((a, b) => a - b))
      const first = await env.DB.prepare("select min(no) no from commits where at >= ?")
        .bind(since)
        .first<{ no: number | null }>()
      const changed = (await readPublished(run, query)).filter(
        ({ commit_no: no }) => first?.no != null && no >= first.no,
      )
      for (const { id, commit_no: no } of changed) expect(forms).toContain(`${id} ${no}`)
      expect(seen.every(({ version }) => version >= (first?.no ?? 0))).toBe(true)
    }),
    { numRuns: 12 },
  )
})
