/** Tests authorization, bodies, publishers and keys in the admin API. */
import { env } from "cloudflare:workers"
import { describe, expect, test } from "vitest"
import { decodeSecret } from "../../src/crypto/standard-webhooks.ts"
import { dump, expectProblem, FORMATS, pointers, publisherOf, wire } from "./administration.ts"
import { admin, article, publisher, push, send } from "./world.ts"

describe("authorization", () => {
  const ROUTES: [method: string, path: string][] = [
    ["GET", "/publishers"],
    ["POST", "/publishers"],
    ["PATCH", "/publishers/one"],
    ["GET", "/publishers/one/keys"],
    ["POST", "/publishers/one/keys"],
    ["DELETE", "/publishers/one/keys/x"],
    ["GET", "/sections"],
    ["POST", "/sections"],
    ["PATCH", "/sections/world"],
    ["POST", "/sections/world/retire"],
    ["POST", "/sections/world/aliases"],
    ["DELETE", "/sections/world/aliases/x"],
    ["GET", "/reclassifications"],
    ["DELETE", "/publishers/one"],
    ["GET", "/removals"],
    ["POST", "/keys/reencrypt"],
    ["GET", "/publishers/one/sources"],
    ["POST", "/publishers/one/sources"],
    ["PATCH", "/publishers/one/sources/x"],
    ["DELETE", "/publishers/one/sources/x"],
    ["POST", "/publishers/one/sources/x/fetch"],
    ["POST", "/publishers/one/preview"],
    ["GET", "/attempts"],
    ["GET", "/attempts/1"],
    ["GET", "/attempts/1/body"],
    ["POST", "/attempts/1/replay"],
    ["POST", "/attempts/replay"],
    ["GET", "/dead-letters"],
    ["POST", "/dead-letters/1/dismiss"],
    ["GET", "/audit"],
    ["GET", "/wire"],
    ["PATCH", "/wire"],
    ["GET", "/nothing/here"],
  ]
  const request = (method: string, path: string, authorization?: string, bindings: Env = env) =>
    send(
      `/admin/api${path}`,
      {
        method,
        ...(authorization !== undefined && { headers: { authorization } }),
        ...(!["GET", "HEAD"].includes(method) && { body: "{}" }),
      },
      bindings,
    )

  test.each(ROUTES)("%s %s requires the token", async (method, path) => {
    const before = await dump()
    const details = new Set<string>()
    const token = env.ADMIN_TOKEN
    for (const authorization of [
      undefined,
      "",
      "Bearer",
      "Bearer ",
      token,
      `Basic ${token}`,
      `Bearer ${token}x`,
      `Bearer ${token.slice(0, -1)}`,
      `Bearer ${token.toUpperCase()}`,
      `Bearer x ${token}`,
      "Bearer undefined",
    ]) {
      const sent = await request(method, path, authorization)
      expectProblem(sent, 401, "unauthorized", /Send the token of an operator, or the ADMIN_TOKEN/)
      expect(sent.headers.get("www-authenticate")).toBe('Bearer realm="admin"')
      expect(sent.text).not.toContain(token)
      details.add(sent.json.detail)
    }
    expect(details.size).toBe(1)
    expect(await dump()).toBe(before)
  })

  test("the name of the scheme is case-insensitive, as in HTTP", async () => {
    expect((await request("GET", "/sections", `bearer ${env.ADMIN_TOKEN}`)).status).toBe(200)
    expect((await request("HEAD", "/sections", `BEARER  ${env.ADMIN_TOKEN}`)).status).toBe(200)
  })

  test("a token of fewer than 32 characters is never accepted, and the answer says what to do", async () => {
    const withToken = (token: unknown) => ({ ...env, ADMIN_TOKEN: token }) as Env
    for (const token of ["", "short", "x".repeat(31), undefined]) {
      for (const authorization of [`Bearer ${token}`, "Bearer ", undefined]) {
        const sent = await request("GET", "/sections", authorization, withToken(token))
        expectProblem(sent, 401, "unauthorized", /admin API is closed: set ADMIN_TOKEN to a secret of 32 characters/)
      }
    }
    const long = "x".repeat(32)
    expect((await request("GET", "/sections", `Bearer ${long}`, withToken(long))).status).toBe(200)
  })

  test("wrong tokens are counted by address, requests with the right token are not", async () => {
    const keys: string[] = []
    const UNAUTHENTICATED_RATE = {
      limit: async ({ key }: { key: string }) => {
        keys.push(key)
        return { success: keys.length <= 2 }
      },
    }
    const bindings = { ...env, UNAUTHENTICATED_RATE } as unknown as Env
    const guess = () =>
      send(
        "/admin/api/sections",
        { headers: { authorization: "Bearer guess", "cf-connecting-ip": "192.0.2.9" } },
        bindings,
      )
    expect([(await guess()).status, (await guess()).status]).toEqual([401, 401])
    const limited = await guess()
    expectProblem(limited, 429, "too_many_requests")
    expect(limited.headers.get("retry-after")).toBe("60")
    expect((await request("GET", "/sections", `Bearer ${env.ADMIN_TOKEN}`, bindings)).status).toBe(200)
    expect(keys).toEqual(["192.0.2.9", "192.0.2.9", "192.0.2.9"])
  })

  test("a parameter that the route does not have is refused before anything is done", async () => {
    for (const [method, path] of [
      ["GET", "/publishers?pubisher=gazette"],
      ["GET", "/wire?limit=5"],
      ["POST", "/publishers?dry_run=1"],
      ["DELETE", "/publishers/nobody?dry_run=1"],
      ["GET", "/audit?publisher=gazette"],
      ["GET", "/attempts?limt=5"],
    ] as const) {
      expectProblem(await admin(method, path), 400, "unknown_parameter", /is not known here/)
    }
    expect((await admin("GET", "/publishers?utm_source=mail")).status).toBe(200)
  })

  test("an unknown path or method is not found if the token is right", async () => {
    expectProblem(await admin("GET", "/section"), 404, "not_found")
    expectProblem(await admin("GET", "/publishers/one/keys/x/y"), 404, "not_found")
    expectProblem(await send("/admin"), 404, "not_found")
  })
})

describe("request bodies", () => {
  const raw = (method: string, path: string, body: string) =>
    send(`/admin/api${path}`, { method, headers: { authorization: `Bearer ${env.ADMIN_TOKEN}` }, body })

  test("that are not JSON are answered 400 at every route that takes one", async () => {
    await publisher("bodied")
    for (const [method, path] of [
      ["POST", "/publishers"],
      ["PATCH", "/publishers/bodied"],
      ["POST", "/publishers/bodied/keys"],
      ["POST", "/sections"],
      ["PATCH", "/sections/world"],
      ["POST", "/sections/world/retire"],
      ["POST", "/sections/world/aliases"],
      ["POST", "/publishers/bodied/sources"],
      ["PATCH", "/publishers/bodied/sources/x"],
      ["POST", "/publishers/bodied/preview"],
      ["POST", "/attempts/replay"],
      ["PATCH", "/wire"],
    ] as const) {
      for (const body of ["", "{", "slug=x", "{'a':1}"])
        expectProblem(await raw(method, path, body), 400, "invalid_json")
      for (const body of ["null", "5", '"x"']) {
        const sent = await raw(method, path, body)
        expectProblem(sent, 422, "invalid_request", /^The body must be an object$/)
        expect(sent.json.errors).toEqual([{ pointer: "", detail: "must be an object" }])
      }
    }
  })

  test("with an icon that pages cannot show", async () => {
    const icons = [
      "http://x.example/i.png",
      "HTTP://x.example/i.png",
      "http://localhost/i.png",
      "ftp://x.example/i.png",
      "//x.example/i.png",
      "data:image/png;base64,AAAA",
      "http:",
      "/i.png",
      "i.png",
      "https:",
      "x.example/i.png",
      "",
    ]
    for (const icon of icons) {
      const sent = await admin("POST", "/sections", { slug: "with-icon", names: { en: "x" }, icon })
      expect([icon, sent.status, [...pointers(sent)]]).toEqual([icon, 422, ["/icon"]])
      expect([icon, sent.json.detail]).toEqual([icon, expect.stringMatching(/must be an https URL/)])
    }
  })

  test("get all their errors at once, with JSON Pointers", async () => {
    const sent = await admin("POST", "/sections", {
      slug: "Not A Slug",
      names: { en: " ", "a/b": "x", "c~d": "y", "": "z" },
      nams: 1,
      icon: "javascript:alert(1)",
      aliases: ["ok", "", 3],
      descriptions: { en: "x".repeat(1001) },
      colour: "red",
    })
    expectProblem(sent, 422, "invalid_request")
    expect([...pointers(sent)].sort()).toEqual(
      [
        ...["/slug", "/names/en", "/names/a~1b", "/names/c~0d", "/names/", "/icon", "/aliases/1", "/aliases/2"],
        ...["/descriptions/en", "/nams", "/colour"],
      ].sort(),
    )
    const details = Object.fromEntries(
      sent.json.errors.map(({ pointer, detail }: Record<string, string>) => [pointer, detail]),
    )
    expect(details["/slug"]).toBe("must be at most 64 lower-case letters, digits and single hyphens")
    expect(details["/nams"]).toBe("is not known here. Did you mean names?")
    expect(details["/colour"]).toBe("is not known here.")
  })

  test("get the error that a member is missing", async () => {
    const errorsOf = async (path: string) => (await admin("POST", path, {})).json.errors
    const missing = (...names: string[]) => names.map((name) => ({ pointer: `/${name}`, detail: "is missing" }))
    expect(await errorsOf("/sections")).toEqual(missing("slug", "names"))
    expect(await errorsOf("/publishers")).toEqual(missing("slug", "name", "home_page_url"))
    expect(await errorsOf("/sections/world/aliases")).toEqual(missing("names"))
    expect(await errorsOf("/publishers/bodied/sources")).toEqual(missing("name", "sender"))
    expect(await errorsOf("/publishers/bodied/preview")).toEqual(missing("body"))
  })

  test.each([
    ["a slug of 65 characters", { slug: "x".repeat(65) }, "/slug"],
    ["a slug with two hyphens", { slug: "a--b" }, "/slug"],
    ["a slug that ends in a hyphen", { slug: "a-" }, "/slug"],
    ["a slug in Arabic", { slug: "عالم" }, "/slug"],
    ["a slug that is a path", { slug: "../admin" }, "/slug"],
    ["no name", { name: "  " }, "/name"],
    ["a long name", { name: "x".repeat(201) }, "/name"],
    ["an invalid address", { home_page_url: "example.org" }, "/home_page_url"],
    ["an ftp address", { home_page_url: "ftp://x.example/" }, "/home_page_url"],
    ["an invalid language", { language: "english please" }, "/language"],
    ["a time zone that is an offset", { time_zone: "+03:00" }, "/time_zone"],
    ["a misspelt time zone", { time_zone: "Asia/Riyad" }, "/time_zone"],
    ["an unknown order of dates", { date_order: "dmy" }, "/date_order"],
    ["an unknown canonical page", { canonical: "both" }, "/canonical"],
    ["an unknown redistribution", { redistribution: "some" }, "/redistribution"],
    ["an origin with a path", { origins: ["https://x.example/path"] }, "/origins/0"],
    ["a state", { state: "disabled" }, "/state"],
    ["a negative silence", { silence_hours: -1 }, "/silence_hours"],
    ["a silence of more than a year", { silence_hours: 8761 }, "/silence_hours"],
    ["a silence in words", { silence_hours: "usual" }, "/silence_hours"],
  ])("that make a publisher with %s are refused", async (_, more, pointer) => {
    const before = await dump()
    const sent = await admin("POST", "/publishers", {
      slug: "refused",
      name: "R",
      home_page_url: "https://r.example/",
      ...more,
    })
    expectProblem(sent, 422, "invalid_request")
    expect(pointers(sent)).toEqual([pointer])
    expect(await dump()).toBe(before)
  })
})

describe("publishers", () => {
  test("are created with all possible members, and listed by slug", async () => {
    const input = {
      slug: "gazette",
      name: "  The Gazette ",
      home_page_url: "https://gazette.example/home",
      description: "Le quotidien du matin",
      icon: "https://gazette.example/logo.png",
      language: "fr-CA",
      time_zone: "America/Toronto",
      date_order: "month-first",
      default_section: "politics",
      redistribution: "summary",
      canonical: "wire",
      opening: "none",
      rights: { license: "https://gazette.example/licence", ai_training: "prohibited" },
      origins: ["https://gazette.example", "https://www.gazette.example/"],
    }
    const created = await admin("POST", "/publishers", input)
    expect(created.status).toBe(201)
    expect(created.json).toEqual({
      ...input,
      name: "The Gazette",
      origins: ["https://gazette.example", "https://www.gazette.example"],
      uid: expect.stringMatching(/^[0-9a-f]{16}$/),
      state: "active",
      silence_hours: null,
      last_message_at: null,
    })
    expect(await publisherOf("gazette")).toEqual(created.json)
    const small = await admin("POST", "/publishers", {
      slug: "a-small",
      name: "A",
      home_page_url: "https://a.example/x",
    })
    expect(small.json).toMatchObject({
      description: null,
      icon: null,
      language: null,
      time_zone: null,
      date_order: null,
      default_section: null,
      redistribution: "full",
      canonical: "origin",
      opening: "added",
      origins: ["https://a.example"],
    })
    const slugs = (await admin("GET", "/publishers")).json.publishers.map(({ slug }: { slug: string }) => slug)
    expect(slugs).toEqual([...slugs].sort())
    for (const format of FORMATS) {
      const { status, text } = await send(`/publishers/gazette/feed.${format}`)
      expect([status, text.includes(input.description), text.includes(input.icon)]).toEqual([200, true, true])
      const both = await send(`/publishers/gazette/feed.${format}?section=politics`)
      expect(both.text).not.toContain(input.description)
    }
    await admin("PATCH", "/publishers/gazette", { description: null, icon: null })
    expect((await send("/publishers/gazette/feed.atom")).text).not.toContain(input.icon)
  })

  test("have unique slugs: a second one is a conflict, also if both come at once", async () => {
    const body = { slug: "bugle", name: "Bugle", home_page_url: "https://bugle.example/" }
    const sent = await Promise.all(Array.from({ length: 5 }, () => admin("POST", "/publishers", body)))
    expect(sent.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409])
    const again = await admin("POST", "/publishers", body)
    expectProblem(again, 409, "conflict", /There is a publisher bugle already/)
    expect(again.json.errors).toEqual([{ pointer: "/slug", detail: "is taken" }])
  })

  test("have ids whose authority the first one fixes permanently", async () => {
    const before = await wire()
    expect(before?.authority).toBe("feeds.example")
    const moved = { ...env, FEEDS_URL: "https://elsewhere.example" } as unknown as Env
    const created = await send(
      "/admin/api/publishers",
      {
        method: "POST",
        headers: { authorization: `Bearer ${env.ADMIN_TOKEN}` },
        body: JSON.stringify({ slug: "later", name: "L", home_page_url: "https://l.example/" }),
      },
      moved,
    )
    expect(created.status).toBe(201)
    const after = await wire()
    expect([after?.authority, after?.authority_year]).toEqual([before?.authority, before?.authority_year])
  })

  test("are changed member by member, and the rest stays", async () => {
    const before = await publisherOf("gazette")
    const change = async (body: object) => {
      const sent = await admin("PATCH", "/publishers/gazette", body)
      expect(sent.status).toBe(200)
      return sent.json
    }
    expect(await change({ name: "Gazette" })).toEqual({ ...before, name: "Gazette" })
    expect(await change({ default_section: null })).toMatchObject({ name: "Gazette", default_section: null })
    expect(await change({ default_section: "sports" })).toMatchObject({ default_section: "sports" })
    expect(await change({ redistribution: "none", state: "disabled", language: "en" })).toMatchObject({
      redistribution: "none",
      state: "disabled",
      language: "en",
    })
    const times = { time_zone: "Asia/Kolkata", date_order: "day-first" }
    expect(await change(times)).toMatchObject({ ...times, language: "en" })
    expect(await change({ date_order: null })).toMatchObject({ ...times, date_order: null })
    const misspelt = await admin("PATCH", "/publishers/gazette", { time_zone: "Asia/Riyad" })
    expect(misspelt.json.errors).toEqual([
      {
        pointer: "/time_zone",
        detail: expect.stringMatching(/^must be a time zone of the IANA database, .*Did you mean Asia\/Riyadh/i),
      },
    ])
    expect(await publisherOf("gazette")).toMatchObject({ uid: before.uid, origins: before.origins, state: "disabled" })
  })

  test("do not change by an empty body", async () => {
    const before = await dump()
    const sent = await admin("PATCH", "/publishers/gazette", {})
    expect([sent.status, sent.json.slug]).toEqual([200, "gazette"])
    expect(await dump()).toBe(before)
  })

  test("keep slug and uid, which cannot be changed as members", async () => {
    const sent = await admin("PATCH", "/publishers/gazette", { slug: "other", uid: "0", nmae: "x", state: "off" })
    expectProblem(sent, 422, "invalid_request")
    expect(pointers(sent).sort()).toEqual(["/nmae", "/slug", "/state", "/uid"])
    expect(sent.text).toContain("Did you mean name?")
  })

  test("are suggested for an unknown name, at every route", async () => {
    const { revision } = (await wire()) ?? {}
    for (const sent of [
      await admin("PATCH", "/publishers/gazete", { name: "x" }),
      await admin("GET", "/publishers/gazete/keys"),
      await admin("POST", "/publishers/gazete/keys", {}),
      await admin("DELETE", "/publishers/gazete/keys/x"),
      await admin("POST", "/sections/world/aliases", { names: ["x"], publisher: "gazete" }),
      await admin("DELETE", "/sections/world/aliases/x?publisher=gazete"),
    ]) {
      expectProblem(sent, 404, "unknown_publisher", /no publisher gazete here\. Did you mean gazette\?/)
    }
    const body = { slug: "homeless", name: "H", home_page_url: "https://h.example/", default_section: "wrold" }
    expectProblem(await admin("POST", "/publishers", body), 404, "unknown_section", /Did you mean world\?/)
    expectProblem(
      await admin("PATCH", "/publishers/gazette", { default_section: "polítics".normalize("NFC").replace("í", "") }),
      404,
      "unknown_section",
      /Did you mean politics\?/,
    )
    expect(await publisherOf("homeless")).toBeUndefined()
    expect((await wire())?.revision).toBe(revision)
  })
})

describe("keys", () => {
  test("are shown once, and encrypted in D1: no table has the secret, in any encoding", async () => {
    await publisher("encrypting")
    const created = await admin("POST", "/publishers/encrypting/keys", {})
    expect(created.status).toBe(201)
    expect(created.json).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      source: "",
      kind: "generated",
      secret: expect.stringMatching(/^whsec_[A-Za-z0-9+/]{43}=$/),
      created_at: expect.stringMatching(/^\d{4}-.*Z$/),
    })
    const { secret, id } = created.json
    expect((await push({ slug: "encrypting", secret }, article())).status).toBe(200)

    const keyList = await admin("GET", "/publishers/encrypting/keys")
    expect(keyList.json.keys).toHaveLength(2)
    expect(keyList.json.keys.find((key: { id: string }) => key.id === id)).toEqual({
      id,
      source: "",
      kind: "generated",
      created_at: created.json.created_at,
      expires_at: null,
      last_used_at: expect.stringMatching(/^\d{4}-.*Z$/),
    })
    const bytes = decodeSecret(secret) ?? new Uint8Array()
    const base64 = secret.slice("whsec_".length)
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")
    const stored = (await dump()) + keyList.text + (await admin("GET", "/publishers")).text
    expect(stored).toContain(id)
    expect(stored).not.toContain("whsec_")
    for (const spelling of [
      base64,
      base64.replaceAll("+", "-").replaceAll("/", "_").replace("=", ""),
      hex,
      btoa(secret),
    ]) {
      expect(stored.toLowerCase()).not.toContain(spelling.toLowerCase())
    }
    const { encrypted } = (await env.DB.prepare("select encrypted from publisher_keys where id = ?")
      .bind(id)
      .first<{ encrypted: string }>()) ?? { encrypted: "" }
    expect(encrypted).toMatch(/^1\.[\w-]{8}\.[\w-]{16}\.[\w-]+$/)
    expect(new Set(keyList.json.keys.map((key: { id: string }) => key.id)).size).toBe(2)
  })

  test.each([-1, 721, "24", null])("with an overlap of %j are refused", async (overlap) => {
    const sent = await admin("POST", "/publishers/encrypting/keys", { overlap_hours: overlap })
    expectProblem(sent, 422, "invalid_request")
    expect(pointers(sent)).toEqual(["/overlap_hours"])
    expect((await admin("GET", "/publishers/encrypting/keys")).json.keys).toHaveLength(2)
  })

  test("with overlaps of 0 to 30 days are created, and the list has the end of the old key", async () => {
    await publisher("overlapping")
    const created = await admin("POST", "/publishers/overlapping/keys", { overlap_hours: 720 })
    const { keys } = (await admin("GET", "/publishers/overlapping/keys")).json
    const old = keys.find(({ id }: { id: string }) => id !== created.json.id)
    expect(Date.parse(old.expires_at) - Date.parse(created.json.created_at)).toBe(720 * 3_600_000)
    await admin("POST", "/publishers/overlapping/keys", { overlap_hours: 0 })
    expect((await admin("GET", "/publishers/overlapping/keys")).json.keys).toHaveLength(1)
  })

  test("are revoked one by one; an unknown one is not found", async () => {
    const [{ id }] = (await admin("GET", "/publishers/overlapping/keys")).json.keys
    expectProblem(await admin("DELETE", `/publishers/encrypting/keys/${id}`), 404, "not_found", /encrypting has no key/)
    const gone = await admin("DELETE", `/publishers/overlapping/keys/${id}`)
    expect([gone.status, gone.text]).toEqual([204, ""])
    expectProblem(await admin("DELETE", `/publishers/overlapping/keys/${id}`), 404, "not_found")
    expect((await admin("GET", "/publishers/overlapping/keys")).json.keys).toEqual([])
  })
})
