/** Tests that a document does not overwrite a correction because the wire reads the same entry in another way. */
import { sql } from "drizzle-orm"
import { expect, test } from "vitest"
import { createWire, row } from "../../articles/events.ts"
import { type SentOptions, sendItems } from "./sent.ts"

const rss = (inside: string) => `<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"
  xmlns:dcterms="http://purl.org/dc/terms/" xmlns:slash="http://purl.org/rss/1.0/modules/slash/"
  ><channel><title>One</title><item><guid>a</guid><title>Entry</title>${inside}</item></channel></rss>`
const atom = (inside: string) =>
  `<feed xmlns="http://www.w3.org/2005/Atom"><title>One</title><entry><id>a</id><title>Entry</title>${inside}</entry></feed>`
const json = (members: object) =>
  JSON.stringify({ version: "https://jsonfeed.org/version/1.1", items: [{ id: "a", title: "Entry", ...members }] })

/** Sends a document, a correction by a message, and a second document. */
async function afterCorrection(first: SentOptions, second: SentOptions) {
  const db = await createWire()
  await sendItems(db, [], { at: 0, ...first })
  const correction = { id: "a", title: "Corrected", content_html: "<p>right</p>" }
  expect(await sendItems(db, [correction], { at: 30 })).toMatchObject([{ outcome: "updated" }])
  const results = await sendItems(db, [], { at: 60, ...second })
  return { db, outcome: results[0]?.outcome, title: (await row(db, sql`select title from articles`))?.title }
}

const text = "<description>The text of the entry</description>"
const zoned = (timeZone: string) => ({ settings: { timeZone } })

test.each<[what: string, xml: string, before: SentOptions, after: SentOptions]>([
  ["the publisher gets a language", rss(text), {}, { settings: { language: "fr" } }],
  ["the publisher's language changes", rss(text), { settings: { language: "de" } }, { settings: { language: "nl" } }],
  ["the publisher's language is removed", atom(`<content>${text}</content>`), { settings: { language: "sv" } }, {}],
  ["the language of the wire changes", json({ content_text: "text" }), {}, { wireLanguage: "es" }],
  ["a time zone is set", rss(`${text}<pubDate>2026-05-01 08:00</pubDate>`), {}, zoned("Asia/Riyadh")],
  [
    "a time zone is corrected",
    rss(`${text}<dc:date>2026-05-01T08:00:00</dc:date>`),
    zoned("Europe/Paris"),
    zoned("Asia/Tokyo"),
  ],
  ["a time zone decides what IST is", rss(`${text}<pubDate>1 May 2026 08:00 IST</pubDate>`), {}, zoned("Asia/Kolkata")],
  [
    "an order of dates is set",
    rss(`${text}<pubDate>03/04/2026 10:00 +0200</pubDate>`),
    {},
    { settings: { dateOrder: "day-first" } },
  ],
  [
    "an order of dates is corrected",
    rss(`${text}<dcterms:modified>03/04/2026 10:00Z</dcterms:modified>`),
    { settings: { dateOrder: "month-first" } },
    { settings: { dateOrder: "day-first" } },
  ],
  [
    "Atom, with a time zone",
    atom("<summary>s</summary><updated>2026-05-01T08:00:00</updated>"),
    {},
    zoned("Asia/Dubai"),
  ],
  ["JSON, with a time zone", json({ content_text: "t", date_modified: "2026-05-01 08:00" }), {}, zoned("Asia/Dubai")],
  [
    "a correction's time in JSON",
    json({ content_text: "t", _feedwire: { correction: { note: "n", at: "2026-05-01 08:00" } } }),
    {},
    zoned("Africa/Cairo"),
  ],
  [
    "several settings at once",
    rss(text),
    {},
    { settings: { language: "fr", timeZone: "Asia/Tokyo" }, wireLanguage: "es" },
  ],
  [
    "an unknown member, when a setting changes",
    json({ content_text: "t" }),
    {},
    { settings: { language: "fr" }, xml: json({ content_text: "t", comment_count: 5 }) },
  ],
  [
    "a number of comments, when a setting changes",
    rss(text),
    {},
    { settings: { language: "fr" }, xml: rss(`${text}<slash:comments>5</slash:comments>`) },
  ],
  [
    "markup that is never published changes",
    rss(`<description>&lt;p&gt;text&lt;/p&gt;&lt;script&gt;1&lt;/script&gt;</description>`),
    {},
    { xml: rss(`<description>&lt;p&gt;text&lt;/p&gt;&lt;script&gt;2&lt;/script&gt;</description>`) },
  ],
])("a correction stays: %s", async (_, xml, before, after) => {
  const { db, outcome, title } = await afterCorrection({ xml, ...before }, { xml, ...after })
  expect([outcome, title]).toEqual(["stale", "Corrected"])
  const again = await sendItems(db, [], { at: 90, xml, ...after })
  expect([again[0]?.outcome, (await row(db, sql`select title from articles`))?.title]).toEqual(["stale", "Corrected"])
})

test.each<[what: string, before: string, after: string]>([
  ["its text", rss(text), rss("<description>Another text</description>")],
  ["its title", json({ content_text: "t" }), json({ content_text: "t", title: "Another" })],
  ["its tags", json({ content_text: "t" }), json({ content_text: "t", tags: ["news"] })],
  ["its author", atom("<summary>s</summary>"), atom("<summary>s</summary><author><name>A</name></author>")],
  [
    "the time of its change",
    atom("<summary>s</summary><updated>2026-06-01T00:10:00Z</updated>"),
    atom("<summary>s</summary><updated>2026-06-01T00:50:00Z</updated>"),
  ],
  ["its picture", json({ content_text: "t" }), json({ content_text: "t", image: "https://one.example/a.jpg" })],
  ["its language", rss(text), rss(`${text}<dc:language>fr</dc:language>`)],
])("an entry that changes replaces the correction: %s", async (_, before, after) => {
  const { outcome } = await afterCorrection({ xml: before }, { xml: after, settings: { timeZone: "Asia/Tokyo" } })
  expect(outcome).toBe("updated")
})

test("a correction stays, if markup that is never published changes, and then a setting", async () => {
  const withBody = (html: string) => rss(`<description><![CDATA[${html}]]></description>`)
  const [first, second] = [withBody("<p>text</p>"), withBody('<p onclick="x">text</p>')]
  const { db, outcome } = await afterCorrection({ xml: first }, { xml: second })
  const [last] = await sendItems(db, [], { at: 90, xml: second, settings: { language: "de" } })
  const title = (await row(db, sql`select title from articles`))?.title
  expect([outcome, last?.outcome, title]).toEqual(["stale", "stale", "Corrected"])
})

test("a correction stays, if its article is parted from another guid", async () => {
  const db = await createWire()
  const feed = (guid: string) => {
    const link = "https://one.example/story"
    const item = `<item><guid isPermaLink="false">${guid}</guid><link>${link}</link><title>A</title></item>`
    return `<rss version="2.0"><channel><title>One</title>${item}</channel></rss>`
  }
  const outcomes: unknown[] = []
  const send = async (at: number, guid: string, correction?: object) => {
    const items = correction ? [{ id: guid, url: "https://one.example/story", ...correction }] : []
    const [result] = await sendItems(db, items, { at, ...(!correction && { xml: feed(guid) }) })
    outcomes.push(result?.outcome)
  }
  await send(0, "1")
  await send(10, "2")
  await send(20, "2", { title: "Corrected" })
  await send(30, "2")
  await send(40, "1")
  await send(50, "2")
  expect(outcomes).toEqual(["created", "updated", "updated", "stale", "updated", "stale"])
  const titles = await db.all(sql`select guid, title from articles where state = 'published' order by guid`)
  expect(titles).toEqual([
    { guid: "1", title: "A" },
    { guid: "2", title: "Corrected" },
  ])
})
