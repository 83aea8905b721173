/** Tests that each feed URL has one canonical form, to which every other spelling redirects. */

import { describe, expect, test } from "vitest"
import { type FeedAddress, feedPath, type ParsedAddress, parseAddress } from "../../../src/feeds/address.ts"
import { Problem } from "../../../src/http/problem.ts"
import { foldName } from "../../../src/text/fold-name.ts"
import * as fc from "../../fast-check.ts"

const ORIGIN = "https://feeds.example"
/** At most two redirects: to the spelling, and to a name that differs in lower case. */
const HOPS = 3

const parse = (path: string): ParsedAddress => parseAddress(new URL(ORIGIN + path))

/** Follows redirects as a client does, which resolves Location, including dot segments. */
function settle(path: string): { address: FeedAddress; url: URL; hops: number } {
  let url = new URL(ORIGIN + path)
  for (let hops = 0; hops <= HOPS; hops++) {
    const parsed = parseAddress(url)
    if (!parsed) throw new Error(`${path} leads to ${url}, which is no feed`)
    if ("address" in parsed) return { address: parsed.address, url, hops }
    url = new URL(parsed.redirectTo, url)
  }
  throw new Error(`${path} is still redirected after ${HOPS} hops, to ${url}`)
}

function problemOf(path: string): { code: string; parameter: unknown; detail: string } {
  try {
    settle(path)
  } catch (error) {
    if (error instanceof Problem) {
      const [first] = error.errors as { parameter?: string }[]
      return { code: error.code, parameter: first?.parameter, detail: error.message }
    }
    throw error
  }
  throw new Error(`${path} is no problem`)
}

describe("the canonical form", () => {
  test.each([
    ["/feed.rss?section=world", "/sections/world/feed.rss"],
    ["/feed.atom?lang=AR-eg", "/languages/ar-eg/feed.atom"],
    ["/feed.json?publisher=one&limit=50&content=full", "/publishers/one/feed.json"],
    ["/feed.rss?section=b,a", "/feed.rss?section=a,b"],
    ["/feed.rss?section=b&section=a", "/feed.rss?section=a,b"],
    ["/feed.rss?section=a%2Cb", "/feed.rss?section=a,b"],
    ["/feed.rss?section=a,a", "/sections/a/feed.rss"],
    ["/feed.rss?section=%20a%20,+b+", "/feed.rss?section=a,b"],
    ["/feed.rss?tag=b&section=a", "/feed.rss?section=a&tag=b"],
    ["/feed.rss?tag=b&tag=A&tag=B", "/feed.rss?tag=A&tag=B"],
    ["/feed.rss?tag=c%2B%2B", "/feed.rss?tag=c%2B%2B"],
    ["/feed.rss?tag=a,b", "/feed.rss?tag=a,b"],
    ["/feed.rss?tag=a%2Cb", "/feed.rss?tag=a,b"],
    ["/feed.rss?author=%20Jane++Doe", "/feed.rss?author=Jane%20Doe"],
    ["/feed.rss?author=O'Hara", "/feed.rss?author=O%27Hara"],
    ["/feed.rss?tag=%D8%A8%D9%8A%D8%B1%D9%88%D8%AA", "/feed.rss?tag=%D8%A8%D9%8A%D8%B1%D9%88%D8%AA"],
    ["/feed.rss?tag=%E2%80%8F%D8%B1%D9%8A%D9%80%D8%A7%D8%B6%D8%A9", "/feed.rss?tag=%D8%B1%D9%8A%D8%A7%D8%B6%D8%A9"],
    ["/feed.rss?tag=أسعار&tag=اسعار&tag=a", "/feed.rss?tag=a&tag=%D8%A3%D8%B3%D8%B9%D8%A7%D8%B1"],
    ["/feed.rss?tag=بيروت", "/feed.rss?tag=%D8%A8%D9%8A%D8%B1%D9%88%D8%AA"],
    ["/feed.rss?limit=020", "/feed.rss?limit=20"],
    ["/feed.rss?content=SUMMARY", "/feed.rss?content=summary"],
    ["/sections/world/feed.rss?content=summary&limit=50", "/sections/world/feed.rss?content=summary"],
    ["/sections/world/feed.rss?section=world", "/sections/world/feed.rss"],
    ["/sections/world/feed.rss?section=arts", "/feed.rss?section=arts,world"],
    ["/sections/world/feed.rss?not=europe", "/feed.rss?not=europe&section=world"],
    ["/sections/world/archives/3/feed.atom?utm_source=x", "/sections/world/archives/3/feed.atom"],
    ["/Archives/3/Feed.Atom?content=summary", "/archives/3/feed.atom?content=summary"],
  ])("of %s is %s", (spelling, canonical) => {
    const { url, hops } = settle(spelling)
    expect(url.pathname + url.search).toBe(canonical)
    expect(hops).toBeLessThanOrEqual(1)
  })

  test("has sorted values of one list of alternatives, each once", () => {
    const { address } = settle(
      "/feed.json?section=b,a&section=B&tag=z&tag=%20Y%20%20y&lang=en,ar&author=J&not=d,c&publisher=p",
    )
    expect(address).toEqual({
      selection: {
        section: ["a", "b"],
        not: ["c", "d"],
        publisher: ["p"],
        lang: ["ar", "en"],
        tag: ["Y y", "z"],
        author: ["J"],
      },
      part: { kind: "subscription" },
      format: "json",
      limit: 50,
      content: "full",
    })
  })
})

describe("invalid values", () => {
  test.each([
    ["/feed.rss?limit=0", "invalid_parameter", "limit", /1 to 100/],
    ["/feed.rss?limit=101", "invalid_parameter", "limit", /1 to 100/],
    ["/feed.rss?limit=-1", "invalid_parameter", "limit", /1 to 100/],
    ["/feed.rss?limit=7.5", "invalid_parameter", "limit", /1 to 100/],
    ["/feed.rss?limit=1e1", "invalid_parameter", "limit", /1 to 100/],
    ["/feed.rss?limit=٧", "invalid_parameter", "limit", /1 to 100/],
    ["/feed.rss?limit=", "invalid_parameter", "limit", /empty/],
    ["/feed.rss?limit=5&limit=5", "invalid_parameter", "limit", /once/],
    ["/feed.rss?content=sumary", "invalid_parameter", "content", /Did you mean summary\?/],
    ["/feed.rss?content=full&content=summary", "invalid_parameter", "content", /once/],
    ["/feed.rss?lang=arabic", "invalid_parameter", "lang", /BCP 47/],
    ["/feed.rss?lang=ar_EG", "invalid_parameter", "lang", /BCP 47/],
    ["/feed.rss?lang=ar,,en", "invalid_parameter", "lang", /empty/],
    ["/feed.rss?tag=%20", "invalid_parameter", "tag", /empty/],
    [`/feed.rss?tag=${"x".repeat(101)}`, "invalid_parameter", "tag", /1 to 100 characters/],
    [`/feed.rss?author=${"x".repeat(201)}`, "invalid_parameter", "author", /1 to 200 characters/],
    ["/feed.rss?section=a,b,c,d,e,f,g,h,i,j,k", "invalid_parameter", "section", /10 values/],
    ["/feed.rss?section=a,b&not=b", "invalid_parameter", "not", /excludes b/],
    ["/feed.rss?after=a&after=b", "invalid_parameter", "after", /once/],
    ["/archives/1/feed.rss?after=a", "invalid_parameter", "after", /archive/],
    ["/archives/1/feed.rss?limit=20", "invalid_parameter", "archives", /no archives/],
    ["/sections/a/archives/1/feed.rss?tag=b", "invalid_parameter", "archives", /no archives/],
    ["/feed.rss?sections=a", "unknown_parameter", "sections", /Did you mean section\?/],
    ["/feed.rss?Section=a", "unknown_parameter", "Section", /Did you mean section\?/],
    ["/feed.rss?language=ar", "unknown_parameter", "language", /lang/],
    ["/feed.rss?exclude=a", "unknown_parameter", "exclude", /not known here\.$/],
  ])("%s: %s of %s", (path, code, parameter, detail) => {
    expect(problemOf(path)).toEqual({ code, parameter, detail: expect.stringMatching(detail) })
  })

  test.each([
    "/archives/0/feed.atom",
    "/archives/01/feed.atom",
    "/archives/-1/feed.atom",
    "/archives/1.5/feed.atom",
    "/archives/feed.atom",
    "/tags/x/feed.rss",
    "/sections/a/b/feed.rss",
    "/feed.xml",
    "/sections/%E0%A4%A/feed.rss",
  ])("%s is not a feed", (path) => {
    expect(parse(path)).toBeUndefined()
  })

  // A dot segment would make the URL of another feed.
  test.each(["..", ".", "a b", "a/b", "a%2Fb", "wor_ld", "ä", "x".repeat(65), "0".repeat(2000), "a?b", "a#b"])(
    "%j is not a slug, and is refused before a lookup",
    (name) => {
      for (const parameter of ["section", "not", "publisher"]) {
        expect(problemOf(`/feed.rss?${parameter}=${encodeURIComponent(name)}`)).toEqual({
          code: "invalid_parameter",
          parameter,
          detail: expect.stringContaining("must be lower-case letters, digits and hyphens"),
        })
      }
    },
  )

  test("all errors are listed at once", () => {
    const { code, detail } = problemOf("/feed.rss?sektion=a&limit=0&lang=arabic")
    expect(code).toBe("invalid_parameter")
    expect(detail).toMatch(/sektion is not known here.*lang "arabic" must be.*limit "0" must be/)
  })

  test("a path with such a name is not found", () => {
    expect(parse(`/sections/${"0".repeat(201)}/feed.rss`)).toBeUndefined()
  })
})

/** Letters that normalisation changes, and characters with a meaning in URLs, JSON or SQL. */
const awkward = fc.constantFrom(
  ...["A", "b", "é", "É", "ß", "İ", "ｆ", "ﬁ", "Σ", "ب", "لا", "ـ", "\u200f", "\u0301", "\u030c", "J", "T", "\u0308"],
  ...[" ", "  ", "\t", "\u00a0", ",", "+", "'", '"', "`", "&", "=", "%", "%2C", "%41", "#", "?", "/", "\\", ";", ":"],
  ...["(", ")", "*", "!", "~", "$", "{", "}", "[", "]", "|", "^", "<", ">", "@", ".", "-", "_", "0", "😀", "\u0000"],
)
const name = fc
  .array(awkward, { minLength: 1, maxLength: 8 })
  .map((characters) => characters.join(""))
  .filter((text) => foldName(text) !== "")
const slug = fc.constantFrom("world", "World", "EUROPE", "arts", "a", "a-b", "x1", " sports ")
const language = fc.constantFrom("ar", "AR", "en", "fr-CA", "ar-EG", "zh-Hant-TW", " en")

/** A way to write a value in a query: as it is, with other percent encodings, or with + for spaces. */
const encoded = (value: string) =>
  fc.constantFrom(
    encodeURIComponent(value),
    encodeURIComponent(value).replaceAll("%20", "+"),
    encodeURIComponent(value).replaceAll("%2C", ","),
    encodeURIComponent(value).replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
    encodeURIComponent(value).replace(/%..|./g, (c) =>
      c.length > 1 ? c : `%${c.charCodeAt(0).toString(16).padStart(2, "0")}`,
    ),
  )
const lists = (parameter: string, value: fc.Arbitrary<string>) =>
  fc
    .array(value, { minLength: 1, maxLength: 4 })
    .chain((values) => encoded(values.join(",")))
    .map((text) => `${parameter}=${text}`)
const single = (parameter: string, value: fc.Arbitrary<string>) =>
  value.chain(encoded).map((text) => `${parameter}=${text}`)

const query = fc
  .tuple(
    fc.array(
      fc.oneof(
        lists("section", slug),
        lists("publisher", slug),
        lists("lang", language),
        lists("not", fc.constantFrom("football", "Chess", "go")),
        single("tag", name),
        single("author", name),
        fc.constantFrom("utm_source=x", "fbclid", ""),
      ),
      { maxLength: 5 },
    ),
    fc.subarray(["limit=7", "content=Summary", "after=MS5hYmM"]),
  )
  .chain(([values, once]) => fc.shuffledSubarray([...values, ...once], { minLength: values.length + once.length }))
  .map((parameters) => parameters.join("&"))
const path = fc.constantFrom(
  "/feed.rss",
  "/FEED.Json",
  "//feed.atom/",
  "/sections/World/feed.rss",
  "/languages/AR/feed.json",
)

test("every spelling redirects to one URL, which is canonical", () => {
  fc.assert(
    fc.property(path, query, (folder, text) => {
      const { address, url } = settle(`${folder}?${text}`)
      expect(parse(url.pathname + url.search)).toEqual({ address })
      // The feed's own links have this URL.
      const selfUrl = new URL(ORIGIN + feedPath(address))
      expect(selfUrl.pathname + selfUrl.search).toBe(url.pathname + url.search)
    }),
    { numRuns: 300 },
  )
})

test("the order of parameters and of their values makes no difference", () => {
  const shuffled = query.chain((text) =>
    fc.tuple(
      fc.constant(text),
      fc.shuffledSubarray(text.split("&"), { minLength: text.split("&").length }).map((all) => all.join("&")),
    ),
  )
  fc.assert(
    fc.property(shuffled, ([one, other]) => {
      expect(settle(`/feed.rss?${one}`).url.href).toBe(settle(`/feed.rss?${other}`).url.href)
    }),
    { numRuns: 100 },
  )
})

test("one redirect is enough, because a 301 has the final address", () => {
  fc.assert(
    fc.property(path, query, (folder, text) => {
      expect(settle(`${folder}?${text}`).hops).toBeLessThanOrEqual(1)
    }),
    { numRuns: 200 },
  )
})

test("every address has a URL that is parsed to the same address", () => {
  const sorted = (values: fc.Arbitrary<string>) => fc.uniqueArray(values, { maxLength: 3 }).map((list) => list.sort())
  const plain = fc.constantFrom("a", "b-c", "d1")
  const words = fc.constantFrom("budget", "c++", "o'hara", "a,b", "بيروت", "rock & roll", "100%", "a=b", '"q"', "#x")
  const addresses = fc.record<FeedAddress>({
    selection: fc.record({
      section: sorted(plain),
      not: sorted(fc.constantFrom("x", "y")),
      publisher: sorted(plain),
      lang: sorted(fc.constantFrom("ar", "en", "fr-ca")),
      tag: sorted(words),
      author: sorted(words),
    }),
    part: fc.oneof(
      fc.constant({ kind: "subscription" as const }),
      fc.stringMatching(/^[\w-]{1,40}$/).map((after) => ({ kind: "page" as const, after })),
    ),
    format: fc.constantFrom("rss" as const, "atom" as const, "json" as const),
    limit: fc.integer({ min: 1, max: 100 }),
    content: fc.constantFrom("full" as const, "summary" as const),
  })
  fc.assert(
    fc.property(addresses, (address) => {
      expect(parse(feedPath(address))).toEqual({ address })
    }),
    { numRuns: 200 },
  )
})
