/** Tests that late, repeated and shuffled deliveries of the same messages lead to the same state. */
import { env } from "cloudflare:workers"
import { expect, test } from "vitest"
import * as fc from "../fast-check.ts"
import { makeWire, push } from "../flows/world.ts"

const { one } = await makeWire({
  sections: { world: {}, europe: { parent: "world" }, sports: {} },
  publishers: { one: { default_section: "world" } },
})

interface Event {
  guid: string
  type: "article.published" | "article.updated" | "article.deleted"
  content: number
  section: string
  /** The page that both guids have; undefined if each guid has its own. */
  address?: string
  /** Time of the change by the CMS, in minutes after the start; undefined if the CMS sends none. */
  modified: number | undefined
  published: number
}

const START = Date.UTC(2026, 9, 1)
const minute = (n: number) => new Date(START + n * 60_000).toISOString()

const history = fc.array(
  fc.record({
    guid: fc.constantFrom("a", "b"),
    type: fc.constantFrom("article.published" as const, "article.updated" as const, "article.deleted" as const),
    content: fc.integer({ min: 0, max: 2 }),
    section: fc.constantFrom("world", "europe", "sports"),
    modified: fc.option(fc.integer({ min: 0, max: 12 }), { nil: undefined }),
    published: fc.constantFrom(0, 0, 0, 5),
  }),
  { minLength: 2, maxLength: 7 },
)

/** Each event of the history at least once, some twice, in any order. */
const shuffled = (events: Event[]) =>
  fc
    .shuffledSubarray([...events.keys(), ...events.keys()], { minLength: events.length })
    .map((order) => [...order, ...[...events.keys()].filter((index) => !order.includes(index))])

async function deliver(prefix: string, events: Event[], order: number[]): Promise<void> {
  for (const [turn, index] of order.entries()) {
    const event = events[index]
    if (!event) continue
    const id = `${prefix}${event.guid}`
    const times = {
      date_published: minute(event.published),
      ...(event.modified !== undefined && { date_modified: minute(event.modified) }),
    }
    const data =
      event.type === "article.deleted"
        ? { id, ...(event.modified !== undefined && { date_modified: minute(event.modified) }) }
        : {
            id,
            url: `https://one.example/${event.address ?? id}`,
            title: `Content ${event.content}`,
            content_html: `<p>Body ${event.content}</p>`,
            language: "en",
            ...times,
            _feedwire: { sections: [event.section] },
          }
    // Every second repetition is the same delivery; the others are the same message under a new id.
    const deliveryId = turn % 2 === 0 ? `${prefix}${index}` : `${prefix}${index}-${turn}`
    const sent = await push(one, data, { type: event.type, timestamp: minute(index + 1), id: deliveryId })
    expect(sent.status).toBe(200)
  }
}

/** The state that readers and publishers can see, without the number of writes and their commits. */
async function state(prefix: string) {
  const { results } = await env.DB.prepare(
    `select substr(guid, ${prefix.length + 1}) guid, state, content_hash, published_at, updated_at, scopes, title, html,
       (select json_group_array(scope || published_at) from (select * from memberships where article_id = a.id order by scope)) memberships
     from articles a left join bodies b on b.seq = a.seq where guid like '${prefix}%' order by guid`,
  ).all()
  // The content contains the guid, so it differs between two runs by their prefix.
  return results.map((row) => ({
    ...row,
    content_hash: undefined,
    isDeletedContent: String(row.content_hash).startsWith("deleted"),
  }))
}

test("deliveries in any order, with any repetitions, lead to the same state", async () => {
  let run = 0
  await fc.assert(
    fc.asyncProperty(
      history.chain((events) => fc.tuple(fc.constant(events), shuffled(events))),
      async ([events, order]) => {
        run += 1
        await deliver(`r${run}-s-`, events, [...events.keys()])
        await deliver(`r${run}-x-`, events, order)
        expect(await state(`r${run}-x-`)).toEqual(await state(`r${run}-s-`))
      },
    ),
    { numRuns: 30 },
  )
})

/** Any order that keeps the order of the messages of each guid. */
const interleaved = (events: Event[]) =>
  fc.shuffledSubarray([...events.keys()], { minLength: events.length }).map((turns) => {
    const next = (guid?: string) => [...events.keys()].filter((index) => events[index]?.guid === guid)
    const left = new Map(["a", "b"].map((guid) => [guid, next(guid)]))
    return turns.map((index) => left.get(events[index]?.guid ?? "")?.shift() ?? 0)
  })

test("two guids of one page are the same articles, however the messages of the one come between those of the other", async () => {
  let run = 0
  const published = history.map((events) =>
    events.map((event) => ({ ...event, type: "article.published" as const, published: 0, modified: undefined })),
  )
  await fc.assert(
    fc.asyncProperty(
      published.chain((events) => fc.tuple(fc.constant(events), interleaved(events))),
      async ([events, order]) => {
        run += 1
        const on = (address: string) => events.map((event) => ({ ...event, address }))
        await deliver(`p${run}-s-`, on(`p${run}-s`), [...events.keys()])
        await deliver(`p${run}-x-`, on(`p${run}-x`), order)
        expect(await state(`p${run}-x-`)).toEqual(await state(`p${run}-s-`))
      },
    ),
    { numRuns: 15 },
  )
})

test("commits agree with the changes that they made", async () => {
  const { results } = await env.DB.prepare(
    `select s.key from scopes s where revision <> (select max(no) from commits c, json_each(c.scopes) t where t.value = s.key)`,
  ).all()
  expect(results).toEqual([])
})
