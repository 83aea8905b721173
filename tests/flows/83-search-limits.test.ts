/** Tests that articles and queries with a repeated word do not exceed the database's memory. */
import { env } from "cloudflare:workers"
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest"
import { MAX_OCCURRENCES } from "../../src/articles/search/indexer.ts"
import { type Answer, article, makeWire, push, send, sweep } from "./world.ts"

const ask = (q: string, bindings: Env = env, more = ""): Promise<Answer> =>
  send(`/v1/articles?q=${encodeURIComponent(q)}${more}`, {}, bindings)
const titlesFor = async (q: string): Promise<string[]> => {
  const sent = await ask(q)
  expect([q, sent.status, sent.text.slice(0, 300)]).toEqual([q, 200, expect.anything()])
  return sent.json.articles.map(({ title }: { title: string }) => title)
}

/** Joins as many terms as fit into a query. */
function fitting(terms: string[]): string {
  const fit: string[] = []
  for (const term of terms) {
    if ([...fit, term].join(" ").length <= 200 && fit.length < 20) fit.push(term)
  }
  return fit.join(" ")
}
const times = <T>(count: number, make: (no: number) => T): T[] => Array.from({ length: count }, (_, no) => make(no))
const letters = "abcdefghijklmnopqrstuvwxyz"
/** Returns a different word for each number. Each word begins with "common". */
const common = (no: number): string =>
  `common${letters[no % 26]}${letters[Math.floor(no / 26) % 26]}${letters[Math.floor(no / 676) % 26]}`

const Q = fitting(times(20, () => "qq"))
/** Phrases that repeat one word, each longer than the phrase before it. */
const PHRASES = fitting(times(20, (no) => `"${times(no + 1, () => "q").join(" ")}"`))
const { one } = await makeWire({ sections: { world: {} }, publishers: { one: { default_section: "world" } } })
beforeAll(async () => {
  const texts: [title: string, text: string][] = [
    ["Eighty thousand", "qq ".repeat(80_000)],
    ["One letter", "q ".repeat(125_000)],
    ["Arabic", "أحمد احمد ".repeat(10_000)],
    ["Common", times(17_000, common).join(" ")],
    ["Ideographs", "東京".repeat(40_000)],
    ["Late", `first of alpha ${"of ".repeat(MAX_OCCURRENCES)} omega of hague`],
  ]
  for (const [title, text] of texts) {
    const sent = await push(one, [article({ title, content_html: `<p>${text}</p>` })])
    expect([title, sent.json.results?.[0]?.outcome]).toEqual([title, "created"])
  }
  await sweep()
}, 240_000)

afterEach(() => void vi.restoreAllMocks())

describe("equal terms in a query", () => {
  test.each([
    ["a word, repeated", Q, "qq"],
    ["a word and a phrase of it", 'qq "qq" «qq» QQ', "qq"],
    ["a prefix", "qq* QQ* qq**", "qq*"],
    ["Arabic spellings of a word", "أحمد احمد إحمد آحمد أَحمد احـمد والاحمد", "احمد"],
    ["words in a row, with a hyphen or as a phrase", '"of alpha" of-alpha', "of-alpha"],
    ["an excluded term", `q ${times(30, () => "-x").join(" ")}`, "q -x"],
  ])("%s", async (_, q, expected) => {
    expect(await titlesFor(q)).toEqual(await titlesFor(expected))
  })

  test("count once, and twenty-one different terms are too many", async () => {
    expect((await ask(fitting(times(66, () => "qq")))).status).toBe(200)
    expect((await ask(times(66, () => "qq").join(" "))).status).toBe(200)
    expect((await ask(times(21, (no) => `w${no}`).join(" "))).status).toBe(400)
  })
})

describe("an article that repeats a word", () => {
  test.each([
    [Q, "Eighty thousand"],
    [PHRASES, "One letter"],
    [fitting(times(9, (no) => `"${"東京".repeat(no + 1)}"`)), "Ideographs"],
    [fitting(times(20, (no) => times(no + 1, () => "q").join("-"))), "One letter"],
    ["common* commona* commonab* co* com*", "Common"],
    ["احمد أحمد* اح* احم*", "Arabic"],
    [`q ${fitting(times(9, (no) => `-"${times(no + 2, () => "zz").join(" ")}"`))}`, "One letter"],
  ])("is found: %s", async (q, title) => {
    expect(await titlesFor(q)).toContain(title)
  })

  test("has the first thousand occurrences of a word indexed, and no phrase spans words without index", async () => {
    expect(await titlesFor("hague")).toEqual(["Late"])
    expect(await titlesFor('"of alpha"')).toEqual(["Late"])
    // After its thousandth occurrence a word is not found in phrases, and the words around it are not adjacent.
    expect(await titlesFor('"of hague"')).toEqual([])
    expect(await titlesFor('"of omega"')).toEqual([])
    expect(await titlesFor('"omega hague"')).toEqual([])
  })

  test("is found by its title, even if its body repeats a word of it", async () => {
    const title = "Thousandword of headline"
    await push(one, [article({ title, content_html: `<p>${"thousandword ".repeat(2 * MAX_OCCURRENCES)}</p>` })])
    await sweep()
    expect(await titlesFor('"thousandword of headline"')).toEqual([title])
  })
})

test.each([
  fitting(times(20, (no) => `${letters[no % 26]}${letters[(no + 1) % 26]}*`)),
  "aa* bb* cc* dd* ee*",
  'qq "',
  '"'.repeat(200),
  '""""qq"" "qq',
  "(".repeat(200),
  "qq OR q NOT qq NEAR(qq q, 5) AND",
  "NEAR NEAR NEAR NOT NOT OR OR AND",
  "title:qq body:q {title body}: qq ^qq + qq",
  "q".repeat(200),
  "q".repeat(201),
  `${"x-".repeat(99)}x`,
  "﷽ ".repeat(60),
  "ﷺ ".repeat(100),
  "東京".repeat(51),
  "-qq ".repeat(50),
  // Each of these words has the most forms that a word has.
  fitting(times(20, (no) => `قرار${"ابتثجحخدذرزسشصضطظعغف"[no]}ات`)),
  fitting(times(20, (no) => `qq${letters[no]}alsies`)),
])("causes a 200 or a 400, never a server error: %s", async (q) => {
  expect([200, 400]).toContain((await ask(q)).status)
})

describe("a search that the database refuses", () => {
  /** The same database with a changed statement for a search. */
  const changed = (change: (statement: string) => string): Env => {
    const prepare = (statement: string) => env.DB.prepare(statement.includes("bm25") ? change(statement) : statement)
    const batch = (all: D1PreparedStatement[]) => env.DB.batch(all)
    return { ...env, DB: { prepare, batch } as unknown as D1Database }
  }
  const MATCH = "search match v.own_match"

  test.each([
    ["an unterminated phrase", (s: string) => s.replace(MATCH, `search match '"' || v.own_match`)],
    ["an invalid expression", (s: string) => s.replace(MATCH, "search match 'AND ' || v.own_match")],
    [
      "parentheses that are nested too deeply",
      (s: string) => s.replace(MATCH, `search match '${"(".repeat(300)}' || v.own_match`),
    ],
    ["too many parts", (s: string) => s.replace(MATCH, `search match '${"q NOT ".repeat(300)}' || v.own_match`)],
    [
      "a pattern that is too complex",
      (s: string) => s.replace(MATCH, `'x' like '${"%x".repeat(30_000)}' and ${MATCH}`),
    ],
  ])("is a 400 that names q: %s", async (_, change) => {
    const logged = vi.spyOn(console, "error").mockImplementation(() => {})
    const sent = await ask("secretword", changed(change))
    expect([sent.status, sent.json.code, sent.json.errors]).toEqual([
      400,
      "invalid_parameter",
      [{ parameter: "q", detail: expect.stringContaining("search for fewer words") }],
    ])
    const [line] = logged.mock.calls.map(([text]) => JSON.parse(text as string))
    expect(line).toMatchObject({
      level: "error",
      event: "search_refused",
      error: expect.stringContaining("SQLITE_ERROR"),
    })
    expect(JSON.stringify(line)).not.toContain("secretword")
  })

  test("names every parameter if together they are too complex", async () => {
    vi.spyOn(console, "error").mockImplementation(() => {})
    const bindings = changed((s) => s.replace(MATCH, `search match '${"q NOT ".repeat(300)}' || v.own_match`))
    const sent = await ask("qq", bindings, "&section=world&tag=a&tag=b&limit=3")
    expect([sent.status, sent.json.errors]).toEqual([
      400,
      [
        { parameter: "q", detail: expect.stringMatching(/together with section, tag: search for fewer words/) },
        { parameter: "section", detail: "is too complex for the database together with q, tag: give fewer values" },
        { parameter: "tag", detail: "is too complex for the database together with q, section: give fewer values" },
      ],
    ])
  })

  test("names only q if q cannot be parsed, whatever the other parameters are", async () => {
    vi.spyOn(console, "error").mockImplementation(() => {})
    const bindings = changed((s) => s.replace(MATCH, "search match 'AND ' || v.own_match"))
    const sent = await ask("qq", bindings, "&section=world&tag=a")
    expect([sent.status, sent.json.errors.map(({ parameter }: { parameter: string }) => parameter)]).toEqual([
      400,
      ["q"],
    ])
  })

  test("is a 503 if memory runs out", async () => {
    const logged = vi.spyOn(console, "error").mockImplementation(() => {})
    // This adds many more occurrences than an article may have, as in an index without a limit.
    await env.DB.batch(
      times(4, (no) =>
        env.DB.prepare("insert into search (rowid, body, scopes) values (?, ?, '')").bind(no + 1, "q ".repeat(500_000)),
      ),
    )
    const sent = await ask(PHRASES)
    expect([sent.status, sent.json.code, sent.json.detail]).toEqual([
      503,
      "storage_unavailable",
      expect.stringContaining("too little memory or time for this search"),
    ])
    expect(sent.headers.get("retry-after")).toBe("30")
    expect(logged.mock.calls.flat().join()).toContain("SQLITE_NOMEM")
    await env.DB.prepare("delete from search where rowid < 5").run()
    expect((await ask(PHRASES)).status).toBe(200)
  })

  test("is a 503 if the table does not exist, because that is no fault of the client", async () => {
    vi.spyOn(console, "error").mockImplementation(() => {})
    const sent = await ask(
      "qq",
      changed((s) => s.replaceAll("from search", "from search_gone")),
    )
    expect([sent.status, sent.json.code]).toEqual([503, "storage_unavailable"])
  })
})
