/** Tests the cursors and validators that a partner of one publisher sends back. */
import { env } from "cloudflare:workers"
import { beforeAll, beforeEach, describe, expect, test } from "vitest"
import { sha256 } from "../../src/crypto/digest.ts"
import { encodeBase64 } from "../../src/text/base64.ts"
import { HOUR, now, wait } from "./clock.ts"
import {
  ask,
  broader,
  CHANGED,
  closed,
  cursorOf,
  etagOf,
  everything,
  holding,
  keyOf,
  limited,
  MIRRORED,
  PAGED,
  prepare,
} from "./limited-partners.ts"
import { type Answer, admin, rows, send } from "./world.ts"

beforeAll(prepare)
// The caches of the previous test have expired.
beforeEach(() => wait(HOUR))

describe("a cursor or validator that cannot be decrypted", () => {
  const gone = (sent: Answer, start: string) =>
    expect([sent.status, sent.json.code, sent.json.start_url]).toEqual([410, "foreign_cursor", start])
  const at = (path: string, cursor: string) => {
    const url = new URL(path, "https://feeds.example")
    url.searchParams.set("cursor", cursor)
    return url.pathname + url.search
  }
  /** The address to start again from, for each endpoint. */
  const starts = (path: string): string => {
    const url = new URL(path, "https://feeds.example")
    url.searchParams.delete("cursor")
    url.searchParams.sort()
    return path.startsWith("/v1/changes") ? "https://feeds.example/v1/snapshot" : url.href
  }

  test("is refused if it was changed, truncated, invented, or issued to others", async () => {
    for (const path of [...PAGED, ...MIRRORED]) {
      const cursor = cursorOf(await ask(path, limited))
      expect((await ask(at(path, cursor), limited)).status).toBe(200)
      const changed = [2, 10, 60, cursor.length - 10].map(
        (place) => cursor.slice(0, place) + (cursor[place] === "A" ? "B" : "A") + cursor.slice(place + 1),
      )
      const cut = [cursor.length - 1, cursor.length - 30, 40, 3].map((length) => cursor.slice(0, length))
      const others = [cursorOf(await ask(path, broader)), cursorOf(await ask(path, everything))]
      for (const bad of [...changed, ...cut, ...others, `${cursor}AAAA`, "e.", "e.!", `e.${"A".repeat(9000)}`]) {
        gone(await ask(at(path, bad), limited), starts(path))
      }
      for (const secret of [broader, everything]) gone(await ask(at(path, cursor), secret), starts(path))
      gone(await send(at(path, cursor), {}, env), starts(path))
      for (const none of ["nonsense", "a.b", "x".repeat(300)]) {
        const sent = await ask(at(path, none), limited)
        expect([sent.status, sent.json.code]).toEqual([400, "invalid_parameter"])
        expect(sent.json.errors).toEqual([
          { parameter: "cursor", detail: expect.stringContaining("is not a cursor of") },
        ])
      }
    }
  })

  test("is refused if it is of another endpoint, except that changes accept a snapshot's cursor", async () => {
    const paths = ["/v1/articles?limit=1", "/v1/tags?limit=1", "/v1/changes?limit=1"]
    for (const from of paths) {
      const cursor = cursorOf(await ask(from, limited))
      for (const path of paths) {
        const sent = await ask(at(path, cursor), limited)
        if (path === from) expect(sent.status).toBe(200)
        else gone(sent, starts(path))
      }
    }
    const lines = (await ask("/v1/snapshot", limited)).text.trim().split("\n")
    const { cursor } = JSON.parse(lines.at(-1) ?? "")
    expect((await ask(`/v1/changes?cursor=${cursor}`, limited)).json).toMatchObject({ changes: [], more: false })
    const other = await ask(at(`${CHANGED}&limit=1`, cursorOf(await ask("/v1/articles?limit=1", limited))), limited)
    expect([other.status, other.json.errors[0].detail]).toEqual([
      400,
      expect.stringContaining("belongs to another list"),
    ])
  })

  test("is reported only if there is no other error", async () => {
    const sent = await ask(at("/v1/articles?limit=0&titel=x", "e.AAAA"), limited)
    expect([sent.status, sent.json.errors.map(({ parameter }: { parameter: string }) => parameter)]).toEqual([
      400,
      ["titel", "limit"],
    ])
  })

  test("is ignored as a validator, and nothing confirms a guessed one", async () => {
    const path = "/v1/sections"
    const sent = await ask(path, limited)
    const tag = etagOf(sent)
    const statuses = async (value: string) => (await ask(path, limited, { "if-none-match": value })).status
    expect(await statuses(tag)).toBe(304)
    expect(await statuses(`W/${tag}`)).toBe(304)
    expect(await statuses(`"other", ${tag.replace("e.", "e.A")}, ${tag}`)).toBe(304)
    expect(await statuses("*")).toBe(304)
    expect(await statuses(etagOf(await ask("/v1/publishers", limited)))).toBe(200)
    for (const bad of [`${tag.slice(0, -2)}"`, '"e."', '"*"', "", '"e.AAAA"', `"e.${"A".repeat(200)}"`]) {
      expect([bad, await statuses(bad)]).toEqual([bad, 200])
    }
    // The plain text of the tag.
    const plain = etagOf(await ask(path, everything)).replace(/-all"$/, `-${await audienceOf()}"`)
    expect(plain).toMatch(/-[0-9a-f]{32}"$/)
    expect(await statuses(plain)).toBe(200)
    expect((await ask(path, limited, { "if-modified-since": new Date(now + HOUR).toUTCString() })).status).toBe(200)
  })

  const audienceOf = async () => {
    const uid = String((await rows("select uid from publishers where slug = 'gazette'"))[0]?.uid)
    return (await sha256(uid)).slice(0, 32)
  }

  test("is refused if it was issued before rights changed", async () => {
    const secret = await keyOf("changing", { publishers: ["gazette"] })
    for (const publishers of [null, ["gazette"], ["gazette", "third"]]) {
      const sentBefore = await Promise.all(
        [...PAGED, ...MIRRORED].map(async (path) => [path, await ask(path, secret)] as const),
      )
      expect((await admin("PATCH", "/partners/changing", { publishers })).status).toBe(200)
      for (const [path, sent] of sentBefore) {
        expect((await ask(path, secret, holding(sent))).status).toBe(200)
        gone(await ask(at(path, cursorOf(sent)), secret), starts(path))
      }
    }
  })
})

describe("another master key", () => {
  const next = { ...closed, MASTER_KEY: encodeBase64(new Uint8Array(32).fill(9)) }

  test("decrypts what the previous one encrypted, while that is MASTER_KEY_PREVIOUS", async () => {
    for (const path of [...PAGED, ...MIRRORED]) {
      wait(HOUR)
      const old = await ask(path, limited)
      const both = { ...next, MASTER_KEY_PREVIOUS: env.MASTER_KEY }
      const url = `${path}${path.includes("?") ? "&" : "?"}cursor=${cursorOf(old)}`.replace("cursor=latest&", "")
      const went = await ask(url, limited, {}, both)
      expect([path, went.status]).toEqual([path, 200])
      // The client's copy has cursors of the old key, so its old tag matches until that key is removed.
      const same = await ask(path, limited, holding(old), both)
      expect([path, same.status, etagOf(same)]).toEqual([path, 304, etagOf(old)])
      const fresh = await ask(path, limited, {}, both)
      expect([path, etagOf(fresh) === etagOf(old), cursorOf(fresh) === cursorOf(old)]).toEqual([path, false, false])
      expect((await ask(path, limited, holding(fresh), both)).status).toBe(304)
      // These bindings lack the old key.
      for (const bindings of [next, { ...next, MASTER_KEY_PREVIOUS: "" }]) {
        expect((await ask(path, limited, holding(old), bindings)).status).toBe(200)
        expect((await ask(url, limited, {}, bindings)).json.code).toBe("foreign_cursor")
        const again = await ask(path, limited, {}, bindings)
        expect([path, again.text]).toEqual([path, fresh.text])
        expect((await ask(path, limited, holding(again), bindings)).status).toBe(304)
      }
    }
  })
})
