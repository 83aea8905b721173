/** Tests the front page of the wire and of a language. */
import { env } from "cloudflare:workers"
import { beforeAll, describe, expect, test } from "vitest"
import { countViews, hourOf } from "../../src/articles/views/count-views.ts"
import { hashToMark } from "../../src/articles/views/reader-sketch.ts"
import { createDbClient } from "../../src/db/client.ts"
import { ago, attr, byTag, type Element, elements, nahar, paper, prepareWire, readPage, textOf } from "./finding.ts"
import { WorkersCache } from "./workers-cache.ts"
import { article, counted, push, send, sweep } from "./world.ts"

prepareWire()

/** Two readers of an article. */
const MARKS = [1, 2].map((byte) => hashToMark(new Uint8Array([byte, byte, byte, byte, byte, byte])))

const image = (no: number) => `https://images.example/${no}.jpg`

beforeAll(async () => {
  const recent = Array.from({ length: 16 }, (_, no) =>
    article({
      id: `recent-${no}`,
      url: `https://paper.example/recent-${no}`,
      title: `Recent ${no}`,
      date_published: ago(0.01 * (no + 1)),
      // The newest has no picture, and browsers do not load the next one by http.
      ...(no !== 0 && { image: no === 1 ? "http://images.example/1.jpg" : image(no) }),
      _feedwire: { sections: [no % 2 ? "world" : "sport"] },
    }),
  )
  await push(paper, recent)
})

const withClass = (root: Element, name: string) =>
  elements(root, (element) => (attr(element, "class") ?? "").split(" ").includes(name))
const headlines = (root: Element) => byTag(root, "h3").map(textOf)
const front = async (path: string) => readPage(await send(path))
const section = (page: Element, id: string) =>
  byTag(page, "section").find((each) => attr(each, "aria-labelledby") === id) as Element

describe("the front page", () => {
  test("leads with the newest article with a picture, and shows the next ones in a grid", async () => {
    const top = section(await front("/"), "top-news")
    const [lead] = withClass(top, "lead") as [Element]
    expect([headlines(lead), attr(byTag(lead, "img")[0], "src")]).toEqual([["Recent 1"], image(1)])
    expect(attr(byTag(lead, "img")[0], "loading")).toBeUndefined()
    const [grid] = withClass(top, "grid") as [Element]
    expect(headlines(grid)).toEqual(["Recent 0", "Recent 2", "Recent 3", "Recent 4", "Recent 5", "Recent 6"])
    expect(byTag(grid, "img").map((img) => attr(img, "src"))).toEqual([2, 3, 4, 5, 6].map(image))
    expect(
      attr(
        byTag(grid, "a").find((link) => textOf(link) === "Recent 3"),
        "href",
      ),
    ).toEqual(expect.stringMatching(/^\/articles\/[0-9a-f]{32}\/recent-3$/))
  })

  test("lists the latest after them, and links to older ones without a gap", async () => {
    const page = await front("/")
    const latest = byTag(section(page, "latest"), "a").map(textOf)
    expect(latest).toEqual(["Recent 7", "Recent 8", "Recent 9", "Recent 10", "Recent 11"])
    const older = byTag(page, "link").find((link) => attr(link, "rel") === "next")
    const next = await front(attr(older, "href") as string)
    expect(headlines(next).slice(0, 3)).toEqual(["Recent 12", "Recent 13", "Recent 14"])
    expect(textOf(byTag(next, "title")[0] as Element)).toMatch(/^feedwire · before /)
  })

  test("has a block for each top section with four articles that are not at the top, one of them with a picture", async () => {
    const page = await front("/")
    const blocks = withClass(page, "block").map((block) => [
      textOf(byTag(block, "h2")[0] as Element),
      headlines(block),
      byTag(block, "li").map(textOf),
      byTag(block, "img").length,
    ])
    expect(blocks).toEqual([
      ["World", ["Recent 7"], ["Recent 9", "Recent 11", "Recent 13"], 1],
      ["Sport & <Games>", ["Recent 8"], ["Recent 10", "Recent 12", "Recent 14"], 1],
    ])
  })

  test("of a language has only its articles, words and links", async () => {
    const page = await front("/languages/ar")
    expect(headlines(section(page, "top-news"))).toEqual(["BBC تبث من بيروت"])
    expect(textOf(byTag(section(page, "top-news"), "h2")[0] as Element)).toBe("أبرز الأخبار")
    expect(withClass(page, "block").map((block) => byTag(block, "h2").map(textOf))).toEqual([["العالم"]])
    expect(byTag(page, "a").map((link) => attr(link, "href"))).toContain("/sections/sport?lang=ar")
  })

  test("lists the most read of the last day", async () => {
    expect(section(await front("/"), "mostRead")).toBeUndefined()
    const { results } = await env.DB.prepare(
      "select id from articles where title in ('Recent 14', 'Recent 3') order by title",
    ).all<{ id: string }>()
    const marks = results.flatMap(({ id }, at) => MARKS.slice(at).map((mark) => [id, mark] as [string, number]))
    for (const view of marks)
      await countViews(createDbClient(env.DB), [{ hour: hourOf(Date.now()), views: [view] }], Date.now())
    await sweep()
    const mostRead = section(await front("/"), "mostRead")
    expect(byTag(mostRead, "li").map(textOf)).toEqual(["Recent 14", "Recent 3"])
    expect(byTag(mostRead, "ol")).toHaveLength(1)
  })

  test("shows a withdrawn article no longer, and names the tags by which a change purges it", async () => {
    const cache = new WorkersCache()
    const before = await send("/", {}, env, cache)
    expect((before.headers.get("cache-tag") ?? "").split(",").sort()).toEqual(["all", "views:24h", "wire"])
    await push(paper, [{ id: "recent-2" }], { type: "article.deleted" })
    const after = await send("/", { headers: { "if-none-match": before.headers.get("etag") ?? "" } }, env, cache)
    expect([after.status, after.text.includes("Recent 2<")]).toEqual([200, false])
  })

  test("costs one round trip, and as a 304 reads no article", async () => {
    const { bindings, trips } = counted()
    const whole = await send("/", {}, bindings, new WorkersCache())
    const same = await send(
      "/",
      { headers: { "if-none-match": whole.headers.get("etag") ?? "" } },
      bindings,
      new WorkersCache(),
    )
    expect([whole.status, same.status, same.text, trips.length]).toEqual([200, 304, "", 2])
  })

  test("shows the summary of an article without headline and address", async () => {
    const odd = {
      id: "odd",
      content_html: "<p>نص</p>",
      title: undefined,
      url: undefined,
      summary: "بلا عنوان",
      language: "ar",
      date_published: ago(0),
    }
    const sent = await push(nahar, [article(odd)])
    expect(sent.json.results).toEqual([expect.objectContaining({ outcome: "created" })])
    const page = await front("/languages/ar")
    expect(textOf(section(page, "top-news"))).toContain("بلا عنوان")
  })
})
