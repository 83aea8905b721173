/** All spellings of a name are one name: sections, tags, authors and their addresses. */
import { env } from "cloudflare:workers"
import { describe, expect, test } from "vitest"
import { WorkersCache } from "./workers-cache.ts"
import { admin, article, makeWire, ORIGIN, push, rows, send, sweep } from "./world.ts"

const { paper, blog } = await makeWire({
  sections: {
    sports: { names: { en: "Sports", ar: "رياضة" } },
    economy: { names: { en: "Economy", ar: "اقتصاد" }, aliases: ["مال وأعمال"] },
    health: { names: { fr: "Santé", ar: "صحة" } },
  },
  publishers: { paper: {}, blog: {} },
})

const stated = (...sections: string[]) => article({ _feedwire: { sections } }, 3)
const query = (name: string, value: string) => `${name}=${encodeURIComponent(value)}`
const answerOf = async (path: string, headers = {}) => {
  const sent = await send(path, { headers })
  const location = sent.headers.get("location")
  return location === null
    ? [sent.status, sent.json?.title]
    : [sent.status, decodeURIComponent(location).slice(ORIGIN.length)]
}

test("every spelling of its name leads to the section", async () => {
  const names = {
    sports: ["\u200fرياضة", "رياضه", "ريـاضة", "رِياضَة", "ریاضة", "ﺭﻳﺎﺿﺔ", "SPORTS\u00ad"],
    economy: ["إقتصاد", "اِقْتِصاد", "اقتصـاد\u200e", "مال واعمال", "مال\u00a0وأعمال", "مالٌ وأعمالٌ"],
    health: ["sante", "SANTÉ", "Sante\u0301", "ｓａｎｔé", "san\u200bté", "Santè"],
  }
  for (const [slug, spellings] of Object.entries(names)) {
    const sent = await push(
      paper,
      spellings.map((name) => stated(name)),
    )
    for (const { warnings, feeds } of sent.json.results) {
      expect([warnings, feeds.at(-1).json]).toEqual([undefined, `${ORIGIN}/sections/${slug}/feed.json`])
    }
  }
})

test("a name that nearly is the name of a section becomes a tag, and the answer asks whether the section was meant", async () => {
  const warningsOf = async (...names: string[]) => (await push(paper, stated(...names))).json.results[0].warnings
  for (const [name, slug] of [
    ["Sprots", "sports"],
    ["رياصة", "sports"],
    ["الاقتصاد", "economy"],
    ["ألإقتصاد", "economy"],
    ["econmy", "economy"],
    ["Healht", "health"],
    ["Santée", "health"],
    ["الصحة", "health"],
  ]) {
    const question = `Did you mean "${slug}"?`
    expect(await warningsOf(name ?? "")).toEqual([
      `the section "${name}" is unknown here: it became a tag. ${question}`,
    ])
  }
  expect(await warningsOf("Gardening", "sport", "Weather", "Santa")).toEqual([
    'the sections "Gardening", "sport", "Weather", "Santa" are unknown here: they became tags. ' +
      'Did you mean "sports" instead of "sport"? Did you mean "health" instead of "Santa"?',
  ])
  const sent = await push(
    paper,
    Array.from({ length: 30 }, (_, i) => stated(`sports${"x".repeat(i % 2)}${i}`)),
  )
  const asked = sent.json.results.filter(({ warnings }: { warnings: string[] }) =>
    /Did you mean/.test(warnings[0] ?? ""),
  )
  expect(asked).toHaveLength(20)
})

describe("a tag and an author", () => {
  const tags = "\u200fأسـعار"
  const authors = [{ name: "أحمد علي" }]

  test("are shown as they were first written; other spellings lead there, and no cache keeps this answer", async () => {
    expect(await answerOf(`/feed.json?${query("tag", "اسعار")}`)).toEqual([200, "#اسعار — feedwire"])
    await push(paper, [article({ tags: [tags, "اسعار"], authors }, 3), article({ tags: ["أسعار"] }, 3)])
    await push(blog, article({ tags: ["اسعار"], authors: [{ name: "احمد على" }] }, 3))
    const canonical = `/feed.json?${query("author", "أحمد علي")}&${query("tag", "أسعار")}`
    const { status, json } = await send(canonical)
    expect([status, json.title, json.feed_url]).toEqual([
      200,
      "\u200f\u2067#أسعار · أحمد علي — feedwire\u2069",
      ORIGIN + canonical,
    ])
    // Articles show their tags as their publisher wrote them, each once.
    expect(json.items.map((item: { tags: string[] }) => item.tags).sort()).toEqual([["أسعار"], ["اسعار"]])
    for (const [author, tag] of [
      ["احمد علي", "اسعار"],
      ["أحمد على", "أسعـار"],
      ["أَحْمَد علی", "إسعار"],
    ] as const) {
      const path = `/feed.json?${query("tag", tag)}&${query("author", author)}`
      const settled = (await send(path)).headers.get("location") ?? path
      const sent = await send(settled, { headers: { "if-none-match": "*" } })
      const location = sent.headers.get("location") ?? settled
      expect(location, path).toBe(ORIGIN + canonical)
      expect(sent.headers.get("cache-control")).toBe(sent.status === 301 ? "private, no-store" : "public, max-age=300")
    }
    const page = `/feed.rss?content=summary&limit=1&section=sports&${query("tag", "اسعار")}`
    expect(await answerOf(page)).toEqual([301, "/feed.rss?content=summary&limit=1&section=sports&tag=أسعار"])
  })

  test("are found by lists in every spelling", async () => {
    expect(await answerOf(`/v1/articles?${query("tag", "إسعار")}`)).toEqual([301, "/v1/articles?tag=أسعار"])
    expect((await send(`/v1/articles?${query("tag", "أسعار")}`)).json.articles).toHaveLength(3)
    for (const more of ["q=x", "updated_since=2020-01-01"]) {
      const path = `/v1/articles?${more}&${query("tag", "اسعار")}`
      expect((await answerOf(path))[1]).toContain("tag=أسعار")
    }
    for (const prefix of ["اسعا", "أسع", "إسـ", "أَسعار"]) {
      const { tags: found } = (await send(`/v1/tags?${query("prefix", prefix)}`)).json
      expect(found).toEqual([
        { name: "أسعار", article_count: 3, url: `${ORIGIN}/v1/articles?${query("tag", "أسعار")}` },
      ])
    }
  })

  test("are in one scope whose row has the first spelling; a suppressed article gives no name", async () => {
    const shared = { url: "https://paper.example/shared", tags: ["Été"] }
    await push(paper, article({ ...shared, tags: [] }, 3))
    await push(blog, article(shared, 3))
    expect(await rows("select key, name from scopes where name is not null or key glob '*:ete' order by key")).toEqual(
      expect.arrayContaining([
        { key: "author:احمد علي", name: "أحمد علي" },
        { key: "tag:اسعار", name: "أسعار" },
        { key: "~tag:ete", name: null },
      ]),
    )
    expect(
      await rows(
        "select count(*) n from scopes where key not glob 'tag:*' and key not glob 'author:*' and name is not null",
      ),
    ).toEqual([{ n: 0 }])
  })

  test("are spelt as an operator says: old addresses redirect, validators change, caches are purged", async () => {
    const cache = new WorkersCache()
    const ask = (path: string, headers = {}) => send(path, { headers }, env, cache)
    const [before, list] = [`/feed.json?${query("tag", "أسعار")}`, "/v1/tags?limit=100"]
    const after = `/feed.json?${query("tag", "إسعار")}`
    const etags = [before, list, "/feed.json"].map(async (path) => (await ask(path)).headers.get("etag") ?? "")
    const spell = (name: string, spelling: string) =>
      admin("PATCH", `/tags/${encodeURIComponent(name)}`, { name: spelling })
    const changed = await spell("اسعار", "\u200fإسعـار ")
    expect([changed.status, changed.json]).toEqual([200, { name: "إسعار", article_count: 3 }])
    expect(await rows("select scopes from commits order by no desc limit 1")).toEqual([{ scopes: '["wire"]' }])
    const [feedTag = "", listTag = "", otherTag = ""] = await Promise.all(etags)
    expect(await answerOf(before, { "if-none-match": feedTag })).toEqual([301, "/feed.json?tag=إسعار"])
    expect(await answerOf(after, { "if-none-match": feedTag })).toEqual([200, "#إسعار — feedwire"])
    const listed = await ask(list, { "if-none-match": listTag })
    expect([listed.status, listed.text.includes("إسعار"), listed.text.includes("أسعار")]).toEqual([200, true, false])
    expect((await ask("/feed.json", { "if-none-match": otherTag })).status).toBe(200)
    // A later article does not bring the old spelling back.
    await push(paper, article({ tags: ["أسعار"] }, 3))
    expect(await answerOf(before)).toEqual([301, "/feed.json?tag=إسعار"])
    await sweep()
  })

  test("the chosen spelling is of the same name, of a tag that has been used, and in the audit", async () => {
    const refused = await admin("PATCH", "/tags/x", { name: "y" })
    expect([refused.status, refused.json.errors]).toEqual([
      422,
      [{ pointer: "/name", detail: 'is not another spelling of "x", but another tag' }],
    ])
    expect((await admin("PATCH", "/authors/Nobody", { name: "nobody" })).status).toBe(404)
    const commits = () => rows("select count(*) n from commits")
    const before = await commits()
    const spelt = await admin("PATCH", `/authors/${encodeURIComponent("احمد علي")}`, { name: "أحمد علي" })
    expect([spelt.status, await commits()]).toEqual([200, before])
    const again = await admin("PATCH", `/authors/${encodeURIComponent("احمد علي")}`, { name: "أحمد عليّ" })
    expect([again.status, again.json]).toEqual([200, { name: "أحمد عليّ", article_count: 2 }])
    const [entry] = (await admin("GET", "/audit?limit=1")).json.entries
    expect(entry).toMatchObject({
      action: "author.spell",
      subject: "authors/أحمد عليّ",
      detail: { before: { name: "أحمد علي" }, after: { name: "أحمد عليّ" } },
    })
  })
})
