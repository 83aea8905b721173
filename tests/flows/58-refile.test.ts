/** Tests articles that an operator files under other sections than their publisher states. */
import { expect, test } from "vitest"
import { expectConsistent } from "./wire-state.ts"
import { type Answer, admin, article, makeWire, push, send, sweep } from "./world.ts"

const { one, two } = await makeWire({
  sections: { world: {}, asia: { parent: "world" }, sports: {}, arts: {}, old: {} },
  publishers: {
    one: { home_page_url: "https://one.example/", origins: ["https://one.example"] },
    two: { home_page_url: "https://two.example/" },
  },
})

let seconds = 0
const later = (): string => new Date(Date.now() + ++seconds * 1000).toISOString()
const publish = (to: typeof one, id: string, more: object = {}): Promise<Answer> =>
  push(to, article({ id, title: `Story ${id}`, _feedwire: { sections: ["sports"] }, ...more }), { timestamp: later() })
const idOf = ({ json }: Answer): string => json.results[0].id.slice(-32)
const refile = (id: string, sections: string[] | null) => admin("POST", `/articles/${id}/sections`, { sections })
const show = async (id: string) => (await admin("GET", `/articles/${id}`)).json
const titlesIn = async (section: string): Promise<string[]> =>
  (await send(`/sections/${section}/feed.json`)).json.items.map(({ title }: { title: string }) => title)
const isIn = async (title: string, ...sections: string[]) =>
  Object.fromEntries(
    await Promise.all(sections.map(async (section) => [section, (await titlesIn(section)).includes(title)] as const)),
  )

test("an article moves at once, is shown as refiled, and later versions keep the sections", async () => {
  const id = idOf(await publish(one, "r1"))
  const etag = (await send("/sections/sports/feed.json")).headers.get("etag") ?? ""
  const refiled = await refile(id, ["asia", "arts"])
  expect([refiled.status, refiled.json]).toMatchObject([200, { sections: ["asia", "arts"], refiled: ["asia", "arts"] }])
  expect(await isIn("Story r1", "sports", "asia", "world", "arts")).toEqual({
    sports: false,
    asia: true,
    world: true,
    arts: true,
  })
  expect((await send("/sections/sports/feed.json", { headers: { "if-none-match": etag } })).status).toBe(200)
  const corrected = { title: "Story r1, corrected", date_modified: later() }
  expect((await publish(one, "r1", corrected)).json.results[0].outcome).toBe("updated")
  expect(await isIn("Story r1, corrected", "sports", "asia", "arts")).toEqual({ sports: false, asia: true, arts: true })
  const [entry] = (await admin("GET", "/audit?limit=1")).json.entries
  expect(entry).toMatchObject({
    action: "article.refile",
    subject: `articles/${id}`,
    detail: { before: { sections: null }, after: { sections: ["asia", "arts"] } },
  })
  await expectConsistent()
})

test("a withdrawal and a new publication, a change of aliases and a dry run keep the sections too", async () => {
  const id = idOf(await publish(one, "r2"))
  await refile(id, ["arts"])
  await push(one, { id: "r2" }, { type: "article.deleted", timestamp: later() })
  await publish(one, "r2")
  expect((await show(id)).sections).toEqual(["arts"])
  await admin("POST", "/sections/world/aliases", { names: ["sports news"] })
  await admin("PATCH", "/sections/sports", { parent: "world" })
  await sweep()
  expect(await isIn("Story r2", "sports", "arts", "world")).toEqual({ sports: false, arts: true, world: false })
  await admin("PATCH", "/sections/sports", { parent: null })
  await sweep()
  await expectConsistent()
})

test("null gives the choice back to the publisher", async () => {
  const id = idOf(await publish(one, "r3"))
  await refile(id, ["arts"])
  const back = await refile(id, null)
  expect(back.json.sections).toEqual(["sports"])
  expect(back.json.refiled).toBeUndefined()
  expect(await isIn("Story r3", "sports", "arts")).toEqual({ sports: true, arts: false })
})

test("an article under embargo gets the sections when its embargo ends", async () => {
  const embargo = new Date(Date.now() + 3_600_000).toISOString()
  const id = idOf(await publish(one, "r4", { _feedwire: { sections: ["sports"], embargo } }))
  expect((await refile(id, ["arts"])).json.refiled).toEqual(["arts"])
  expect((await show(id)).state).toBe("embargoed")
  await publish(one, "r4", { title: "Story r4 now", date_modified: later() })
  expect(await isIn("Story r4 now", "sports", "arts")).toEqual({ sports: false, arts: true })
})

test("a suppressed duplicate stays suppressed", async () => {
  const url = "https://one.example/shared"
  await publish(one, "s1", { url, title: "Shared one" })
  const id = idOf(await publish(two, "s2", { url, title: "Shared two" }))
  expect((await refile(id, ["arts"])).status).toBe(200)
  expect(await isIn("Shared two", "sports", "arts")).toEqual({ sports: false, arts: false })
  const own = (await send("/publishers/two/feed.json")).json.items.map(({ title }: { title: string }) => title)
  expect(own).toContain("Shared two")
  await expectConsistent()
})

test("a retired section is left out, and the publisher's sections count if none is left", async () => {
  const id = idOf(await publish(one, "r5"))
  await refile(id, ["old"])
  expect(await isIn("Story r5", "old", "sports")).toEqual({ old: true, sports: false })
  expect((await admin("POST", "/sections/old/retire", {})).status).toBe(200)
  await sweep()
  expect((await show(id)).sections).toEqual(["sports"])
  expect(await isIn("Story r5", "sports")).toEqual({ sports: true })
  await expectConsistent()
})

test("what cannot be refiled is refused with the reason", async () => {
  const id = idOf(await publish(one, "r6"))
  expect((await refile(id, ["spors"])).json.detail).toContain("Did you mean sports?")
  expect((await refile(id, [])).status).toBe(422)
  expect((await admin("POST", `/articles/${id}/sections`, {})).status).toBe(422)
  await push(one, { id: "r6" }, { type: "article.deleted", timestamp: later() })
  expect((await refile(id, ["arts"])).status).toBe(409)
  expect((await refile("0".repeat(32), ["arts"])).status).toBe(404)
})
