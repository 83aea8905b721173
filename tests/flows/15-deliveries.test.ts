/** Tests which messages count as repeated if the sender signs no time or no id. */
import { env } from "cloudflare:workers"
import { beforeAll, describe, expect, test } from "vitest"
import { DAY, HOUR, now, rfc3339, until } from "./clock.ts"
import { bearer, message, one, prepareKeys, two } from "./deliveries.ts"
import {
  type Answer,
  admin,
  article,
  hmacHex,
  post,
  postDocument,
  pushRaw,
  type SignedSource,
  send,
  signedHeaders,
  signedSource,
  sweep,
} from "./world.ts"

prepareKeys()

const isRepeated = (sent: Answer) => sent.headers.get("webhook-repeated") === "true"

const outcome = (sent: Answer) => sent.json.results[0].outcome

describe("senders without a time in their signature", () => {
  const PERIOD = 72 * HOUR
  let cms: SignedSource
  let path: string
  beforeAll(async () => {
    cms = await signedSource(one, "undated")
    const source = { name: "guessed-by-nobody", sender: "unsigned", trusted: true }
    path = new URL((await admin("POST", "/publishers/one/sources", source)).json.url).pathname
  })
  const SENDERS: [string, (id: string) => Promise<Answer>][] = [
    ["a source", (id) => post(cms, JSON.stringify({ id, title: "T" }))],
    [
      "an address that cannot be guessed",
      (id) => send(path, { method: "POST", body: JSON.stringify({ id, title: "T" }) }),
    ],
  ]
  const nextPeriod = () => (Math.floor(now / PERIOD) + 1) * PERIOD

  test.each(
    SENDERS.flatMap(([name, by]) =>
      (
        [
          ["at the beginning of a period", 0],
          ["in its middle", PERIOD / 2],
          ["at its end", PERIOD - 1],
        ] as const
      ).map(([when, offset]) => [name, when, offset, by] as const),
    ),
  )("%s, %s: the same body is a replay for 72 h, to the millisecond", async (name, when, offset, by) => {
    const id = `${name} ${when}`
    until(nextPeriod() + offset)
    const began = now
    const first = await by(id)
    expect([outcome(first), isRepeated(first)]).toEqual(["created", false])
    for (const later of [0, 1, PERIOD - 1]) {
      until(began + later)
      const again = await by(id)
      expect([later, again.status, isRepeated(again), again.text]).toEqual([later, 200, true, first.text])
      // The answer can be read again at its Location.
      const read = await send(again.headers.get("location") ?? "", bearer(one.secret))
      expect([read.status, read.text]).toEqual([200, first.text])
    }
    until(began + PERIOD)
    const later = await by(id)
    expect([isRepeated(later), outcome(later)]).toEqual([false, "unchanged"])
    until(began + PERIOD + 1)
    expect(isRepeated(await by(id))).toBe(true)
  })

  test("an article that was deleted and is pushed again after 72 h is published again", async () => {
    const began = now
    const send = (body: object) => post(cms, JSON.stringify(body))
    expect(outcome(await send({ id: "again", title: "T" }))).toBe("created")
    until(now + HOUR)
    expect(outcome(await send({ id: "again", action: "deleted" }))).toBe("deleted")
    until(began + PERIOD)
    expect(outcome(await send({ id: "again", title: "T" }))).toBe("created")
  })

  test("a dead letter of such a message is superseded by its repetition, also after the end of a period", async () => {
    until(nextPeriod() - 1)
    const send = async () => (await post(cms, '{"title":"no id"}')).status
    const open = async () => (await admin("GET", "/dead-letters?publisher=one")).json.open
    const before = await open()
    expect([await send(), await open()]).toEqual([422, before + 1])
    until(now + 1)
    expect([await send(), await open()]).toEqual([422, before + 1])
  })

  test("repetitions are recognised by the period and the body, from any source of a publisher", async () => {
    until(nextPeriod() + PERIOD / 2)
    const other = await signedSource(one, "undated-too")
    const body = '{"id":"from everywhere","title":"T"}'
    const first = await post(cms, body)
    expect(first.json.delivery.id).toMatch(
      new RegExp(`^undated\\.${now / PERIOD - 0.5}\\.${first.json.delivery.body_sha256.slice(0, 32)}$`),
    )
    for (const again of [await post(other, body), await send(path, { method: "POST", body })]) {
      expect([again.status, isRepeated(again), again.text]).toEqual([200, true, first.text])
    }
    // Another publisher's delivery is a different one.
    const theirs = await signedSource(two, "undated")
    expect([isRepeated(await post(theirs, body)), isRepeated(await post(theirs, body))]).toEqual([false, true])
  })

  test("a body that differs by a byte is another message", async () => {
    const sent = [await post(cms, '{"id":"b","title":"T"}'), await post(cms, '{"id":"b","title":"T"} ')]
    expect(sent.map(isRepeated)).toEqual([false, false])
  })
})

describe("a document pushed with the key", () => {
  const feed = (title: string) =>
    JSON.stringify({ version: "https://jsonfeed.org/version/1.1", items: [{ id: "by-key", title }] })
  const bring = (title: string, more: object = {}) => {
    const headers = { authorization: `Bearer ${one.secret}`, "content-type": "application/feed+json", ...more }
    return send("/push/one", { method: "POST", headers, body: feed(title) })
  }
  const storedTitle = () => env.DB.prepare("select title from articles where guid = 'by-key'").first("title")

  test("is a new delivery each time: a repetition is unchanged, and a reverted change is an update", async () => {
    const ids = new Set<string>()
    for (const [title, expected] of [
      ["A", "created"],
      ["A", "unchanged"],
      ["B", "updated"],
      ["A", "updated"],
    ] as const) {
      until(now + 1000)
      const sent = await bring(title)
      expect([title, sent.status, isRepeated(sent), outcome(sent)]).toEqual([title, 200, false, expected])
      const { id } = sent.json.delivery
      expect(id).toMatch(/^document\.[0-9a-f-]{36}$/)
      expect((await send(sent.headers.get("location") ?? "", bearer(one.secret))).text).toBe(sent.text)
      ids.add(id)
    }
    expect([ids.size, await storedTitle()]).toEqual([4, "A"])
  })

  test("is ingested again when a future date has come, and when its publisher has another language", async () => {
    const modified = rfc3339(now + HOUR)
    const body = JSON.stringify({
      version: "https://jsonfeed.org/version/1.1",
      items: [{ id: "ahead", title: "Ahead", date_modified: modified }],
    })
    const bring = () => postDocument(one, "application/feed+json", body)
    const stored = async () => {
      const query = "select version_at, language from articles where guid = 'ahead'"
      return await env.DB.prepare(query).first<{ version_at: number; language: string | null }>()
    }
    const began = now
    const first = await bring()
    expect([outcome(first), first.json.results[0].warnings]).toEqual([
      "created",
      expect.arrayContaining(["date_modified was left out: it is more than 5 minutes in the future"]),
    ])
    expect(await stored()).toEqual({ version_at: began, language: null })
    expect(outcome(await bring())).toBe("unchanged")
    until(began + HOUR)
    expect(outcome(await bring())).toBe("updated")
    expect(await stored()).toEqual({ version_at: Date.parse(modified), language: null })
    expect(outcome(await bring())).toBe("unchanged")

    expect((await admin("PATCH", "/publishers/one", { language: "fr" })).status).toBe(200)
    until(now + 1000)
    expect(outcome(await bring())).toBe("updated")
    expect((await stored())?.language).toBe("fr")
    expect(outcome(await bring())).toBe("unchanged")
    await admin("PATCH", "/publishers/one", { lang: null })
  })

  test("has the id in its header, and is a replay if the id repeats", async () => {
    const first = await bring("Stated", { "webhook-id": "stated" })
    expect([first.json.delivery.id, isRepeated(first)]).toEqual(["stated", false])
    const again = await bring("Stated", { "webhook-id": "stated" })
    expect([again.text, isRepeated(again)]).toEqual([first.text, true])
    expect((await bring("Other", { "webhook-id": "stated" })).status).toBe(409)
    // An invalid id counts as no id.
    expect((await bring("Stated", { "webhook-id": "a.b" })).json.delivery.id).toMatch(/^document\./)
  })
})

describe("the id of a delivery", () => {
  test("begins with the name of the source if the source signs it, so it differs at another endpoint", async () => {
    const scheme = {
      ...{ signature: { headers: ["x-sig"] }, time: { header: "x-time", unit: "ms" }, id: "x-id" },
      ...{ algorithm: "SHA-256", key: "text", encoding: "hex", template: "{id}.{ts}.{body}" },
    }
    const mapping = { id: "/id", title: "/title" }
    const sources = [
      await signedSource(one, "first-cms", { sender: "custom", scheme, mapping }),
      await signedSource(one, "second-cms", { sender: "custom", scheme, mapping }),
    ]
    const by = async ({ name, secret }: SignedSource, id: string, title: string) => {
      const body = JSON.stringify({ id: `${name} ${id}`, title })
      const signature = await hmacHex(secret, `${id}.${now}.${body}`)
      const headers = { "x-sig": signature, "x-time": String(now), "x-id": id }
      return send(`/push/one/sources/${name}`, { method: "POST", headers, body })
    }
    // A native message has the same id.
    expect((await pushRaw(one, message(article()), { id: "same-id" })).json.delivery.id).toBe("same-id")
    for (const source of sources) {
      const sent = await by(source, "same-id", "T")
      expect([sent.status, isRepeated(sent), sent.json.delivery.id]).toEqual([200, false, `${source.name}.same-id`])
      expect(isRepeated(await by(source, "same-id", "T"))).toBe(true)
      expect((await by(source, "same-id", "Other")).status).toBe(409)
    }
  })

  test("belongs to its publisher for 7 days: the same body gets the first answer, another is a conflict", async () => {
    const body = message(article({ id: "seven-days" }))
    const began = now
    const first = await pushRaw(one, body, { id: "seven" })
    for (const later of [1, DAY, 7 * DAY]) {
      until(began + later)
      await sweep()
      const again = await pushRaw(one, body, { id: "seven" })
      expect([again.text, isRepeated(again)]).toEqual([first.text, true])
      expect((await pushRaw(one, `${body} `, { id: "seven" })).status).toBe(409)
    }
    until(began + 7 * DAY + 1)
    await sweep()
    const later = await pushRaw(one, `${body} `, { id: "seven" })
    expect([later.status, isRepeated(later), outcome(later)]).toEqual([200, false, "unchanged"])
  })

  test("means one delivery and one article for 50 requests at once", async () => {
    const body = message(article({ id: "fifty" }))
    const headers = { "content-type": "application/json", ...(await signedHeaders(body, one.secret, { id: "fifty" })) }
    const all = await Promise.all(
      Array.from({ length: 50 }, () => send("/push/one", { method: "POST", headers, body })),
    )
    expect(new Set(all.map(({ status, text }) => `${status} ${text}`)).size).toBe(1)
    expect(all.filter((sent) => !isRepeated(sent))).toHaveLength(1)
    const { results } = await env.DB.prepare("select count(*) n from articles where guid = 'fifty'").all()
    expect(results).toEqual([{ n: 1 }])
  })
})
