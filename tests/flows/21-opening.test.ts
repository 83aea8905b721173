/** Tests the lead image in the content of feeds: that a setting turns it off, and that it changes no article. */
import { env } from "cloudflare:workers"
import { expect, test } from "vitest"
import { makeWire, requestsWith, wait } from "./feeds.ts"
import { admin, article, publisher, push, section, send } from "./world.ts"

makeWire()
const { feedsOf } = requestsWith(env)

test("the content of every format opens with the lead image, until its publisher does not want it", async () => {
  await section("photos")
  const paper = await publisher("photo-paper")
  const image = { caption: "The first ferry", credit: "Mar" }
  const extension = { sections: ["photos"], dateline: "TUNIS — TAP", image }
  await push(
    paper,
    article({ content_html: "<p>Text.</p>", image: "https://photo-paper.example/a.jpg", _feedwire: extension }),
  )
  const contents = async () => {
    const { rss, atom, json } = await feedsOf("/sections/photos")
    const [item] = json.json.items
    const figures = [rss.text, atom.text, item.content_html].map((text) => text.split("<figure>").length - 1)
    return { figures, item, updated: atom.text.split("<entry>")[1]?.split("updated>")[1] }
  }
  const before = await contents()
  expect(before.figures).toEqual([1, 1, 1])
  expect(before.item.content_html).toBe(
    '<figure><img src="https://photo-paper.example/a.jpg" alt="" /><figcaption>The first ferry <small>(Mar)</small>' +
      "</figcaption></figure>\n<p>TUNIS — TAP</p>\n<p>Text.</p>",
  )
  expect([before.item.image, before.item.banner_image]).toEqual(["https://photo-paper.example/a.jpg", undefined])
  const list = (await send("/v1/articles?section=photos")).json.articles
  expect(list.map(({ content_html }: { content_html: string }) => content_html)).toEqual(["<p>Text.</p>"])

  wait(10)
  expect((await admin("PATCH", "/publishers/photo-paper", { opening: "none" })).json.opening).toBe("none")
  const after = await contents()
  expect([after.figures, after.item.content_html]).toEqual([[0, 0, 0], "<p>Text.</p>"])
  expect(after.item.banner_image).toBe("https://photo-paper.example/a.jpg")
  expect(after.updated).toBe(before.updated)
  expect((await send("/v1/articles?section=photos")).json.articles).toEqual(list)

  const refused = await admin("PATCH", "/publishers/photo-paper", { opening: "yes" })
  expect([refused.status, refused.json.detail]).toEqual([422, "/opening must be added or none"])
})
