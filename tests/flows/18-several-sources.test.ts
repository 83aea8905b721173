/** Tests that a repeated document does not overwrite a correction from another source. */
import { expect, test } from "vitest"
import { until, wait } from "./clock.ts"
import { article, counted, makeWire, postDocument, push, send, type Trip } from "./world.ts"

until(Date.now())
const { one } = await makeWire({ sections: { world: {} }, publishers: { one: { default_section: "world" } } })

/** The rows that the reading of the earlier state and the write batch write. */
const rowsWritten = (trips: Trip[]) => trips.slice(1, 3).reduce((total, trip) => total + trip.rowsWritten, 0)

test("a document repeats no entry over another source's correction, and writes nothing for it", async () => {
  const item = (no: number, title: string) =>
    `<item><guid>entry-${no}</guid><title>${title}</title><description>Text ${no}</description></item>`
  const pushDocument = async (...items: string[]) => {
    wait(60_000)
    const { bindings, trips } = counted()
    const document = `<rss version="2.0"><channel><title>One</title>${items.join("")}</channel></rss>`
    const { json } = await postDocument(one, "application/rss+xml", document, bindings)
    const outcomes = json.results.map(({ outcome }: { outcome: string }) => outcome)
    return { outcomes, rows: rowsWritten(trips), details: json.results[0].detail }
  }
  await pushDocument(item(1, "First"), item(2, "Second"))
  wait(60_000)
  const { bindings, trips } = counted()
  await push(one, { id: "entry-1", title: "Corrected", content_html: "<p>Text</p>" }, { bindings })
  // As any correction without an address: delivery 2, commit 1, body 1, article 3; the scopes all, publisher, world.
  expect(rowsWritten(trips)).toBe(7 + 3)

  const repeated = await pushDocument(item(1, "First"), item(2, "Second"))
  expect(repeated).toMatchObject({ outcomes: ["stale", "unchanged"], rows: 3 })
  expect(repeated.details).toMatch(/^another system changed this article/)
  const changed = await pushDocument(item(1, "First"), item(2, "Second, changed"))
  expect(changed).toMatchObject({ outcomes: ["stale", "updated"], rows: 7 + 3 })
  expect((await send("/feed.json")).json.items.map(({ title }: { title: string }) => title)).toContain("Corrected")
  expect((await pushDocument(item(1, "Changed at last"))).outcomes).toEqual(["updated"])
})

test("content that another source sent already writes one row more, once", async () => {
  const item = article({ id: "of-two-sources" })
  await push(one, item)
  const document = JSON.stringify({ version: "https://jsonfeed.org/version/1.1", title: "One", items: [item] })
  const rowsOf = async () => {
    wait(60_000)
    const { bindings, trips } = counted()
    const sent = await postDocument(one, "application/feed+json", document, bindings)
    return [sent.json.results[0].outcome, rowsWritten(trips)]
  }
  expect([await rowsOf(), await rowsOf()]).toEqual([
    ["unchanged", 3 + 1],
    ["unchanged", 3],
  ])
})
