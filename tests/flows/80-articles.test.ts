/** Tests GET /v1/articles: members of an article, selections, and refused requests. */
import { env } from "cloudflare:workers"
import * as v from "valibot"
import { beforeAll, describe, expect, test } from "vitest"
import { Article } from "../../src/api/json/schema.ts"
import {
  bindings,
  brief,
  created,
  day,
  done,
  full,
  idOf,
  list,
  mute,
  prepareArticles,
  readPages,
  titles,
  trips,
  WHOLE,
} from "./article-lists.ts"
import { admin, article, ORIGIN, publisher, section, send } from "./world.ts"

prepareArticles()

describe("an article in the API", () => {
  let id: string

  beforeAll(async () => {
    id = idOf(await created(full, WHOLE))
  })

  test("has all members in the list and by its id", async () => {
    const { json } = await list("")
    const [shown] = json.articles
    v.parse(Article, shown)
    expect(shown).toEqual({
      id: `tag:feeds.example,2026:${shown.api_url.slice(-32)}`,
      api_url: `${ORIGIN}/v1/articles/${shown.id.slice(-32)}`,
      page_url: `${ORIGIN}/articles/${shown.id.slice(-32)}/${encodeURIComponent("عنوان-رئيسي")}`,
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
      rights: { notice: "© Full 2026" },
    })
    expect(shown.content_html).toContain("<li>اثنان</li>")
    expect((await send(`/v1/articles/${id}`)).json).toEqual(shown)
  })

  test("has what its publisher shares: everything, the summary, or the headline alone", async () => {
    const of = (site: string) => ({ ...WHOLE, id: `whole-${site}`, url: `https://${site}.example/2026/whole` })
    await created(brief, of("brief"))
    await created(mute, of("mute"), { ...of("mute"), id: "untitled", title: undefined })
    const [summary] = (await list("?publisher=brief")).json.articles
    expect(summary).toMatchObject({ title: WHOLE.title, summary: "ملخص قصير", correction: {}, image: {} })
    for (const member of ["content_html", "content_text", "attachments"]) expect(summary).not.toHaveProperty(member)
    const mutes = (await list("?publisher=mute")).json.articles
    // The article without a headline is not shown at all.
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

  test("has no members without a value", async () => {
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
      ...["id", "api_url", "page_url", "title", "summary", "direction", "date_published", "breadcrumb", "publisher"],
      ...["attribution", "guid", "version", "content_html", "content_text", "authors", "sections", "tags"],
    ])
    expect(JSON.stringify(shown)).not.toContain("null")
    expect(shown.attribution).toEqual({ name: "Full Daily", url: "https://full.example/" })
  })

  test("has the members of fields= in their order, in lists and alone", async () => {
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
    // Pages of one article each have the same articles.
    expect((await readPages(`?tag=asked${query}&limit=1`)).titles).toEqual(expected)
  })

  test("may name tags with commas; another spelling leads to the shown one, and no cache keeps this answer", async () => {
    const shown = "Rock, roll"
    expect(titles(await list(`?tag=${encodeURIComponent(shown)}`))).toEqual(["sports"])
    expect(titles(await list(`?tag=${encodeURIComponent(shown)}&tag=bare`))).toContain("sports")
    const other = await list(`?tag=bare&limit=3&tag=${encodeURIComponent("röck, ROLL")}`)
    expect([other.status, other.headers.get("location"), other.headers.get("cache-control")]).toEqual([
      301,
      `${ORIGIN}/v1/articles?limit=3&tag=bare&tag=Rock%2C+roll`,
      "private, no-store",
    ])
  })

  test.each([
    [`since=${day(3)}`, ["briefly", "both", "sports"]],
    [`since=${day(3, 1)}`, ["briefly", "both"]],
    [`until=${day(3)}`, ["sports", "france", "world"]],
    ["since=2026-11-02&until=2026-11-03", ["sports", "france"]],
    // If `until` is a day, the whole day is included.
    ["since=2026-11-03&until=2026-11-03", ["sports"]],
    ["since=2026-11-03T02:00:00%2B02:00&until=2026-11-03T00:00:00Z", ["sports"]],
    // A plus that was not encoded arrives as a space.
    ["since=2026-11-03T02:00:00+02:00", ["briefly", "both", "sports"]],
    ["until=2026-10-31", []],
  ])("by publication: %s", async (query, expected) => {
    for (const rest of ["tag=asked", "tag=asked&lang=ar,en,fr&not=notes"]) {
      if (rest.includes("notes")) await admin("POST", "/sections", { slug: "notes", names: { en: "notes" } })
      const sent = await list(`?${rest}&${query}`)
      expect([sent.status, titles(sent), sent.json.next]).toEqual([200, expected, undefined])
      expect(await readPages(`?${rest}&${query}&limit=1`)).toMatchObject({ titles: expected })
    }
    // The last page of a range has no next page, although older articles exist.
    if (query.startsWith("since") && expected.length > 0) {
      expect((await list(`?tag=asked&${query}&limit=${expected.length}`)).json.next).toBeUndefined()
    }
  })

  test("has the next page as a URL, also in the Link header, and as a cursor", async () => {
    const sent = await list("?tag=asked&limit=2&utm_source=x")
    const { next, cursor } = sent.json
    expect(next).toBe(`${ORIGIN}/v1/articles?limit=2&tag=asked&cursor=${cursor}`)
    expect(sent.headers.get("link")).toBe(`<${next}>; rel="next"`)
    expect(sent.headers.get("content-type")).toBe("application/json; charset=utf-8")
    expect(titles(await list(`?cursor=${cursor}&tag=asked`))).toEqual(["sports", "france", "world"])
    const last = await list("?tag=asked")
    expect([last.json.next, last.json.cursor, last.headers.get("link")]).toEqual([undefined, undefined, null])
  })

  test("of dates and ids has cursors that stay valid after a backup is restored", async () => {
    const { cursor } = (await list("?tag=asked&limit=2")).json
    const { epoch } = (await env.DB.prepare("select epoch from wire").first<{ epoch: string }>()) ?? {}
    await env.DB.prepare("update wire set epoch = 'restored01'").run()
    expect(titles(await list(`?cursor=${cursor}&tag=asked`))).toEqual(["sports", "france", "world"])
    await env.DB.prepare("update wire set epoch = ?").bind(epoch).run()
  })

  test("reads no body if none is requested", async () => {
    const rowsOf = async (query: string) => {
      trips.length = 0
      const sent = await list(query, bindings)
      expect(trips).toHaveLength(1)
      return (trips[0]?.rowsRead ?? 0) - sent.json.articles.length * 2
    }
    // The directory is read again, because the wire had another epoch.
    await list("")
    const [bare, whole] = [await rowsOf("?tag=asked&fields=id,title"), await rowsOf("?tag=asked")]
    // For each of the five articles, the size and the body.
    expect(whole - bare).toBe(5 * 2)
  })
})

describe("an invalid request", () => {
  const problem = async (query: string) => {
    const sent = await list(query)
    return [sent.status, sent.json.code, sent.json.errors]
  }

  test("is refused with all its errors", async () => {
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

  test("is refused with each invalid value of a parameter", async () => {
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

  test("with a thousand unknown parameters gets fifty of them and the number of the rest", async () => {
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
