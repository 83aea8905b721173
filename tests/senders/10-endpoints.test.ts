/** Tests that a message of every kind of sender, sent like the real system, is in the feeds of the right section. */
import { createHash, createHmac, generateKeyPairSync, randomUUID, sign as signBytes } from "node:crypto"
import { readFileSync } from "node:fs"
import { connect } from "node:net"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { type Recorded, SIGNERS } from "../fixtures/senders/sign.ts"
import { type Answer, must, startWire, type Wire } from "./wire.ts"

const ARABIC_1256: Record<string, number> = { ا: 0xc7, ل: 0xe1, خ: 0xce, ب: 0xc8, ر: 0xd1 }

let wire: Wire
let one: { slug: string; secret: string }

beforeAll(async () => {
  wire = await startWire()
  one = await wire.publisher("one", { language: "ar" })
  must(await wire.admin("POST", "/sections", { slug: "world", names: { en: "World", ar: "العالم" } }), 201)
}, 120_000)

afterAll(async () => wire?.stop())

const recorded = (name: string) => JSON.parse(readFileSync(`tests/fixtures/senders/${name}.json`, "utf8")) as Recorded
const bearer = (type: string) => ({ authorization: `Bearer ${one.secret}`, "content-type": type })
const feedOf = async (section: string) => (await wire.send(`/sections/${section}/feed.json`)).json.items
const first = (answer: Answer) => answer.json.results[0]

/** Standard Webhooks, implemented here from the specification. */
function standardHeaders(
  body: string | Uint8Array,
  secret: string,
  id: string = randomUUID(),
  at = Date.now(),
  prefix = "webhook",
) {
  const timestamp = String(Math.floor(at / 1000))
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64")
  const digest = createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest("base64")
  return { [`${prefix}-id`]: id, [`${prefix}-timestamp`]: timestamp, [`${prefix}-signature`]: `v1,${digest}` }
}

const native = (id: string, more: object = {}) =>
  JSON.stringify({
    type: "article.published",
    timestamp: new Date().toISOString(),
    data: { id, title: id, content_html: `<p>${id}</p>`, _feedwire: { sections: ["world"] }, ...more },
  })

describe("Standard Webhooks", () => {
  test("a message with svix- headers is accepted", async () => {
    const body = native("svix")
    const headers = {
      "content-type": "application/json",
      ...standardHeaders(body, one.secret, "msg_svix", Date.now(), "svix"),
    }
    const answer = must(await wire.send("/push/one", { method: "POST", headers, body }), 200)
    expect(first(answer).outcome).toBe("created")
    expect(answer.json.delivery.id).toBe("msg_svix")
  })

  test("a message signed by a registered Ed25519 key and by another key is accepted", async () => {
    const { publicKey, privateKey } = generateKeyPairSync("ed25519")
    const raw = publicKey.export({ format: "der", type: "spki" }).subarray(-32)
    const made = must(
      await wire.admin("POST", "/publishers/one/keys", { public_key: `whpk_${raw.toString("base64")}` }),
      201,
    )
    expect(made.json.secret).toBeUndefined()
    const body = native("asymmetric")
    const [id, timestamp] = ["msg_v1a", String(Math.floor(Date.now() / 1000))]
    const signature = signBytes(null, Buffer.from(`${id}.${timestamp}.${body}`), privateKey).toString("base64")
    const other = createHmac("sha256", "another").update("x").digest("base64")
    const headers = {
      "content-type": "application/json",
      ...{ "webhook-id": id, "webhook-timestamp": timestamp },
      "webhook-signature": `v2,AAAA v1,${other} v1a,${signature}`,
    }
    expect(first(must(await wire.send("/push/one", { method: "POST", headers, body }), 200)).outcome).toBe("created")
    const [log] = await wire.rows(
      "select received_at, authentication, key_id from attempts where delivery_id = 'msg_v1a'",
    )
    expect(log).toEqual({ received_at: expect.any(Number), authentication: "v1a", key_id: made.json.id })
    const keys = await wire.admin("GET", "/publishers/one/keys")
    const used = keys.json.keys.find(({ id: key }: { id: string }) => key === made.json.id)
    expect(used).toMatchObject({
      kind: "public",
      source: "",
      last_used_at: new Date(Number(log?.received_at)).toISOString(),
    })
  })
})

describe("documents", () => {
  test("RSS in windows-1256 is accepted with the bearer key", async () => {
    const text = (word: string) => Buffer.from([...word].map((character) => ARABIC_1256[character] ?? 0x3f))
    const rss = Buffer.concat([
      Buffer.from(
        `<?xml version="1.0" encoding="windows-1256"?><rss version="2.0"><channel><title>t</title><link>https://one.example/</link><description/><language>ar</language><item><guid isPermaLink="false">rss-1256</guid><category>World</category><title>`,
      ),
      text("الخبر"),
      Buffer.from("</title><description>"),
      text("خبر"),
      Buffer.from("</description><pubDate>Mon, 23 Nov 2026 08:30:00 +0200</pubDate></item></channel></rss>"),
    ])
    const answer = must(
      await wire.send("/push/one", { method: "POST", headers: bearer("application/rss+xml"), body: rss }),
      200,
    )
    expect(first(answer)).toMatchObject({ outcome: "created", guid: "rss-1256", pointer: "/rss/channel/item[1]" })
    const [item] = (await feedOf("world")).filter(
      ({ _feedwire }: never) => (_feedwire as { guid: string }).guid === "rss-1256",
    )
    expect(item).toMatchObject({ title: "الخبر", language: "ar", date_published: "2026-11-23T06:30:00Z" })
    const again = must(
      await wire.send("/push/one", { method: "POST", headers: bearer("application/rss+xml"), body: rss }),
      200,
    )
    // This is another delivery, and it changes nothing.
    expect([again.headers.get("webhook-repeated"), first(again).outcome]).toEqual([null, "unchanged"])
    expect(again.json.delivery.id).not.toBe(answer.json.delivery.id)
  })

  test("a signed Atom entry is accepted", async () => {
    const body = `<entry xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><id>tag:one.example,2026:atom</id><title>An entry</title>
      <link rel="alternate" href="https://one.example/entry"/><updated>2026-11-23T08:30:00Z</updated><category term="World"/>
      <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Inside <em>one</em></p></div></content></entry>`
    const headers = { "content-type": "application/atom+xml;type=entry", ...standardHeaders(body, one.secret) }
    expect(first(must(await wire.send("/push/one", { method: "POST", headers, body }), 200)).outcome).toBe("created")
    const items = await feedOf("world")
    expect(items.find(({ title }: { title: string }) => title === "An entry").content_html).toContain("<em>one</em>")
  })

  test("entries that a JSON Feed lacks stay, and entries that it repeats are unchanged", async () => {
    const item = (id: string, title: string) => ({ id, title, content_html: `<p>${title}</p>`, tags: ["World"] })
    const feed = (...items: object[]) =>
      JSON.stringify({ version: "https://jsonfeed.org/version/1.1", title: "One", language: "en", items })
    const post = async (body: string) =>
      must(await wire.send("/push/one", { method: "POST", headers: bearer("application/feed+json"), body }), 200)
    expect((await post(feed(item("jf-1", "First"), item("jf-2", "Second")))).json.results).toMatchObject([
      { outcome: "created", guid: "jf-1" },
      { outcome: "created", guid: "jf-2" },
    ])
    expect((await post(feed(item("jf-2", "Second"), item("jf-3", "Third")))).json.results).toMatchObject([
      { outcome: "unchanged", guid: "jf-2" },
      { outcome: "created", guid: "jf-3" },
    ])
    const titles = (await wire.send("/publishers/one/feed.json")).json.items.map(
      ({ title }: { title: string }) => title,
    )
    expect(titles).toEqual(expect.arrayContaining(["First", "Second", "Third"]))
  })

  test("a script that sends the same feed every ten minutes opens one dead letter for its broken entry", async () => {
    const broken = '<item><guid isPermaLink="false">never-stored</guid></item>'
    const feed = (...items: string[]) =>
      `<rss version="2.0"><channel><title>t</title><link>https://one.example/</link><description/>${items.join("")}</channel></rss>`
    const post = (body: string) =>
      wire.send("/push/one", { method: "POST", headers: bearer("application/rss+xml"), body })
    const deadLetters = async () =>
      (await wire.admin("GET", "/dead-letters?publisher=one")).json.dead_letters as {
        id: number
        code: string | null
      }[]
    const before = (await deadLetters()).length
    const valid = (no: number) => `<item><guid isPermaLink="false">valid-${no}</guid><title>Valid ${no}</title></item>`
    for (let no = 0; no < 3; no++) must(await post(feed(valid(no), broken)), 200)
    expect(await deadLetters()).toHaveLength(before + 1)
    const [deadLetter] = await deadLetters()
    must(await wire.admin("POST", `/dead-letters/${deadLetter?.id}/dismiss`), 200)
    must(await post(feed(valid(3), broken)), 200)
    expect(await deadLetters()).toHaveLength(before)
    // A feed that cannot be parsed opens one dead letter for its bytes.
    for (let no = 0; no < 3; no++) expect((await post("<rss><channel>")).status).toBe(400)
    expect((await deadLetters()).map(({ code }) => code)).toContain("invalid_document")
    expect(await deadLetters()).toHaveLength(before + 1)
    must(await wire.admin("POST", `/dead-letters/${(await deadLetters())[0]?.id}/dismiss`), 200)
  })

  test("JSON messages of the wire must be signed, even by a client that has the key", async () => {
    const answer = await wire.send("/push/one", {
      method: "POST",
      headers: bearer("application/json"),
      body: native("bare"),
    })
    expect([answer.status, answer.json.code]).toEqual([401, "unauthorized"])
    expect(answer.json.detail).toMatch(/must be signed/)
  })

  test("the answer to an unknown media type lists the known ones", async () => {
    const answer = await wire.send("/push/one", { method: "POST", headers: bearer("text/html"), body: "<p>" })
    expect(answer.status).toBe(415)
    for (const type of ["application/json", "application/feed+json", "application/rss+xml", "application/atom+xml"]) {
      expect(answer.json.detail).toContain(type)
      expect(answer.headers.get("accept")).toContain(type)
    }
  })
})

describe("Ghost", () => {
  const secret = "a secret that ghost knows"
  const post = (name: string, event: string, at = Date.now()) => {
    const { body, headers } = recorded(name)
    return wire.send(`/push/one/ghost/${event}`, {
      ...{ method: "POST", body },
      headers: { ...headers, ...SIGNERS.ghost?.(body, secret, at) },
    })
  }

  test("an article is published, withdrawn, and published again", async () => {
    must(await wire.admin("POST", "/publishers/one/keys", { source: "ghost", secret }), 201)
    const answer = must(await post("ghost-published", "post.published"), 200)
    expect(first(answer)).toMatchObject({ outcome: "created" })
    const guid = first(answer).guid
    const find = async () =>
      (await wire.send("/publishers/one/feed.json")).json.items.find(
        ({ _feedwire }: { _feedwire: { guid: string } }) => _feedwire.guid === guid,
      )
    const item = await find()
    expect(item.title).toContain("Harbour bridge reopens | جسر الميناء")
    expect(item.content_html).not.toContain("full bill")
    expect(first(must(await post("ghost-unpublished", "post.unpublished", Date.now() + 1000), 200)).outcome).toBe(
      "deleted",
    )
    expect(await find()).toBeUndefined()
  })

  test("a Ghost key is valid at no other endpoint, and a wrong key at none", async () => {
    const { body } = recorded("ghost-published")
    const headers = { "content-type": "application/json", authorization: `Bearer ${secret}` }
    expect((await wire.send("/push/one", { method: "POST", headers, body })).status).toBe(401)
    const forged = SIGNERS.ghost?.(body, "another secret", Date.now())
    const refused = await wire.send("/push/one/ghost/post.published", {
      method: "POST",
      headers: { ...forged },
      body,
    })
    const unknown = await wire.send("/push/nobody/ghost/post.published", {
      method: "POST",
      headers: { ...forged },
      body,
    })
    expect([refused.status, refused.json.detail]).toEqual([401, unknown.json.detail])
  })
})

describe("sources", () => {
  test("GitHub's signature and a mapping publish an article, and the body under a new id is a repetition", async () => {
    const mapping = { id: "/nid", title: "/headline", html: "/text", sections: "/rubrics/*/label", updated: "/at" }
    const made = must(
      await wire.admin("POST", "/publishers/one/sources", { name: "cms", sender: "github", mapping }),
      201,
    )
    expect(made.json.url).toBe("http://localhost:8787/push/one/sources/cms")
    const secret = must(await wire.admin("POST", "/publishers/one/keys", { source: "cms" }), 201).json.secret
    const at = Math.floor(Date.now() / 1000)
    const body = JSON.stringify({ nid: 77, headline: "Mapped", text: "<p>m</p>", rubrics: [{ label: "العالم" }], at })
    const post = (id: string) =>
      wire.send("/push/one/sources/cms", {
        ...{ method: "POST", body },
        headers: { "content-type": "application/json", "x-github-delivery": id, ...SIGNERS.github?.(body, secret, 0) },
      })
    expect(first(must(await post("first"), 200))).toMatchObject({ outcome: "created", guid: "77" })
    expect(must(await post("second"), 200).headers.get("webhook-repeated")).toBe("true")
    expect((await feedOf("world")).map(({ title }: { title: string }) => title)).toContain("Mapped")
  })

  test("a sender that cannot sign has a secret address, and is trusted only if the operator allows it", async () => {
    const made = must(
      await wire.admin("POST", "/publishers/one/sources", { name: "strapi", sender: "unsigned", trusted: true }),
      201,
    )
    const path = new URL(made.json.url).pathname
    const token = path.split("/").at(-1) ?? ""
    expect(token.length).toBeGreaterThanOrEqual(32)
    const body = JSON.stringify({
      event: "entry.publish",
      entry: { id: 5, title: "Unsigned", body: "text", section: "World" },
    })
    const send = (to: string) =>
      wire.send(to, { method: "POST", headers: { "content-type": "application/json" }, body })
    expect(first(must(await send(path), 200)).outcome).toBe("created")
    expect((await send(path.replace(token, `${token.slice(0, -1)}x`))).status).toBe(401)
    expect((await send("/push/one/sources/strapi")).status).toBe(401)
    const stored =
      JSON.stringify(await wire.rows("select * from sources")) +
      JSON.stringify(await wire.rows("select * from attempts"))
    expect(stored).not.toContain(token)
    expect(stored).toContain(createHash("sha256").update(token).digest("hex"))
    const list = await wire.admin("GET", "/publishers/one/sources")
    expect(list.text).not.toContain(token)
  })
})

describe("a body over HTTP", () => {
  const MIB = 1024 * 1024
  const message = (id: string, size = 0) => native(id).padEnd(size)
  const signed = (body: string | Buffer) => ({
    "content-type": "application/json",
    ...standardHeaders(body, one.secret),
  })

  /** A stream has no known length, so fetch sends it in chunks. */
  const chunked = (body: Buffer) => {
    let at = 0
    const stream = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (at >= body.length) return controller.close()
        controller.enqueue(new Uint8Array(body.subarray(at, at + 50_000)))
        at += 50_000
      },
    })
    const init = { method: "POST", headers: signed(body), body: stream, duplex: "half" }
    return wire.send("/push/one", init as RequestInit)
  }

  test("of 1 MiB is accepted with and without a Content-Length, and a byte more is refused", async () => {
    for (const [size, status] of [
      [MIB, 200],
      [MIB + 1, 413],
    ] as const) {
      const body = Buffer.from(message(`size ${size}`, size))
      expect(body.length).toBe(size)
      expect((await chunked(body)).status).toBe(status)
      const init = { method: "POST", headers: signed(body), body: new Uint8Array(body) }
      expect((await wire.send("/push/one", init)).status).toBe(status)
    }
  })

  /** Writes bytes to a socket, so that any headers are possible. */
  async function raw(head: string, ...parts: (string | Buffer)[]): Promise<string> {
    const { hostname, port } = new URL(wire.url)
    return new Promise((resolve, reject) => {
      let answer = ""
      const socket = connect(Number(port), hostname, () => {
        socket.write(head)
        for (const part of parts) socket.write(part)
      })
      socket.setTimeout(1000, () => {
        socket.destroy()
        resolve(answer)
      })
      socket.on("data", (data) => {
        answer += data.toString()
      })
      socket.on("close", () => resolve(answer))
      socket.on("error", reject)
    })
  }
  const head = (headers: Record<string, string>, more: string) =>
    `POST /push/one HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n${Object.entries(headers)
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join("")}${more}\r\n\r\n`

  test("longer than its Content-Length is cut, so its signature is wrong", async () => {
    const body = message("cut")
    const answer = await raw(head(signed(body), `content-length: ${body.length - 5}`), body)
    expect(answer).toMatch(/^HTTP\/1\.1 401 /)
  })

  test("shorter than its Content-Length is never stored", async () => {
    const body = message("short")
    await raw(head(signed(body), `content-length: ${body.length + 5}`), body)
    expect(await wire.rows("select 1 from articles where guid = 'short'")).toEqual([])
    expect((await wire.send("/healthz")).status).toBe(200)
  }, 20_000)

  test("with two lengths, or with a length and chunks, is refused", async () => {
    const body = message("smuggled")
    const headers = signed(body)
    for (const lengths of [
      `content-length: ${body.length}\r\ncontent-length: 5`,
      `content-length: 5\r\ntransfer-encoding: chunked`,
    ]) {
      expect(await raw(head(headers, lengths), body)).toMatch(/^HTTP\/1\.1 [45]\d\d /)
    }
    expect(await wire.rows("select 1 from articles where guid = 'smuggled'")).toEqual([])
  }, 20_000)
})
