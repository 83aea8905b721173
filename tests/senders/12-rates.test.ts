/** Tests that after a flood over real HTTP, the platform's rate limits for one sender affect no other sender. */
import { createHmac, randomUUID } from "node:crypto"
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest"
import { type Answer, must, startWire, type Wire } from "./wire.ts"

const [OWN, UNAUTHENTICATED] = [20, 10]

let wire: Wire
let one: { slug: string; secret: string }
let two: { slug: string; secret: string }
let calm: { slug: string; secret: string }
let ghost: string
let open: string

beforeAll(async () => {
  wire = await startWire({}, { PUBLISHER_RATE: OWN, UNAUTHENTICATED_RATE: UNAUTHENTICATED })
  one = await wire.publisher("one")
  two = await wire.publisher("two")
  calm = await wire.publisher("calm")
  ghost = "a secret that Ghost knows"
  must(await wire.admin("POST", "/publishers/one/keys", { source: "ghost", secret: ghost }), 201)
  const made = await wire.admin("POST", "/publishers/one/sources", { name: "open", sender: "unsigned", trusted: true })
  open = new URL(must(made, 201).json.url).pathname
}, 120_000)

/** The limits restart at every minute of the clock, so no test may run across two minutes. */
beforeEach(async () => {
  const left = 60_000 - (Date.now() % 60_000)
  if (left < 15_000) await new Promise((resolve) => setTimeout(resolve, left + 100))
}, 30_000)

afterAll(async () => wire?.stop())

function signed(body: string, secret: string, id: string = randomUUID()): Record<string, string> {
  const timestamp = String(Math.floor(Date.now() / 1000))
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64")
  const digest = createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest("base64")
  return {
    ...{ "content-type": "application/json", "webhook-id": id, "webhook-timestamp": timestamp },
    "webhook-signature": `v1,${digest}`,
  }
}

const message = (id: string) =>
  JSON.stringify({ type: "article.published", timestamp: new Date().toISOString(), data: { id, title: id } })

function push(to: { slug: string; secret: string }, id: string = randomUUID()): Promise<Answer> {
  const body = message(id)
  return wire.send(`/push/${to.slug}`, { method: "POST", headers: signed(body, to.secret), body })
}
const read = (to: { slug: string; secret: string }) =>
  wire.send(`/push/${to.slug}/articles`, { headers: { authorization: `Bearer ${to.secret}` } })
const statuses = (answers: Answer[]) => answers.map(({ status }) => status)
const times = async (no: number, by: () => Promise<Answer>) => {
  const answers: Answer[] = []
  for (let i = 0; i < no; i++) answers.push(await by())
  return answers
}
const of = (no: number, status: number) => Array.from({ length: no }, () => status)

function expectToWait(answer: Answer | undefined, policy: string): void {
  expect([answer?.status, answer?.json.code]).toEqual([429, "too_many_requests"])
  expect(Number(answer?.headers.get("retry-after"))).toBe(60)
  expect(answer?.headers.get("ratelimit-policy")).toBe(policy)
}

describe("a flood", () => {
  test("of one publisher's messages stops at its own limit, over all endpoints, and affects no other", async () => {
    const post = { event: "post.published", body: '{"post":{"current":{"id":"g","title":"G","status":"published"}}}' }
    const byGhost = () => {
      const at = Date.now()
      const signature = `sha256=${createHmac("sha256", ghost).update(`${post.body}${at}`).digest("hex")}, t=${at}`
      const headers = { "content-type": "application/json", "x-ghost-signature": signature }
      return wire.send(`/push/one/ghost/${post.event}`, { method: "POST", headers, body: post.body })
    }
    const byToken = () => wire.send(open, { method: "POST", body: '{"id":"t","title":"T"}' })
    expect(statuses(await times(OWN - 6, () => push(one)))).toEqual(of(OWN - 6, 200))
    expect(
      statuses([...(await times(2, byGhost)), ...(await times(2, byToken)), ...(await times(2, () => read(one)))]),
    ).toEqual(of(6, 200))
    for (const by of [() => push(one, "over"), byGhost, byToken, () => read(one)]) {
      expectToWait(await by(), '"default";q=60;w=60')
    }
    expect(await wire.rows("select 1 from articles where guid = 'over'")).toEqual([])
    expect(statuses(await times(OWN, () => push(two)))).toEqual(of(OWN, 200))
    expectToWait(await push(two), '"default";q=60;w=60')
    // The limit does not apply to readers.
    expect((await wire.send("/feed.rss")).status).toBe(200)
  }, 120_000)

  test("of unauthenticated requests stops at the client's limit, and does not affect the publisher", async () => {
    const activity = () => wire.rows("select * from publisher_activity order by publisher_uid")
    const before = await activity()
    const forged = { ...calm, secret: two.secret }
    const ping = () =>
      wire.send("/push/calm/ping", { method: "POST", headers: { "content-type": "application/json" }, body: "{}" })
    expect(statuses(await times(UNAUTHENTICATED - 4, () => push(forged)))).toEqual(of(UNAUTHENTICATED - 4, 401))
    expect(statuses(await times(2, () => wire.send(`${open}x`, { method: "POST", body: "{}" })))).toEqual(of(2, 401))
    expect(statuses(await times(2, ping))).toEqual(of(2, 400))
    for (const by of [() => push(forged), () => push({ ...forged, slug: "nobody" }), ping, () => read(forged)]) {
      expectToWait(await by(), '"default";q=30;w=60')
    }
    expect(await activity()).toEqual(before)
    // The publisher still has its full limit, at the same address.
    expect(statuses(await times(OWN, () => push(calm)))).toEqual(of(OWN, 200))
  }, 120_000)
})
