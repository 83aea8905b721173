import { beforeAll, describe, expect, test } from "vitest"
import { admin, article, migrate, type Publisher, publisher, push, section, send } from "./world.ts"

let one: Publisher

beforeAll(async () => {
  await migrate()
  await section("world", { names: { en: "World", ar: "العالم" } })
  await section("europe", { parent: "world" })
  await section("sports", { aliases: ["Sport & Games"] })
  one = await publisher("one", { default_section: "world", lang: "en" })
})

describe("a signed push comes out of the feeds", () => {
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
