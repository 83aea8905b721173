import { describe, expect, test } from "vitest"
import { admin, article, makeWire, push, send } from "./world.ts"

const { one } = await makeWire({
  sections: {
    world: { names: { en: "World", ar: "العالم" } },
    europe: { parent: "world" },
    sports: { aliases: ["Sport & Games"] },
  },
  publishers: { one: { default_section: "world", language: "en" } },
})
describe("a signed push appears in feeds", () => {
  test("on the next request, in every format, of the section, its parent, the publisher and the wire", async () => {
    const pushed = await push(one, article({ id: "first", title: "The first", _feedwire: { sections: ["europe"] } }))
    expect(pushed.text).toContain("created")
    expect(pushed.status).toBe(200)
    for (const path of ["/feed", "/sections/europe/feed", "/sections/world/feed", "/publishers/one/feed"]) {
      for (const format of ["rss", "atom", "json"]) {
        const feed = await send(`${path}.${format}`)
        expect([path, format, feed.status, feed.text.includes("The first")]).toEqual([path, format, 200, true])
      }
    }
    expect((await send("/sections/sports/feed.rss")).text).not.toContain("The first")
    expect((await admin("GET", "/sections")).json.sections).toHaveLength(3)
  })
})

test.each([
  ["GET", "/push/one", "POST"],
  ["PUT", "/push/one", "POST"],
  ["POST", "/push/one/articles", "GET, HEAD"],
  ["DELETE", "/push/one/deliveries/x", "GET, HEAD"],
])("%s %s is refused, and the answer lists the allowed methods", async (method, path, allow) => {
  const sent = await send(path, { method })
  expect([sent.status, sent.json.code, sent.headers.get("allow")]).toEqual([405, "method_not_allowed", allow])
})

test("a new alias reclassifies its articles at once, and the same message again leaves them unchanged", async () => {
  const item = article({ id: "reclassified", _feedwire: { sections: ["Leibesübungen"] } })
  const before = await push(one, item)
  expect(before.json.results[0].warnings).toEqual(['the section "Leibesübungen" is unknown here: it became a tag'])
  await admin("POST", "/sections/sports/aliases", { names: ["leibesübungen"] })
  expect((await send("/sections/sports/feed.json")).text).toContain('"reclassified"')
  const after = await push(one, item)
  expect([after.json.results[0].outcome, after.json.results[0].warnings]).toEqual(["unchanged", undefined])
})

test("a new section does not get the alias of another", async () => {
  const refused = await admin("POST", "/sections", {
    slug: "games",
    names: { en: "Games" },
    aliases: ["sport & games"],
  })
  expect([refused.status, refused.json.errors]).toEqual([
    409,
    [{ pointer: "/aliases/0", detail: 'is the alias "Sport & Games" of sports' }],
  ])
})

test("the author of JSON Feed 1.0 is a byline; an item that is empty after cleaning is not an article", async () => {
  await push(one, article({ id: "signed", author: { name: "Old Hand" } }))
  expect((await send("/feed.rss")).text).toContain("<dc:creator>Old Hand</dc:creator>")
  const empty = await push(one, { id: "empty", title: " ", content_html: "<script>x</script>" })
  expect([empty.status, empty.json.errors[0].pointer]).toEqual([422, "/data"])
})
