/**
 * A golden file is a feed or its bytes in a format. Validators contain FORMAT_VERSION, so without a new version clients
 * would keep old bytes. After an intended change, raise FORMAT_VERSION and FORMAT_DATE, and write the files again with
 * UPDATE_GOLDEN=1. A new case needs no new version.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { parseAtomFeed, parseJsonFeed, parseRssFeed } from "feedsmith"
import { expect, test } from "vitest"
import { type Feed, FORMATS, type Format } from "../../../src/formats/feed.ts"
import { FORMAT_DATE, FORMAT_VERSION } from "../../../src/formats/render.ts"
import { render } from "../../render.ts"
import { asRss, readAtom, readJson, readRss } from "./reader.ts"

const FOLDER = new URL("../../golden/", import.meta.url)
const VERSION_FILE = new URL("version.json", FOLDER)
const ENDINGS: Record<Format, string> = { rss: ".rss.xml", atom: ".atom.xml", json: ".feed.json" }
const UPDATE = process.env.UPDATE_GOLDEN === "1"

const names = readdirSync(FOLDER)
  .filter((file) => file.endsWith(".json") && !file.endsWith(ENDINGS.json) && file !== "version.json")
  .map((file) => file.slice(0, -".json".length))

const outputFile = (name: string, format: Format) => new URL(name + ENDINGS[format], FOLDER)
const readFeed = (name: string) => JSON.parse(readFileSync(new URL(`${name}.json`, FOLDER), "utf8")) as Feed
const cases = names.flatMap((name) => FORMATS.map((format) => [name, format] as const))

interface Version {
  version: number
  date: string
}
const current: Version = { version: FORMAT_VERSION, date: new Date(FORMAT_DATE).toISOString() }
const recorded = existsSync(VERSION_FILE) ? (JSON.parse(readFileSync(VERSION_FILE, "utf8")) as Version) : undefined

if (UPDATE) {
  const stale = cases.filter(([name, format]) => {
    const file = outputFile(name, format)
    return existsSync(file) && readFileSync(file, "utf8") !== render(readFeed(name), format)
  })
  if (stale.length > 0 && recorded !== undefined) {
    const where = stale.map(([name, format]) => name + ENDINGS[format]).join(", ")
    if (current.version <= recorded.version) throw new Error(`Bytes changed, raise FORMAT_VERSION first: ${where}`)
    if (current.date <= recorded.date) throw new Error(`Bytes changed, FORMAT_DATE must be later than ${recorded.date}`)
  }
  for (const [name, format] of cases) writeFileSync(outputFile(name, format), render(readFeed(name), format))
  writeFileSync(VERSION_FILE, `${JSON.stringify(current)}\n`)
}

test("the golden files are of this FORMAT_VERSION and FORMAT_DATE", () => {
  const written = existsSync(VERSION_FILE) ? readFileSync(VERSION_FILE, "utf8") : "no version.json"
  expect(written, "run the tests once with UPDATE_GOLDEN=1").toBe(`${JSON.stringify(current)}\n`)
})

test.each(cases)("%s as %s has the golden bytes", (name, format) => {
  const bytes = render(readFeed(name), format)
  const file = outputFile(name, format)
  expect(existsSync(file), `${file.pathname} is missing: run the tests once with UPDATE_GOLDEN=1`).toBe(true)
  expect(bytes, "bytes changed: raise FORMAT_VERSION and FORMAT_DATE, then UPDATE_GOLDEN=1").toBe(
    readFileSync(file, "utf8"),
  )
})

test.each(names)("%s is read alike in all formats", (name) => {
  const feed = readFeed(name)
  const json = readJson(render(feed, "json"))
  expect(readRss(render(feed, "rss"))).toEqual({ ...asRss(json), self: feed.urls.rss })
  expect(readAtom(render(feed, "atom"))).toEqual({ ...json, self: feed.urls.atom })
})

test.each(names)("feedsmith reads %s alike in all formats", (name) => {
  const feed = readFeed(name)
  const json = parseJsonFeed(render(feed, "json")).items ?? []
  const rss = parseRssFeed(render(feed, "rss")).items ?? []
  const atom = parseAtomFeed(render(feed, "atom")).entries ?? []
  const ids = feed.entries.map(({ id }) => id)
  expect(json.map(({ id }) => id)).toEqual(ids)
  expect(rss.map(({ guid }) => guid?.value)).toEqual(ids)
  expect(atom.map(({ id }) => id)).toEqual(ids)
  expect(atom.map(({ title }) => title?.value)).toEqual(json.map(({ title }) => title))
  expect(atom.map(({ content }) => (content?.type === "html" ? content.value : undefined))).toEqual(
    json.map(({ content_html }) => content_html),
  )
  expect(rss.map(({ dc }) => dc?.creators)).toEqual(json.map(({ authors }) => authors?.map(({ name }) => name)))
  expect(rss.map(({ pubDate }) => Date.parse(pubDate ?? ""))).toEqual(
    feed.entries.map(({ publishedAt }) => publishedAt),
  )
})
