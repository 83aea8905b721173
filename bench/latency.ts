/** Measures how long a publisher waits for the answer to one signed article. */
import type { Miniflare } from "miniflare"
import { CONNECTIONS } from "./feeds.ts"
import { PUSHED_SECTION, WRITER } from "./filling.ts"
import { untilIndexed } from "./indexing.ts"
import type { LoadProcess } from "./load-process.ts"
import { compared, type Row, type Section } from "./results.ts"
import { type Effort, inTurns, percentile, sampleOf } from "./rounds.ts"
import { HOSTS } from "./wire.ts"

/** How many messages each contestant gets in a round: enough for the slowest one percent. */
const MESSAGES = 400
const PERCENTS = [50, 95, 99]

export async function measureLatency(
  miniflare: Miniflare,
  url: string,
  load: LoadProcess,
  secrets: { wire: string; byHand: string },
  effort: Effort,
): Promise<Section> {
  const port = Number(new URL(url).port)
  const rows: Row[] = []
  const messages = Math.max(1, Math.round(MESSAGES * effort.scale))
  for (const connections of CONNECTIONS) {
    const push = (host: string, secret: string) => () =>
      load.latencies({
        ...{ kind: "push", port, host, secret, connections, messages, articlesEach: 1, section: PUSHED_SECTION },
        path: `/push/${WRITER}`,
      })
    const { wire, raw, clean } = await inTurns(
      {
        wire: async () => {
          const latencies = await push(HOSTS.wire, secrets.wire)()
          await untilIndexed(miniflare)
          return latencies
        },
        raw: push(HOSTS.pushByHand, secrets.byHand),
        clean: push(HOSTS.pushByHandClean, secrets.byHand),
      },
      effort.rounds,
    )
    for (const percent of PERCENTS) {
      const what = `p${percent}, ${connections} connection${connections === 1 ? "" : "s"}`
      const percentiles = (rounds: number[][]) => sampleOf(rounds.map((latencies) => percentile(latencies, percent)))
      rows.push(compared({ what, unit: "ms", against: "raw batch" }, percentiles(wire), percentiles(raw)))
      rows.push(compared({ what, unit: "ms", against: "raw batch, sanitised" }, percentiles(wire), percentiles(clean)))
    }
  }
  return {
    title: "Latency of a push",
    about: [
      `Milliseconds from the first byte of a signed message with one new article to the end of its answer; smaller is better, and the ratio is our time to theirs. Each round has ${messages} messages and its own percentiles; the time does not include the signature. Every connection sends its next message right after an answer. At ${CONNECTIONS.at(-1)} connections each message therefore waits for others, because D1 runs one statement at a time. The search index follows as for "Pushes".`,
      'Compared with the hand-written Workers of "Pushes".',
    ],
    rows,
  }
}
