/** Tests that an article is Markdown at /articles/{id}.md, as much as its publisher permits. */
import { beforeAll, describe, expect, test } from "vitest"
import { ASKING } from "./feeds.ts"
import { article, counted, makeWire, ORIGIN, type Publisher, push, send } from "./world.ts"

const { one, brief, terse } = await makeWire({
  sections: { world: {} },
  publishers: {
    one: { name: "The [One]", default_section: "world" },
    brief: { redistribution: "summary", default_section: "world" },
    terse: { redistribution: "none", default_section: "world" },
  },
})
const HOUR = 3_600_000
const PARTNERS: Env = { ...ASKING, API_ACCESS: "partners" }

async function publish(to: Publisher, more: Record<string, unknown>, type = "article.published"): Promise<string> {
  const sent = await push(to, article({ date_published: "2026-10-10T12:00:00Z", ...more }), { type })
  return sent.json.results[0].id.slice(-32)
}

const FULL = {
  id: "full",
  url: "https://one.example/full_(1)",
  title: "A *headline* <b>",
  summary: "# The summary",
  language: "en",
  authors: [{ name: "Jane [Doe]", url: "https://one.example/jane" }, { name: "John" }],
  tags: ["a_b", "c"],
  content_html: '<p>First <b>words</b> &lt;script&gt;</p><ul><li>a</li></ul><a href="javascript:x">b</a>',
  _feedwire: { subtitle: "The sub-headline" },
}
let id = ""
beforeAll(async () => {
  id = await publish(one, FULL)
})

describe("an article as Markdown", () => {
  test("has headline, authors, times, body, publisher, addresses and tags, and nothing of it is markup by chance", async () => {
    const sent = await send(`/articles/${id}.md`)
    expect([sent.status, sent.headers.get("content-type")]).toEqual([200, "text/markdown; charset=utf-8"])
    expect(sent.text).toBe(`# A \\*headline\\* \\<b>

By [Jane \\[Doe\\]](https://one.example/jane), John · 2026-10-10T12:00:00Z

**The sub-headline**

First **words** \\<script>

- a

b

***

- Published by [The \\[One\\]](https://one.example/)
- View on [The \\[One\\]](https://one.example/full_%281%29)
- <${ORIGIN}/articles/${id}/a-headline-b>
- Tags: a\\_b, c
`)
    expect(sent.headers.get("x-robots-tag")).toBe("noindex")
    expect(sent.headers.get("cache-tag")).toBe(`article:${id},articles,wire`)
    expect(sent.headers.get("cache-control")).toBe("public, max-age=300")
  })

  test("is named by the page, beside its JSON, but without JSON if only partners may read the API", async () => {
    const page = await send(`/articles/${id}/a-headline-b`)
    expect(page.text).toContain(`<link rel="alternate" type="text/markdown" href="${ORIGIN}/articles/${id}.md"/>`)
    expect(page.headers.get("link")).toBe(
      `<${ORIGIN}/v1/articles/${id}>; rel="alternate"; type="application/json", <${ORIGIN}/articles/${id}.md>; rel="alternate"; type="text/markdown"`,
    )
    const closed = await send(`/articles/${id}/a-headline-b`, {}, PARTNERS)
    expect(closed.text).not.toContain("application/json")
    expect(closed.headers.get("link")).toBe(`<${ORIGIN}/articles/${id}.md>; rel="alternate"; type="text/markdown"`)
  })

  test("has only the summary if only partners may read the API, or if the publisher shares no more", async () => {
    const closed = await send(`/articles/${id}.md`, {}, PARTNERS)
    expect(closed.text).toContain("**The sub-headline**\n\n\\# The summary\n\n***\n")
    expect(closed.text).not.toContain("First")
    const open = await send(`/articles/${id}.md`)
    expect(closed.headers.get("etag")).not.toBe(open.headers.get("etag"))
    const short = await send(`/articles/${await publish(brief, { ...FULL, id: "brief" })}.md`)
    expect(short.text).toContain("\\# The summary")
    expect(short.text).not.toContain("First")
    const none = await send(`/articles/${await publish(terse, { ...FULL, id: "terse" })}.md`)
    expect(none.text).not.toMatch(/summary|sub-headline|First/)
    expect(none.text).toContain("# A \\*headline")
    expect(none.text).toContain("[terse](https://one.example/full_%281%29)")
  })

  test("speaks the language of the article", async () => {
    const arabic = await publish(one, {
      id: "arabic",
      title: "قطار تجريبي",
      language: "ar",
      content_html: "<p>قال <b>الوزير</b></p>",
      authors: [{ name: "رامي" }],
    })
    const { text } = await send(`/articles/${arabic}.md`)
    expect(text).toContain("# قطار تجريبي\n\nبقلم رامي · 2026")
    expect(text).toContain("قال **الوزير**")
    expect(text).toContain("- الناشر: [The \\[One\\]](https://one.example/)\n- اقرأ على")
  })

  test("has a version that changes with the article only, and costs one round trip", async () => {
    const { bindings, trips } = counted(ASKING)
    const first = await send(`/articles/${id}.md`, {}, bindings)
    const headers = { "if-none-match": first.headers.get("etag") ?? "" }
    await publish(one, { id: "other" })
    trips.length = 0
    expect((await send(`/articles/${id}.md`, { headers }, bindings)).status).toBe(304)
    expect(trips.map(({ statements }) => statements)).toEqual([1])
    await publish(one, { ...FULL, title: "Changed", date_modified: new Date(Date.now() + 60_000).toISOString() })
    const changed = await send(`/articles/${id}.md`, { headers }, bindings)
    expect([changed.status, changed.text.split("\n")[0]]).toEqual([200, "# Changed"])
  })

  test.each([
    [() => `/articles/${id.toUpperCase()}.md`, 301],
    [() => `/articles/${id}.MD`, 301],
    [() => `/articles/${id}.md?utm_source=x`, 301],
    [() => `/articles/${id}/changed.md`, 301],
    [() => `/articles/${id}/changed.md/`, 301],
    [() => `/articles/${id}.md/`, 301],
    [() => `/Articles/${id}.MD//`, 301],
    [() => `/articles/${id}.md?x=1`, 400],
    [() => `/articles/${"0".repeat(32)}.md`, 404],
    [() => "/articles/x.md", 404],
  ])("at other spellings of the address, case %#, answers %d", async (path, status) => {
    const sent = await send(path(), { headers: { accept: "text/html" } })
    expect(sent.status).toBe(status)
    if (status === 301) expect(sent.headers.get("location")).toBe(`${ORIGIN}/articles/${id}.md`)
    else expect(sent.headers.get("content-type")).toBe("application/problem+json; charset=utf-8")
  })

  test("is 404 during an embargo and 410 after a withdrawal, and no cache keeps these answers", async () => {
    const embargoed = await publish(one, {
      id: "embargoed",
      _feedwire: { embargo: new Date(Date.now() + HOUR).toISOString() },
    })
    expect((await send(`/articles/${embargoed}.md`)).status).toBe(404)
    const ended = await publish(one, { id: "ended", title: "Ended" })
    expect((await send(`/articles/${ended}.md`)).status).toBe(200)
    const timestamp = new Date(Date.now() + 1000).toISOString()
    await push(one, { id: "ended" }, { type: "article.deleted", timestamp })
    const gone = await send(`/articles/${ended}.md`)
    expect([gone.status, gone.json.code, gone.headers.get("cache-control")]).toEqual([
      410,
      "withdrawn",
      "private, no-store",
    ])
    expect(gone.text).not.toContain("Ended")
  })
})
