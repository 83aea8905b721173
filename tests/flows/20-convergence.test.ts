/** Tests late and parallel deliveries. tests/histories/20-convergence.test.ts covers many messages in any order. */
import { env } from "cloudflare:workers"
import { expect, test } from "vitest"
import { article, makeWire, push, send } from "./world.ts"

const { one } = await makeWire({
  sections: { world: {}, europe: { parent: "world" }, sports: {} },
  publishers: { one: { default_section: "world" } },
})
const START = Date.UTC(2026, 9, 1)
const minute = (n: number) => new Date(START + n * 60_000).toISOString()

test("a late version between two equal ones loses to the last of them", async () => {
  const item = (title: string) => ({
    ...article({ id: "there-and-back", url: "https://one.example/x" }),
    title,
    content_html: "<p>x</p>",
    date_published: minute(0),
  })
  await push(one, item("X"), { timestamp: minute(1) })
  expect((await push(one, item("X"), { timestamp: minute(3) })).json.results[0].outcome).toBe("unchanged")
  expect((await push(one, item("Y"), { timestamp: minute(2) })).json.results[0].outcome).toBe("stale")
  expect((await push(one, item("Y"), { timestamp: minute(4) })).json.results[0].outcome).toBe("updated")
})

test("50 parallel pushes of one id make one article, created once", async () => {
  const item = article({ id: "parallel" })
  const sent = await Promise.all(Array.from({ length: 50 }, () => push(one, item)))
  const outcomes = sent.map(({ json }) => json.results[0].outcome as string)
  expect(outcomes.filter((outcome) => outcome === "created")).toHaveLength(1)
  expect(outcomes.filter((outcome) => outcome === "unchanged")).toHaveLength(49)
  const row = await env.DB.prepare("select count(*) n from articles where guid = 'parallel'").first<{ n: number }>()
  expect(row?.n).toBe(1)
})

test("50 parallel deliveries of one id are one delivery with one answer", async () => {
  const item = article({ id: "same-delivery" })
  const timestamp = minute(1)
  const sent = await Promise.all(Array.from({ length: 50 }, () => push(one, item, { id: "once", timestamp })))
  expect(new Set(sent.map(({ text }) => text)).size).toBe(1)
  expect(sent[0]?.json.results[0].outcome).toBe("created")
  expect(sent.filter(({ headers }) => headers.get("webhook-repeated") === "true")).toHaveLength(49)
})

test("commits agree with the changes that they made", async () => {
  const { results } = await env.DB.prepare(
    `select s.key from scopes s where revision <> (select max(no) from commits c, json_each(c.scopes) t where t.value = s.key)`,
  ).all()
  expect(results).toEqual([])
  expect((await send("/sections/world/feed.json")).json.items.length).toBeGreaterThan(0)
})
