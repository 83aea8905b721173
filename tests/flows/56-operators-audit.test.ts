/** Tests removed and disabled publishers, and the audit of all changes, in the admin API. */
import { env } from "cloudflare:workers"
import { beforeAll, describe, expect, test } from "vitest"
import {
  ask,
  base64,
  codes,
  daily,
  done,
  entries,
  lastEntry,
  makeSources,
  pointers,
  secrets,
  tables,
  testNoSecretIsShown,
} from "./operators.ts"
import { article, type Publisher, publisher, push, send } from "./world.ts"

beforeAll(makeSources)

describe("the removal of a publisher", () => {
  let gone: Publisher

  test("withdraws its articles and shows its progress; a second request gets the same answer", async () => {
    gone = await publisher("gone", { silence_hours: 3 })
    secrets.add(gone.secret)
    expect((await push(gone, [article({ id: "g1" }), article({ id: "g2" })])).status).toBe(200)
    const removed = await ask("DELETE", "/publishers/gone")
    const removal = {
      ...{ publisher: "gone", total: 2, processed: 2 },
      ...{ started_at: expect.stringMatching(/Z$/), finished_at: expect.stringMatching(/Z$/) },
    }
    expect([removed.status, removed.json]).toEqual([202, { removal }])
    expect(await lastEntry()).toMatchObject({ action: "publisher.remove", subject: "publishers/gone" })
    const before = (await entries()).length
    const again = await Promise.all([ask("DELETE", "/publishers/gone"), ask("DELETE", "/publishers/gone")])
    for (const answer of again) expect([answer.status, answer.json]).toEqual([202, removed.json])
    expect((await entries()).length).toBe(before)
    expect((await done("GET", "/removals")).removals).toEqual([removal])
    expect((await send("/publishers/gone/feed.json")).status).toBe(410)
    expect(codes(await ask("DELETE", "/publishers/nobody"))).toEqual([404, "unknown_publisher"])
  })

  test("is visible to its systems only after a valid signature", async () => {
    expect((await push(gone, article())).status).toBe(410)
    expect((await push({ ...gone, secret: daily.secret }, article())).status).toBe(401)
  })

  test("keeps its slug and its row, and nothing of it can be changed any more", async () => {
    const { publishers } = await done("GET", "/publishers")
    expect(publishers.find(({ slug }: Publisher) => slug === "gone")).toMatchObject({
      state: "removed",
      silence_hours: 3,
    })
    expect((await done("GET", "/publishers/gone/keys")).keys).toHaveLength(1)
    const { keys } = await done("GET", "/publishers/gone/keys")
    const before = await tables()
    const created = await ask("POST", "/publishers", { slug: "gone", name: "G", home_page_url: "https://g.example/" })
    expect([...codes(created), pointers(created)]).toEqual([409, "conflict", ["/slug"]])
    for (const [method, path, body] of [
      ["PATCH", "/publishers/gone", { state: "active" }],
      ["POST", "/publishers/gone/keys", {}],
      ["DELETE", `/publishers/gone/keys/${keys[0].id}`, undefined],
      ["POST", "/publishers/gone/sources", { name: "x", sender: "github" }],
      ["PATCH", "/publishers/gone/sources/x", {}],
      ["DELETE", "/publishers/gone/sources/x", undefined],
      ["POST", "/publishers/gone/sources/x/fetch", undefined],
      ["POST", "/publishers/gone/preview", { body: "" }],
      ["POST", "/attempts/replay", { publisher: "gone" }],
      ["POST", "/sections/world/aliases", { names: ["x"], publisher: "gone" }],
    ] as const) {
      expect([path, ...codes(await ask(method, path, body))]).toEqual([path, 410, "publisher_removed"])
    }
    expect(await tables()).toEqual(before)
  })

  test("of many articles continues in the sweep, with separate progress for each publisher", async () => {
    const many = await publisher("many")
    secrets.add(many.secret)
    for (let batch = 0; batch < 6; batch++) {
      const items = Array.from({ length: 100 }, (_, i) => article({ id: `m${batch}-${i}` }, 3))
      expect((await push(many, items)).status).toBe(200)
    }
    const { removal } = await done("DELETE", "/publishers/many")
    expect(removal).toMatchObject({ publisher: "many", total: 600, processed: 500, finished_at: null })
    const [first] = (await done("GET", "/removals")).removals
    expect(first).toEqual(removal)
    expect((await done("DELETE", "/publishers/many")).removal).toMatchObject({
      processed: 600,
      finished_at: expect.any(String),
    })
  })
})

describe("a disabled publisher", () => {
  test("is listed as disabled, a preview says so, and its feeds are not fetched", async () => {
    const changed = await done("PATCH", "/publishers/daily", { state: "disabled", silence_hours: 0.5 })
    expect(changed).toMatchObject({ state: "disabled", silence_hours: 0.5 })
    expect(await lastEntry()).toMatchObject({
      action: "publisher.change",
      detail: { before: { state: "active" }, after: { state: "disabled", silence_hours: 0.5 } },
    })
    const { warnings } = await done("POST", "/publishers/daily/preview", { body: base64('{"id":1}'), sender: "github" })
    expect(warnings).toEqual([expect.stringMatching(/daily is disabled/)])
    expect(codes(await ask("POST", "/publishers/daily/sources/blog/fetch"))).toEqual([403, "publisher_disabled"])
    expect(
      (await done("PATCH", "/publishers/daily", { state: "active", silence_hours: null })).silence_hours,
    ).toBeNull()
  })
})

describe("the audit", () => {
  test("has a row for every change, also of names, and none for refused requests and reads", async () => {
    const before = (await entries()).length
    await done("POST", "/sections", { slug: "arts", names: { en: "Arts" } })
    await done("PATCH", "/sections/arts", { names: { en: "The Arts" } })
    await done("PATCH", "/sections/arts", {})
    await done("POST", "/sections/arts/aliases", { names: ["Culture"], publisher: "daily" })
    await done("DELETE", "/sections/arts/aliases/Culture?publisher=daily")
    await done("POST", "/sections/arts/retire", { into: "world" })
    await done("PATCH", "/wire", { duplicate_policy: "show" })
    await done("POST", "/publishers", { slug: "weekly", name: "W", home_page_url: "https://w.example/" })
    expect((await ask("POST", "/sections", { slug: "world", names: { en: "W" } })).status).toBe(409)
    expect((await ask("DELETE", "/sections/world/aliases/nothing")).status).toBe(404)
    const added = (await entries()).slice(0, -before).reverse()
    expect(added.map(({ action, subject, detail }) => [action, subject, detail])).toEqual([
      ["section.create", "sections/arts", { names: { en: "Arts" } }],
      [
        "section.change",
        "sections/arts",
        { before: { names: expect.any(Object) }, after: { names: { en: "The Arts" } } },
      ],
      ["alias.add", "sections/arts", { names: ["Culture"], publisher: "daily" }],
      ["alias.remove", "sections/arts", { name: "Culture", publisher: "daily" }],
      ["section.retire", "sections/arts", { into: "world", before: { retired: false }, after: { retired: true } }],
      ["wire.change", "wire", { before: { duplicate_policy: "suppress" }, after: { duplicate_policy: "show" } }],
      ["publisher.create", "publishers/weekly", { name: "W", home_page_url: "https://w.example/" }],
    ])
    for (const { id, at } of added) {
      expect(id).toEqual(expect.any(Number))
      expect(Date.parse(String(at))).toBeGreaterThan(Date.now() - 60_000)
    }
  })

  test("is read in pages, newest first", async () => {
    const all = await entries()
    const pagedEntries: unknown[] = []
    let next: number | undefined
    do {
      const page = await done("GET", `/audit?limit=7${next === undefined ? "" : `&before=${next}`}`)
      pagedEntries.push(...page.entries)
      next = page.next
    } while (next !== undefined)
    expect(pagedEntries.slice(0, all.length)).toEqual(all)
    expect(codes(await ask("GET", "/audit?limit=x"))).toEqual([400, "invalid_parameter"])
    expect(codes(await ask("GET", "/audit?publisher=daily"))).toEqual([400, "unknown_parameter"])
  })

  test("cannot be changed by anyone", async () => {
    const before = await entries()
    for (const statement of [
      "update audit set action = 'x'",
      "update audit set detail = '{}' where id = 1",
      "delete from audit",
      "delete from audit where id = 1",
      "insert or replace into audit (id, at, actor, action, subject, detail) values (1, 0, 'a', 'x', 'y', '{}')",
    ]) {
      await expect(env.DB.prepare(statement).run()).rejects.toThrow(/append-only/)
    }
    expect(await entries()).toEqual(before)
  })

  test("has no entry for a request that changes nothing, and the wire has no commit for it", async () => {
    await done("POST", "/partners", { slug: "equal", name: "Equal", publishers: ["daily"] })
    const get = async (path: string) => (await ask("GET", path)).json
    const { publishers } = await get("/publishers")
    const { uid, state, last_message_at, ...members } = publishers.find(
      ({ slug }: { slug: string }) => slug === "daily",
    )
    const { sections } = await get("/sections")
    const { slug: section, names, parent, icon, descriptions } = sections[0]
    const { pending_duplicates, ...wire } = await get("/wire")
    const { sources } = await get("/publishers/daily/sources")
    const { mapping, scheme, trusted, feed_url } = sources.find(({ name }: { name: string }) => name === "shop")
    const aliases = { names: ["Equal A", "Equal B"] }
    const ofDaily = { names: ["Equal A"], publisher: "daily" }
    for (const body of [aliases, ofDaily]) await done("POST", `/sections/${section}/aliases`, body)
    const before = await tables()
    for (const body of [aliases, ofDaily, { names: ["equal a", "Equal A"] }])
      expect((await ask("POST", `/sections/${section}/aliases`, body)).status).toBe(200)
    for (const [path, body] of [
      ["/publishers/daily", { ...members, slug: undefined, language: members.language ?? undefined, rights: {} }],
      ["/publishers/daily", { name: members.name, rights: null }],
      [`/sections/${section}`, { slug: section, names, parent, icon, descriptions }],
      ["/wire", wire],
      ["/wire", { duplicate_policy: wire.duplicate_policy, footer: null, colors: {} }],
      ["/partners/equal", { name: "Equal", contact: null, publishers: ["daily", "daily"] }],
      ["/publishers/daily/sources/shop", { mapping, scheme, trusted, feed_url }],
    ] as const) {
      const { status, json } = await ask("PATCH", path, body)
      expect([path, status, json.errors]).toEqual([path, 200, undefined])
    }
    expect(await tables()).toEqual(before)
  })

  test("fails together with its change", async () => {
    await env.DB.prepare(
      "create trigger no_audit before insert on audit begin select raise(abort, 'D1_ full'); end",
    ).run()
    try {
      const without = async () => ({ ...(await tables()), attempts: [], publisher_activity: [] })
      const before = await without()
      for (const [method, path, body] of [
        ["POST", "/publishers", { slug: "unwritten", name: "U", home_page_url: "https://u.example/" }],
        ["PATCH", "/publishers/daily", { name: "Other" }],
        ["DELETE", "/publishers/daily", undefined],
        ["POST", "/publishers/daily/keys", {}],
        ["POST", "/publishers/daily/sources", { name: "unwritten", sender: "github" }],
        ["PATCH", "/publishers/daily/sources/shop", { mapping: { id: "/unwritten" } }],
        ["DELETE", "/publishers/daily/sources/shop", undefined],
        ["POST", "/publishers/daily/sources/blog/fetch", undefined],
        ["POST", "/attempts/1/replay", undefined],
        ["POST", "/attempts/replay", { dead_letters: false }],
        ["POST", "/sections", { slug: "unwritten", names: { en: "U" } }],
        ["PATCH", "/wire", { name: "Unwritten" }],
      ] as const) {
        expect([path, (await ask(method, path, body)).status]).toEqual([path, 503])
      }
      expect(await without()).toEqual(before)
    } finally {
      await env.DB.prepare("drop trigger no_audit").run()
    }
  })
})

testNoSecretIsShown()
