import { parseOpml } from "feedsmith"
import { expect, test } from "vitest"
import { type OpmlDocument, type OpmlFeed, type Outline, renderOpml } from "../../../src/formats/opml.ts"
import * as fc from "../../fast-check.ts"
import { nasty } from "./arbitrary.ts"
import { all, child, type Node, readXml } from "./reader.ts"
import { NOON } from "./samples.ts"

const world: OpmlFeed = {
  text: "World",
  title: "World — Wire",
  format: "rss",
  feedUrl: "https://wire.example/world.rss?a=1&b=2",
  pageUrl: "https://wire.example/world",
  description: 'News "from" everywhere',
  language: "en",
}
const list = (...outlines: Outline[]): OpmlDocument => ({
  title: "Wire",
  ownerName: "Wire & Co",
  changedAt: NOON,
  outlines,
})
const bodyOf = (document: OpmlDocument) => child(readXml(renderOpml(document)), "body") as Node

test("the head has the title of the list, and the time of its change", () => {
  const root = readXml(renderOpml(list(world)))
  expect([root.name, root.attributes]).toEqual(["opml", { version: "2.0" }])
  expect((child(root, "head") as Node).children.map(({ name, text }) => [name, text])).toEqual([
    ["title", "Wire"],
    ["dateCreated", "Mon, 23 Nov 2026 10:00:00 GMT"],
    ["dateModified", "Mon, 23 Nov 2026 10:00:00 GMT"],
    ["ownerName", "Wire & Co"],
    ["docs", "https://opml.org/spec2.opml"],
  ])
})

test("a feed has all attributes of a subscription", () => {
  expect(all(bodyOf(list(world)), "outline").map(({ attributes }) => attributes)).toEqual([
    {
      type: "rss",
      text: "World",
      title: "World — Wire",
      xmlUrl: "https://wire.example/world.rss?a=1&b=2",
      htmlUrl: "https://wire.example/world",
      description: 'News "from" everywhere',
      language: "en",
      version: "RSS",
    },
  ])
})

test.each(["atom", "json"] as const)(
  "%s also has the type rss, and no version that a reader would recognise",
  (format) => {
    const [outline] = all(bodyOf(list({ ...world, format })), "outline")
    expect(outline?.attributes).toMatchObject({ type: "rss" })
    expect(outline?.attributes).not.toHaveProperty("version")
  },
)

test("folders have names and no attributes of feeds, and empty ones are left out", () => {
  const folder = {
    text: "Sections",
    outlines: [
      { text: "World", outlines: [world] },
      { text: "None", outlines: [] },
    ],
  }
  const body = bodyOf(list(folder, { text: "Empty", outlines: [{ text: "Empty too", outlines: [] }] }))
  const [sections, ...others] = body.children
  expect(others).toEqual([])
  expect(sections?.attributes).toEqual({ text: "Sections", title: "Sections" })
  expect(sections?.children.map(({ attributes }) => attributes)).toEqual([{ text: "World", title: "World" }])
  expect(sections?.children[0]?.children.map(({ attributes }) => attributes.xmlUrl)).toEqual([world.feedUrl])
})

test("another parser reads the same list", () => {
  const { head, body } = parseOpml(renderOpml(list({ text: "Sections", outlines: [world] }, world)))
  expect(head).toMatchObject({ title: "Wire", ownerName: "Wire & Co", docs: "https://opml.org/spec2.opml" })
  const read = { text: "World", type: "rss", title: "World — Wire", xmlUrl: world.feedUrl, htmlUrl: world.pageUrl }
  expect(body?.outlines).toMatchObject([{ text: "Sections", outlines: [read] }, read])
})

test("with any names the list is well-formed, and every outline has its text", () => {
  fc.assert(
    fc.property(nasty, nasty, (name, description) => {
      const body = bodyOf(list({ text: name, outlines: [{ ...world, text: name, title: name, description }] }))
      const [folder] = body.children
      expect(folder?.attributes).toHaveProperty("text")
      expect(folder?.children[0]?.attributes).toMatchObject({ type: "rss", xmlUrl: world.feedUrl })
      expect(folder?.children[0]?.attributes).toHaveProperty("text")
    }),
  )
})

test("an invalid language is left out", () => {
  expect(renderOpml(list({ ...world, language: "no language!" }))).not.toContain("language=")
})
