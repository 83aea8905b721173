/** Tests that the audit has what was before and after each change, and never a secret or a personal address. */
import { expect, test } from "vitest"
import { admin, article, makeWire, push, pushRaw } from "./world.ts"

const { daily } = await makeWire({
  sections: { world: { names: { en: "World" } }, arts: { names: { en: "Arts" } } },
  publishers: { daily: { default_section: "world" }, old: {} },
})

const done = async (method: string, path: string, body?: unknown) => {
  const { status, text, json } = await admin(method, path, body)
  if (status >= 300) throw new Error(text)
  return json
}
const last = async () => (await done("GET", "/audit?limit=1")).entries[0]
const id = (await push(daily, article({ id: "a1" }))).json.results[0].id.slice(-32)
await pushRaw(daily, "{")
await done("POST", "/publishers/daily/sources", {
  name: "blog",
  sender: "feed",
  feed_url: "https://daily.example/f?key=s3cret",
})
await done("POST", "/partners", { slug: "metro", name: "Metro", contact: "a@metro.example" })
await done("POST", "/operators", { name: "edith", role: "viewer" })

const CHANGES: [
  action: string,
  method: string,
  path: string,
  body: unknown,
  before: object,
  after: object | undefined,
][] = [
  [
    "publisher.change",
    "PATCH",
    "/publishers/daily",
    { default_section: null },
    { default_section: "world" },
    { default_section: null },
  ],
  ["section.change", "PATCH", "/sections/arts", { parent: "world" }, { parent: null }, { parent: "world" }],
  [
    "source.change",
    "PATCH",
    "/publishers/daily/sources/blog",
    { feed_url: "https://daily.example/g?key=other" },
    { feed_url: "https://daily.example/f?…" },
    { feed_url: "https://daily.example/g?…" },
  ],
  [
    "source.remove",
    "DELETE",
    "/publishers/daily/sources/blog",
    undefined,
    { sender: "feed", feed_url: "https://daily.example/g?…", trusted: false },
    undefined,
  ],
  [
    "partner.change",
    "PATCH",
    "/partners/metro",
    { contact: "b@metro.example", state: "disabled" },
    { contact: "…", state: "active" },
    { contact: "…", state: "disabled" },
  ],
  ["wire.change", "PATCH", "/wire", { name: "Gulf Wire" }, { name: null }, { name: "Gulf Wire" }],
  ["operator.change", "PATCH", "/operators/edith", { role: "editor" }, { role: "viewer" }, { role: "editor" }],
  ["operator.remove", "DELETE", "/operators/edith", undefined, { role: "editor" }, undefined],
  [
    "article.refile",
    "POST",
    `/articles/${id}/sections`,
    { sections: ["arts"] },
    { sections: null },
    { sections: ["arts"] },
  ],
  [
    "article.refile",
    "POST",
    `/articles/${id}/sections`,
    { sections: null },
    { sections: ["arts"] },
    { sections: null },
  ],
  [
    "article.take-down",
    "POST",
    `/articles/${id}/takedown`,
    { reason: "Order 7" },
    { states: ["published"] },
    { states: ["taken_down"] },
  ],
  ["article.release", "POST", `/articles/${id}/release`, {}, { state: "taken_down" }, { state: "deleted" }],
  ["section.retire", "POST", "/sections/arts/retire", {}, { retired: false }, { retired: true }],
  ["publisher.remove", "DELETE", "/publishers/old", undefined, { state: "active" }, { state: "removed" }],
]

test.each(CHANGES)("%s has before and after", async (action, method, path, body, before, after) => {
  await done(method, path, body)
  const entry = await last()
  expect([entry.action, entry.detail.before, entry.detail.after]).toEqual([action, before, after])
  expect(JSON.stringify(entry)).not.toMatch(/s3cret|key=other|@metro/)
})

test("dead-letter.dismiss has before and after", async () => {
  const [{ id: attempt }] = (await done("GET", "/dead-letters")).dead_letters
  await done("POST", `/dead-letters/${attempt}/dismiss`)
  expect((await last()).detail).toMatchObject({ before: { dead_letter: "open" }, after: { dead_letter: "dismissed" } })
})
