/** Tests edge cases of feeds: many values, two changes in one second, addresses that feeds must not contain. */
import { env } from "cloudflare:workers"
import { beforeAll, describe, expect, test } from "vitest"
import { readAtom, readJson, readRss } from "../unit/formats/reader.ts"
import { admin, article, counted, ORIGIN, type Publisher, publisher, push, section, send } from "./world.ts"

let one: Publisher
const uncached = { purge: async () => ({ success: true }) }
const inSections = (...sections: string[]) => ({ _feedwire: { sections } })
const ten = (name: (n: number) => string) => Array.from({ length: 10 }, (_, n) => name(n))

beforeAll(async () => {
  for (const slug of [...ten((n) => `s${n}`), ...ten((n) => `n${n}`), "a", "b"]) await section(slug)
  one = await publisher("one")
  for (const slug of ten((n) => `p${n}`)) await publisher(slug)
})

test("ten values in every parameter are accepted at once, with as many tags in If-None-Match", async () => {
  const query = [
    ...ten((n) => `author=author%20${n}`),
    `lang=${["ar", "de", "en", "es", "fa", "fr", "he", "it", "ja", "tr"].join(",")}`,
    `not=${ten((n) => `n${n}`).join(",")}`,
    `publisher=one,${ten((n) => `p${n}`)
      .slice(0, 9)
      .join(",")}`,
    `section=${ten((n) => `s${n}`).join(",")}`,
    ...ten((n) => `tag=tag%20${n}`),
  ].join("&")
  await push(one, article({ ...inSections("s3"), authors: [{ name: "author 4" }], tags: ["tag 5"] }))
  const etags = Array.from({ length: 32 }, (_, n) => `"0123456789.${n}.2.abc"`).join(", ")
  for (const path of [
    `/feed.json?${query}`,
    `/feed.json?${query.replace("publisher=one,", "publisher=").replace(/p\d,/g, "")}`,
  ]) {
    const sent = await send(path, { headers: { "if-none-match": etags } }, env, uncached)
    expect([path.length, sent.status]).toEqual([path.length, 200])
  }
  expect((await send(`/feed.json?${query}`)).json.items).toHaveLength(1)
})

test("if two scopes change within one second, the ETag differs, and Last-Modified alone gives no 304", async () => {
  const path = "/feed.json?section=a,b"
  await push(one, article(inSections("a")))
  const first = await send(path)
  await push(one, article(inSections("b")))
  const since = { "if-modified-since": first.headers.get("last-modified") ?? "" }
  expect((await send(path, { headers: since })).json.items).toHaveLength(2)
  const tag = { "if-none-match": (await send(path)).headers.get("etag") ?? "" }
  expect((await send(path, { headers: tag })).status).toBe(304)
})

test("every change of either of two lists gives another ETag, because both decide what is shown", async () => {
  const path = "/feed.atom?section=a&tag=t"
  await push(one, [article({ ...inSections("a"), id: "in", tags: ["t"] }), article({ ...inSections("a"), id: "out" })])
  const before = await send(path, {}, env, uncached)
  await push(one, { id: "out" }, { type: "article.deleted" })
  const after = await send(path, {}, env, uncached)
  expect([after.text === before.text, after.headers.get("etag") === before.headers.get("etag")]).toEqual([false, false])
})

test("a delta of RSS is the whole feed if an article was removed", async () => {
  await push(one, [article({ ...inSections("s0"), id: "gone" }), article(inSections("s0")), article(inSections("s0"))])
  const before = await send("/sections/s0/feed.rss")
  await push(one, { id: "gone" }, { type: "article.deleted" })
  const ask = { "a-im": "feed", "if-none-match": before.headers.get("etag") ?? "" }
  const sent = await send("/sections/s0/feed.rss", { headers: ask })
  expect([sent.status, readRss(sent.text).entries.length]).toEqual([200, 2])
})

describe("a correction and a withdrawal have a later date", () => {
  test("also within the minutes by which a date of publication may be ahead", async () => {
    const ahead = new Date(Date.now() + 4 * 60_000).toISOString()
    const item = article({ ...inSections("s1"), id: "ahead", date_published: ahead })
    await push(one, item)
    await push(one, { ...item, title: "Corrected" })
    const [entry] = readAtom((await send("/sections/s1/feed.atom")).text).entries
    expect(entry?.updated).toBeGreaterThan(Date.parse(ahead))
    await push(one, { id: "ahead" }, { type: "article.deleted" })
    const [deleted] = (await send("/sections/s1/feed.json")).json._feedwire.deleted
    expect(Date.parse(deleted.date_deleted)).toBeGreaterThan(entry?.updated ?? 0)
  })
})

test("addresses that browsers accept are written in the form that feeds require", async () => {
  const odd = ["a|b", "?q={x}", "?q=`^`", "?q=\\", "50%", "?off=50%&x=1", "#a|b", 'q"<>', "ü ñ", "بيت"]
  for (const [n, path] of odd.entries()) {
    const url = `https://one.example/${path}`
    const sent = await push(
      one,
      article({
        ...{ id: `odd ${n}`, url, image: url, attachments: [{ url, mime_type: "audio/mpeg", size_in_bytes: 5 }] },
        ...{ authors: [{ name: "A", url }], content_html: `<p><a href="${url.replaceAll('"', "%22")}">x</a></p>` },
        _feedwire: { sections: ["s2"], related: [{ url }], attribution: { name: "B", url } },
      }),
    )
    expect([url, sent.status]).toEqual([url, 200])
  }
  await admin("PATCH", "/sections/s2", { icon: "https://x.example/i.png?a={b}|c" })
  // send() validates every feed.
  const read = [readRss, readAtom, readJson]
  for (const [at, format] of ["rss", "atom", "json"].entries()) {
    const { text } = await send(`/sections/s2/feed.${format}`)
    expect(read[at]?.(text).entries.map(({ url }) => /[|{}`^\\<>" ]|%(?![0-9A-F]{2})/i.test(url))).toEqual(
      odd.map(() => false),
    )
  }
})

test("a retirement that makes a selection contradictory is answered 400 at once", async () => {
  await admin("POST", "/sections/s8/retire", { into: "s9" })
  expect((await send("/feed.json?not=s9&section=s8")).status).toBe(400)
  const two = await send("/feed.json?section=s7,s8,s9")
  expect([two.status, two.headers.get("location")]).toEqual([301, `${ORIGIN}/feed.json?section=s7,s9`])
})

test("the cost of correcting an article grows linearly with the number of its scopes", async () => {
  const tags = (count: number) => Array.from({ length: count }, (_, n) => `t${n}`)
  const cost = async (count: number) => {
    const item = article({ id: `scopes-${count}`, tags: tags(count) })
    await push(one, item)
    const { bindings, trips } = counted()
    await push(one, { ...item, title: "Corrected" }, { bindings })
    return trips.reduce((sum, { rowsRead }) => sum + rowsRead, 0)
  }
  const [few, many] = [await cost(8), await cost(32)]
  expect(many).toBeLessThan(few * 4)
})
