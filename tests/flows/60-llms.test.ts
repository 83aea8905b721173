/** Tests that llms.txt says to programs what is here, and under which rights. */
import { describe, expect, test } from "vitest"
import { ARABIC } from "../../src/site/words-ar.ts"
import { FRENCH } from "../../src/site/words-fr.ts"
import { ASKING } from "./feeds.ts"
import { paper, prepareWire } from "./finding.ts"
import { admin, article, counted, ORIGIN, push, send } from "./world.ts"

prepareWire()

const PARTNERS: Env = { ...ASKING, API_ACCESS: "partners" }

describe("llms.txt", () => {
  test("names the feeds, the Markdown of articles, the search, the API and the rights", async () => {
    const { status, headers, text } = await send("/llms.txt", {}, ASKING)
    expect([status, headers.get("content-type"), headers.get("cache-tag")]).toEqual([
      200,
      "text/plain; charset=utf-8",
      "wire",
    ])
    expect(text).toBe(`# feedwire

> News from 3 publishers in Arabic, English, as pages, feeds and Markdown.

Every article has a page at ${ORIGIN}/articles/{id}/{slug} and its text as Markdown at ${ORIGIN}/articles/{id}.md. The id is the 32 hexadecimal digits at the end of its id in feeds. Each publisher decides how much of its articles is shown here. Name the publisher, and link to the article on its site.

## Feeds

- [All articles](${ORIGIN}/feed.json): JSON Feed; also as ${ORIGIN}/feed.rss and ${ORIGIN}/feed.atom
- [Search](${ORIGIN}/feed.json?q=example): the newest articles with these words; more parameters select articles
- [Feed builder](${ORIGIN}/feeds): a form that makes the address of a feed
- [All feeds](${ORIGIN}/feeds.json): every section, publisher and language with its addresses
- [Search page](${ORIGIN}/search): the best results first

## Sections

- [World](${ORIGIN}/sections/world/feed.json)
- [Europe](${ORIGIN}/sections/europe/feed.json)
- [Gulf](${ORIGIN}/sections/gulf/feed.json)
- [Sport & \\<Games>](${ORIGIN}/sections/sport/feed.json)

## Publishers

- [وكالة نهار](${ORIGIN}/publishers/nahar/feed.json): full texts, Arabic
- [The Paper](${ORIGIN}/publishers/paper/feed.json): full texts, British English
- [Headlines](${ORIGIN}/publishers/headlines/feed.json): headlines and links

## Languages

- [Arabic](${ORIGIN}/languages/ar/feed.json)
- [English](${ORIGIN}/languages/en/feed.json)
- [British English](${ORIGIN}/languages/en-gb/feed.json)

## API

- [Description](${ORIGIN}/docs): how to list, search and copy articles
- [OpenAPI](${ORIGIN}/openapi.json): the same for programs

## Rights

- Nothing is stated for all articles.
- An article may have other rights: its page and its Markdown state them.
`)
  })

  test("does not name an API that only partners may read, and promises no full text as Markdown", async () => {
    const { text } = await send("/llms.txt", {}, PARTNERS)
    expect(text).toContain(`and its summary as Markdown at ${ORIGIN}/articles/{id}.md.`)
    expect(text).not.toMatch(/\/docs|openapi|\/v1\//)
  })

  test("keeps its version when articles change, and has a new one when names or rights change", async () => {
    const { bindings, trips } = counted(ASKING)
    const first = await send("/llms.txt", {}, bindings)
    const again = () => send("/llms.txt", { headers: { "if-none-match": first.headers.get("etag") ?? "" } }, bindings)
    await push(paper, article({}))
    trips.length = 0
    expect((await again()).status).toBe(304)
    expect(trips.map(({ statements }) => statements)).toEqual([1])
    const rights = { license: "https://creativecommons.org/licenses/by_nc/4.0/", ai_training: "prohibited" }
    for (const slug of ["nahar", "paper", "headlines"])
      expect((await admin("PATCH", `/publishers/${slug}`, { rights })).status).toBe(200)
    const changed = await again()
    expect(changed.status).toBe(200)
    expect(changed.text).toContain(`## Rights

- Licence: <https://creativecommons.org/licenses/by_nc/4.0/>
- Training of AI is prohibited.
- An article may have other rights: its page and its Markdown state them.
`)
    const item = { id: "licensed", title: "Licensed" }
    const id = (await push(paper, article(item))).json.results[0].id.slice(-32)
    const { text } = await send(`/articles/${id}.md`, {}, ASKING)
    expect(text).toContain(
      "- Licence: <https://creativecommons.org/licenses/by_nc/4.0/>\n- Training of AI is not allowed\n",
    )
    for (const [language, words, body] of [
      ["ar", [ARABIC.licence, ARABIC.aiTrainingProhibited], "عادت العبارات إلى المرفأ بعد عام من الإصلاح."],
      ["fr-CA", [FRENCH.licence, FRENCH.aiTrainingProhibited], "Les navires sont de retour dans le port."],
    ] as const) {
      const item = { id: language, title: body, language, content_html: `<p>${body}</p>` }
      const sent = await push(paper, article(item))
      const { text } = await send(`/articles/${sent.json.results[0].id.slice(-32)}.md`, {}, ASKING)
      expect(text).toContain(`- ${words[0]}: <https://creativecommons.org/licenses/by_nc/4.0/>\n- ${words[1]}\n`)
    }
  })

  test.each([
    ["/llms.txt?utm_source=x", 301],
    ["/LLMS.txt", 301],
    ["/llms.txt?x=1", 400],
  ])("at %s answers %d", async (path, status) => {
    const sent = await send(path, { headers: { accept: "text/html" } })
    expect(sent.status).toBe(status)
    if (status === 301) expect(sent.headers.get("location")).toBe(`${ORIGIN}/llms.txt`)
    else expect(sent.headers.get("content-type")).toBe("application/problem+json; charset=utf-8")
  })
})
