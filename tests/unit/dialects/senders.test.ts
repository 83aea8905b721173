import { readFileSync } from "node:fs"
import * as v from "valibot"
import { describe, expect, it } from "vitest"
import { SignatureSchemeSchema, verifyScheme } from "../../../src/crypto/signature-scheme.ts"
import { fitDraft } from "../../../src/dialects/fit-draft.ts"
import { checkDraft } from "../../../src/dialects/item-schema.ts"
import { MappingSchema } from "../../../src/dialects/mapping-schema.ts"
import { readMapped } from "../../../src/dialects/read-mapped.ts"
import { GENERAL_MAPPING, GHOST_SCHEME, mappingOf, SENDERS, schemeOf } from "../../../src/dialects/senders.ts"
import { type Recorded, SIGNERS } from "../../fixtures/senders/sign.ts"

const NOW = Date.UTC(2026, 10, 23, 8, 30, 6)
const SECRET = "a secret that the newsroom chose"

function recorded(name: string): Recorded {
  return JSON.parse(readFileSync(new URL(`../../fixtures/senders/${name}.json`, import.meta.url), "utf8"))
}

/** A message that is signed as its system does, and verified and read as the wire does. */
async function received(sender: string, name: string, secrets = [SECRET], now = NOW) {
  const { headers, body } = recorded(name)
  const signed = new Headers({ ...headers, ...SIGNERS[sender]?.(body, SECRET, NOW) })
  const scheme = schemeOf(sender)
  if (scheme === undefined) throw new Error(`${sender} does not sign`)
  const verified = await verifyScheme(scheme, signed, new TextEncoder().encode(body), secrets, now)
  const reading = readMapped(JSON.parse(body), signed, mappingOf(sender))
  if ("problem" in reading) throw new Error(reading.problem.detail)
  const { drafts } = reading
  return { verified, drafts, items: drafts.map((draft) => checkDraft(fitDraft(draft, NOW))) }
}

describe("signatures of real systems are verified", () => {
  const times: Record<string, number | undefined> = { ghost: NOW, webflow: NOW, sanity: NOW }
  const fixtures: [sender: string, name: string][] = [
    ["ghost", "ghost-published"],
    ["github", "drupal-create"],
    ["webflow", "webflow-published"],
    ["sanity", "sanity-update"],
    ["storyblok", "storyblok-published"],
    ["hookdeck", "hookdeck-forwarded"],
  ]
  it.each(fixtures)("%s", async (sender, name) => {
    const { body, headers } = recorded(name)
    const scheme = sender === "ghost" ? GHOST_SCHEME : schemeOf(sender)
    const sign = SIGNERS[sender]
    if (scheme === undefined || sign === undefined) throw new Error(sender)
    const verify = (text: string, secrets: string[], at = NOW) =>
      verifyScheme(
        scheme,
        new Headers({ ...headers, ...sign(body, SECRET, NOW) }),
        new TextEncoder().encode(text),
        secrets,
        at,
      )
    const time = times[sender]
    expect(await verify(body, [SECRET])).toEqual({ ok: true, secret: 0, ...(time && { timestamp: time }) })
    expect(await verify(body, ["older", SECRET])).toMatchObject({ ok: true, secret: 1 })
    expect(await verify(body, ["other"])).toEqual({ ok: false, problem: "bad_signature" })
    expect(await verify(`${body}\n`, [SECRET])).toEqual({ ok: false, problem: "bad_signature" })
    const late = await verify(body, [SECRET], NOW + 300_001)
    expect(late).toEqual(time ? { ok: false, problem: "too_old" } : { ok: true, secret: 0 })
  })

  it("Hookdeck's, while its secret changes", async () => {
    const { body } = recorded("hookdeck-forwarded")
    const sign = (secret: string) => SIGNERS.hookdeck?.(body, secret, NOW)["x-hookdeck-signature"] ?? ""
    const headers = new Headers({ "x-hookdeck-signature": sign("new"), "x-hookdeck-signature-2": sign(SECRET) })
    const scheme = schemeOf("hookdeck")
    if (scheme === undefined) throw new Error("no scheme")
    const bytes = new TextEncoder().encode(body)
    expect(await verifyScheme(scheme, headers, bytes, [SECRET], NOW)).toEqual({ ok: true, secret: 0 })
  })
})

describe("test vectors published by vendors are verified", () => {
  it.each([
    ["github", "github-hello"],
    ["sanity", "sanity-vector"],
  ])("%s", async (sender, name) => {
    const { body, headers, secret = "", at = NOW } = recorded(name)
    const scheme = schemeOf(sender)
    if (scheme === undefined) throw new Error(sender)
    const verify = (text: string) =>
      verifyScheme(scheme, new Headers(headers), new TextEncoder().encode(text), [secret], at)
    expect(await verify(body)).toMatchObject({ ok: true, secret: 0 })
    expect(await verify(body.replace(/[oe]/, "x"))).toEqual({ ok: false, problem: "bad_signature" })
    expect(new Headers(SIGNERS[sender]?.(body, secret, at)).get(Object.keys(headers)[0] ?? "")).toBe(
      Object.values(headers)[0],
    )
  })
})

describe("presets read", () => {
  it("a node of Drupal", async () => {
    const { items } = await received("github", "drupal-create")
    expect(items).toHaveLength(1)
    expect(items[0]).toMatchObject({ pointer: "/entity", errors: [], deleted: false })
    expect(items[0]?.item).toEqual({
      id: "0b1c2d3e-4f50-4617-8a9b-0c1d2e3f4a5b",
      title: "Harbour bridge reopens",
      content_html: "<p>The bridge opened.</p>",
      summary: "Two weeks early.",
      image: "https://meridian.example/sites/default/files/bridge.jpg",
      date_published: Date.UTC(2026, 10, 23, 8),
      date_modified: Date.UTC(2026, 10, 23, 8, 30),
      language: "en",
      _feedwire: { image: { alt: "Cars on the bridge" } },
    })
  })

  it("a node of Drupal that was deleted, or is no longer published, as withdrawn", async () => {
    const { items } = await received("github", "drupal-delete")
    expect(items[0]).toMatchObject({ deleted: true, guid: "0b1c2d3e-4f50-4617-8a9b-0c1d2e3f4a5b", errors: [] })
    const hidden = JSON.parse(recorded("drupal-create").body)
    hidden.entity.status = [{ value: false }]
    expect(readMapped(hidden, new Headers(), GENERAL_MAPPING)).toMatchObject({ drafts: [{ deleted: true }] })
  })

  it("items of Webflow that were published together", async () => {
    const { items } = await received("webflow", "webflow-published")
    expect(items.map(({ pointer }) => pointer)).toEqual(["/payload/items/0", "/payload/items/1"])
    expect(items[0]).toMatchObject({ errors: [], warnings: [] })
    expect(items[0]?.item).toEqual({
      id: "62b720ef280c7a7a3be8cab1",
      title: "Harbour bridge reopens",
      content_html: "<p>One.</p>",
      summary: "In short.",
      image: "https://cdn.prod.website-files.com/bridge.jpg",
      date_published: Date.UTC(2026, 10, 23, 8, 30),
      date_modified: Date.UTC(2026, 10, 23, 8, 30),
      _feedwire: { image: { alt: "The bridge" } },
    })
  })

  it("nothing in drafts and other events of Webflow", async () => {
    expect((await received("webflow", "webflow-changed")).items).toEqual([])
    const form = { triggerType: "form_submission", payload: { name: "Contact", id: "1" } }
    expect(readMapped(form, new Headers(), mappingOf("webflow"))).toEqual({ drafts: [] })
  })

  it("an unpublished item of Webflow as withdrawn", async () => {
    const { items } = await received("webflow", "webflow-unpublished")
    expect(items).toMatchObject([{ deleted: true, guid: "62b720ef280c7a7a3be8cab1", errors: [] }])
  })

  it("a document of Sanity, without its tree of blocks", async () => {
    const { items } = await received("sanity", "sanity-update")
    expect(items[0]?.warnings).toEqual(["html: /body holds an array, not text; it was left out"])
    expect(items[0]?.item).toEqual({
      id: "e0a1b2c3-d4e5-4f60-8718-293a4b5c6d7e",
      title: "Harbour bridge reopens",
      content_text: "The bridge opened.",
      date_published: Date.UTC(2026, 10, 23, 8, 30),
      date_modified: Date.UTC(2026, 10, 23, 8, 30),
      authors: [{ name: "Layla Haddad" }],
      _feedwire: { sections: ["Local", "Transport"] },
    })
    expect((await received("sanity", "sanity-delete")).items[0]).toMatchObject({ deleted: true, errors: [] })
  })

  it("only the reference in a story of Storyblok", async () => {
    expect(SENDERS.storyblok?.notificationOnly).toBe(true)
    const { drafts } = await received("storyblok", "storyblok-published")
    expect(drafts).toMatchObject([{ value: { id: "456789", url: "news/harbour-bridge" }, deleted: false }])
  })

  it("an entry of Strapi that Hookdeck forwards", async () => {
    const { items } = await received("hookdeck", "hookdeck-forwarded")
    expect(items[0]).toMatchObject({ pointer: "/entry", errors: [], warnings: [] })
    expect(items[0]?.item).toEqual({
      id: "17",
      title: "Harbour bridge reopens",
      content_html: "<p>The bridge opened.</p>",
      image: "https://cms.meridian.example/uploads/bridge.jpg",
      date_published: Date.UTC(2026, 10, 23, 8, 30),
      date_modified: Date.UTC(2026, 10, 23, 8, 30),
      _feedwire: { sections: ["Local"] },
    })
  })

  it("a JSON Feed item by its own names, wrapped or not", () => {
    const item = { id: "1", title: "A", content_html: "<p>b</p>", url: "https://a.example/1", tags: ["x"] }
    const read = (body: unknown) => readMapped(body, new Headers(), GENERAL_MAPPING)
    const value = { ...item }
    expect(read(item)).toMatchObject({ drafts: [{ pointer: "", value }] })
    expect(read([item, item])).toMatchObject({ drafts: [{ pointer: "/0" }, { pointer: "/1" }] })
    // The message has an id too.
    expect(read({ id: "evt_1", data: item })).toMatchObject({ drafts: [{ pointer: "/data", value }] })
    expect(read({ ...item, data: { views: 3 } })).toMatchObject({ drafts: [{ pointer: "", value }] })
    expect(read({ event: "article.deleted", article: item })).toMatchObject({ drafts: [{ deleted: true }] })
    // In Strapi 5 the id changes with every publication.
    expect(read({ event: "entry.publish", entry: { id: 9, documentId: "abc" } })).toMatchObject({
      drafts: [{ value: { id: "abc" } }],
    })
    expect(read({ ...item, status: "draft" })).toMatchObject({ drafts: [{ deleted: true }] })
  })
})

it("mappings that an operator could also write", () => {
  for (const { scheme, mapping } of Object.values(SENDERS)) {
    expect(v.safeParse(MappingSchema, mapping).issues).toBeUndefined()
    expect(v.safeParse(SignatureSchemeSchema, scheme).issues).toBeUndefined()
  }
  expect(v.safeParse(SignatureSchemeSchema, GHOST_SCHEME).issues).toBeUndefined()
})

it("a sender by the operator's own mapping first; an unknown sender has no scheme", () => {
  expect(schemeOf("github", GHOST_SCHEME)).toBe(GHOST_SCHEME)
  for (const unknown of ["ghost", "unsigned", "nobody", "constructor", "__proto__", ""]) {
    expect(schemeOf(unknown)).toBeUndefined()
    expect(mappingOf(unknown)).toBe(GENERAL_MAPPING)
  }
  const mapping = { id: "/key" }
  expect(mappingOf("sanity", mapping)).toBe(mapping)
})
