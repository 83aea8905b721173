/** Signed pushes of articles that nobody has seen before, against raw batches. */

import { PUSHED_SECTION, WRITER } from "./filling.ts"
import type { LoadProcess } from "./load-process.ts"
import { compared, type Row, type Section } from "./results.ts"
import { alternate, type Effort } from "./rounds.ts"
import { HOSTS } from "./wire.ts"

const CONNECTIONS = [1, 16]
/** Messages a contestant and round, by the number of articles in each. */
const MESSAGES: [articlesEach: number, messages: number][] = [
  [1, 160],
  [10, 64],
  [100, 32],
]

export async function measurePushes(
  url: string,
  load: LoadProcess,
  secrets: { wire: string; byHand: string },
  effort: Effort,
): Promise<Section> {
  const port = Number(new URL(url).port)
  const rows: Row[] = []
  for (const connections of CONNECTIONS) {
    for (const [articlesEach, messages] of MESSAGES) {
      const push = (host: string, secret: string) => () =>
        load.run({
          ...{ kind: "push", port, host, secret, connections, articlesEach, section: PUSHED_SECTION },
          path: `/push/${WRITER}`,
          messages: Math.max(1, Math.round(messages * effort.share)),
        })
      const { wire, raw, clean } = await alternate(
        {
          wire: push(HOSTS.wire, secrets.wire),
          raw: push(HOSTS.pushByHand, secrets.byHand),
          clean: push(HOSTS.pushByHandClean, secrets.byHand),
        },
        effort.rounds,
      )
      const what = `${articlesEach} article${articlesEach === 1 ? "" : "s"} a push, ${connections} connection${connections === 1 ? "" : "s"}`
      const aim = articlesEach === 100 ? { aim: { atLeast: 0.5 } } : {}
      rows.push(compared({ what, unit: "articles/s", against: "raw batch", ...aim }, wire, raw))
      rows.push(compared({ what, unit: "articles/s", against: "raw batch, sanitised", ...aim }, wire, clean))
    }
  }
  return {
    title: "Pushes",
    about: [
      "Signed messages of new Arabic articles with about 2 KB of body each; signing is not in the time.",
      'Compared in the same workerd with a hand-written door that verifies the HMAC, parses the JSON and writes articles, bodies, standings and scopes of the same tables with one batch of four prepared statements. It checks no schema, decides no outcomes, remembers no deliveries, gives no positions in archives, looks for no same stories and keeps no bytes in R2, and its tables were empty where ours held the articles of the sections above. "Raw batch" stores the HTML as it came; "raw batch, sanitised" cleans it with feedwire\'s own sanitiser, so that this ratio says what everything else costs. That all of them stored the same number of articles, bodies and standings is asserted afterwards.',
    ],
    rows,
  }
}
