/** Tests that a partner of one publisher sees nothing of another publisher at any endpoint. */
import { env } from "cloudflare:workers"
import { beforeAll, describe, expect, test } from "vitest"
import { app } from "../../src/app.ts"
import { HOUR, now, rfc3339, until } from "./clock.ts"
import { type Answer, admin, article, makeWire, publisher, push, rows, section, send, sweep } from "./world.ts"

const closed = { ...env, API_ACCESS: "partners" } as unknown as Env

/** Every text of the herald contains its name, except the address of its site. */
const HERALD = /herald/i
/** Keys of partners: one may see everything, one the gazette only. */
let everything: string
let limited: string
let ids: { gazette: string[]; herald: string[]; withdrawn: string; embargoed: string; shared: string }
let heraldUid: string
until(now)
const { gazette, herald } = await makeWire({
  sections: { world: {}, europe: { parent: "world" } },
  publishers: {
    gazette: { name: "Gazette", default_section: "world" },
    herald: {
      name: "The Herald",
      home_page_url: "https://deux.example/",
      origins: ["https://deux.example"],
      default_section: "europe",
    },
  },
})

beforeAll(async () => {
  everything = await keyOf("everything")
  limited = await keyOf("limited", { publishers: ["gazette"] })

  const content = (words: string) => ({ content_html: `<p>${words} election</p>`, summary: `${words} in short` })
  const link = { url: "https://deux.example/2", title: "What others say" }
  await push(gazette, [
    article({ id: "g1", title: "Vote one", ...content("gazette"), tags: ["election"], _feedwire: { related: [link] } }),
    article({ id: "g2", title: "Vote two", ...content("gazette"), tags: ["election"] }),
    // The herald's article is the canonical duplicate, because it owns the address.
    article({ id: "g3", title: "Vote three", ...content("gazette"), url: "https://deux.example/shared" }),
    // The gazette's article is the canonical duplicate.
    article({ id: "g4", title: "Vote four", ...content("gazette"), url: "https://gazette.example/shared" }),
  ])
  const of = (n: number, more: object = {}) =>
    article({
      id: `herald-${n}`,
      url: `https://deux.example/${n}`,
      title: `Herald ${n}`,
      ...content("herald"),
      tags: ["election", "herald tag"],
      authors: [{ name: "Writer of the Herald" }],
      _feedwire: { sections: ["world"] },
      ...more,
    })
  await push(herald, [
    of(1),
    of(2),
    of(3, { url: "https://deux.example/shared" }),
    of(4, { url: "https://gazette.example/shared" }),
    of(5),
    of(6, { _feedwire: { embargo: rfc3339(now + 9 * HOUR) } }),
  ])
  until(now + 1000)
  await push(herald, { id: "herald-5" }, { type: "article.deleted" })
  // Resolves duplicates and updates the index.
  for (let minute = 0; minute < 3; minute++) {
    until(now + 60_000)
    await sweep()
  }
  const idsOf = async (guids: string) =>
    (await rows(`select id from articles where guid glob ? order by guid`, guids)).map(({ id }) => String(id))
  const [h1 = "", h2 = "", h3 = "", h4 = "", withdrawn = "", embargoed = ""] = await idsOf("herald-*")
  const [g1 = "", g2 = "", g3 = "", g4 = ""] = await idsOf("g[0-9]")
  ids = { gazette: [g1, g2, g3, g4], herald: [h1, h2, h3, h4], withdrawn, embargoed, shared: g4 }
  heraldUid = String((await rows("select uid from publishers where slug = 'herald'"))[0]?.uid)
  for (const span of ["1h", "24h", "7d"]) {
    await env.DB.prepare("insert into most_read (time_window, scope, articles, commit_no) values (?, 'all', ?, 1)")
      .bind(span, JSON.stringify([h1, g1, h2, g2].map((id, i) => ({ id, views: 90 - i }))))
      .run()
  }
})

async function keyOf(slug: string, more: object = {}): Promise<string> {
  await admin("POST", "/partners", { slug, name: slug, ...more })
  return (await admin("POST", `/partners/${slug}/keys`, {})).json.secret
}
const ask = (path: string, secret: string) => send(path, { headers: { authorization: `Bearer ${secret}` } }, closed)

/** An answer and all answers that it links to. */
async function walk(path: string, secret: string): Promise<Answer[]> {
  const pages: Answer[] = []
  for (let next: string | undefined = path; next !== undefined && pages.length < 40; ) {
    const sent: Answer = await ask(next, secret)
    pages.push(sent)
    const { pathname, search } = new URL(sent.json?.next ?? "https://feeds.example/")
    next = sent.json?.next === undefined || sent.json.more === false ? undefined : pathname + search
  }
  return pages
}

/** What no answer may contain: words, uid and ids. */
const leaks = (text: string): string[] =>
  [
    ...(HERALD.exec(text) ?? []),
    ...[heraldUid, ...ids.herald, ids.withdrawn, ids.embargoed].filter((mark) => text.includes(mark)),
  ].map(String)

interface Endpoint {
  paths: () => string[]
  /** Whether the answer shows the herald to a partner that may see it. */
  shows: boolean
}

const of = (shows: boolean, paths: () => string[]): Endpoint => ({ paths, shows })

const ENDPOINTS: Record<string, Endpoint> = {
  "/v1/articles": of(true, () => [
    "/v1/articles",
    "/v1/articles?limit=1",
    "/v1/articles?section=world",
    "/v1/articles?section=world&limit=2",
    "/v1/articles?tag=election",
    "/v1/articles?lang=en&not=europe",
    "/v1/articles?format=ninjs",
    "/v1/articles?fields=title,publisher,duplicates",
    `/v1/articles?updated_since=${rfc3339(Date.UTC(2020, 1, 1))}`,
    `/v1/articles?updated_since=${rfc3339(Date.UTC(2020, 1, 1))}&limit=1`,
    "/v1/articles?q=election",
    "/v1/articles?q=election&limit=1",
    "/v1/articles?q=elect*&section=world",
  ]),
  "/v1/articles/:id": of(true, () => ids.gazette.map((id) => `/v1/articles/${id}`)),
  "/v1/articles/:id/related": of(true, () => ids.gazette.map((id) => `/v1/articles/${id}/related`)),
  "/v1/front": of(true, () => [
    "/v1/front",
    "/v1/front?unique=1&limit=1",
    "/v1/front?sections=world,europe&lang=en&limit=3",
  ]),
  "/v1/most-read": of(true, () => ["/v1/most-read", "/v1/most-read?window=7d&limit=1", "/v1/most-read?lang=en"]),
  "/v1/changes": of(true, () => ["/v1/changes", "/v1/changes?limit=1"]),
  "/v1/snapshot": of(true, () => ["/v1/snapshot"]),
  "/v1/publishers": of(true, () => ["/v1/publishers"]),
  "/v1/tags": of(true, () => ["/v1/tags", "/v1/tags?limit=1"]),
  // Sections belong to no publisher.
  "/v1/sections": of(false, () => ["/v1/sections"]),
}

test("every endpoint is in the table", () => {
  const routes = app.routes.filter(({ method, path }) => method === "GET" && path.startsWith("/v1/"))
  expect([...new Set(routes.map(({ path }) => path))].sort()).toEqual(Object.keys(ENDPOINTS).sort())
})

describe.each(Object.entries(ENDPOINTS))("%s", (_, { paths, shows }) => {
  test("shows nothing of a publisher that the partner may not see", async () => {
    for (const path of paths()) {
      for (const sent of await walk(path, limited)) {
        expect([path, sent.status]).toEqual([path, 200])
        expect([path, leaks(sent.text)]).toEqual([path, []])
        expect([path, sent.headers.get("cache-control")]).toEqual([path, "private, no-store"])
        for (const [name, value] of sent.headers) expect([path, name, leaks(value)]).toEqual([path, name, []])
      }
    }
  })

  test(shows ? "shows it to one who may" : "is the same for all", async () => {
    const found = await Promise.all(
      paths().map(async (path) => (await walk(path, everything)).some(({ text }) => leaks(text).length > 0)),
    )
    expect(found.includes(true)).toBe(shows)
  })
})

const titles = (sent: Answer): string[] => sent.json.articles.map(({ title }: { title: string }) => title)

test("the partner sees everything of its publisher, also articles that are suppressed elsewhere", async () => {
  const mine = ["Vote four", "Vote one", "Vote three", "Vote two"]
  expect((await walk("/v1/articles?limit=1", limited)).flatMap(titles).sort()).toEqual(mine)
  const changes = (await walk("/v1/changes?limit=2", limited)).flatMap(({ json }) => json.changes)
  const articles = changes.filter(({ article }) => article).map(({ article }) => article.title)
  expect(articles.sort()).toEqual(mine)
  const publishers = (await ask("/v1/publishers", limited)).json.publishers
  expect(publishers.map(({ slug }: { slug: string }) => slug)).toEqual(["gazette"])
})

test("a partner of several publishers sees a hidden one's duplicate only in mirrors, as suppressed", async () => {
  await publisher("third")
  const several = await keyOf("several", { publishers: ["gazette", "third"] })
  expect(titles(await ask("/v1/articles", several)).sort()).toEqual(["Vote four", "Vote one", "Vote two"])
  const changes = (await walk("/v1/changes", several)).flatMap(({ json }) => json.changes)
  const suppressed = changes.filter(({ article }) => article?.suppressed).map(({ article }) => article.title)
  expect(suppressed).toEqual(["Vote three"])
})

test("a hidden article has the answer of an unknown one", async () => {
  const never = "f".repeat(32)
  const unlike = (sent: Answer) => ({
    ...sent.json,
    request_id: "",
    detail: sent.json.detail.replaceAll(/[0-9a-f]{32}/g, "…"),
  })
  for (const suffix of ["", "/related"]) {
    const unknown = await ask(`/v1/articles/${never}${suffix}`, limited)
    expect([suffix, unknown.status]).toEqual([suffix, 404])
    for (const id of [...ids.herald, ids.withdrawn, ids.embargoed]) {
      const hidden = await ask(`/v1/articles/${id}${suffix}`, limited)
      expect([suffix, unlike(hidden)]).toEqual([suffix, unlike(unknown)])
    }
    // A partner that may see the herald learns that they exist or existed.
    const statuses = [...ids.herald, ids.withdrawn, ids.embargoed].map(
      async (id) => (await ask(`/v1/articles/${id}${suffix}`, everything)).status,
    )
    expect([suffix, await Promise.all(statuses)]).toEqual([suffix, [200, 200, 200, 200, 410, 404]])
  }
})

test("a hidden publisher has the answer of an unknown one, and is never suggested", async () => {
  for (const [misspelt, path] of [
    ["harald", "/v1/articles?publisher=harald"],
    ["heral", "/v1/articles?publisher=heral&q=election"],
    ["heralds", "/v1/articles?publisher=heralds&updated_since=2020-01-01"],
  ] as const) {
    const [mine, theirs] = [await ask(path, limited), await ask(path, everything)]
    expect([path, mine.status, leaks(mine.text.replaceAll(misspelt, "…"))]).toEqual([path, 400, []])
    expect([path, theirs.status, theirs.json.detail]).toEqual([
      path,
      400,
      expect.stringContaining("Did you mean herald?"),
    ])
  }
  const codeOf = async (path: string) => {
    const sent = await ask(path, limited)
    return [sent.status, sent.json.code, sent.json.detail.replaceAll(/herald|nobody/g, "…")]
  }
  for (const rest of ["", "&section=world", "&q=election"]) {
    expect(await codeOf(`/v1/articles?publisher=herald${rest}`)).toEqual(
      await codeOf(`/v1/articles?publisher=nobody${rest}`),
    )
  }
})

test("another spelling of a tag does not redirect, because that would tell that an article has the tag", async () => {
  const listOf = async (tag: string, secret: string) => {
    const sent = await ask(`/v1/articles?tag=${encodeURIComponent(tag)}`, secret)
    return sent.status === 200 ? titles(sent).sort() : sent.status
  }
  expect([await listOf("HERALD tag", limited), await listOf("nobody's tag", limited)]).toEqual([[], []])
  expect([await listOf("Élection", limited), await listOf("HERALD tag", everything)]).toEqual([
    ["Vote one", "Vote two"],
    301,
  ])
  // The spelling may come from an article that the limited partner may not see.
  expect((await admin("PATCH", "/tags/election", { name: "Élection" })).status).toBe(200)
  const spellings = async (secret: string) =>
    (await ask("/v1/tags?prefix=elec", secret)).json.tags.map(({ name }: { name: string }) => name)
  expect([await spellings(limited), await spellings(everything)]).toEqual([["election"], ["Élection"]])
})

test("a limit of 30 publishers works with the largest selection", async () => {
  const many = Array.from({ length: 29 }, (_, i) => `many-${i}`)
  for (const slug of many) await publisher(slug)
  const sections = Array.from({ length: 20 }, (_, i) => `section-${i}`)
  for (const slug of sections) await section(slug)
  const broad = await keyOf("broad", { publishers: ["gazette", ...many] })
  const list = (names: string[]) => names.join(",")
  const parameters = [
    `section=${list(["world", ...sections.slice(0, 9)])}`,
    `not=${list(sections.slice(10))}`,
    `publisher=${list(["gazette", ...many.slice(0, 9)])}`,
    `lang=${list(["en", "ar", "fr", "de", "es", "it", "pt", "tr", "fa", "ur"])}`,
    ...["election", ...Array.from({ length: 9 }, (_, i) => `tag-${i}`)].map((tag) => `tag=${tag}`),
    "since=2020-01-01",
    "until=2030-01-01",
  ]
  const all = `/v1/articles?${parameters.join("&")}&limit=100`
  for (const path of [all, `${all}&updated_since=2020-01-01`, `${all}&q=election`]) {
    const sent = await ask(path, broad)
    expect([path, sent.status, leaks(sent.text)]).toEqual([path, 200, []])
    expect([path, titles(sent).sort()]).toEqual([path, ["Vote one", "Vote two"]])
  }
  const languages = parameters[3]
  for (const path of [
    "/v1/articles?limit=100",
    `/v1/front?sections=${list(["world", ...sections.slice(0, 9)])}&${languages}&unique=1&limit=20`,
    `/v1/most-read?section=world&${languages}&limit=50`,
    `/v1/articles/${ids.gazette[0]}/related?${languages}&limit=20`,
    "/v1/changes?limit=100",
    "/v1/snapshot",
    "/v1/publishers",
    "/v1/tags?limit=100",
  ]) {
    const sent = await ask(path, broad)
    expect([path, sent.status, leaks(sent.text)]).toEqual([path, 200, []])
  }
})

test("the partner gets no commit numbers, because they count messages of all publishers", async () => {
  for (const [secret, shown] of [
    [limited, false],
    [everything, true],
  ] as const) {
    const [list, one, ninjs, changes] = await Promise.all(
      ["", `/${ids.shared}`, "?format=ninjs"]
        .map((rest) => `/v1/articles${rest}`)
        .concat("/v1/changes")
        .map((path) => ask(path, secret)),
    )
    const snapshot = (await ask("/v1/snapshot", secret)).text.trim().split("\n")
    const changedIds = [...(changes?.json.changes ?? []), ...snapshot.map((line) => JSON.parse(line))]
    const articles = [one?.json, list?.json.articles[0], ninjs?.json.articles[0]]
    const mirrored = changedIds.flatMap(({ article }) => article ?? [])
    for (const each of [...articles, ...mirrored]) expect("version" in each).toBe(shown)
    for (const each of changedIds.filter(({ id }) => id !== undefined)) expect("commit" in each).toBe(shown)
    expect([mirrored.length > 2, changedIds.some(({ deleted_at }) => deleted_at)]).toEqual([true, false])
  }
  const only = await ask("/v1/articles?fields=version,title&limit=1", limited)
  expect(Object.keys(only.json.articles[0])).toEqual(["title"])
})

test("headers state only the rights of publishers that the partner may see", async () => {
  await admin("PATCH", "/publishers/gazette", { rights: { ai_training: "allowed" } })
  await admin("PATCH", "/publishers/herald", { rights: { ai_training: "prohibited", ai_use: "prohibited" } })
  const usageOf = async (path: string, secret: string) => (await ask(path, secret)).headers.get("content-usage")
  for (const path of ["/v1/articles", "/v1/articles?section=world", "/v1/changes", "/v1/front"]) {
    expect([path, await usageOf(path, limited)]).toEqual([path, "train-ai=y"])
    expect([path, await usageOf(path, everything)]).toEqual([path, "train-ai=n, ai-use=n"])
  }
})

test("the removal of a hidden publisher is not announced to the partner", async () => {
  const { cursor } = (await ask("/v1/changes?cursor=latest", limited)).json
  const theirs = (await ask("/v1/changes?cursor=latest", everything)).json.cursor
  await push(herald, article({ id: "herald-7", title: "Herald 7", _feedwire: { sections: ["world"] } }))
  expect((await admin("DELETE", "/publishers/herald")).status).toBe(202)
  for (const sent of await walk(`/v1/changes?cursor=${cursor}`, limited)) {
    expect([sent.status, leaks(sent.text)]).toEqual([200, []])
    // Only its own articles changed, which are no longer suppressed.
    const changedIds = sent.json.changes.map(({ id }: { id: string }) => id.slice(-32))
    expect(changedIds.filter((id: string) => !ids.gazette.includes(id))).toEqual([])
  }
  const changedIds = (await walk(`/v1/changes?cursor=${theirs}`, everything)).flatMap(({ json }) => json.changes)
  expect(changedIds.map(({ reason }) => reason)).toContain("publisher_removed")
  const codeOf = async (slug: string) => (await ask(`/v1/articles?publisher=${slug}`, limited)).json.code
  expect(await codeOf("herald")).toBe(await codeOf("nobody"))
})
