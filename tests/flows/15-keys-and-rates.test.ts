/** Tests keys, secrets of other systems, and the limit of bytes that a publisher may send in a day. */
import { env } from "cloudflare:workers"
import { describe, expect, test } from "vitest"
import { createDbClient } from "../../src/db/client.ts"
import { addKey, masterKeys } from "../../src/push/auth/keys.ts"
import { DAY, HOUR, now, rfc3339, until } from "./clock.ts"
import { bearer, message, one, prepareKeys, two } from "./deliveries.ts"
import {
  type Answer,
  admin,
  article,
  hmacHex,
  type Publisher,
  post,
  postDocument,
  publisher,
  push,
  pushRaw,
  type SignedSource,
  send,
  signedSource,
} from "./world.ts"

prepareKeys()

const MIB = 1024 * 1024

const keyOf = async (slug: string, more: object = {}): Promise<Publisher & { id: string }> => {
  const { status, text, json } = await admin("POST", `/publishers/${slug}/keys`, more)
  if (status !== 201) throw new Error(text)
  return { slug, secret: json.secret, id: json.id }
}

const keysOf = async (slug: string) => (await admin("GET", `/publishers/${slug}/keys`)).json.keys

/** A request as Ghost sends it for this event. */
async function ghost(slug: string, secret: string, event = "post.published"): Promise<Answer> {
  const post = { id: crypto.randomUUID(), title: "Of Ghost", html: "<p>x</p>", visibility: "public" }
  const current =
    event === "post.deleted" ? {} : { ...post, status: event === "post.unpublished" ? "draft" : "published" }
  const previous = event === "post.deleted" ? post : {}
  const body = JSON.stringify({ post: { current, previous } })
  const headers = { "x-ghost-signature": `sha256=${await hmacHex(secret, `${body}${now}`)}, t=${now}` }
  return send(`/push/${slug}/ghost/${event}`, { method: "POST", headers, body })
}

describe("keys", () => {
  const works = async (key: Publisher) => (await push(key, article())).status === 200

  test.each([
    [0, 0],
    [1, HOUR],
    [24, DAY],
    [720, 30 * DAY],
  ])("with an overlap of %d h end to the millisecond", async (hours, ms) => {
    const slug = `overlap-${hours}`
    const old = await publisher(slug)
    until(now + 1)
    const began = now
    const young = await keyOf(slug, { overlap_hours: hours })
    if (ms > 0) {
      until(began + ms - 1)
      expect([await works(old), await works(young)]).toEqual([true, true])
    }
    until(began + ms)
    expect([await works(old), await works(young)]).toEqual([false, true])
  })

  test("have no overlap longer than 30 days, or negative", async () => {
    for (const overlap_hours of [721, -1]) {
      expect((await admin("POST", "/publishers/one/keys", { overlap_hours })).status).toBe(422)
    }
  })

  test("are at most two for each source, and a new one ends none of another source", async () => {
    const slug = "per-source"
    const all = await publisher(slug)
    const cms = await signedSource(all, "cms")
    const by = (secret: string) => post({ ...cms, secret }, JSON.stringify({ id: crypto.randomUUID(), title: "T" }))
    until(now + 1)
    const second = await keyOf(slug, { source: "cms" })
    expect([(await by(cms.secret)).status, (await by(second.secret)).status, await works(all)]).toEqual([
      200,
      200,
      true,
    ])
    until(now + 1)
    const [first] = (await keysOf(slug)).filter(({ source }: { source: string }) => source === "cms")
    const third = await keyOf(slug, { source: "cms", end_key: first.id })
    const statuses = [await by(cms.secret), await by(second.secret), await by(third.secret)].map(({ status }) => status)
    expect([statuses, await works(all)]).toEqual([[401, 200, 200], true])
    expect((await keysOf(slug)).map(({ source }: { source: string }) => source).sort()).toEqual(["", "cms", "cms"])
    // A key can also be revoked at once.
    expect((await admin("DELETE", `/publishers/${slug}/keys/${third.id}`)).status).toBe(204)
    expect([(await by(second.secret)).status, (await by(third.secret)).status]).toEqual([200, 401])
  })

  test("of a source are valid at no other endpoint, and keys without a source at all endpoints", async () => {
    const slug = "endpoints"
    const all = await publisher(slug)
    const [cms, other] = [await signedSource(all, "cms"), await signedSource(all, "other")]
    const ofGhost = await keyOf(slug, { source: "ghost" })
    const endpoints: Record<string, (secret: string) => Promise<Answer>> = {
      native: (secret) => push({ slug, secret }, article()),
      bearer: (secret) =>
        postDocument({ slug, secret }, "application/json", '{"version":"https://jsonfeed.org/version/1.1","items":[]}'),
      reading: (secret) => send(`/push/${slug}/articles`, bearer(secret)),
      cms: (secret) => post({ ...cms, secret }, JSON.stringify({ id: crypto.randomUUID(), title: "T" })),
      other: (secret) => post({ ...other, secret }, JSON.stringify({ id: crypto.randomUUID(), title: "T" })),
      ghost: (secret) => ghost(slug, secret),
    }
    const acceptedAt = async (secret: string) => {
      const names: string[] = []
      for (const [name, by] of Object.entries(endpoints)) if ((await by(secret)).status === 200) names.push(name)
      return names
    }
    expect(await acceptedAt(all.secret)).toEqual(Object.keys(endpoints))
    expect(await acceptedAt(cms.secret)).toEqual(["cms"])
    expect(await acceptedAt(other.secret)).toEqual(["other"])
    expect(await acceptedAt(ofGhost.secret)).toEqual(["ghost"])
    expect(await acceptedAt(one.secret)).toEqual([])
  })

  test("of other systems are imported and never shown; a deleted source's keys do not serve a new one", async () => {
    const secret = "from a CMS, at least 32 characters"
    const made = await admin("POST", "/publishers/two/keys", { source: "ghost", secret })
    expect([made.status, made.json.kind, made.json.secret]).toEqual([201, "imported", undefined])
    expect((await ghost("two", secret)).status).toBe(200)
    expect((await admin("GET", "/publishers/two/keys")).text).not.toContain(secret)

    const old = await signedSource(two, "renamed")
    await admin("DELETE", "/publishers/two/sources/renamed")
    const fresh = await signedSource(two, "renamed")
    const by = async (to: SignedSource) => (await post(to, JSON.stringify({ id: now, title: "T" }))).status
    expect([await by(old), await by(fresh)]).toEqual([401, 200])
  })

  test("that are public verify v1a, and are not accepted as a secret", async () => {
    const slug = "asymmetric"
    await publisher(slug)
    const pair = (await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"])) as CryptoKeyPair
    const raw = new Uint8Array((await crypto.subtle.exportKey("raw", pair.publicKey)) as ArrayBuffer)
    const text = `whpk_${btoa(String.fromCharCode(...raw))}`
    const made = await admin("POST", `/publishers/${slug}/keys`, { public_key: text })
    expect([made.status, made.json.kind, made.json.secret]).toEqual([201, "public", undefined])
    const body = message(article())
    const seconds = String(Math.floor(now / 1000))
    const signed = new TextEncoder().encode(`asym.${seconds}.${body}`)
    const signature = new Uint8Array(await crypto.subtle.sign("Ed25519", pair.privateKey, signed))
    const by = (list: string, sent = body) =>
      send(`/push/${slug}`, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          "webhook-id": "asym",
          "webhook-timestamp": seconds,
          "webhook-signature": list,
        },
        body: sent,
      })
    const good = `v1a,${btoa(String.fromCharCode(...signature))}`
    expect((await by(good, `${body} `)).status).toBe(401)
    expect((await by(good.replace("v1a,", "v1,"))).status).toBe(401)
    expect((await by(`v2,AAAA v1,${btoa("x".repeat(32))} ${good}`)).status).toBe(200)
    expect((await send(`/push/${slug}/articles`, bearer(text))).status).toBe(401)
    // The public key is not accepted as the secret of an HMAC either.
    const hmac = await crypto.subtle.importKey("raw", raw, { name: "HMAC", hash: "SHA-256" }, false, ["sign"])
    const forged = new Uint8Array(await crypto.subtle.sign("HMAC", hmac, signed))
    expect((await by(`v1,${btoa(String.fromCharCode(...forged))}`)).status).toBe(401)
  })

  test("record the hour of their last use; an unauthenticated message uses none", async () => {
    const slug = "used"
    const key = await publisher(slug)
    const used = async () => (await keysOf(slug))[0].last_used_at
    expect(await used()).toBeNull()
    await push({ slug, secret: one.secret }, article())
    expect(await used()).toBeNull()
    const began = now
    await push(key, article())
    expect(await used()).toBe(rfc3339(began))
    until(began + HOUR - 1)
    await push(key, article())
    expect(await used()).toBe(rfc3339(began))
    until(began + HOUR)
    // A refused message also uses the key.
    await push(key, { id: "x" })
    expect(await used()).toBe(rfc3339(began + HOUR))
  })
})

describe("a secret from another system", () => {
  const WORD = "correct-horse-battery-staple"
  const feed = '{"version":"https://jsonfeed.org/version/1.1","items":[]}'

  test("is no key for native messages unless it begins with whsec_", async () => {
    const made = await admin("POST", "/publishers/two/keys", { secret: WORD })
    expect([made.status, made.json.errors[0].pointer]).toEqual([422, "/secret"])
    expect(made.json.errors[0].detail).toMatch(/whsec_.*24 to 64 bytes.*name its source/)
  })

  test("authenticates nothing as a bearer key unless it begins with whsec_, however it was imported", async () => {
    const slug = "wordy"
    await publisher(slug)
    const { uid } = (await env.DB.prepare("select uid from publishers where slug = ?").bind(slug).first()) as {
      uid: string
    }
    const key = { publisherUid: uid, source: "", kind: "imported" as const, text: WORD }
    await addKey(createDbClient(env.DB), await masterKeys(env), key, { overlapHours: 24 }, now, () => [])
    expect((await postDocument({ slug, secret: WORD }, "application/json", feed)).status).toBe(401)
    expect((await send(`/push/${slug}/articles`, bearer(WORD))).status).toBe(401)
    // The key verifies the signatures of its own source.
    expect((await ghost(slug, WORD)).status).toBe(200)

    until(now + 1)
    const whsec = `whsec_${btoa("k".repeat(24))}`
    expect((await admin("POST", `/publishers/${slug}/keys`, { secret: whsec, overlap_hours: 0 })).status).toBe(201)
    expect((await postDocument({ slug, secret: whsec }, "application/json", feed)).status).toBe(200)
    expect((await push({ slug, secret: whsec }, article())).status).toBe(200)
  })
})

describe("256 MiB a day", () => {
  const QUOTA = 256 * MIB
  let serial = 0
  const sized = (size: number) => {
    const text = message({ id: `sized ${++serial}`, title: "T" })
    return text + " ".repeat(size - text.length)
  }
  const used = async (slug: string) =>
    (await env.DB.prepare(
      "select a.day, a.bytes, a.messages, a.last_message_at from publisher_activity a join publishers p on p.uid = a.publisher_uid where slug = ?",
    )
      .bind(slug)
      .first<{ day: number; bytes: number; messages: number; last_message_at: number }>()) ?? {
      day: 0,
      bytes: 0,
      messages: 0,
      last_message_at: 0,
    }
  const spend = (slug: string, bytes: number) =>
    env.DB.prepare(
      "update publisher_activity set bytes = ? where publisher_uid = (select uid from publishers where slug = ?)",
    )
      .bind(bytes, slug)
      .run()

  test("are accepted to the last byte, then nothing until midnight UTC, except from other publishers", async () => {
    const much = await publisher("much")
    until(Math.ceil(now / DAY) * DAY + 23 * HOUR + 59 * 60_000)
    const midnight = Math.ceil(now / DAY) * DAY
    await pushRaw(much, sized(1000))
    await pushRaw(much, `${sized(999)}{`)
    // The bytes of refused messages are counted too.
    expect(await used("much")).toMatchObject({ day: Math.floor(now / DAY), bytes: 2000, messages: 1 })
    await spend("much", QUOTA - 1000)
    expect((await pushRaw(much, sized(1001))).status).toBe(429)
    expect((await pushRaw(much, sized(1000))).status).toBe(200)
    expect((await used("much")).bytes).toBe(QUOTA)

    until(midnight - 500)
    const refused = await pushRaw(much, sized(500), { id: "over" })
    expect([refused.status, refused.json.code]).toEqual([429, "too_many_requests"])
    expect(refused.headers.get("retry-after")).toBe("1")
    expect(refused.headers.get("ratelimit-policy")).toBe('"bytes";q=268435456;w=86400;qu="content-bytes"')
    expect(refused.json.detail).toContain("268435456 bytes today")
    expect((await send("/push/much/deliveries/over", bearer(much.secret))).status).toBe(404)
    expect((await pushRaw(two, sized(500))).status).toBe(200)
    // Reading does not count.
    expect((await send("/push/much/articles", bearer(much.secret))).status).toBe(200)

    until(midnight - 1)
    expect((await pushRaw(much, sized(500))).status).toBe(429)
    until(midnight)
    expect((await pushRaw(much, sized(500))).status).toBe(200)
    expect(await used("much")).toMatchObject({ day: midnight / DAY, bytes: 500 })
  })

  test("include the bytes of every endpoint, but not those of unauthenticated messages", async () => {
    const slug = "charged"
    const all = await publisher(slug)
    const cms = await signedSource(all, "cms")
    const bytes = async () => (await used(slug)).bytes
    await pushRaw({ slug, secret: two.secret }, sized(1000))
    expect(await bytes()).toBe(0)
    await post(cms, '{"id":"x","title":"T"}')
    expect(await bytes()).toBe(22)
    await post(cms, '{"id":"x","title":"T"}')
    expect(await bytes()).toBe(44)
    await spend(slug, QUOTA)
    for (const by of [
      () => post(cms, '{"id":"y","title":"T"}'),
      () => postDocument(all, "text/xml", "<rss/>"),
      () => ghost(slug, all.secret),
      () => push(all, article(), { query: "?dry_run=1" }),
    ]) {
      expect((await by()).status).toBe(429)
    }
  })
})

describe("a removed publisher", () => {
  test("gets 410 at every endpoint after a valid signature, and unauthenticated messages never do", async () => {
    const slug = "ended"
    const key = await publisher(slug)
    const cms = await signedSource(key, "cms")
    const open = await admin("POST", `/publishers/${slug}/sources`, { name: "open", sender: "unsigned", trusted: true })
    const path = new URL(open.json.url).pathname
    const secret = "a secret of Ghost, long enough"
    await admin("POST", `/publishers/${slug}/keys`, { source: "ghost", secret })
    const wrong = { slug, secret: two.secret }
    const endpoints: [name: string, good: () => Promise<Answer>, bad: () => Promise<Answer>][] = [
      ["native", () => push(key, article()), () => push(wrong, article())],
      ["document", () => postDocument(key, "text/xml", "<rss/>"), () => postDocument(wrong, "text/xml", "<rss/>")],
      ["source", () => post(cms, '{"id":"r","title":"T"}'), () => post({ ...cms, ...wrong }, '{"id":"r","title":"T"}')],
      ["ghost", () => ghost(slug, secret), () => ghost(slug, two.secret)],
      [
        "token",
        () => send(path, { method: "POST", body: "{}" }),
        () => send(`${path}x`, { method: "POST", body: "{}" }),
      ],
      [
        "reading",
        () => send(`/push/${slug}/articles`, bearer(key.secret)),
        () => send(`/push/${slug}/articles`, bearer(two.secret)),
      ],
    ]
    const statuses = async () => {
      const all: [string, number, number][] = []
      for (const [name, good, bad] of endpoints) all.push([name, (await good()).status, (await bad()).status])
      return all
    }
    const [before, deadLetters] = [await statuses(), (await admin("GET", `/dead-letters?publisher=${slug}`)).json.open]
    expect(before.map(([name, good, bad]) => [name, good === 410, bad])).toEqual(
      endpoints.map(([name]) => [name, false, 401]),
    )
    await admin("PATCH", `/publishers/${slug}`, { state: "disabled" })
    expect(await statuses()).toEqual(endpoints.map(([name]) => [name, 403, 401]))
    expect((await admin("DELETE", `/publishers/${slug}`)).status).toBe(202)
    expect(await statuses()).toEqual(endpoints.map(([name]) => [name, 410, 401]))
    const refused = await push(key, article())
    expect([refused.json.code, refused.json.title]).toEqual(["publisher_removed", "This publisher was removed"])
    // The removed publisher gets no new dead letter, and its open ones are closed.
    expect(deadLetters).toBeGreaterThan(0)
    expect((await admin("GET", `/dead-letters?publisher=${slug}`)).json.open).toBe(0)
  })

  test("Ghost never gets 410 for another reason, because it ends a webhook at 410", async () => {
    const slug = "haunted"
    const key = await publisher(slug)
    await admin("POST", "/sections", { slug: "short-lived", names: { en: "Short" } })
    await admin("POST", "/sections/short-lived/retire", {})
    const answers = [
      await ghost(slug, key.secret, "post.published"),
      await ghost(slug, key.secret, "post.unpublished"),
      await ghost(slug, key.secret, "post.deleted"),
      await ghost(slug, key.secret, "no.such.event"),
      await ghost(slug, key.secret, "page.published"),
      await ghost(slug, two.secret),
      await ghost("nobody", key.secret),
    ]
    await admin("PATCH", `/publishers/${slug}`, { state: "disabled" })
    answers.push(await ghost(slug, key.secret))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 400, 200, 401, 401, 403])
  })
})
