/** The list of articles and the single article, as partners read them. */
import { env } from "cloudflare:workers"
import * as v from "valibot"
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest"
import { Article, Articles, NinjsArticles } from "../../src/api/json/schema.ts"
import { readSelection } from "../../src/articles/read/read-selection.ts"
import { LIST_START } from "../../src/articles/read/scan-selection.ts"
import { EVERYTHING, scopeSelection } from "../../src/articles/read/selection-terms.ts"
import { createDbClient } from "../../src/db/client.ts"
import { HOUR, now, rfc3339, until, wait } from "./clock.ts"
import {
  type Answer,
  admin,
  article,
  counted,
  migrate,
  ORIGIN,
  type Publisher,
  publisher,
  push,
  section,
  send,
  sweep,
} from "./world.ts"

/** The same wire, once its API is closed. */
const closed = { ...env, API_ACCESS: "partners" } as unknown as Env
/** With Workers Cache in front, every request that arrives here queries D1. */
const edge = { purge: async () => ({ success: true }) }
const { bindings, trips } = counted()

let full: Publisher
let brief: Publisher
let mute: Publisher

const DAY_ONE = Date.UTC(2026, 10, 1)
const day = (n: number, hour = 0): string => new Date(DAY_ONE + (n - 1) * 86_400_000 + hour * HOUR).toISOString()

/** An article with everything that one may have. */
const WHOLE = {
  id: "whole",
  url: "https://full.example/2026/whole",
  title: "عنوان رئيسي",
  summary: "ملخص قصير",
  content_html: '<p>الفقرة الأولى &amp; "اقتباس"</p><ul><li>واحد</li><li>اثنان</li></ul>',
  language: "ar-EG",
  date_published: day(18),
  date_modified: day(19),
  authors: [{ name: "منى", url: "https://full.example/mona" }, { name: "Jane" }],
  tags: ["اقتصاد", "Budget"],
  image: "https://full.example/lead.jpg",
  attachments: [
    { url: "https://full.example/a.mp3", mime_type: "audio/mpeg", size_in_bytes: 1234, duration_in_seconds: 61 },
    { url: "https://full.example/b.pdf", mime_type: "application/pdf", title: "The report" },
  ],
  _feedwire: {
    sections: ["france", "sports"],
    subtitle: "عنوان فرعي",
    dateline: "القاهرة — رويترز",
    image: { caption: "تعليق", credit: "AP", alt: "صورة", width: 1200, height: 800 },
    related: [{ url: "https://full.example/other", title: "أخرى" }],
    correction: { note: "صُحّح الرقم.", at: day(19) },
    attribution: { name: "Reuters", url: "https://reuters.example/" },
    rights: "© Full 2026",
  },
}

beforeAll(async () => {
  until(now)
  await migrate()
  await section("world", { names: { en: "World", ar: "العالم" } })
  await section("europe", { parent: "world", names: { en: "Europe" } })
  await section("france", { parent: "europe", names: { en: "France", ar: "فرنسا" } })
  await section("sports")
  full = await publisher("full", { name: "Full Daily" })
  brief = await publisher("brief", { name: "Brief", redistribution: "summary" })
  mute = await publisher("mute", { name: "Mute", redistribution: "none" })
})
afterAll(() => vi.restoreAllMocks())

async function created(to: Publisher, ...items: Record<string, unknown>[]): Promise<Answer> {
  const sent = await push(to, items, { at: now, timestamp: rfc3339(now) })
  const outcomes = sent.json.results.map(({ outcome }: { outcome: string }) => outcome)
  if (outcomes.some((outcome: string) => !/created|updated|deleted/.test(outcome))) throw new Error(sent.text)
  return sent
}

async function done(method: string, path: string, body?: unknown): Promise<Answer["json"]> {
  const sent = await admin(method, path, body)
  if (sent.status >= 300) throw new Error(sent.text)
  return sent.json
}

async function list(query: string, from: Env = env): Promise<Answer> {
  const sent = await send(`/v1/articles${query}`, {}, from, edge)
  if (sent.status === 200) v.parse(query.includes("ninjs") ? NinjsArticles : Articles, sent.json)
  return sent
}

const titles = ({ json }: Answer): string[] => json.articles.map(({ title }: { title: string }) => title)
/** The digits of an article's id. */
const idOf = (sent: Answer, at = 0): string => sent.json.results[at].id.slice(-32)

/** All articles of a list, page after page. */
async function readPages(query: string): Promise<{ titles: string[]; pages: number }> {
  const all: string[] = []
  let pages = 0
  for (let path: string | undefined = `/v1/articles${query}`; path !== undefined; pages++) {
    const sent = await send(path, {}, env, edge)
    if (sent.status !== 200) throw new Error(sent.text)
    all.push(...titles(sent))
    path = sent.json.next?.slice(ORIGIN.length)
  }
  return { titles: all, pages }
}

describe("what an article has", () => {
  let id: string

  beforeAll(async () => {
    id = idOf(await created(full, WHOLE))
  })

  test("everything, in the list and by its id", async () => {
    const { json } = await list("")
    const [shown] = json.articles
    v.parse(Article, shown)
    expect(shown).toEqual({
      id: `tag:feeds.example,2026:${shown.api_url.slice(-32)}`,
      api_url: `${ORIGIN}/v1/articles/${shown.id.slice(-32)}`,
      view_url: `${ORIGIN}/r/${shown.id.slice(-32)}`,
      canonical_url: WHOLE.url,
      title: WHOLE.title,
      subtitle: "عنوان فرعي",
      dateline: "القاهرة — رويترز",
      summary: "ملخص قصير",
      image: { url: WHOLE.image, ...WHOLE._feedwire.image },
      language: "ar-EG",
      direction: "rtl",
      date_published: "2026-11-18T00:00:00Z",
      date_modified: "2026-11-19T00:00:00Z",
      breadcrumb: [
        { id: "section:1", slug: "world", names: { en: "World", ar: "العالم" } },
        { id: "section:2", slug: "europe", names: { en: "Europe" } },
        { id: "section:3", slug: "france", names: { en: "France", ar: "فرنسا" } },
      ],
      publisher: {
        id: shown.publisher.id,
        slug: "full",
        name: "Full Daily",
        home_page_url: "https://full.example/",
      },
      attribution: WHOLE._feedwire.attribution,
      guid: "whole",
      version: shown.version,
      content_html: shown.content_html,
      content_text: 'الفقرة الأولى & "اقتباس"\n\nواحد\nاثنان',
      authors: WHOLE.authors,
      sections: [
        { id: "section:3", slug: "france", names: { en: "France", ar: "فرنسا" } },
        { id: "section:4", slug: "sports", names: { en: "sports" } },
      ],
      tags: WHOLE.tags,
      attachments: WHOLE.attachments,
      related: WHOLE._feedwire.related,
      correction: { note: "صُحّح الرقم.", at: "2026-11-19T00:00:00Z" },
      rights: "© Full 2026",
    })
    expect(shown.content_html).toContain("<li>اثنان</li>")
    expect((await send(`/v1/articles/${id}`)).json).toEqual(shown)
  })

  test("as much as its publisher shares: summary, or headline alone", async () => {
    const of = (site: string) => ({ ...WHOLE, id: `whole-${site}`, url: `https://${site}.example/2026/whole` })
    await created(brief, of("brief"))
    await created(mute, of("mute"), { ...of("mute"), id: "untitled", title: undefined })
    const [summary] = (await list("?publisher=brief")).json.articles
    expect(summary).toMatchObject({ title: WHOLE.title, summary: "ملخص قصير", correction: {}, image: {} })
    for (const member of ["content_html", "content_text", "attachments"]) expect(summary).not.toHaveProperty(member)
    const mutes = (await list("?publisher=mute")).json.articles
    // The one without a headline is not shown at all.
    expect(mutes).toHaveLength(1)
    expect(mutes[0]).toMatchObject({
      title: WHOLE.title,
      dateline: "القاهرة — رويترز",
      attribution: { name: "Reuters" },
    })
    for (const member of [
      "content_html",
      "content_text",
      "attachments",
      "summary",
      "subtitle",
      "image",
      "correction",
    ]) {
      expect(mutes[0]).not.toHaveProperty(member)
    }
    v.parse(Article, summary)
    v.parse(Article, mutes[0])
  })

  test("members without a value are absent", async () => {
    const bare = article({
      tags: ["bare"],
      url: undefined,
      title: "Bare",
      language: undefined,
      content_html: undefined,
      content_text: "x",
    })
    await created(full, { ...bare, _feedwire: { sections: ["sports"] } })
    const [shown] = (await list("?tag=bare")).json.articles
    expect(Object.keys(shown)).toEqual([
      ...["id", "api_url", "title", "summary", "direction", "date_published", "breadcrumb", "publisher", "attribution"],
      ...["guid", "version", "content_html", "content_text", "authors", "sections", "tags"],
    ])
    expect(JSON.stringify(shown)).not.toContain("null")
    expect(shown.attribution).toEqual({ name: "Full Daily", url: "https://full.example/" })
  })

  test("fields= selects members, in their order, in lists and single articles", async () => {
    const path = "fields=title,id&fields=version"
    const [shown] = (await list(`?tag=bare&${path}`)).json.articles
    expect(Object.keys(shown)).toEqual(["id", "title", "version"])
    expect((await send(`/v1/articles/${shown.id}?${path}`)).json).toEqual(shown)
    const texts = (await list("?tag=bare&fields=content_text")).json.articles
    expect(texts).toEqual([{ content_text: "x" }])
    expect((await list("?tag=bare&fields=content_html")).json.articles).toEqual([{ content_html: expect.any(String) }])
  })
})

describe("a selection", () => {
  beforeAll(async () => {
    const of = (title: string, at: number, sections: string[], more: object = {}) =>
      article({ title, date_published: day(at), tags: ["asked"], _feedwire: { sections }, ...more }, 3)
    await created(
      full,
      of("world", 1, ["world"]),
      of("france", 2, ["france"], { language: "fr-CA" }),
      of("sports", 3, ["sports"], { tags: ["asked", "Rock, roll"] }),
      of("both", 4, ["sports", "europe"], { language: "ar" }),
    )
    await created(brief, of("briefly", 5, ["sports"]))
  })

  test.each([
    ["", ["briefly", "both", "sports", "france", "world"]],
    ["&section=world", ["both", "france", "world"]],
    ["&section=france,sports", ["briefly", "both", "sports", "france"]],
    ["&section=france&section=sports", ["briefly", "both", "sports", "france"]],
    ["&section=world&not=europe", ["world"]],
    ["&not=sports,france", ["world"]],
    ["&publisher=brief", ["briefly"]],
    ["&publisher=brief,full&section=sports", ["briefly", "both", "sports"]],
    ["&lang=fr,AR", ["both", "france"]],
    ["&lang=fr-ca", ["france"]],
    ["&utm_source=x&section=europe", ["both", "france"]],
  ])("%s", async (query, expected) => {
    expect(titles(await list(`?tag=asked${query}`))).toEqual(expected)
    // Page by page, one article each, it is the same.
    expect((await readPages(`?tag=asked${query}&limit=1`)).titles).toEqual(expected)
  })

  test("tags may have commas, and their case is ignored", async () => {
    expect(titles(await list(`?tag=${encodeURIComponent("ROCK, roll")}`))).toEqual(["sports"])
    expect(titles(await list(`?tag=${encodeURIComponent("rock, roll")}&tag=bare`))).toContain("sports")
  })

  test.each([
    [`since=${day(3)}`, ["briefly", "both", "sports"]],
    [`since=${day(3, 1)}`, ["briefly", "both"]],
    [`until=${day(3)}`, ["sports", "france", "world"]],
    ["since=2026-11-02&until=2026-11-03", ["sports", "france"]],
    // A day until itself is that day.
    ["since=2026-11-03&until=2026-11-03", ["sports"]],
    ["since=2026-11-03T02:00:00%2B02:00&until=2026-11-03T00:00:00Z", ["sports"]],
    // A plus that was not encoded arrives as a blank.
    ["since=2026-11-03T02:00:00+02:00", ["briefly", "both", "sports"]],
    ["until=2026-10-31", []],
  ])("publication: %s", async (query, expected) => {
    for (const rest of ["tag=asked", "tag=asked&lang=ar,en,fr&not=notes"]) {
      if (rest.includes("notes")) await admin("POST", "/sections", { slug: "notes", names: { en: "notes" } })
      const sent = await list(`?${rest}&${query}`)
      expect([sent.status, titles(sent), sent.json.next]).toEqual([200, expected, undefined])
      expect(await readPages(`?${rest}&${query}&limit=1`)).toMatchObject({ titles: expected })
    }
    // The last page of a range has no next one, although older articles exist.
    if (query.startsWith("since") && expected.length > 0) {
      expect((await list(`?tag=asked&${query}&limit=${expected.length}`)).json.next).toBeUndefined()
    }
  })

  test("next is a URL, the same in the Link header, and a cursor", async () => {
    const sent = await list("?tag=asked&limit=2&utm_source=x")
    const { next, cursor } = sent.json
    expect(next).toBe(`${ORIGIN}/v1/articles?limit=2&tag=asked&cursor=${cursor}`)
    expect(sent.headers.get("link")).toBe(`<${next}>; rel="next"`)
    expect(sent.headers.get("content-type")).toBe("application/json; charset=utf-8")
    expect(titles(await list(`?cursor=${cursor}&tag=asked`))).toEqual(["sports", "france", "world"])
    const last = await list("?tag=asked")
    expect([last.json.next, last.json.cursor, last.headers.get("link")]).toEqual([undefined, undefined, null])
  })

  test("a cursor of dates and ids is still valid after a backup is restored", async () => {
    const { cursor } = (await list("?tag=asked&limit=2")).json
    const { epoch } = (await env.DB.prepare("select epoch from wire").first<{ epoch: string }>()) ?? {}
    await env.DB.prepare("update wire set epoch = 'restored01'").run()
    expect(titles(await list(`?cursor=${cursor}&tag=asked`))).toEqual(["sports", "france", "world"])
    await env.DB.prepare("update wire set epoch = ?").bind(epoch).run()
  })

  test("no body is read if none is requested", async () => {
    const rowsOf = async (query: string) => {
      trips.length = 0
      const sent = await list(query, bindings)
      expect(trips).toHaveLength(1)
      return (trips[0]?.rowsRead ?? 0) - sent.json.articles.length * 2
    }
    // The directory is read again, because the wire had another epoch.
    await list("")
    const [bare, whole] = [await rowsOf("?tag=asked&fields=id,title"), await rowsOf("?tag=asked")]
    // Of each of the five articles the size and the body.
    expect(whole - bare).toBe(5 * 2)
  })
})

describe("an invalid request", () => {
  const problem = async (query: string) => {
    const sent = await list(query)
    return [sent.status, sent.json.code, sent.json.errors]
  }

  test("is refused with all of its errors", async () => {
    expect(
      await problem(
        "?limit=0&section=wrold,sports&not=sports,nope&publisher=fulll&lang=arabic&since=2026-02-01&until=2026-01-01&sort=x&fields=titel,id&cursor=x&format=xml&tag=",
      ),
    ).toEqual([
      400,
      "invalid_parameter",
      [
        { parameter: "sort", detail: expect.stringContaining("is not known here.") },
        { parameter: "tag", detail: "is empty: give it a value or leave it out" },
        { parameter: "lang", detail: expect.stringContaining("Did you mean ar?") },
        { parameter: "limit", detail: '"0" must be a number from 1 to 100' },
        { parameter: "cursor", detail: "is not a cursor of this list: begin without one, and follow next" },
        { parameter: "fields", detail: '"titel" is not one of its names. Did you mean title?' },
        { parameter: "format", detail: '"xml" must be json, ninjs.' },
        { parameter: "not", detail: "excludes sports, which section includes" },
        { parameter: "since", detail: "is later than until: nothing is published between them" },
        { parameter: "section", detail: "names wrold, which is no section here. Did you mean world?" },
        { parameter: "not", detail: "names nope, which is no section here." },
        { parameter: "publisher", detail: "names fulll, which is no publisher here. Did you mean full?" },
      ],
    ])
  })

  test("is refused with each wrong value of a parameter", async () => {
    const [x, y] = ["x".repeat(101), "y".repeat(101)]
    expect((await problem(`?section=A_,wrold,B_&lang=english,arabic&tag=${x}&tag=${y}&tag=&not=,sports`))[2]).toEqual([
      { parameter: "section", detail: expect.stringContaining('"a_" must be') },
      { parameter: "section", detail: expect.stringContaining('"b_" must be') },
      { parameter: "not", detail: "has an empty entry: leave it out" },
      { parameter: "tag", detail: "is empty: give it a value or leave it out" },
      { parameter: "tag", detail: expect.stringMatching(/^"x{20}…" must have 1 to 100 characters$/) },
      { parameter: "tag", detail: expect.stringMatching(/^"y{20}…" must have 1 to 100 characters$/) },
      { parameter: "lang", detail: expect.stringContaining('"english"') },
      { parameter: "lang", detail: expect.stringContaining('"arabic"') },
      { parameter: "section", detail: "names wrold, which is no section here. Did you mean world?" },
    ])
  })

  test("is refused with the unknown slugs and similar ones", async () => {
    expect(await problem("?section=wrold&publisher=full,breif")).toEqual([
      400,
      "invalid_parameter",
      [
        { parameter: "section", detail: "names wrold, which is no section here. Did you mean world?" },
        { parameter: "publisher", detail: "names breif, which is no publisher here. Did you mean brief?" },
      ],
    ])
    expect((await problem("?section=wrold"))[0]).toBe(400)
  })

  test("with a thousand unknown parameters lists fifty of them and counts the rest", async () => {
    const names = Array.from({ length: 1000 }, (_, no) => `x${no}=1`)
    const { status, json } = await send(`/v1/articles?${names.join("&")}`)
    expect([status, json.code, json.errors.length]).toEqual([400, "unknown_parameter", 51])
    expect(json.errors.at(-1)).toEqual({ parameter: "x50", detail: "is not known here, nor are 949 more" })
  })

  test.each([
    ["sectoin=world", "unknown_parameter", "sectoin", "Did you mean section?"],
    ["limit=1&limit=2", "invalid_parameter", "limit", "was given 2 times"],
    ["limit=101", "invalid_parameter", "limit", "from 1 to 100"],
    ["limit=1e1", "invalid_parameter", "limit", "from 1 to 100"],
    ["since=yesterday", "invalid_parameter", "since", "must be a time"],
    ["since=2026-02-30", "invalid_parameter", "since", "must be a time"],
    ["section=a,b,c,d,e,f,g,h,i,j,k", "invalid_parameter", "section", "more than 10 values"],
    ["section=..%2F", "invalid_parameter", "section", "lower-case letters"],
    ["format=ninjs&fields=title", "invalid_parameter", "fields", "ninjs"],
    ["q=x&updated_since=2026-01-01", "invalid_parameter", "updated_since", "cannot be combined with q"],
    [`cursor=${btoa("1.e.page.1x.0")}`, "invalid_parameter", "cursor", "is not a cursor"],
    [
      `cursor=${btoa(`1.e.page.12.${"0".repeat(32)}.1`).replace(/=+$/, "")}`,
      "invalid_parameter",
      "cursor",
      "is not a cursor",
    ],
    [
      `cursor=${btoa(`1.e.inventory.12.${"0".repeat(32)}`).replace(/=+$/, "")}`,
      "invalid_parameter",
      "cursor",
      "is not a cursor",
    ],
    [
      `cursor=${btoa(`1.e.changed.12.${"0".repeat(32)}`).replace(/=+$/, "")}`,
      "invalid_parameter",
      "cursor",
      "another list",
    ],
    [
      `updated_since=2026-01-01&cursor=${btoa(`1.e.page.12.${"0".repeat(32)}`).replace(/=+$/, "")}`,
      "invalid_parameter",
      "cursor",
      "another list",
    ],
  ])("%s", async (query, code, parameter, detail) => {
    const sent = await list(`?${query}`)
    expect([sent.status, sent.json.code]).toEqual([400, code])
    expect(sent.json.errors).toEqual([{ parameter, detail: expect.stringContaining(detail) }])
    expect(sent.headers.get("content-type")).toBe("application/problem+json; charset=utf-8")
    expect(sent.headers.get("cache-control")).toBe("private, no-store")
  })

  test("old slugs redirect to current ones; retired and removed ones without a successor are 410", async () => {
    for (const slug of ["football", "rugby", "golf", "chess"]) await section(slug)
    const gone = await publisher("gone")
    await created(gone, article({}, 3))
    await done("PATCH", "/sections/football", { slug: "soccer" })
    await done("POST", "/sections/rugby/retire", { into: "sports" })
    await done("POST", "/sections/golf/retire", {})
    await done("DELETE", "/publishers/gone", undefined).catch(async () => done("POST", "/publishers/gone/remove", {}))
    const led = async (query: string) => {
      const sent = await list(query)
      return [sent.status, sent.headers.get("location")?.slice(ORIGIN.length) ?? sent.json.code]
    }
    expect(await led("?section=football")).toEqual([301, "/v1/articles?section=soccer"])
    expect(await led("?tag=a%2Cb&section=football,rugby,sports&not=golf&limit=3&utm_id=1")).toEqual([
      301,
      "/v1/articles?limit=3&section=soccer%2Csports&tag=a%2Cb",
    ])
    expect((await list("?limit=3&section=soccer%2Csports&tag=a%2Cb")).status).toBe(200)
    expect(await led("?section=golf")).toEqual([410, "section_retired"])
    expect(await led("?publisher=gone")).toEqual([410, "publisher_removed"])
    expect(await led("?publisher=gone,full")).toEqual([301, "/v1/articles?publisher=full"])
    expect(await led("?section=football&not=soccer")).toEqual([400, "invalid_parameter"])
    expect(await led("?section=golf,wrold")).toEqual([400, "invalid_parameter"])
    expect(await led("?updated_since=2026-01-01&section=football")).toEqual([
      301,
      "/v1/articles?section=soccer&updated_since=2026-01-01",
    ])
  })
})

describe("a page ends at 2 MiB", () => {
  const KIB = 1024
  const body = (letter: string, kib: number) =>
    `<p>${letter.repeat((kib * KIB) / new TextEncoder().encode(letter).length)}</p>`

  beforeAll(async () => {
    // A body is there as HTML and as text, so eight Arabic bodies of 120 KiB are nearly 2 MiB.
    for (let n = 0; n < 24; n++) {
      const item = { title: `large ${n}`, tags: ["large"], date_published: day(6, n), content_html: body("ب", 120) }
      await created(full, article(item, 3))
      await created(brief, article({ ...item, title: `shared ${n}`, tags: ["shared"] }, 3))
    }
  })

  test("with complete articles only, and the next page continues", async () => {
    const all: { title: string; content_text: string }[] = []
    const sizes: number[] = []
    for (let path: string | undefined = "/v1/articles?tag=large&limit=100"; path !== undefined; ) {
      const sent: Answer = await send(path, {}, env, edge)
      const bytes = new TextEncoder().encode(sent.text).length
      expect(bytes).toBeLessThanOrEqual(2 * KIB * KIB)
      expect(bytes).toBe(Number(sent.headers.get("content-length") ?? bytes))
      sizes.push(sent.json.articles.length)
      all.push(...sent.json.articles)
      path = sent.json.next?.slice(ORIGIN.length)
    }
    expect(all.map(({ title }) => title)).toEqual(Array.from({ length: 24 }, (_, n) => `large ${23 - n}`))
    expect(all.every(({ content_text: text }) => text.length > 60_000)).toBe(true)
    expect(sizes).toEqual([8, 8, 8])
  })

  test("bodies that are not shared make no page shorter", async () => {
    const sent = await list("?tag=shared&limit=100")
    expect([sent.json.articles.length, sent.json.next]).toEqual([24, undefined])
  })

  test("bodies that are not requested make no page shorter either", async () => {
    const sent = await list("?tag=large&limit=100&fields=id,title")
    expect([sent.json.articles.length, sent.json.next]).toEqual([24, undefined])
    // Bodies limit it: with the HTML alone twice as many fit.
    expect((await list("?tag=large&limit=100&fields=content_html")).json.articles).toHaveLength(16)
    expect((await list("?tag=large&limit=100&format=ninjs")).json.articles).toHaveLength(8)
  })
})

describe("a validator", () => {
  test("gives 304 for one row a scope, and no article", async () => {
    for (const [query, rows] of [
      ["", 2],
      ["?section=sports", 2],
      ["?section=world,sports&lang=ar&not=france&publisher=full", 12],
      ["?updated_since=2026-01-01&section=sports", 3],
    ] as const) {
      const etag = (await list(query)).headers.get("etag") ?? ""
      expect(etag).toMatch(/^"[0-9a-f]{10}\.\d+\.v1-1\.\w+-\w+"$/)
      trips.length = 0
      const again = await send(`/v1/articles${query}`, { headers: { "if-none-match": `W/${etag}` } }, bindings, edge)
      expect([again.status, again.text]).toEqual([304, ""])
      expect(trips).toHaveLength(1)
      expect([query, trips[0]?.rowsRead]).toEqual([query, rows])
    }
  })

  test("no longer matches after an article of the list changed", async () => {
    const statusOf = async (query: string, etag: string) =>
      (await send(`/v1/articles${query}`, { headers: { "if-none-match": etag } }, env, edge)).status
    const etagOf = async (query: string) => (await list(query)).headers.get("etag") ?? ""
    const [sports, france] = [await etagOf("?section=sports"), await etagOf("?section=france")]
    await created(full, article({ _feedwire: { sections: ["sports"] } }, 3))
    expect([await statusOf("?section=sports", sports), await statusOf("?section=france", france)]).toEqual([200, 304])
    await done("PATCH", "/publishers/full", { name: "Full Daily News" })
    expect(await statusOf("?section=france", france)).toBe(200)
  })

  test("edges store the page until one of its scopes changes", async () => {
    const tagsOf = async (query: string) => (await list(query)).headers.get("cache-tag")
    expect(await tagsOf("")).toBe("all,wire")
    expect(await tagsOf("?section=world,sports&lang=ar")).toBe("section:4,section:1,lang:ar,wire")
    expect(await tagsOf("?tag=asked")).toBe("all,wire")
    expect(await tagsOf("?updated_since=2026-01-01&section=sports")).toBe("section:4,wire")
    const { headers } = await list("")
    expect(headers.get("cache-control")).toBe("public, max-age=60")
    expect(headers.get("access-control-allow-origin")).toBe("*")
  })
})

describe("changes since a time", () => {
  let at: string

  beforeAll(async () => {
    wait(60_000)
    await created(full, article({ id: "changed-1", title: "before", tags: ["turn"], date_published: day(1) }, 3))
    wait(60_000)
    at = rfc3339(now)
    await created(
      full,
      article(
        { id: "changed-2", title: "two", tags: ["turn"], date_published: day(3), _feedwire: { sections: ["sports"] } },
        3,
      ),
      article({ id: "changed-3", title: "three", tags: ["turn"], date_published: day(2) }, 3),
    )
    wait(60_000)
    await created(full, article({ id: "changed-4", title: "four", tags: ["turn"], date_published: day(4) }, 3))
  })

  test("are in the order of change, from exactly that time", async () => {
    const since = async (time: string, more = "") => titles(await list(`?tag=turn&updated_since=${time}${more}`))
    const sorted = (await since(at)).slice(0, 2).sort()
    expect([sorted, (await since(at)).slice(2)]).toEqual([["three", "two"], ["four"]])
    expect(await since(rfc3339(Date.parse(at) + 1))).toEqual(["four"])
    expect((await since("2020-01-01"))[0]).toBe("before")
    expect(await since("2026-12-31")).toEqual([])
    expect(await since(at, "&section=sports")).toEqual(["two"])
    // Of these, by publication.
    expect((await since(at, `&since=${day(3)}`)).sort()).toEqual(["four", "two"])
    expect((await since(at, `&until=${day(3)}`)).sort()).toEqual(["three", "two"])
    expect((await since(at, `&since=${day(3)}&until=${day(3)}`)).sort()).toEqual(["two"])
    expect((await readPages(`?tag=turn&updated_since=${at}&limit=1`)).titles.sort()).toEqual(["four", "three", "two"])
  })

  test("have the newest version: a corrected article moves to the end, a withdrawn one is not listed", async () => {
    const first = await list(`?tag=turn&updated_since=${at}&limit=1`)
    wait(60_000)
    const old = { date_published: day(1), date_modified: rfc3339(now) }
    await created(full, article({ id: "changed-1", title: "corrected", tags: ["turn"], ...old }, 3))
    await push(full, { id: "changed-4" }, { type: "article.deleted", at: now, timestamp: rfc3339(now) })
    const rest = await readPages(`?tag=turn&updated_since=${at}&limit=1&cursor=${first.json.cursor}`)
    expect([...titles(first), ...rest.titles].sort()).toEqual(["corrected", "three", "two"])
    expect(rest.titles.at(-1)).toBe("corrected")
  })

  test("have another validator after every commit, because articles between two positions may differ", async () => {
    const etag = (await list(`?tag=turn&updated_since=${at}`)).headers.get("etag")
    await created(full, article({ _feedwire: { sections: ["france"] } }, 3))
    expect((await list(`?tag=turn&updated_since=${at}`)).headers.get("etag")).not.toBe(etag)
  })

  test("refuse a cursor from before a restore, because commit numbers start again", async () => {
    const { next } = (await list(`?tag=turn&updated_since=${at}&limit=1`)).json
    const { epoch } = (await env.DB.prepare("select epoch from wire").first<{ epoch: string }>()) ?? {}
    await env.DB.prepare("update wire set epoch = 'restored02'").run()
    const sent = await send(next, {}, env, edge)
    expect([sent.status, sent.json.code]).toEqual([410, "foreign_cursor"])
    expect(sent.json.start_url).toBe(next.replace(/&cursor=[^&]*/, ""))
    expect((await send(sent.json.start_url, {}, env, edge)).status).toBe(200)
    await env.DB.prepare("update wire set epoch = ?").bind(epoch).run()
  })
})

describe("IPTC ninjs", () => {
  test("has the same content in the terms of agencies", async () => {
    const sent = await list("?format=ninjs&publisher=full&section=france&lang=ar-eg")
    const [shown] = sent.json.articles
    const [plain] = (await list("?publisher=full&section=france&lang=ar-eg")).json.articles
    expect(shown).toEqual({
      uri: plain.id,
      standard: { name: "ninjs", version: "3.0", schema: "https://www.iptc.org/std/ninjs/ninjs-schema_3.0.json" },
      type: "text",
      representationType: "full",
      version: String(plain.version),
      firstCreated: "2026-11-18T00:00:00Z",
      versionCreated: "2026-11-19T00:00:00Z",
      pubStatus: "usable",
      copyrightNotice: "© Full 2026",
      language: "ar-EG",
      headlines: [
        { role: "main", contentType: "text/plain", value: WHOLE.title },
        { role: "subheadline", contentType: "text/plain", value: "عنوان فرعي" },
      ],
      descriptions: [
        { role: "summary", contentType: "text/plain", value: "ملخص قصير" },
        { role: "correction", contentType: "text/plain", value: "صُحّح الرقم." },
      ],
      bodies: [
        { role: "main", contentType: "text/html", value: `<div dir="rtl" lang="ar-EG">${plain.content_html}</div>` },
        { role: "main", contentType: "text/plain", value: plain.content_text },
      ],
      by: "منى, Jane",
      located: "القاهرة — رويترز",
      infoSources: [
        {
          name: "Full Daily News",
          uri: plain.publisher.id,
          literal: "full",
          contactInfo: [{ type: "web", value: "https://full.example/" }],
        },
        { name: "Reuters", contactInfo: [{ type: "web", value: "https://reuters.example/" }] },
      ],
      subjects: [
        { name: "فرنسا", literal: "section:3" },
        { name: "sports", literal: "section:4" },
        { name: "اقتصاد" },
        { name: "Budget" },
      ],
      renditions: [{ name: "web", href: WHOLE.url, contentType: "text/html" }],
      associations: [
        {
          name: "main-picture",
          uri: WHOLE.image,
          type: "picture",
          by: "AP",
          descriptions: [
            { role: "caption", contentType: "text/plain", value: "تعليق" },
            { role: "alternative", contentType: "text/plain", value: "صورة" },
          ],
          renditions: [{ name: "main", href: WHOLE.image, width: 1200, height: 800 }],
        },
        {
          name: "attachment-1",
          uri: "https://full.example/a.mp3",
          type: "audio",
          renditions: [
            {
              name: "main",
              href: "https://full.example/a.mp3",
              contentType: "audio/mpeg",
              sizeInBytes: 1234,
              duration: 61,
            },
          ],
        },
        {
          name: "attachment-2",
          uri: "https://full.example/b.pdf",
          type: "component",
          title: "The report",
          renditions: [{ name: "main", href: "https://full.example/b.pdf", contentType: "application/pdf" }],
        },
        {
          name: "related-1",
          uri: "https://full.example/other",
          type: "text",
          representationType: "partial",
          headlines: [{ role: "main", contentType: "text/plain", value: "أخرى" }],
          renditions: [{ name: "web", href: "https://full.example/other", contentType: "text/html" }],
        },
      ],
      altIds: [{ role: "guid", value: "whole" }],
    })
  })

  test("as much as its publisher shares, on pages like the others", async () => {
    const [summary] = (await list("?format=ninjs&publisher=brief&section=france")).json.articles
    expect(summary).toMatchObject({
      representationType: "partial",
      usageTerms: expect.stringContaining("Headline, summary"),
    })
    for (const member of ["bodies"]) expect(summary).not.toHaveProperty(member)
    const [headline] = (await list("?format=ninjs&publisher=mute")).json.articles
    expect(headline).toMatchObject({
      usageTerms: expect.stringContaining("Headline only"),
      headlines: [{ role: "main" }],
    })
    for (const member of ["bodies", "descriptions"]) expect(headline).not.toHaveProperty(member)
    const page = await list("?format=ninjs&tag=asked&limit=2")
    expect(page.json.next).toContain("format=ninjs")
    expect(page.json.articles).toHaveLength(2)
    expect((await list("?format=ninjs&updated_since=2026-01-01&tag=asked")).json.articles).toHaveLength(5)
  })
})

describe("an article by its id", () => {
  const at = (id: string, query = "", from: Env = env, headers: HeadersInit = {}) =>
    send(`/v1/articles/${id}${query}`, { headers }, from, edge)

  test("is found by its digits and by the whole tag: URI, plain or escaped", async () => {
    const made = await created(full, article({ title: "by id", _feedwire: { sections: ["sports"] } }, 3))
    const id = idOf(made)
    const sent = await at(id)
    expect([sent.status, sent.json.title]).toEqual([200, "by id"])
    for (const spelling of [id.toUpperCase(), sent.json.id, encodeURIComponent(sent.json.id)]) {
      expect((await at(spelling)).json).toEqual(sent.json)
    }
    expect(sent.headers.get("cache-tag")).toMatch(/^publisher:[0-9a-f]{16},wire$/)
    expect(sent.json.api_url).toBe(`${ORIGIN}/v1/articles/${id}`)
  })

  test("304 reads its row and the wire's, and no body", async () => {
    const id = idOf(await created(full, article({ title: "unchanged" }, 3)))
    trips.length = 0
    const sent = await at(id, "", bindings)
    expect(trips).toHaveLength(1)
    const whole = trips[0]?.rowsRead ?? 0
    trips.length = 0
    await at(id, "?fields=title", bindings)
    expect(whole - (trips[0]?.rowsRead ?? 0)).toBe(1)
    const etag = sent.headers.get("etag") ?? ""
    trips.length = 0
    expect((await at(id, "", bindings, { "if-none-match": etag })).status).toBe(304)
    expect(trips.map(({ rowsRead }) => rowsRead)).toEqual([2])
    // It does not change with other articles; it does with its publisher's name.
    await created(full, article({}, 3))
    expect((await at(id, "", env, { "if-none-match": etag })).status).toBe(304)
    await done("PATCH", "/publishers/full", { name: "Full" })
    const renamed = await at(id, "", env, { "if-none-match": etag })
    expect([renamed.status, renamed.json.publisher.name]).toEqual([200, "Full"])
    wait(60_000)
    await created(full, { ...article({ id: sent.json.guid, title: "changed" }, 3), date_modified: rfc3339(now) })
    const changed = await at(id, "", env, { "if-none-match": renamed.headers.get("etag") ?? "" })
    expect([changed.status, changed.json.title]).toEqual([200, "changed"])
  })

  test.each([
    ["nothing", "An id is 32 hexadecimal digits"],
    ["12", "An id is 32 hexadecimal digits"],
    [`${"0".repeat(31)}g`, "An id is 32 hexadecimal digits"],
    [`tag:other.example,2026:${"0".repeat(32)}`, "Ids of this wire begin with tag:feeds.example,2026:"],
    ["0".repeat(32), "There is no article 00000000000000000000000000000000 here."],
  ])("%s is not one: 404", async (id, detail) => {
    const sent = await at(id)
    expect([sent.status, sent.json.code, sent.json.detail]).toEqual([404, "not_found", expect.stringContaining(detail)])
    expect((await at(id, "?fields=nothing")).status).toBe(400)
  })

  test("of which nothing may be shown is 404, not withdrawn", async () => {
    const { title: _, ...untitled } = article({ content_html: "<p>The body alone.</p>" }, 3)
    const id = idOf(await created(mute, untitled))
    const problemOf = ({ status, json }: Answer) => [
      status,
      json.code,
      json.detail.replace(/[0-9a-f]{32}/, ""),
      json.tombstone,
    ]
    expect(problemOf(await at(id))).toEqual(problemOf(await at("f".repeat(32))))
    expect((await at(id)).status).toBe(404)
    expect((await send(`/v1/articles/${id}/related`)).status).toBe(404)
  })

  test("withdrawn: 410 with the tombstone, everywhere", async () => {
    const item = article({ title: "to be withdrawn", tags: ["withdrawn"] }, 3)
    const id = idOf(await created(full, item))
    const { etag } = Object.fromEntries((await at(id)).headers)
    wait(60_000)
    await push(full, { id: item.id }, { type: "article.deleted", at: now, timestamp: rfc3339(now) })
    const sent = await at(id, "", env, { "if-none-match": etag ?? "" })
    expect([sent.status, sent.json.code]).toEqual([410, "withdrawn"])
    expect(sent.json.tombstone).toEqual({
      id: `tag:feeds.example,2026:${id}`,
      deleted_at: rfc3339(now).replace(".000Z", "Z"),
      reason: "withdrawn",
    })
    expect(sent.headers.get("cache-control")).toBe("private, no-store")
    expect((await list("?tag=withdrawn")).json.articles).toEqual([])
  })

  test("of a removed publisher is withdrawn at once, before the sweep", async () => {
    const leaving = await publisher("leaving")
    const id = idOf(await created(leaving, article({ tags: ["leaving"] }, 3)))
    wait(60_000)
    await done("POST", "/publishers/leaving/remove", {}).catch(() => done("DELETE", "/publishers/leaving"))
    const removedAt = rfc3339(now).replace(".000Z", "Z")
    const tombstone = { id: `tag:feeds.example,2026:${id}`, reason: "publisher_removed" }
    const before = await at(id)
    expect([before.status, before.json.tombstone]).toEqual([410, { ...tombstone, deleted_at: removedAt }])
    expect((await list("?tag=leaving")).json.articles).toEqual([])
    wait(60_000)
    await sweep()
    const after = await at(id)
    expect([after.status, after.json.tombstone.reason]).toEqual([410, "publisher_removed"])
  })
})

describe("an embargo", () => {
  const everywhere = async (id: string) => {
    const [newest, changed, byId] = [
      await list("?tag=embargoed"),
      await list("?tag=embargoed&updated_since=2026-01-01"),
      await send(`/v1/articles/${id}`, {}, env, edge),
    ]
    return [titles(newest), titles(changed), byId.status]
  }

  test("hides the article everywhere until its end and the sweep after it; a new one hides it again", async () => {
    const item = article({ title: "embargoed", tags: ["embargoed"], date_published: rfc3339(now) }, 3)
    const until = (at: number) => ({ ...item, _feedwire: { embargo: rfc3339(at) } })
    const id = idOf(await created(full, until(now + HOUR)))
    expect(await everywhere(id)).toEqual([[], [], 404])
    const unknown = await send(`/v1/articles/${"f".repeat(32)}`)
    const secret = await send(`/v1/articles/${id}`)
    const problemOf = ({ json }: Answer) => ({
      ...json,
      detail: json.detail.replace(/[0-9a-f]{32}/, ""),
      request_id: "",
    })
    expect(problemOf(secret)).toEqual(problemOf(unknown))
    wait(30 * 60_000)
    await sweep()
    expect(await everywhere(id)).toEqual([[], [], 404])
    wait(HOUR)
    await sweep()
    expect(await everywhere(id)).toEqual([["embargoed"], ["embargoed"], 200])
    wait(60_000)
    await created(full, until(now + HOUR))
    expect(await everywhere(id)).toEqual([[], [], 410])
    wait(2 * HOUR)
    await sweep()
    expect(await everywhere(id)).toEqual([["embargoed"], ["embargoed"], 200])
  })

  test("of an article that is withdrawn before its end leaves no trace", async () => {
    const item = article({ tags: ["embargoed too"], _feedwire: { embargo: rfc3339(now + HOUR) } }, 3)
    const id = idOf(await created(full, item))
    wait(60_000)
    await push(full, { id: item.id }, { type: "article.deleted", at: now, timestamp: rfc3339(now) })
    expect((await send(`/v1/articles/${id}`)).status).toBe(404)
  })
})

describe("a partner that may see some publishers only", () => {
  let ones: string
  let few: string
  let none: string
  const ask = (path: string, secret: string) =>
    send(path, { headers: { authorization: `Bearer ${secret}` } }, closed, edge)

  beforeAll(async () => {
    const keyOf = async (slug: string, publishers: string[]) => {
      await done("POST", "/partners", { slug, name: slug, publishers })
      return (await done("POST", `/partners/${slug}/keys`, {})).secret
    }
    await publisher("other")
    ones = await keyOf("ones", ["brief"])
    few = await keyOf("few", ["brief", "mute"])
    none = await keyOf("none", ["other"])
    const item = (title: string) => article({ title, tags: ["seen"], _feedwire: { sections: ["sports"] } }, 3)
    const url = "https://full.example/sent-by-both"
    await created(full, item("of full"), { ...item("shared by full"), url })
    await created(brief, item("of brief"), { ...item("shared by brief"), url })
    await created(mute, item("of mute"))
    await sweep()
  })

  test("sees their articles in every list, with any selection", async () => {
    for (const query of [
      "?tag=seen",
      "?tag=seen&section=sports",
      "?tag=seen&lang=en&not=france",
      "?tag=seen&updated_since=2026-01-01",
    ]) {
      const seen = async (secret: string) => titles(await ask(`/v1/articles${query}`, secret)).sort()
      // A list of one publisher includes its suppressed articles; a list of several shows each address once.
      expect([query, await seen(ones)]).toEqual([query, ["of brief", "shared by brief"]])
      expect([query, await seen(few)]).toEqual([query, ["of brief", "of mute"]])
      expect([query, await seen(none)]).toEqual([query, []])
    }
    expect(titles(await ask("/v1/articles?tag=seen&publisher=brief", few))).toEqual(["shared by brief", "of brief"])
  })

  test("may see the articles of many publishers: more than a row has columns, or a function arguments", async () => {
    const { results } = await env.DB.prepare("select uid from publishers where slug in ('brief', 'mute')").all<{
      uid: string
    }>()
    const others = Array.from({ length: 150 }, (_, n) => n.toString(16).padStart(16, "e"))
    const publishers = [...others, ...results.map(({ uid }) => uid)]
    for (const selection of [EVERYTHING, { ...EVERYTHING, section: ["sports"], lang: ["en"], not: ["france"] }]) {
      const options = {
        selection: scopeSelection({ ...selection, tag: ["seen"] }, publishers),
        part: { kind: "page", entries: 10, below: LIST_START },
        bodyBytes: 0,
      } as const
      const { articles = [] } = await readSelection(createDbClient(env.DB), options, { validators: [], until: -1 })
      expect(articles.map(({ title }) => title).sort()).toEqual(["of brief", "of mute"])
    }
  })

  test("learns nothing of others: neither their names nor their articles", async () => {
    const other = await ask("/v1/articles?publisher=full", ones)
    const never = await ask("/v1/articles?publisher=fulk", ones)
    const problemOf = (sent: Answer) => [sent.status, sent.json.code, sent.json.detail.replace(/ful[lk]/g, "x")]
    expect(problemOf(other)).toEqual(problemOf(never))
    expect(problemOf(await ask("/v1/articles?publisher=brief,full&limit=0", ones)).join()).not.toContain("Did you mean")
    expect(problemOf(await ask("/v1/articles?publisher=gone", ones))).toEqual(
      problemOf(await ask("/v1/articles?publisher=gane", ones))
        .map((each) => String(each).replace("gane", "gone"))
        .map((each, i) => (i === 0 ? Number(each) : each)),
    )
    const [full] = (await list("?tag=seen&publisher=full")).json.articles
    const [hidden, unknown] = [
      await ask(`/v1/articles/${full.id}`, ones),
      await ask(`/v1/articles/${"f".repeat(32)}`, ones),
    ]
    expect([hidden.status, unknown.status]).toEqual([404, 404])
    expect(hidden.json.title).toBe(unknown.json.title)
    // A canonical article lists no duplicate of a hidden publisher.
    const canonical = (await list("?tag=seen&publisher=full")).json.articles.find(
      ({ duplicates }: { duplicates?: unknown }) => duplicates,
    )
    expect(canonical.duplicates).toHaveLength(1)
    await done("POST", "/partners", { slug: "fulls", name: "fulls", publishers: ["full"] })
    const { secret } = await done("POST", "/partners/fulls/keys", {})
    const alone = (await ask(`/v1/articles/${canonical.id}`, secret)).json
    expect(alone).toEqual({ ...canonical, duplicates: undefined, version: undefined })
  })
})
