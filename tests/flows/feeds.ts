/** Shared by the flows of feeds: two publishers, five sections, and a clock that is an hour later in each test. */
import { env } from "cloudflare:workers"
import { afterAll, afterEach, beforeAll, beforeEach, expect, vi } from "vitest"
import { readAtom, readJson, readRss } from "../unit/formats/reader.ts"
import { type Answer, article, ORIGIN, type Publisher, publisher, push, section, send } from "./world.ts"

export const FORMATS = ["rss", "atom", "json"] as const
export type Format = (typeof FORMATS)[number]
export const TYPES: Record<Format, string> = {
  rss: "application/rss+xml",
  atom: "application/atom+xml",
  json: "application/feed+json",
}
export const SELECTIONS = [
  "",
  "/sections/world",
  "/sections/europe",
  "/sections/arts",
  "/publishers/one",
  "/publishers/two",
]
export const SECURITY = ["x-content-type-options", "referrer-policy", "content-security-policy"]

export const SECOND = 1000
export const wait = (ms: number) => vi.setSystemTime(Date.now() + ms)
export const inSection = (name: string, more: object = {}) => ({ _feedwire: { sections: [name], ...more } })

export let one: Publisher
export let two: Publisher

const DAY = 86_400_000
/**
 * Every test begins an hour after the previous one, on a full second, with a stopped clock. It is later than the real
 * time, at which the migrations made the row of the wire.
 */
let clock = Math.ceil(Date.now() / DAY) * DAY

export function makeWire(): void {
  beforeAll(async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: clock })
    await section("world", { names: { en: "World", ar: "العالم" }, descriptions: { en: "From everywhere" } })
    await section("europe", { parent: "world" })
    await section("sports")
    await section("arts", { names: { ar: "ثقافة" } })
    await section("football", { parent: "sports" })
    one = await publisher("one", { default_section: "world", language: "en" })
    two = await publisher("two", { default_section: "world", language: "ar", name: "الثانية" })
    await push(one, article({ title: "The first" }))
    vi.useRealTimers()
  })
  afterAll(() => vi.useRealTimers())
  beforeEach(() => {
    clock += 3_600_000
    vi.useFakeTimers({ toFake: ["Date"], now: clock })
  })
  afterEach(() => {
    clock = Math.ceil(Date.now() / SECOND) * SECOND
    vi.restoreAllMocks()
    vi.useRealTimers()
  })
}

/** Requests with these settings of the Worker. */
export function requestsWith(bindings: Env) {
  const get = (path: string, headers: Record<string, string> = {}, method = "GET", from: Env = bindings) =>
    send(path, { method, headers }, from)
  const publish = (more: object = {}, to: Publisher = one) => push(to, article({ ...more }), { bindings })
  const feedsOf = async (selection: string, from: Env = bindings) => {
    const [rss, atom, json] = await Promise.all(
      FORMATS.map((format) => get(`${selection}/feed.${format}`, {}, "GET", from)),
    )
    return { rss: rss as Answer, atom: atom as Answer, json: json as Answer }
  }
  const readings = async (selection: string, from: Env = bindings) => {
    const { rss, atom, json } = await feedsOf(selection, from)
    return { rss: readRss(rss.text), atom: readAtom(atom.text), json: readJson(json.text) }
  }

  /** A problem says what is wrong, links to an explanation, and has the id of the request; it is not cacheable. */
  async function expectProblem(sent: Answer, status: number, code: string): Promise<void> {
    expect([sent.status, sent.headers.get("content-type")]).toEqual([status, "application/problem+json; charset=utf-8"])
    expect(sent.json).toMatchObject({ status, code, type: `${ORIGIN}/problems/${code}` })
    expect(sent.json.request_id).toMatch(/^[\w-]{8,}$/)
    expect(sent.json.title.length * sent.json.detail.length).toBeGreaterThan(0)
    expect(sent.headers.get("cache-control")).toBe("private, no-store")
    for (const name of SECURITY) expect([name, sent.headers.has(name)]).toEqual([name, true])
    expect((await get(new URL(sent.json.type).pathname)).text).toContain(code)
  }
  return { get, publish, feedsOf, readings, expectProblem }
}

/** The isolate keeps validators in memory for a second. */
export const REMEMBERING: Env = { ...env, REMEMBER_VALIDATORS: "true" }
/** Every request asks D1 for the validator. */
export const ASKING: Env = { ...env, REMEMBER_VALIDATORS: "false" }
