/** Texts of the Worker name pages that it serves. Its users have no repository, so texts name no files of it. */
import { describe, expect, test } from "vitest"
import { filesIn, read } from "./project.ts"
import { nodesOf, parse } from "./source.ts"

/** Files of the repository: documents, folders with code or documents, settings. A URL of another site is none. */
const FILE = /(?<![\w/.:@-])(?:(?:docs|src|scripts|tests|demo|migrations)\/|[\w/.-]+\.(?:md|toml|yaml)\b|README\b)/
const PAGE = /(?<![\w/.:@-])\/docs(?:#[\w-]+)?(?![\w/])/g

const pages = new Map([["/docs", read("public/docs.html")]])

const missingPages = (text: string): string[] =>
  (text.match(PAGE) ?? []).filter((address) => {
    const [path = "", anchor] = address.split("#")
    return anchor !== undefined && !pages.get(path)?.includes(`id="${anchor}"`)
  })

/** All texts of a file, without its comments. Modules that it imports are no texts. */
function textsOf(path: string): string[] {
  const source = parse(path, read(path))
  const literals = nodesOf(source, "Literal").map(({ value }) => value)
  const quasis = nodesOf(source, "TemplateElement").map(({ value }) => (value as { cooked?: unknown }).cooked)
  return [...literals, ...quasis].filter((text) => typeof text === "string")
}

const texts = filesIn("src", /\.ts$/).flatMap((path) => textsOf(path).map((text) => ({ path, text })))
const served = filesIn("public", /\.(?:html|json)$/).map((path) => ({ path, text: read(path) }))

test("texts are found", () => {
  expect(texts.length).toBeGreaterThan(1000)
  expect(texts.some(({ text }) => text.includes("/docs#signatures"))).toBe(true)
})

test("no text names a file of the repository", () => {
  const wrong = [...texts, ...served].filter(({ text }) => FILE.test(text))
  expect(wrong.map(({ path, text }) => `${path}: ${FILE.exec(text)?.[0]} in ${text.slice(0, 200)}`)).toEqual([])
})

test("each page that a text names has the named place", () => {
  expect(
    [...texts, ...served].flatMap(({ path, text }) => missingPages(text).map((page) => `${path}: ${page}`)),
  ).toEqual([])
})

describe("the rules", () => {
  test.each([
    "see docs/publishers.md#signatures",
    "see publishers.md",
    "as docs/errors says",
    "(README)",
    "look at src/push/handler.ts",
    "set it in wrangler.toml",
    "edit demo/newsroom.yaml",
    "see migrations/0001_wire.sql",
  ])("refuse %s", (text) => expect(text).toMatch(FILE))

  test.each([
    "see /docs#signatures",
    "https://example.org/docs/webhooks",
    "https://x.example/README.md",
    "a .mdx file",
    "/v1/articles",
  ])("allow %s", (text) => expect(text).not.toMatch(FILE))

  test.each([
    ["sign as /docs#signatures says.", []],
    ["/docs lists them", []],
    ["see /docs#signing", ["/docs#signing"]],
    ["/docs#a or /docs#listTags", ["/docs#a"]],
    ["https://example.org/docs#signing", []],
  ])("%s: %j", (text, missing) => expect(missingPages(text)).toEqual(missing))
})
