/** The order in which messages arrive does not decide which guids are one article. */
import { expect, test } from "vitest"
import { createWire } from "../../articles/events.ts"
import { liveArticles, sendItems } from "./sent.ts"

interface Sent {
  /** The minute of the message. */
  at: number
  guids: string[]
  title: string
  deleted: boolean
}

const sent = (at: number, guids: string, title = `T${at}`): Sent => ({
  at,
  guids: [...guids],
  title,
  deleted: false,
})
const deleted = (at: number, guid: string): Sent => ({ ...sent(at, guid), deleted: true })

const item = (id: string, title: string) => ({
  ...{ id, title, url: "https://one.example/a", content_html: `<p>${title}</p>` },
  date_published: "2026-05-01T08:00:00Z",
})

/** The live articles after messages that arrive in this order. */
async function articlesAfter(messages: Sent[]): Promise<string> {
  const db = await createWire()
  for (const { at, guids, title, deleted } of messages) {
    await sendItems(
      db,
      guids.map((guid) => (deleted ? { id: guid } : item(guid, title))),
      { at, deleted },
    )
  }
  return (await liveArticles(db)).join(", ")
}

function* permutationsOf<T>(values: T[]): Generator<T[]> {
  if (values.length < 2) yield values
  else
    for (const [i, value] of values.entries())
      for (const rest of permutationsOf(values.toSpliced(i, 1))) yield [value, ...rest]
}

test.each<[what: string, history: Sent[], articles: string]>([
  ["a new guid", [sent(1, "a"), sent(2, "b")], "b: T2"],
  ["a new guid after a correction", [sent(1, "a"), sent(2, "a"), sent(3, "b")], "b: T3"],
  ["a new guid with a correction", [sent(1, "a"), sent(2, "b"), sent(3, "b")], "b: T3"],
  ["three guids", [sent(1, "a"), sent(2, "b"), sent(3, "c")], "c: T3"],
  ["both guids in one message", [sent(1, "a"), sent(2, "b"), sent(3, "ab")], "a: T3, b: T3"],
  ["a deletion of the old guid", [sent(1, "a"), sent(2, "b"), deleted(3, "a")], "b: T2"],
  ["a deletion before the new guid", [sent(1, "a"), deleted(2, "a"), sent(3, "b")], "b: T3"],
])("%s: messages may arrive in any order", async (_, history, articles) => {
  for (const order of permutationsOf(history)) expect([order, await articlesAfter(order)]).toEqual([order, articles])
})

/** All orders that keep the order of the messages of each guid. */
function* mergesOf([a, ...as]: Sent[], [b, ...bs]: Sent[]): Generator<Sent[]> {
  if (a === undefined || b === undefined) yield [a, ...as, b, ...bs].filter((message) => message !== undefined)
  else {
    for (const rest of mergesOf(as, [b, ...bs])) yield [a, ...rest]
    for (const rest of mergesOf([a, ...as], bs)) yield [b, ...rest]
  }
}

/** All histories of four messages. The guid of the first message is the old guid. */
const histories = Array.from({ length: 2 ** 3 }, (_, bits) => [
  "a",
  ...Array.from({ length: 3 }, (_, i) => "ab".charAt((bits >> i) & 1)),
])

test.each(histories.map((guids) => [guids.join(" "), guids] as const))(
  "%s: two guids that alternate are two articles, if the messages of each guid arrive in their order",
  async (_, guids) => {
    for (const titleAt of [(at: number) => `T${at}`, (at: number) => `T${at >> 1}`]) {
      const history = guids.map((guid, at) => sent(at, guid, titleAt(at)))
      const articles = await articlesAfter(history)
      // The old guid is sent again after the new one.
      const isTwo =
        new Set(guids).size === 2 && guids.lastIndexOf(guids[0] ?? "") > guids.findIndex((guid) => guid !== guids[0])
      expect(articles.split(", ")).toHaveLength(isTwo ? 2 : 1)
      const [ofA, ofB] = ["a", "b"].map((guid) => history.filter(({ guids: [own] }) => own === guid))
      for (const order of mergesOf(ofA ?? [], ofB ?? [])) {
        expect([order, await articlesAfter(order)]).toEqual([order, articles])
      }
    }
  },
)
