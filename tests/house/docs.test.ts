/** Tests that the docs have every route, parameter, setting and error code, and no dead link. */
import { describe, expect, test } from "vitest"
import type { Selection } from "../../src/articles/read/selection-terms.ts"
import { FEED_PARAMETERS, feedPath, parseAddress, subscriptionTo } from "../../src/feeds/address.ts"
import { FORMATS } from "../../src/formats/feed.ts"
import { PROBLEMS } from "../../src/http/problem.ts"
import {
  codesWithoutStatus,
  deadLinks,
  missingFiles,
  missingFunctions,
  type Route,
  unknownScripts,
  unnamedCodes,
  unnamedRoutes,
  unnamedSettings,
} from "./documents.ts"
import { bindings, exists, filesIn, read, secrets, variables } from "./project.ts"

/** The guides, which together must name every route, parameter, setting and code. */
const guides = ["README.md", ...filesIn("docs", /^docs\/[^/]+\.md$/)]
/** The READMEs of the large folders of src/. */
const rooms = filesIn("src", /README\.md$/)
const documents = [...new Set([...guides, "CONTRIBUTING.md", "CHANGELOG.md", ...filesIn("docs", /\.md$/), ...rooms])]
const sources = new Map(
  ["src", "tests", "scripts"].flatMap((folder) => filesIn(folder, /\.tsx?$/)).map((path) => [path, read(path)]),
)
const readIfThere = (path: string) => (exists(path) ? read(path) : "")
const guide = guides.map(readIfThere).join("\n")

/** The path is in a variable, so that the compiler does not check the Worker with the types of Node. */
const APP = new URL("../../src/app.ts", import.meta.url).href
const { app } = (await import(APP)) as { app: { routes: Route[] } }

/** Selections whose feeds have a path. */
const PLACES: Partial<Selection>[] = [{}, { section: ["slug"] }, { publisher: ["slug"] }, { lang: ["tag"] }]
const documentsOfFeeds = [
  ...PLACES.map(subscriptionTo),
  { ...subscriptionTo({}), part: { kind: "archive", no: 1 } as const },
]
const feeds = documentsOfFeeds.flatMap((document) => FORMATS.map((format) => feedPath({ ...document, format })))

/** Hono lists middleware under ALL, and the route of the feeds under a path without a feed. */
const routes: Route[] = [
  ...app.routes.filter(({ method }) => method !== "ALL"),
  ...feeds.map((path) => ({ method: "GET", path: path.replace(/\/(slug|tag)\//, "/:$1/").replace("/1/", "/:no/") })),
]

const codes = Object.keys(PROBLEMS)
const statuses = Object.entries(PROBLEMS).map(([code, [status]]): [string, number] => [code, status])

const complain = (what: string, missing: string[]) =>
  expect(missing, `${what}:\n${missing.map((it) => `  ${it}`).join("\n")}\n`).toEqual([])

test("routes are found", () => {
  expect(routes).toContainEqual(expect.objectContaining({ method: "POST", path: "/push/:publisher" }))
  expect(routes).toContainEqual({ method: "GET", path: "/sections/:slug/feed.atom" })
  // The first six are middleware, then come the feeds and the answer to unknown paths. No other route may match all
  // paths.
  const hidden = app.routes.filter(({ method }) => method === "ALL").map(({ path }) => path)
  expect(hidden).toEqual([
    "/*",
    "/*",
    "/admin/api/*",
    "/admin/api/*",
    "/v1/*",
    "/v1/*",
    ...Array(4).fill("/console/*"),
    "/*",
    "/*",
  ])
  for (const path of feeds) expect(parseAddress(new URL(path, "https://wire.example"))).toHaveProperty("address")
})

test("documents are found", () => {
  complain(
    "missing",
    ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE", "docs/operators.md", "docs/errors.md"].filter(
      (path) => !exists(path),
    ),
  )
})

test("the guides name every parameter of feeds", () => {
  const unnamed = Object.keys(FEED_PARAMETERS).filter(
    (name) => !guide.includes(`\`${name}\``) && !guide.includes(`${name}=`),
  )
  complain("parameters of feeds that neither README.md nor docs/*.md names", unnamed)
})

test("docs/routes.md has every route", () => {
  complain("routes that docs/routes.md lacks", unnamedRoutes(readIfThere("docs/routes.md"), routes))
})

test("the guides name every variable, secret and binding", () => {
  complain(
    "settings that neither README.md nor docs/*.md names",
    unnamedSettings(guide, [...variables, ...secrets, ...bindings]),
  )
})

test("the guides name every problem code", () => {
  complain("problem codes that neither README.md nor docs/*.md names, as `code`", unnamedCodes(guide, codes))
})

test("docs/errors.md names every problem with its status, on one line", () => {
  complain("problem codes that docs/errors.md lacks", codesWithoutStatus(readIfThere("docs/errors.md"), statuses))
})

test("every relative link leads to a file", () => {
  complain(
    "dead links",
    documents.flatMap((path) => deadLinks(path, readIfThere(path), exists)),
  )
})

test("every file that the docs name exists", () => {
  complain(
    "missing files",
    documents.flatMap((path) => missingFiles(path, readIfThere(path), exists)),
  )
})

test("every function that the docs name exists in its file", () => {
  expect(rooms).toEqual(["src/api/README.md", "src/articles/README.md", "src/push/README.md"])
  complain(
    "missing functions",
    documents.flatMap((path) => missingFunctions(path, readIfThere(path), sources)),
  )
})

test("each decision has its title, then context, decision and consequence within five lines", () => {
  const decisions = filesIn("docs", /^docs\/decisions\/\d{4}-[^/]+\.md$/)
  expect(decisions.length).toBeGreaterThan(30)
  const HEAD = /^# (\d{4}) .+\n\n((?:.{1,140}\n){3,5})(?:\n|$)/
  const PARTS = /^\*\*Context\.\*\* .+\n\*\*Decision\.\*\* .+\n\*\*Consequence\.\*\* /s
  const hasHead = (path: string) => {
    const [, number = "", head = ""] = HEAD.exec(readIfThere(path)) ?? []
    return number !== "" && path.includes(`/${number}-`) && PARTS.test(head)
  }
  complain(
    "decisions without such a head",
    decisions.filter((path) => !hasHead(path)),
  )
})

test("the glossary has at most 20 words, each once", () => {
  const [, glossary = ""] = /^## Glossary\n(.*?)^## /ms.exec(readIfThere("docs/architecture.md")) ?? []
  const words = [...glossary.matchAll(/^\| ([^|]+?) +\|/gm)].slice(2).map(([, word]) => word)
  expect(words).toContain("scope")
  expect(new Set(words).size).toBe(words.length)
  expect(words.length).toBeLessThanOrEqual(20)
})

test("every npm command exists", () => {
  const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> }
  complain(
    "unknown npm commands",
    documents.flatMap((path) => unknownScripts(path, readIfThere(path), Object.keys(scripts))),
  )
})

describe("the checks themselves", () => {
  const route = (method: string, path: string): Route => ({ method, path })

  test.each([
    ["`POST /push/{publisher}`", route("POST", "/push/:publisher")],
    ["| POST | /push/:publisher | pushes |", route("POST", "/push/:publisher")],
    ["curl -X POST https://wire.example/push/<publisher>", route("POST", "/push/:publisher")],
    ["`/healthz`.", route("GET", "/healthz")],
    ["`GET /push/{publisher}/articles?since=…`", route("GET", "/push/:publisher/articles")],
    ["/sections/{slug}/feed.{rss,atom,json}", route("GET", "/sections/:slug/feed.atom")],
    ["| `/` | the start page |", route("GET", "/")],
  ])("%s names a route", (text, wanted) => {
    expect(unnamedRoutes(text, [wanted])).toEqual([])
  })

  test.each([
    ["", route("GET", "/healthz")],
    ["`GET /push/{publisher}`", route("POST", "/push/:publisher")],
    ["`/push/{publisher}`", route("POST", "/push/:publisher")],
    ["`POST /push/{publisher}/articles`", route("POST", "/push/:publisher")],
    ["`POST /push/{publisher}`", route("GET", "/push/:publisher/articles")],
    ["`POST /push/{publisher}`", route("GET", "/push/:publisher")],
    ["/sections/{slug}/feed.{rss,atom}", route("GET", "/sections/:slug/feed.json")],
    ["/sections/{slug}/feed.rss", route("GET", "/feed.rss")],
    ["`/admin/api/publishers`", route("GET", "/publishers")],
    ["a and/or b, `/healthz`", route("GET", "/")],
  ])("%s names no other route", (text, wanted) => {
    expect(unnamedRoutes(text, [wanted])).toEqual([`${wanted.method} ${wanted.path}`])
  })

  test("a setting is named only by its whole name", () => {
    expect(unnamedSettings("`FEEDS_URL` and MASTER_KEYS", ["FEEDS_URL", "MASTER_KEY"])).toEqual(["MASTER_KEY"])
  })

  test("a problem code is named in code style, in a heading or in a URL", () => {
    const text = "### conflict\n| `not_found` | 404 |\nan unauthorized request\nhttps://wire.example/problems/gone_away"
    expect(unnamedCodes(text, ["conflict", "not_found", "unauthorized", "gone_away", "gone"])).toEqual([
      "unauthorized",
      "gone",
    ])
    expect(
      codesWithoutStatus(text, [
        ["not_found", 404],
        ["not_found", 410],
        ["conflict", 409],
      ]),
    ).toEqual(["not_found with 410", "conflict with 409"])
  })

  test("a relative link to a missing file is dead", () => {
    const text = [
      "[a](readers.md) [b](../README.md#start) [c](nothing.md) [d](https://wire.example/x) [e](#here)",
      "![f](picture.svg) [g](/CHANGELOG.md) [h](../../outside.md) [mail](mailto:a@wire.example)",
      '[i]: decisions/lost.md\n<img src="lost.png"> [j](readers.md "Readers") `[k](code.md)`',
      "```sh\n[l](fenced.md)\n```",
    ].join("\n")
    const there = ["docs/readers.md", "README.md", "CHANGELOG.md"]
    expect(deadLinks("docs/publishers.md", text, (path) => there.includes(path))).toEqual([
      "docs/publishers.md: nothing.md",
      "docs/publishers.md: picture.svg",
      "docs/publishers.md: ../../outside.md",
      "docs/publishers.md: decisions/lost.md",
      "docs/publishers.md: lost.png",
    ])
  })

  test("a named file that does not exist is missing", () => {
    const text = "`push/handler.ts`, `src/app.ts`, `write/write-batch.ts`, `push/take.ts` and `docs/{name}.md`"
    const there = ["src/push/handler.ts", "src/app.ts", "src/articles/write/write-batch.ts"]
    const missing = missingFiles("src/articles/README.md", text, (path) => there.includes(path))
    expect(missing).toEqual(["src/articles/README.md: push/take.ts"])
  })

  test("a named function that does not exist is missing", () => {
    const sources = new Map([
      ["src/a/one.ts", "export function first() {}"],
      ["src/a/two.ts", "export const second = () => 2"],
    ])
    const text = "| `first()`, `second()` | `one.ts` |\nAnd `second()`, `firs()` in `http/`."
    expect(missingFunctions("src/a/README.md", text, sources)).toEqual([
      "src/a/README.md: second()",
      "src/a/README.md: firs()",
    ])
  })

  test("a command that package.json lacks is unknown", () => {
    const text =
      "Run `npm run bench`, `npm run admin -- publishers`, npm run build. Then npm start, npm test, npm install."
    expect(unknownScripts("README.md", text, ["bench", "admin", "start"])).toEqual([
      "README.md: npm run build",
      "README.md: npm test",
    ])
  })
})
