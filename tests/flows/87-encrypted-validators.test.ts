/** What a partner that may see one publisher only can read from validators and cursors: nothing of what others publish. */
import { env } from "cloudflare:workers"
import { beforeAll, beforeEach, describe, expect, test } from "vitest"
import { sha256 } from "../../src/http/digest.ts"
import { decodeBase64Url } from "../../src/http/seal.ts"
import { encodeBase64 } from "../../src/http/signature.ts"
import { HOUR, now, rfc3339, until, wait } from "./clock.ts"
import {
  admin,
  article,
  counted,
  migrate,
  type Publisher,
  publisher,
  push,
  rows,
  type Sent,
  section,
  send,
  sweep,
} from "./world.ts"

type Bindings = Env & { MASTER_KEY_PREVIOUS?: string }
const closed = { ...env, API_ACCESS: "partners" } as Bindings

let gazette: Publisher
let herald: Publisher
/** Keys of partners: two that may see the gazette only, one that may see another one too, one that may see everything. */
let limited: string
let alike: string
let broader: string
let everything: string
let own: string[]
let foreign: string[]
let epoch: string
const first = 99_900

beforeAll(async () => {
  until(now)
  await migrate()
  await section("world")
  // Numbers of commits that stand for nothing else.
  await env.DB.prepare(
    `insert into commits (no, at, scopes) with recursive n(i) as (select coalesce(max(no), 0) + 1 from commits
      union all select i + 1 from n where i < ?) select i, ?, '[]' from n`,
  )
    .bind(first, now)
    .run()
  gazette = await publisher("gazette", { default_section: "world" })
  herald = await publisher("herald", { default_section: "world" })
  await publisher("third")
  limited = await keyOf("limited", { publishers: ["gazette"] })
  alike = await keyOf("alike", { publishers: ["gazette"] })
  broader = await keyOf("broader", { publishers: ["gazette", "third"] })
  everything = await keyOf("everything")
  for (let n = 0; n < 4; n++) {
    await push(gazette, article({ title: `Gazette election ${n}`, tags: ["ours", "common"] }, 10))
    await push(herald, article({ title: `Herald election ${n}`, tags: ["common", `hidden-${n}`] }, 10))
  }
  for (let minute = 0; minute < 2; minute++) {
    wait(60_000)
    await sweep()
  }
  const idsOf = async (slug: string) =>
    (await rows("select id from articles where publisher_uid = (select uid from publishers where slug = ?)", slug)).map(
      ({ id }) => String(id),
    )
  own = await idsOf("gazette")
  foreign = await idsOf("herald")
  epoch = String((await rows("select epoch from wire"))[0]?.epoch)
})

// What was remembered of the test before is remembered no longer.
beforeEach(() => wait(HOUR))

async function keyOf(slug: string, more: object = {}): Promise<string> {
  await admin("POST", "/partners", { slug, name: slug, ...more })
  return (await admin("POST", `/partners/${slug}/keys`, {})).json.secret
}
const ask = (path: string, secret: string, headers = {}, bindings: Bindings = closed) =>
  send(path, { headers: { authorization: `Bearer ${secret}`, ...headers } }, bindings)
const etagOf = (sent: Sent): string => sent.headers.get("etag") ?? ""
const cursorOf = (sent: Sent): string => sent.json.cursor
const holding = (sent: Sent) => ({ "if-none-match": etagOf(sent) })
const decoded = (text: string): string =>
  (text.match(/[\w-]{16,}/g) ?? []).map((run) => String.fromCharCode(...(decodeBase64Url(run) ?? []))).join(" ")

const CHANGED = `/v1/articles?updated_since=${rfc3339(now - HOUR)}`
const PATHS = () => [
  "/v1/articles?limit=1",
  "/v1/articles?section=world&limit=1",
  `${CHANGED}&limit=1`,
  "/v1/articles?q=election",
  "/v1/articles?q=election&limit=1",
  "/v1/articles?format=ninjs&limit=1",
  `/v1/articles/${own[0]}`,
  `/v1/articles/${own[0]}/related`,
  "/v1/front",
  "/v1/most-read",
  "/v1/sections",
  "/v1/publishers",
  "/v1/tags?limit=1",
  "/v1/changes",
  "/v1/changes?limit=1",
  "/v1/changes?cursor=latest",
]
/** Those of which a page has a cursor. */
const PAGED = ["/v1/articles?limit=1", `${CHANGED}&limit=1`, "/v1/articles?q=election&limit=1", "/v1/tags?limit=1"]
const MIRRORED = ["/v1/changes", "/v1/changes?limit=1", "/v1/changes?cursor=latest"]

/** What stands in an answer of the wire's state, encoded or not: numbers of commits, the epoch, halves of others' ids. */
async function told(sent: Sent): Promise<string[]> {
  const head = Number((await rows("select max(no) no from commits"))[0]?.no)
  const headers = [...sent.headers].map(([name, value]) => `${name}: ${value}`).join("\n")
  const plain = `${headers}\n${sent.text}`
  const text = `${plain}\n${decoded(decodeURIComponent(plain.replaceAll("%", "%25")))}`
  const numbers = (text.match(/(?<![0-9a-z.-])\d{5,6}(?![0-9a-z])/gi) ?? []).filter(
    (no) => Number(no) >= first && Number(no) <= head,
  )
  const marks = [epoch, ...foreign.flatMap((id) => [id.slice(0, 16), id.slice(16)]), "hidden"]
  return [...new Set([...numbers, ...marks.filter((mark) => text.includes(mark))])]
}

test("no header and no member of an answer tells a number of a commit, the epoch, or half an id of another publisher's", async () => {
  for (const path of [...PATHS(), "/v1/snapshot"]) {
    let next: string | undefined = path
    for (let page = 0; next !== undefined && page < 30; page++) {
      const sent: Sent = await ask(next, limited)
      expect([next, sent.status]).toEqual([next, 200])
      expect([next, await told(sent)]).toEqual([next, []])
      expect([next, sent.headers.get("last-modified")]).toEqual([next, null])
      if (sent.headers.has("etag")) {
        const same = await ask(next, limited, holding(sent))
        expect([next, same.status, etagOf(same), await told(same)]).toEqual([next, 304, etagOf(sent), []])
        expect([next, same.headers.get("last-modified")]).toEqual([next, null])
      }
      const url: URL | undefined = sent.json?.next && new URL(sent.json.next)
      expect([next, sent.headers.get("link")]).toEqual([next, url ? `<${url}>; rel="next"` : null])
      next = url && sent.json.more !== false ? url.pathname + url.search : undefined
    }
  }
  // The eye is sharp: to one who may see everything, each of these is told.
  const seen = await Promise.all(PATHS().map(async (path) => told(await ask(path, everything))))
  for (const [at, path] of PATHS().entries()) expect([path, seen[at]?.includes(epoch)]).toEqual([path, true])
})

test("partners of one audience are told the same, those of another something else", async () => {
  for (const path of PATHS()) {
    const [mine, theirs, others] = [await ask(path, limited), await ask(path, alike), await ask(path, broader)]
    expect([path, etagOf(theirs), theirs.text]).toEqual([path, etagOf(mine), mine.text])
    expect([path, etagOf(others) === etagOf(mine)]).toEqual([path, false])
    expect((await ask(path, alike, holding(mine))).status).toBe(304)
    expect((await ask(path, broader, holding(mine))).status).toBe(200)
    expect((await ask(path, everything, holding(mine))).status).toBe(200)
  }
  for (const path of [...PAGED, ...MIRRORED]) {
    const [mine, others] = [await ask(path, limited), await ask(path, broader)]
    expect(cursorOf(mine)).toMatch(/^e\.[\w-]+$/)
    expect([path, cursorOf(others) === cursorOf(mine)]).toEqual([path, false])
  }
})

test("the same state is the same tag, whenever it is asked for; another publisher's article shows in no length", async () => {
  const path = "/v1/articles?q=election&limit=2"
  const measured = new Set<string>()
  const marks = new Set<string>()
  // From 99,9… to 100,0…
  for (let no = 0; no < first; ) {
    const [sent, idle] = [await ask(path, limited), await ask("/v1/changes?cursor=latest", limited)]
    const later = await ask(path, alike)
    expect([etagOf(later), later.text]).toEqual([etagOf(sent), sent.text])
    measured.add([etagOf(sent), cursorOf(sent), etagOf(idle), cursorOf(idle)].map(({ length }) => length).join())
    marks.add(etagOf(idle))
    const missing = 100_002 - Number((await rows("select max(no) no from commits"))[0]?.no)
    if (missing < 0) break
    no += 1
    await push(herald, article({ title: "Herald", tags: ["hidden"] }, 5))
    wait(2000)
  }
  expect(marks.size).toBeGreaterThan(50)
  expect([...measured]).toHaveLength(1)
})

describe("what comes back and does not open", () => {
  const gone = (sent: Sent, start: string) =>
    expect([sent.status, sent.json.code, sent.json.start_url]).toEqual([410, "foreign_cursor", start])
  const at = (path: string, cursor: string) => {
    const url = new URL(path, "https://feeds.example")
    url.searchParams.set("cursor", cursor)
    return url.pathname + url.search
  }
  /** Where each endpoint tells to begin anew. */
  const starts = (path: string): string => {
    const url = new URL(path, "https://feeds.example")
    url.searchParams.delete("cursor")
    url.searchParams.sort()
    return path.startsWith("/v1/changes") ? "https://feeds.example/v1/snapshot" : url.href
  }

  test("a cursor that was changed, cut, made up, or given to others", async () => {
    for (const path of [...PAGED, ...MIRRORED]) {
      const cursor = cursorOf(await ask(path, limited))
      expect((await ask(at(path, cursor), limited)).status).toBe(200)
      const changed = [2, 10, 60, cursor.length - 10].map(
        (place) => cursor.slice(0, place) + (cursor[place] === "A" ? "B" : "A") + cursor.slice(place + 1),
      )
      const cut = [cursor.length - 1, cursor.length - 30, 40, 3].map((length) => cursor.slice(0, length))
      const others = [cursorOf(await ask(path, broader)), cursorOf(await ask(path, everything))]
      for (const bad of [...changed, ...cut, ...others, `${cursor}AAAA`, "e.", "e.!", `e.${"A".repeat(9000)}`]) {
        gone(await ask(at(path, bad), limited), starts(path))
      }
      for (const secret of [broader, everything]) gone(await ask(at(path, cursor), secret), starts(path))
      gone(await send(at(path, cursor), {}, env), starts(path))
      for (const none of ["nonsense", "a.b", "x".repeat(300)]) {
        const sent = await ask(at(path, none), limited)
        expect([sent.status, sent.json.code]).toEqual([400, "invalid_parameter"])
        expect(sent.json.errors).toEqual([{ parameter: "cursor", detail: expect.stringContaining("is no cursor of") }])
      }
    }
  })

  test("a cursor of another endpoint; one of a snapshot goes on at changes", async () => {
    const paths = ["/v1/articles?limit=1", "/v1/tags?limit=1", "/v1/changes?limit=1"]
    for (const from of paths) {
      const cursor = cursorOf(await ask(from, limited))
      for (const path of paths) {
        const sent = await ask(at(path, cursor), limited)
        if (path === from) expect(sent.status).toBe(200)
        else gone(sent, starts(path))
      }
    }
    const lines = (await ask("/v1/snapshot", limited)).text.trim().split("\n")
    const { cursor } = JSON.parse(lines.at(-1) ?? "")
    expect((await ask(`/v1/changes?cursor=${cursor}`, limited)).json).toMatchObject({ changes: [], more: false })
    const other = await ask(at(`${CHANGED}&limit=1`, cursorOf(await ask("/v1/articles?limit=1", limited))), limited)
    expect([other.status, other.json.errors[0].detail]).toEqual([
      400,
      expect.stringContaining("is one of another list"),
    ])
  })

  test("is said after everything else that is wrong", async () => {
    const sent = await ask(at("/v1/articles?limit=0&titel=x", "e.AAAA"), limited)
    expect([sent.status, sent.json.errors.map(({ parameter }: { parameter: string }) => parameter)]).toEqual([
      400,
      ["titel", "limit"],
    ])
  })

  test("a tag: it is as none at all, and one that was guessed is told right by nothing", async () => {
    const path = "/v1/sections"
    const sent = await ask(path, limited)
    const tag = etagOf(sent)
    const statuses = async (value: string) => (await ask(path, limited, { "if-none-match": value })).status
    expect(await statuses(tag)).toBe(304)
    expect(await statuses(`W/${tag}`)).toBe(304)
    expect(await statuses(`"other", ${tag.replace("e.", "e.A")}, ${tag}`)).toBe(304)
    expect(await statuses("*")).toBe(304)
    expect(await statuses(etagOf(await ask("/v1/publishers", limited)))).toBe(200)
    for (const bad of [`${tag.slice(0, -2)}"`, '"e."', '"*"', "", '"e.AAAA"', `"e.${"A".repeat(200)}"`]) {
      expect([bad, await statuses(bad)]).toEqual([bad, 200])
    }
    // What the tag stands for, as it was before it was encrypted.
    const plain = etagOf(await ask(path, everything)).replace(/-all"$/, `-${await audienceOf()}"`)
    expect(plain).toMatch(/-[0-9a-f]{32}"$/)
    expect(await statuses(plain)).toBe(200)
    expect((await ask(path, limited, { "if-modified-since": new Date(now + HOUR).toUTCString() })).status).toBe(200)
  })

  const audienceOf = async () => {
    const uid = String((await rows("select uid from publishers where slug = 'gazette'"))[0]?.uid)
    return (await sha256(uid)).slice(0, 32)
  }

  test("what was given before rights changed", async () => {
    const secret = await keyOf("changing", { publishers: ["gazette"] })
    for (const publishers of [null, ["gazette"], ["gazette", "third"]]) {
      const held = await Promise.all(
        [...PAGED, ...MIRRORED].map(async (path) => [path, await ask(path, secret)] as const),
      )
      expect((await admin("PATCH", "/partners/changing", { publishers })).status).toBe(200)
      for (const [path, sent] of held) {
        expect((await ask(path, secret, holding(sent))).status).toBe(200)
        gone(await ask(at(path, cursorOf(sent)), secret), starts(path))
      }
    }
  })
})

describe("another master key", () => {
  const next = { ...closed, MASTER_KEY: encodeBase64(new Uint8Array(32).fill(9)) }

  test("opens what the one before it encrypted, while that is MASTER_KEY_PREVIOUS", async () => {
    for (const path of [...PAGED, ...MIRRORED]) {
      wait(HOUR)
      const old = await ask(path, limited)
      const both = { ...next, MASTER_KEY_PREVIOUS: env.MASTER_KEY }
      const url = `${path}${path.includes("?") ? "&" : "?"}cursor=${cursorOf(old)}`.replace("cursor=latest&", "")
      const went = await ask(url, limited, {}, both)
      expect([path, went.status]).toEqual([path, 200])
      // What is held has cursors of the old key: it goes on under its old tag, and ends with the key.
      const same = await ask(path, limited, holding(old), both)
      expect([path, same.status, etagOf(same)]).toEqual([path, 304, etagOf(old)])
      const fresh = await ask(path, limited, {}, both)
      expect([path, etagOf(fresh) === etagOf(old), cursorOf(fresh) === cursorOf(old)]).toEqual([path, false, false])
      expect((await ask(path, limited, holding(fresh), both)).status).toBe(304)
      // The old key is gone.
      for (const bindings of [next, { ...next, MASTER_KEY_PREVIOUS: "" }]) {
        expect((await ask(path, limited, holding(old), bindings)).status).toBe(200)
        expect((await ask(url, limited, {}, bindings)).json.code).toBe("foreign_cursor")
        const again = await ask(path, limited, {}, bindings)
        expect([path, again.text]).toEqual([path, fresh.text])
        expect((await ask(path, limited, holding(again), bindings)).status).toBe(304)
      }
    }
  })
})

test("a 304 costs a partner of some publishers as many rows as one of all: one a scope", async () => {
  const { bindings, trips } = counted(closed)
  for (const path of PATHS()) {
    const costs: number[][] = []
    for (const secret of [limited, everything]) {
      const sent = await ask(path, secret)
      wait(2000)
      // Who it is, is a trip of its own.
      await ask("/v1/nothing", secret, {}, bindings)
      trips.length = 0
      const same = await ask(path, secret, holding(sent), bindings)
      expect([path, same.status, trips.length]).toEqual([path, 304, 1])
      costs.push([trips[0]?.rowsRead ?? 0])
    }
    expect([path, costs[0]?.[0]]).toEqual([path, expect.toSatisfy((read: number) => read <= (costs[1]?.[0] ?? 0) + 4)])
  }
})
