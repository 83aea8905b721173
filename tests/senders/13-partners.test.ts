/** Tests partners over real HTTP, against the platform's own rate limits and caches. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest"
import { type Answer, must, startWire, type Wire } from "./wire.ts"

const [PARTNERS, READERS, UNAUTHENTICATED] = [8, 6, 5]
const LIST = "/v1/articles"

let closed: Wire
let open: Wire

beforeAll(async () => {
  const rates = { PARTNER_RATE: PARTNERS, READER_RATE: READERS, UNAUTHENTICATED_RATE: UNAUTHENTICATED }
  closed = await startWire({ API_ACCESS: "partners" }, rates)
  open = await startWire({}, rates)
}, 180_000)

/** The limits restart at every minute of the clock, so no test may run across two minutes. */
beforeEach(async () => {
  const left = 60_000 - (Date.now() % 60_000)
  if (left < 15_000) await new Promise((resolve) => setTimeout(resolve, left + 100))
}, 30_000)

afterAll(async () => {
  await closed?.stop()
  await open?.stop()
})

interface Key {
  id: string
  secret: string
}

async function keyOf(wire: Wire, slug: string): Promise<Key> {
  return must(await wire.admin("POST", `/partners/${slug}/keys`, {}), 201).json
}
async function partner(wire: Wire, slug: string): Promise<Key> {
  must(await wire.admin("POST", "/partners", { slug, name: slug }), 201)
  return keyOf(wire, slug)
}
const read = (wire: Wire, { secret }: Pick<Key, "secret">, headers: Record<string, string> = {}, path = LIST) =>
  wire.send(path, { headers: { authorization: `Bearer ${secret}`, ...headers } })
/** Requests a new page each time, because answers from memory do not count. */
let pages = 0
const another = () => `${LIST}?limit=${++pages}`
const statuses = async (no: number, by: () => Promise<Answer>) => {
  const all: number[] = []
  for (let i = 0; i < no; i++) all.push((await by()).status)
  return all
}
const of = (no: number, status: number) => Array.from({ length: no }, () => status)

function expectToWait(answer: Answer, policy: string): void {
  expect([answer.status, answer.json.code]).toEqual([429, "too_many_requests"])
  expect(answer.headers.get("retry-after")).toBe("60")
  expect(answer.headers.get("ratelimit-policy")).toBe(policy)
}

describe("a closed API", () => {
  test("accepts any key of a partner, and all keys of one partner share one limit", async () => {
    const first = await partner(closed, "first")
    const [second, other] = [await keyOf(closed, "first"), await partner(closed, "other")]
    expect(await statuses(PARTNERS - 3, () => read(closed, first, {}, another()))).toEqual(of(PARTNERS - 3, 200))
    expect(await statuses(3, () => read(closed, second, {}, another()))).toEqual(of(3, 200))
    for (const key of [first, second]) expectToWait(await read(closed, key, {}, another()), '"default";q=600;w=60')
    expect((await read(closed, other)).status).toBe(200)
  })

  test("caches answers only in the isolate, and none for longer than the key is valid", async () => {
    const key = await partner(closed, "short")
    const first = await read(closed, key)
    expect([first.status, first.headers.get("cache-control")]).toEqual([200, "private, no-store"])
    expect([first.headers.get("cdn-cache-control"), first.headers.get("cache-tag")]).toEqual([null, null])
    const again = await read(closed, key, { "if-none-match": first.headers.get("etag") ?? "" })
    expect([again.status, again.headers.get("cache-control")]).toEqual([304, "private, no-store"])
    const cached = await read(closed, key)
    expect([cached.text, cached.headers.get("cache-status")]).toEqual([first.text, "feedwire; hit; detail=memory"])
    must(await closed.admin("DELETE", `/partners/short/keys/${key.id}`), 204)
    expect((await read(closed, key)).status).toBe(401)
  })

  test("stops an address that guesses keys, but not the partner at the same address", async () => {
    const key = await partner(closed, "neighbour")
    const guess = () => read(closed, { secret: `fwk_${key.id}_${"x".repeat(43)}` })
    const all = [...(await statuses(1, () => closed.send(LIST))), ...(await statuses(UNAUTHENTICATED, guess))]
    // The earlier tests may have run in the same minute.
    expect([all[0], all.at(-1), all.toSorted()]).toEqual([401, 429, all])
    expectToWait(await guess(), '"default";q=30;w=60')
    expectToWait(await closed.send(LIST), '"default";q=30;w=60')
    expect((await read(closed, key)).status).toBe(200)
  })
})

describe("a public API", () => {
  test("is open to all, and a key raises the limit of requests from each address", async () => {
    const key = await partner(open, "known")
    const plain = () => open.send(another())
    expect(await statuses(READERS, plain)).toEqual(of(READERS, 200))
    expectToWait(await plain(), '"default";q=120;w=60')
    expect(await statuses(PARTNERS, () => read(open, key, {}, another()))).toEqual(of(PARTNERS, 200))
    expectToWait(await read(open, key, {}, another()), '"default";q=600;w=60')
  })
})
