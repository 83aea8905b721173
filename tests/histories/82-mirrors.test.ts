/**
 * Tests that after any events and broken connections, a mirror (a copy of the wire) has the same articles as the wire.
 * While the test pushes 1,000 events, two mirrors read a few changes at a time: one of the wire, and one of a
 * publisher.
 */
import { env } from "cloudflare:workers"
import { afterAll, beforeAll, expect, test, vi } from "vitest"
import * as fc from "../fast-check.ts"
import { DAY, now, rfc3339, until, wait } from "../flows/clock.ts"
import { expectedContent, Mirror } from "../flows/mirror.ts"
import { admin, article, type Publisher, publisher, push, rows, section, sweep } from "../flows/world.ts"

const IN_WORKERD = navigator.userAgent === "Cloudflare-Workers"
const EVENTS = IN_WORKERD ? 100 : 1000
const MINUTE = 60_000

const SECTIONS = ["alpha", "beta", "gamma", "delta"]
const SLUGS = [...SECTIONS, "epsilon", "zeta", "eta"]
const WRITERS = ["one", "two", "three"]

interface ArticleEvent {
  by: string
  no: number
  action: "published" | "deleted"
  /** The number of an address that several publishers share; undefined for an address that no other article has. */
  sharedNo: number | undefined
  title: string | undefined
  sections: string[]
  /** Minutes until the embargo ends. */
  embargo: number
  /** Whether the event has the publisher, the kind and the message of the event before it. */
  joins: boolean
}

type Event =
  | ArticleEvent
  | { method: "POST" | "PATCH" | "DELETE"; path: string; body?: object }
  | { action: "sweep"; minutes: number }
  | { action: "sleep" }
  | { action: "backup" }
  | { action: "restore" }

/**
 * No mirror polls for this many events after a restore. Then the wire has as many commits as before the restore, but
 * with other changes.
 */
const OFFLINE_EVENTS = 0.15 * EVENTS

/** A poll of a mirror between two events, by the number of changes and the bytes that arrive. */
interface Poll {
  who: 0 | 1
  limit: number
  bytes: number | undefined
  snapshot: boolean
}

/** Has a value one time in four. */
const sometimes = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value })

const name = fc.constantFrom(...SLUGS)

const articleEvent: fc.Arbitrary<Event> = fc.record({
  by: fc.constantFrom(...WRITERS, "four"),
  no: fc.integer({ min: 0, max: 90 }),
  action: fc.constantFrom("published" as const, "published" as const, "published" as const, "deleted" as const),
  sharedNo: sometimes(fc.integer({ min: 0, max: 12 })),
  title: fc.option(fc.anyText({ maxLength: 20 }), { nil: undefined, freq: 6 }),
  sections: fc.uniqueArray(fc.oneof(name, fc.constant("none")), { maxLength: 3 }),
  embargo: fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.integer({ min: 1, max: 5 }) }),
  joins: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
})

const nameEvent: fc.Arbitrary<Event> = fc.oneof(
  fc.tuple(name, name).map(([from, to]): Event => ({ method: "PATCH", path: `/sections/${from}`, body: { slug: to } })),
  fc
    .tuple(name, fc.option(name))
    .map(([from, to]): Event => ({ method: "PATCH", path: `/sections/${from}`, body: { parent: to } })),
  fc
    .tuple(name, name)
    .map(([from, en]): Event => ({ method: "PATCH", path: `/sections/${from}`, body: { names: { en } } })),
  name.map((slug): Event => ({ method: "POST", path: "/sections", body: { slug, names: { en: slug } } })),
  fc.tuple(name, fc.option(name)).map(
    ([from, into]): Event => ({
      method: "POST",
      path: `/sections/${from}/retire`,
      body: into === null ? {} : { into },
    }),
  ),
  fc
    .tuple(fc.constantFrom(...WRITERS, "four"), fc.constantFrom("A", "B", "C"))
    .map(([by, called]): Event => ({ method: "PATCH", path: `/publishers/${by}`, body: { name: `${by} ${called}` } })),
  fc.tuple(fc.constantFrom(...WRITERS), fc.constantFrom("full", "summary", "none")).map(
    ([by, redistribution]): Event => ({
      method: "PATCH",
      path: `/publishers/${by}`,
      body: { redistribution },
    }),
  ),
  fc
    .tuple(fc.constantFrom(...WRITERS), fc.option(name))
    .map(([by, home]): Event => ({ method: "PATCH", path: `/publishers/${by}`, body: { default_section: home } })),
  fc
    .constantFrom("suppress", "show")
    .map((policy): Event => ({ method: "PATCH", path: "/wire", body: { duplicate_policy: policy } })),
)

const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 940, arbitrary: articleEvent },
  { weight: 30, arbitrary: nameEvent },
  { weight: 25, arbitrary: fc.nat(6).map((minutes): Event => ({ action: "sweep", minutes })) },
)

/** Events that happen once in each random sequence of events, between two fractions of the sequence. */
const RARE: [Event, from: number, to: number][] = [
  [{ action: "backup" }, 0.28, 0.3],
  [{ action: "restore" }, 0.31, 0.33],
  [{ action: "sleep" }, 0.5, 0.6],
  [{ method: "DELETE", path: "/publishers/four" }, 0.6, 0.9],
  [{ method: "POST", path: "/sections/gone/retire", body: {} }, 0.9, 0.95],
  [{ method: "PATCH", path: "/publishers/one", body: { redistribution: "summary" } }, 0.6, 0.65],
  [{ method: "PATCH", path: "/publishers/one", body: { redistribution: "full", name: "Number one" } }, 0.7, 0.95],
  [{ method: "PATCH", path: "/publishers/two", body: { redistribution: "none" } }, 0.7, 0.95],
]

const poll: fc.Arbitrary<Poll> = fc.record({
  who: fc.constantFrom(0, 1),
  limit: fc.integer({ min: 1, max: 7 }),
  bytes: sometimes(fc.nat(6000)),
  snapshot: fc.oneof({ weight: 300, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
})

const step = fc.tuple(event, fc.array(poll, { maxLength: 2 }))
const history = fc
  .tuple(
    fc.array(step, { minLength: EVENTS - RARE.length, maxLength: EVENTS - RARE.length, size: "max" }),
    fc.tuple(
      ...RARE.map(([, from, to]) => fc.integer({ min: Math.round(from * EVENTS), max: Math.round(to * EVENTS) })),
    ),
  )
  .map(([all, places]) => {
    const rare = RARE.map(([action], i) => ({ action, place: places[i] ?? 0 })).sort((a, b) => b.place - a.place)
    return rare.reduce<typeof all>((list, { action, place }) => list.toSpliced(place, 0, [action, []]), all)
  })

const closed = { ...env, API_ACCESS: "partners" } as unknown as Env

beforeAll(async () => {
  until(now)
})
afterAll(() => vi.useRealTimers())

/** Everything in a backup of the database. The audit is append-only, and partners are not part of the wire. */
async function backup(): Promise<Map<string, Record<string, unknown>[]>> {
  const virtual = await rows("select name from sqlite_master where sql like 'create virtual%'")
  const tables = (await rows("select name from sqlite_master where type = 'table'"))
    .map((table) => String(table.name))
    .filter((table) => !/^(sqlite_|_cf_|d1_|audit$|partner)/.test(table))
    .filter((table) => !virtual.some((index) => table.startsWith(String(index.name))))
  return new Map(await Promise.all(tables.map(async (table) => [table, await rows(`select * from ${table}`)] as const)))
}

/** Restores a backup as docs/operators.md describes, with a new epoch. */
async function restore(saved: Map<string, Record<string, unknown>[]>): Promise<void> {
  const statements = [...saved].flatMap(([table, all]) => {
    const columns = Object.keys(all[0] ?? {})
    const values = columns.map((_, at) => `value ->> ${at}`).join(", ")
    const json = JSON.stringify(all.map((row) => columns.map((column) => row[column])))
    return [
      env.DB.prepare(`delete from ${table}`),
      ...(all.length === 0
        ? []
        : [env.DB.prepare(`insert into ${table} (${columns}) select ${values} from json_each(?)`).bind(json)]),
    ]
  })
  await env.DB.batch([...statements, env.DB.prepare("update wire set epoch = lower(hex(randomblob(5)))")])
  // Isolates keep what they know of the wire for a second.
  wait(2000)
}

/** Counts runs, because each has publishers, sections and addresses of its own. */
let run = 0

test("mirrors end exactly equal to the wire", async () => {
  const refusals: string[] = []
  await fc.assert(
    fc.asyncProperty(history, async (all) => {
      run += 1
      const own = (text: string) =>
        text.replace(/\b(?:alpha|beta|gamma|delta|epsilon|zeta|eta|gone|one|two|three|four)\b/g, `$&${run}`)
      for (const slug of [...SECTIONS, "gone"]) await section(own(slug))
      const publishers = new Map<string, Publisher>()
      for (const by of [...WRITERS, "four"]) {
        publishers.set(by, await publisher(own(by), { default_section: own("alpha") }))
      }
      const partner = { slug: `partner${run}`, name: "partner", publishers: [own("one")] }
      expect((await admin("POST", "/partners", partner)).status).toBe(201)
      const key = (await admin("POST", `/partners/${partner.slug}/keys`, {})).json.secret
      const mirrors = [new Mirror(), new Mirror({ bindings: closed, headers: { authorization: `Bearer ${key}` } })]
      let saved = await backup()
      let message: ArticleEvent[] = []
      let offlineEvents = 0

      const send = async () => {
        const [first] = message
        if (!first) return
        wait(1000)
        const items = message.map((each) => itemOf(each, own))
        message = []
        const sent = await push(publishers.get(first.by) as Publisher, items, { type: `article.${first.action}` })
        expect([200, 410], sent.text).toContain(sent.status)
      }

      for (const [each, polls] of all) {
        const [before] = message
        if (!("by" in each && each.joins)) await send()
        if ("by" in each) message.push(each.joins && before ? { ...each, by: before.by, action: before.action } : each)
        else if ("path" in each) {
          wait(1000)
          const sent = await admin(each.method, own(each.path), each.body && JSON.parse(own(JSON.stringify(each.body))))
          expect([200, 201, 202, 404, 409, 410, 422], sent.text).toContain(sent.status)
        } else if (each.action === "sleep") {
          // No mirror polls between this message and the expiry of the tombstones.
          await push(publishers.get("one") as Publisher, article({ id: `${own("one")}-sleep` }, 5))
          wait(91 * DAY)
          await sweep()
        } else if (each.action === "sweep") {
          wait(each.minutes * MINUTE)
          await sweep()
        } else if (each.action === "backup") saved = await backup()
        else {
          await restore(saved)
          offlineEvents = OFFLINE_EVENTS
        }
        if (offlineEvents-- > 0) continue
        for (const { who, limit, bytes, snapshot } of polls) {
          const mirror = mirrors[who] as Mirror
          if (snapshot) await mirror.snapshot(bytes === undefined ? undefined : bytes * 50)
          else await mirror.poll(limit, bytes)
        }
      }
      await send()
      wait(10 * MINUTE)
      for (let waiting = 1; waiting > 0; ) {
        await sweep()
        const [left] = await rows(`select (select count(*) from reclassifications where finished_at is null)
          + (select count(*) from removals where finished_at is null) + (select count(*) from pending_duplicates) n`)
        waiting = left?.n as number
      }
      const uid = (await rows("select uid from publishers where slug = ?", own("one")))[0]?.uid as string
      for (const [who, mirror] of mirrors.entries()) {
        await mirror.catchUp(1 + (run % 7))
        expect(mirror.content()).toEqual(await expectedContent(who === 0 ? undefined : [uid]))
        expect(await neverShown(mirror)).toEqual([])
        refusals.push(...mirror.refusals)
      }
    }),
    { numRuns: 1, endOnFailure: true },
  )
  expect([...new Set(refusals)].sort()).toEqual(["expired_cursor", "foreign_cursor"])
})

function itemOf({ by, no, action, sharedNo, title, sections, embargo }: ArticleEvent, own: (text: string) => string) {
  const id = `${own(by)}-${no}`
  if (action === "deleted") return { id }
  return {
    id,
    url:
      sharedNo === undefined ? `https://${own(by)}.example/${no}` : `https://${own("one")}.example/shared/${sharedNo}`,
    ...(title?.trim() && { title }),
    content_html: `<p>${no} ${title} &amp; <b>more</b> ${embargo}</p>`,
    date_published: rfc3339(Date.UTC(2026, 9, 1) + no * MINUTE),
    date_modified: rfc3339(now),
    _feedwire: { sections: sections.map(own), ...(embargo > 0 && { embargo: rfc3339(now + embargo * MINUTE) }) },
  }
}

/** Articles that were never public, although a change named them. */
async function neverShown({ mentionedIds }: Mirror): Promise<unknown[]> {
  const ids = [...mentionedIds].map((id) => id.slice(id.lastIndexOf(":") + 1))
  return rows(
    "select id from articles where not was_public and id in (select value from json_each(?))",
    JSON.stringify(ids),
  )
}
