/** Measures signed pushes of new articles, compared with raw batches of SQL. */
import type { Miniflare } from "miniflare"
import { PUSHED_SECTION, WRITER } from "./filling.ts"
import { untilIndexed } from "./indexing.ts"
import type { LoadProcess } from "./load-process.ts"
import { compared, type Row, type Section } from "./results.ts"
import { type Effort, inTurns, sampleOf } from "./rounds.ts"
import { HOSTS } from "./wire.ts"

const CONNECTIONS = [1, 16]
/** How many messages each contestant gets in a round, by the number of articles in a message. */
const MESSAGES: [articlesEach: number, messages: number][] = [
  [1, 160],
  [10, 64],
  [100, 32],
]

export async function measurePushes(
  miniflare: Miniflare,
  url: string,
  load: LoadProcess,
  secrets: { wire: string; byHand: string },
  effort: Effort,
): Promise<Section> {
  const port = Number(new URL(url).port)
  const rows: Row[] = []
  for (const connections of CONNECTIONS) {
    for (const [articlesEach, messages] of MESSAGES) {
      const count = Math.max(1, Math.round(messages * effort.scale))
      const push = (host: string, secret: string) =>
        load.run({
          ...{ kind: "push", port, host, secret, connections, articlesEach, section: PUSHED_SECTION },
          ...{ path: `/push/${WRITER}`, messages: count },
        })
      const byHand = async (host: string) => ({ answered: await push(host, secrets.byHand), indexed: Number.NaN })
      const { wire, raw, clean } = await inTurns(
        {
          wire: async () => {
            const answered = await push(HOSTS.wire, secrets.wire)
            const began = performance.now()
            await untilIndexed(miniflare)
            const seconds = (count * articlesEach) / answered + (performance.now() - began) / 1000
            return { answered, indexed: (count * articlesEach) / seconds }
          },
          raw: () => byHand(HOSTS.pushByHand),
          clean: () => byHand(HOSTS.pushByHandClean),
        },
        effort.rounds,
      )
      const what = `${articlesEach} article${articlesEach === 1 ? "" : "s"} a push, ${connections} connection${connections === 1 ? "" : "s"}`
      const aim = { aim: { atLeast: articlesEach === 100 ? 0.55 : 0.33 } }
      const rates = (rounds: { answered: number }[]) => sampleOf(rounds.map(({ answered }) => answered))
      const indexed = sampleOf(wire.map((round) => round.indexed))
      rows.push(
        compared({ what, unit: "articles/s", against: "raw batch", ...aim }, rates(wire), rates(raw)),
        compared({ what, unit: "articles/s", against: "raw batch, sanitised", ...aim }, rates(wire), rates(clean)),
        compared(
          { what: `${what}, until indexed`, unit: "articles/s", against: "until answered" },
          indexed,
          rates(wire),
        ),
      )
    }
  }
  return {
    title: "Pushes",
    about: [
      'Signed messages of new Arabic articles with about 2 KB of body each; the time does not include the signature. The Worker indexes the first pushes after their answers. The others are a burst, which sweeps index after each round; "until indexed" ends when every article is in the index. The other contestants begin after that.',
      'Compared in the same workerd with a hand-written Worker. It verifies the HMAC, parses the JSON and writes articles, bodies, memberships and scopes to the same tables in one batch of four prepared statements. It validates no schema, decides no outcomes, records no deliveries, gives no positions in archives, finds no duplicates, stores no bytes in R2, and has no order of changes and no search index. Its tables were empty; ours had the articles of the sections above. "Raw batch" stores the HTML unchanged. "Raw batch, sanitised" uses feedwire\'s own sanitiser, so this ratio shows the cost of everything else. The bench asserts afterwards that all stored the same number of articles, bodies and memberships.',
    ],
    rows,
  }
}
