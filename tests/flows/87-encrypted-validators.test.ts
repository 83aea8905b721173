/** Tests that validators and cursors reveal nothing about other publishers to a partner of one publisher. */
import { beforeAll, beforeEach, expect, test } from "vitest"
import { decodeBase64Url } from "../../src/text/base64.ts"
import { HOUR, wait } from "./clock.ts"
import {
  alike,
  ask,
  broader,
  cursorOf,
  epoch,
  etagOf,
  everything,
  first,
  foreign,
  herald,
  holding,
  limited,
  MIRRORED,
  PAGED,
  PATHS,
  prepare,
} from "./limited-partners.ts"
import { type Answer, article, push, rows } from "./world.ts"

beforeAll(prepare)
// The caches of the previous test have expired.
beforeEach(() => wait(HOUR))

const decoded = (text: string): string =>
  (text.match(/[\w-]{16,}/g) ?? []).map((run) => String.fromCharCode(...(decodeBase64Url(run) ?? []))).join(" ")

/** Parts of the wire's state in an answer, encoded or not: commit numbers, the epoch, halves of other ids. */
async function revealedBy(sent: Answer): Promise<string[]> {
  const head = Number((await rows("select max(no) no from commits"))[0]?.no)
  const headers = [...sent.headers].map(([name, value]) => `${name}: ${value}`).join("\n")
  const plain = `${headers}\n${sent.text}`
  const text = `${plain}\n${decoded(decodeURIComponent(plain.replaceAll("%", "%25")))}`
  const numbers = (text.match(/(?<![0-9a-z.-])\d{5,6}(?![0-9a-z])/gi) ?? []).filter(
    (no) => Number(no) >= first && Number(no) <= head,
  )
  const marks = [epoch, ...foreign.flatMap((id) => [id.slice(0, 16), id.slice(16)]), "hidden"]
  return [...new Set([...numbers, ...marks.filter((mark) => text.includes(mark))])]
}

test("no header or member reveals a commit number, the epoch, or half an id of another publisher", async () => {
  for (const path of [...PATHS(), "/v1/snapshot"]) {
    let next: string | undefined = path
    for (let page = 0; next !== undefined && page < 30; page++) {
      const sent: Answer = await ask(next, limited)
      expect([next, sent.status]).toEqual([next, 200])
      expect([next, await revealedBy(sent)]).toEqual([next, []])
      expect([next, sent.headers.get("last-modified")]).toEqual([next, null])
      if (sent.headers.has("etag")) {
        const same = await ask(next, limited, holding(sent))
        expect([next, same.status, etagOf(same), await revealedBy(same)]).toEqual([next, 304, etagOf(sent), []])
        expect([next, same.headers.get("last-modified")]).toEqual([next, null])
      }
      const url: URL | undefined = sent.json?.next && new URL(sent.json.next)
      expect([next, sent.headers.get("link")]).toEqual([next, url ? `<${url}>; rel="next"` : null])
      next = url && sent.json.more !== false ? url.pathname + url.search : undefined
    }
  }
  // This shows that the check works, because a partner without limits gets all of these values.
  const seen = await Promise.all(PATHS().map(async (path) => revealedBy(await ask(path, everything))))
  for (const [at, path] of PATHS().entries()) expect([path, seen[at]?.includes(epoch)]).toEqual([path, true])
})

test("partners of one audience get the same tags and cursors, and those of another get others", async () => {
  for (const path of PATHS()) {
    const [mine, theirs, others] = [await ask(path, limited), await ask(path, alike), await ask(path, broader)]
    expect([path, etagOf(theirs), theirs.text]).toEqual([path, etagOf(mine), mine.text])
    expect([path, etagOf(others) === etagOf(mine)]).toEqual([path, false])
    expect((await ask(path, alike, holding(mine))).status).toBe(304)
    expect((await ask(path, broader, holding(mine))).status).toBe(200)
    expect((await ask(path, everything, holding(mine))).status).toBe(200)
  }
  for (const path of [...PAGED, ...MIRRORED]) {
    const [mine, others] = [await ask(path, limited), await ask(path, broader)]
    expect(cursorOf(mine)).toMatch(/^e\.[\w-]+$/)
    expect([path, cursorOf(others) === cursorOf(mine)]).toEqual([path, false])
  }
})

test("the same state has the same tag at any time, and no length depends on another publisher's article", async () => {
  const path = "/v1/articles?q=election&limit=2"
  const measured = new Set<string>()
  const marks = new Set<string>()
  // The numbers go from 99,9… to 100,0….
  for (let no = 0; no < first; ) {
    const [sent, idle] = [await ask(path, limited), await ask("/v1/changes?cursor=latest", limited)]
    const later = await ask(path, alike)
    expect([etagOf(later), later.text]).toEqual([etagOf(sent), sent.text])
    measured.add([etagOf(sent), cursorOf(sent), etagOf(idle), cursorOf(idle)].map(({ length }) => length).join())
    marks.add(etagOf(idle))
    const missing = 100_002 - Number((await rows("select max(no) no from commits"))[0]?.no)
    if (missing < 0) break
    no += 1
    await push(herald, article({ title: "Herald", tags: ["hidden"] }, 5))
    wait(2000)
  }
  expect(marks.size).toBeGreaterThan(50)
  expect([...measured]).toHaveLength(1)
})
