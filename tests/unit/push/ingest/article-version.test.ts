/** Tests that a version has clean values in a fixed order, because the hash of its JSON shows changes. */
import { expect, test } from "vitest"
import type { ArticleVersion } from "../../../../src/articles/model/article.ts"
import type { Item } from "../../../../src/dialects/item-schema.ts"
import { problemsOfVersion, versionOf } from "../../../../src/push/ingest/article-version.ts"

const stated = (item: Partial<Item>, language: string | null = null) =>
  versionOf({ id: "a", ...item }, { publisherLanguage: language, wireLanguage: "en" })

const EMPTY = {
  ...{ guid: "a", html: "", direction: "ltr" },
  details: { statedCategories: { sections: [], tags: [] }, authors: [] },
}

test("members that are missing or empty are left out", () => {
  expect(stated({})).toStrictEqual(EMPTY)
  expect(
    stated({
      ...{ title: "  ", summary: " ", content_html: "", content_text: "", attachments: [], tags: [] },
      _feedwire: { subtitle: "", dateline: "", rights: "", related: [], sections: [] },
    }),
  ).toStrictEqual(EMPTY)
})

test("equal articles have equal JSON, whatever the order of their members", () => {
  const members: [string, unknown][] = Object.entries({
    ...{
      title: "Title",
      url: "https://one.example/a",
      summary: "Summary",
      content_html: "<p>Text</p>",
      language: "en",
    },
    ...{ image: "https://one.example/i.png", authors: [{ url: "https://one.example/ada", name: "Ada" }], tags: ["t"] },
    attachments: [{ mime_type: "audio/mpeg", url: "https://one.example/a.mp3", title: undefined, size_in_bytes: 5 }],
    _feedwire: { rights: "All", subtitle: "Sub", image: { credit: "C", caption: undefined }, sections: ["world"] },
  })
  const forwards = stated(Object.fromEntries(members) as Partial<Item>)
  const backwards = stated(Object.fromEntries(members.reverse()) as Partial<Item>)
  expect(JSON.stringify(backwards)).toBe(JSON.stringify(forwards))
  expect(forwards).toStrictEqual({
    ...{ guid: "a", url: "https://one.example/a", title: "Title", subtitle: "Sub", summary: "Summary" },
    ...{ html: "<p>Text</p>", language: "en", direction: "ltr" },
    details: {
      ...{ statedCategories: { sections: ["world"], tags: ["t"] }, rights: "All" },
      authors: [{ name: "Ada", url: "https://one.example/ada" }],
      image: { url: "https://one.example/i.png", credit: "C" },
      enclosures: [{ url: "https://one.example/a.mp3", type: "audio/mpeg", length: 5 }],
    },
  })
})

test.each([
  [
    "the URL before the external one",
    { url: "https://a.example/", external_url: "https://b.example/" },
    { url: "https://a.example/" },
  ],
  ["the external URL if there is no other", { external_url: "https://b.example/" }, { url: "https://b.example/" }],
  ["the HTML before the text", { content_html: "<p>a</p>", content_text: "b" }, { html: "<p>a</p>" }],
  [
    "the text in paragraphs, escaped",
    { content_text: " a <b>\n& c\n \n\nd" },
    { html: "<p>a &lt;b&gt;<br />&amp; c</p>\n<p>d</p>" },
  ],
  [
    "addresses relative to its own",
    { url: "https://a.example/x/", content_html: '<a href="y">z</a>' },
    { html: expect.stringContaining('href="https://a.example/x/y"') },
  ],
  ["its summary before the beginning of its text", { summary: " S ", content_html: "<p>a</p>" }, { summary: "S" }],
  [
    "the beginning of its text as summary",
    { content_html: "<p>a <b>b</b></p><p>c</p>" },
    { summary: expect.stringMatching(/^a b\s+c$/) },
  ],
  ["its language before the publisher's", { language: "ar" }, { language: "ar", direction: "rtl" }],
  ["the publisher's language", {}, { language: "fr", direction: "ltr" }],
] as [string, Partial<Item>, object][])("a version has %s", (_, item, members) => {
  expect(stated(item, "fr")).toMatchObject(members)
})

test("details have the image, or else the banner, and the author of JSON Feed 1.0 if there are no authors", () => {
  const [image, banner] = ["https://a.example/image", "https://a.example/banner"]
  expect(stated({ image, banner_image: banner }).details.image).toEqual({ url: image })
  expect(stated({ banner_image: banner }).details.image).toEqual({ url: banner })
  expect(stated({ author: { name: "Ada" } }).details.authors).toEqual([{ name: "Ada" }])
  expect(stated({ author: { name: "Ada" }, authors: [] }).details.authors).toEqual([])
})

test.each([
  ["https://one.example/p.swf", "application/x-shockwave-flash"],
  ["https://one.example/P.SWF?film=1.mp4", "video/mp4"],
  ["https://one.example/p", "application/vnd.adobe.flash.movie"],
  ["https://one.example/p", "application/futuresplash"],
  ["https://www.youtube.com/v/abc?version=3", "video/mp4"],
  ["https://youtube-nocookie.com/v/abc", "text/html"],
  ["https://vimeo.com/moogaloop.swf?clip_id=1", "video/mp4"],
  ["http://www.dailymotion.com/swf/x1", "application/octet-stream"],
])("%s of the type %s needs Flash, so it is no attachment", (url, mime_type) => {
  const film = { url: "https://one.example/1.mp4?poster=p.swf", mime_type: "video/mp4" }
  const page = { url: "https://www.youtube.com/watch?v=abc", mime_type: "text/html" }
  expect(stated({ attachments: [{ url, mime_type }] }).details).not.toHaveProperty("enclosures")
  const { enclosures } = stated({ attachments: [film, { url, mime_type }, page] }).details
  expect(enclosures?.map((file) => file.url)).toEqual([film.url, page.url])
})

test("a summary is made from the beginning of a long text, cut between words", () => {
  const { summary = "" } = stated({ content_html: `<p>${"word ".repeat(60_000)}</p>` })
  expect(summary).toMatch(/^word( word)+…$/)
  expect(summary.length).toBeLessThanOrEqual(301)
})

/** The tags are what classify() finds. */
const withTags = (version: ReturnType<typeof stated>): ArticleVersion => ({
  ...version,
  details: { ...version.details, sections: [], tags: [] },
})
const problemsOf = (item: Partial<Item>, scopes: string[] = []) =>
  problemsOfVersion(withTags(stated(item)), scopes, "/data/0")

test("a version needs a title, a summary or a content that is left after cleaning", () => {
  const empty = [{ pointer: "/data/0", detail: "has no title, and its content is empty after cleaning" }]
  expect(problemsOf({ content_html: "<script>x</script>" })).toEqual(empty)
  for (const item of [{ title: "t" }, { summary: "s" }, { content_html: '<img src="https://a.example/i.png" alt="">' }])
    expect(problemsOf(item)).toEqual([])
})

test("a version is refused if its content grows too much, or if it would be in too many scopes", () => {
  const large = { ...withTags(stated({ title: "t" })), html: "x".repeat(512 * 1024 + 1) }
  expect(problemsOfVersion(large, [], "/data/0")).toEqual([
    {
      pointer: "/data/0/content_html",
      detail: "grows to 524289 bytes when it is cleaned; at most 524288 are accepted",
    },
  ])
  expect(problemsOf({ title: "t" }, ["x".repeat(100_000)])).toEqual([
    {
      pointer: "/data/0",
      detail: expect.stringMatching(/^tags, authors and sections together take \d+ bytes; at most/),
    },
  ])
})
