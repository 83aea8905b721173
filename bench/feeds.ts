/** Measures a section's feed, compared with answers from memory and with a hand-written Worker. */
import type { Miniflare } from "miniflare"
import { requestsAfterChange } from "./after-change.ts"
import { assertEntries, get, getBoth, storeInMemory } from "./answers.ts"
import { FEED, FEED_ENTRIES } from "./filling.ts"
import type { LoadProcess } from "./load-process.ts"
import { perSecond, type Row, type Section } from "./results.ts"
import { alternate, type Effort } from "./rounds.ts"
import { HOSTS } from "./wire.ts"

export const CONNECTIONS = [1, 16]

export async function measureFeeds(
  miniflare: Miniflare,
  url: string,
  load: LoadProcess,
  effort: Effort,
): Promise<Section> {
  const { etag, bytes } = await prepare(url)
  const port = Number(new URL(url).port)
  const rows: Row[] = []
  for (const connections of CONNECTIONS) {
    const requests = (host: string, path: string, conditional: boolean) => () =>
      load.run({
        ...{ kind: "get", port, host, path, connections, milliseconds: effort.milliseconds },
        ...(conditional ? { status: 304, bytes: 0 } : { status: 200, bytes }),
        headers: conditional ? { "if-none-match": etag } : {},
      })
    const measured = await alternate(
      {
        memory: requests(HOSTS.fromMemory, FEED, false),
        hit: requests(HOSTS.wire, FEED, false),
        memory304: requests(HOSTS.fromMemory, FEED, true),
        remembered304: requests(HOSTS.wire, FEED, true),
        hand: requests(HOSTS.feedByHand, "/feed", false),
        miss: requests(HOSTS.behindTheEdge, FEED, false),
        hand304: requests(HOSTS.feedByHand, "/feed", true),
        stored304: requests(HOSTS.behindTheEdge, FEED, true),
      },
      effort.rounds,
    )
    const { memory, hit, memory304, remembered304, hand, miss, hand304, stored304 } = measured
    const row = perSecond(connections)
    rows.push(
      row("HIT", hit, "memory", memory, 0.9),
      row("304 remembered", remembered304, "memory", memory304, 0.8),
      row("304 from D1", stored304, "memory", memory304),
      row("304 from D1", stored304, "by hand", hand304, 0.85),
      row("MISS", miss, "memory", memory),
      row("MISS", miss, "by hand", hand, 0.9),
    )
  }
  for (const connections of CONNECTIONS) {
    const afterChange = (host: string, path: string) => () =>
      requestsAfterChange(miniflare, { port, host, path, connections, milliseconds: effort.milliseconds })
    const { ours, hand } = await alternate(
      { ours: afterChange(HOSTS.behindTheEdge, FEED), hand: afterChange(HOSTS.feedByHand, "/feed") },
      effort.rounds,
    )
    rows.push(perSecond(connections)("MISS after one new article", ours, "by hand", hand, 2))
  }
  await getBoth(url, { host: HOSTS.behindTheEdge, path: FEED }, { host: HOSTS.feedByHand, path: "/feed" })
  return {
    title: "Feeds",
    about: [
      `\`${FEED}\`: ${FEED_ENTRIES} Arabic articles, ${Math.round(bytes / 1024)} KB. Requests a second over persistent connections to plain Miniflare. Its entry Worker is in front of every Worker.`,
      "HIT: the deployed bundle, warm, with the cache of self-hosted Workers. (In production Workers Cache answers a HIT and no Worker runs.) MISS: the same bundle with a context that says that Workers Cache is in front, as in production. Every request goes to D1, and the isolate copies entries that it rendered before. After one new article: a commit is written before each request of a connection, so one entry is read and rendered; the time of the commit does not count. 304: a request with the current ETag, answered from the validator that the isolate remembers for a second, or from D1 as in production.",
      '"Memory" is a Worker that answers the same bytes from a `Uint8Array` with the same headers. "By hand" is a Worker for this one feed: one raw D1 query and string concatenation, without a cache, with constant names. The bench asserts before the rounds that all three answer the same bytes and headers. It checks status and length of every answer.',
    ],
    rows,
  }
}

/** Stores our answers in the "memory" Worker, and asserts that all Workers give the same answers. */
async function prepare(url: string): Promise<{ etag: string; bytes: number }> {
  const edge = { host: HOSTS.behindTheEdge, path: FEED }
  const byHand = { host: HOSTS.feedByHand, path: "/feed" }
  const miss = await getBoth(url, edge, byHand)
  assertEntries(miss, FEED_ENTRIES, FEED)
  const etag = miss.headers.etag ?? ""
  const headers = { "if-none-match": etag }
  const notModified = await getBoth(url, { ...edge, headers }, { ...byHand, headers })
  if (notModified.status !== 304) throw new Error(`the feed answers its own ETag with ${notModified.status}`)

  const wire = { host: HOSTS.wire, path: FEED }
  await get(url, wire)
  const hit = await get(url, wire)
  if (!hit.headers["cache-status"]?.includes("hit")) throw new Error("a warm feed is not a hit")
  await storeInMemory(url, FEED, hit)
  await storeInMemory(url, FEED, notModified)
  const memory = { host: HOSTS.fromMemory, path: FEED }
  await getBoth(url, wire, memory)
  await getBoth(url, { ...edge, headers }, { ...memory, headers })
  return { etag, bytes: hit.body.length }
}
