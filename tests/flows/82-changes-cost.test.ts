/** Tests that D1 reads as many rows for a mirror on a large wire as on a small one. */
import { env } from "cloudflare:workers"
import { beforeAll, describe, expect, test } from "vitest"
import { decodeCursor, encodeCursor } from "../../src/articles/model/cursor.ts"
import { fill, prepareFilling } from "./many-articles.ts"
import { LARGE } from "./size-of-wire.ts"
import { counted, rows, send } from "./world.ts"

const { bindings, trips } = counted()
/** With Workers Cache in front, every request asks D1. */
const edge = { purge: async () => ({ success: true }) }

async function costOf(path: string, init: RequestInit = {}, more: object = {}) {
  trips.length = 0
  const sent = await send(path, init, { ...bindings, ...more }, edge)
  expect(trips).toHaveLength(1)
  return { sent, rows: trips[0]?.rowsRead ?? 0 }
}

/** Rows that a page may scan for each requested change, as D1 counts them; a small page counts as ten. */
const SCAN = 40
const LEAST = 10
/** Rows to show a change, and for everything else. */
const SHOWN = 10
const REST = 60

const small: Record<string, number> = {}

beforeAll(async () => {
  await prepareFilling()
  // Loads the directory into memory, because the first request reads one row more.
  await send("/feed.json")
})

const latest = async () => (await send("/v1/changes?cursor=latest")).json.cursor as string

describe.each([1000, LARGE])("with %i articles on the wire", (total) => {
  beforeAll(() => fill(total), 120_000)

  test("a page is one round trip with a bounded number of rows, from any cursor", async () => {
    for (const limit of [1, 10, 100]) {
      // The position is after the directory and the changes above.
      const [row] = await rows("select commit_no no, max(id) id from articles where id glob '0000*'")
      const { epoch } = decodeCursor(await latest(), "change") ?? { epoch: "" }
      const from = (id: unknown) =>
        encodeCursor(epoch, "change", [row?.no as number, id as string, row?.no as number, ""])
      for (const [where, cursor] of [
        ["first", from("")],
        ["middle", from(`${"0".repeat(29)}1f4`)],
      ] as const) {
        const { rows, sent } = await costOf(`/v1/changes?limit=${limit}&cursor=${cursor}`)
        expect(sent.json.changes).toHaveLength(limit)
        const name = `${where} ${limit}`
        expect(rows, name).toBeLessThanOrEqual(SHOWN * limit + REST)
        if (total === 1000) small[name] = rows
        else expect([name, rows]).toEqual([name, small[name]])
      }
    }
  })

  test("a page without visible changes ends at the limit of its scan, and the next one continues there", async () => {
    await env.DB.prepare("update articles set state = 'deleted' where id glob '0000*'").run()
    const [row] = await rows("select commit_no no from articles where id glob '0000*' limit 1")
    for (const limit of total === 1000 ? [1, 10] : [1, 10, 100]) {
      const { epoch } = decodeCursor(await latest(), "change") ?? { epoch: "" }
      // The articles were withdrawn before the mirror began.
      const cursor = encodeCursor(epoch, "change", [row?.no as number, "", row?.no as number, ""])
      const { rows: read, sent } = await costOf(`/v1/changes?limit=${limit}&cursor=${cursor}`)
      expect(sent.json).toMatchObject({ changes: [], more: true })
      expect(read).toBeLessThanOrEqual(SCAN * Math.max(limit, LEAST) + REST)
      const next = decodeCursor(sent.json.cursor, "change")?.position
      expect(next).toEqual([String(row?.no), expect.stringMatching(/^0000/), String(row?.no), ""])
    }
    await env.DB.prepare("update articles set state = 'published' where id glob '0000*'").run()
  })

  test("an idle page and a 304 read the same few rows", async () => {
    const path = `/v1/changes?cursor=${await latest()}`
    const idle = await costOf(path)
    const known = await costOf(path, { headers: { "if-none-match": idle.sent.headers.get("etag") ?? "" } })
    expect([idle.sent.json.changes, known.sent.status]).toEqual([[], 304])
    expect(idle.rows).toBeLessThanOrEqual(10)
    expect(known.rows).toBe(4)
  })
})
