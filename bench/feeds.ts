/** Feeds against answers from memory and against a Worker written by hand for this one feed. */
import { request } from "node:http"
import type { LoadProcess } from "./load-process.ts"
import { compared, type Row, type Section } from "./results.ts"
import { alternate, type Effort, type Sample } from "./rounds.ts"
import { FEED, HOSTS } from "./wire.ts"

const CONNECTIONS = [1, 16]

interface Kept {
  status: number
  headers: Record<string, string>
  body: Uint8Array
}

/** @returns the section, and how long an uncached feed takes alone, in milliseconds. */
export async function measureFeeds(
  url: string,
  load: LoadProcess,
  effort: Effort,
): Promise<{ section: Section; missMilliseconds: number }> {
  const { etag, bytes } = await prepare(url)
  const port = Number(new URL(url).port)
  const rows: Row[] = []
  let missMilliseconds = Number.NaN
  for (const connections of CONNECTIONS) {
    const get = (host: string, conditional: boolean) => () =>
      load.run({
        ...{ kind: "get", port, host, path: FEED, connections, milliseconds: effort.milliseconds },
        ...(conditional ? { status: 304, bytes: 0 } : { status: 200, bytes }),
        headers: conditional ? { "if-none-match": etag } : {},
      })
    const measured = await alternate(
      {
        memory: get(HOSTS.fromMemory, false),
        hit: get(HOSTS.wire, false),
        memory304: get(HOSTS.fromMemory, true),
        remembered304: get(HOSTS.wire, true),
        hand: get(HOSTS.feedByHand, false),
        miss: get(HOSTS.behindTheEdge, false),
        hand304: get(HOSTS.feedByHand, true),
        stored304: get(HOSTS.behindTheEdge, true),
      },
      effort.rounds,
    )
    rows.push(...rowsOf(measured, connections))
    if (connections === 1) missMilliseconds = 1000 / measured.miss.median
  }
  const section: Section = {
    title: "Feeds",
    about: [
      `\`${FEED}\`: 50 Arabic articles, ${Math.round(bytes / 1024)} KB. Requests a second over kept-alive connections to plain Miniflare, whose entry Worker stands before all of them.`,
      "HIT: the bundle as deployed, warm, with the cache of self-hosted Workers (in production Workers Cache answers a HIT and no Worker runs). MISS: the same bundle with a context that says that Workers Cache stands in front, as in production: every request goes to D1 and renders. 304: with the current ETag, answered from what the isolate remembers for a second, or (production) from D1.",
      'Compared with "memory", a Worker that holds the same bytes as `Uint8Array` and answers them with the same headers, and with "by hand", a Worker for this one feed: one raw D1 query and string concatenation, nothing cached, the names written into it. All three answer the same bytes and headers, which is asserted before the rounds; status and length are checked with every answer.',
    ],
    rows,
  }
  return { section, missMilliseconds }
}

function rowsOf(measured: Record<string, Sample>, connections: number): Row[] {
  const row = (what: string, ours: string, against: string, other: string, atLeast?: number): Row =>
    compared(
      {
        what: `${what}, ${connections} connection${connections === 1 ? "" : "s"}`,
        unit: "/s",
        against,
        ...(atLeast !== undefined && { aim: { atLeast } }),
      },
      measured[ours] as Sample,
      measured[other] as Sample,
    )
  return [
    row("HIT", "hit", "memory", "memory", 0.7),
    row("304 remembered", "remembered304", "memory", "memory304", 0.7),
    row("304 from D1", "stored304", "memory", "memory304"),
    row("304 from D1", "stored304", "by hand", "hand304"),
    row("MISS", "miss", "by hand", "hand", 0.9),
  ]
}

/** Teaches the others what the wire answers, and makes sure that they answer the same. */
async function prepare(url: string): Promise<{ etag: string; bytes: number }> {
  const miss = await ask(url, HOSTS.behindTheEdge)
  const etag = miss.headers.etag ?? ""
  const known = await ask(url, HOSTS.behindTheEdge, etag)
  await put(url, HOSTS.feedByHand, etag.slice(1, -1).split(".").slice(2).join("."), {})
  same(await ask(url, HOSTS.feedByHand), miss, "feed by hand")
  same(await ask(url, HOSTS.feedByHand, etag), known, "feed by hand, 304")

  await ask(url, HOSTS.wire)
  const hit = await ask(url, HOSTS.wire)
  for (const { status, headers, body } of [hit, known]) {
    const kept = { "x-status": String(status), "x-headers": JSON.stringify(Object.entries(headers)) }
    await put(url, HOSTS.fromMemory, body, kept)
  }
  same(await ask(url, HOSTS.fromMemory), hit, "feed from memory")
  same(await ask(url, HOSTS.fromMemory, etag), known, "feed from memory, 304")
  if (hit.status !== 200 || known.status !== 304) throw new Error(`the feed answers ${hit.status} and ${known.status}`)
  if (!hit.headers["cache-status"]?.includes("hit")) throw new Error("a warm feed is no hit")
  const text = new TextDecoder().decode(hit.body)
  const entries = text.split("<item>").length - 1
  if (entries !== 50) throw new Error(`the feed has ${entries} entries`)
  return { etag, bytes: hit.body.length }
}

async function ask(url: string, host: string, etag?: string): Promise<Kept> {
  const answer = await send(url + FEED, "GET", { host, ...(etag !== undefined && { "if-none-match": etag }) })
  for (const ofTheConnection of ["date", "content-length", "transfer-encoding", "connection", "keep-alive"]) {
    delete answer.headers[ofTheConnection]
  }
  return answer
}

async function put(url: string, host: string, body: string | Uint8Array, headers: Record<string, string>) {
  const { status } = await send(url, "PUT", { host, ...headers }, body)
  if (status !== 204) throw new Error(`${host} answered ${status}`)
}

/** `fetch` lets nobody choose the Host header. */
function send(url: string, method: string, headers: Record<string, string>, body?: string | Uint8Array): Promise<Kept> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers }, (answer) => {
      const chunks: Buffer[] = []
      answer.on("data", (chunk: Buffer) => chunks.push(chunk))
      answer.on("error", reject)
      answer.on("end", () => {
        const { statusCode: status = 0, headers } = answer
        resolve({ status, headers: { ...(headers as Record<string, string>) }, body: Buffer.concat(chunks) })
      })
    })
    sent.on("error", reject)
    sent.end(body)
  })
}

function same(answer: Kept, expected: Kept, who: string): void {
  const sorted = (headers: Record<string, string>) => JSON.stringify(Object.entries(headers).sort())
  if (answer.status !== expected.status || sorted(answer.headers) !== sorted(expected.headers)) {
    throw new Error(
      `${who}: other headers\n${answer.status} ${sorted(answer.headers)}\n${expected.status} ${sorted(expected.headers)}`,
    )
  }
  if (Buffer.compare(answer.body, expected.body) === 0) return
  const [ours, theirs] = [expected.body, answer.body].map((bytes) => new TextDecoder().decode(bytes)) as [
    string,
    string,
  ]
  const at = [...ours].findIndex((character, index) => character !== theirs[index])
  throw new Error(
    `${who}: other bytes\n${theirs.slice(at - 80, at + 80)}\n--- instead of\n${ours.slice(at - 80, at + 80)}`,
  )
}
