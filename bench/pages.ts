/** Measures the front page and the page of an article, compared with answers from memory and with a hand-written Worker. */
import { get, getBoth, put, storeOwnAnswers, textOf } from "./answers.ts"
import { CONNECTIONS } from "./feeds.ts"
import type { LoadProcess } from "./load-process.ts"
import { perSecond, type Row, type Section } from "./results.ts"
import { alternate, type Effort } from "./rounds.ts"
import { HOSTS } from "./wire.ts"
import type { Piece, StoredPage } from "./workers/page-by-hand.ts"

/** A statement that the wire sent to D1. */
interface SentStatement {
  query: string
  parameters: unknown[]
  rows: Record<string, unknown>[]
}

interface PreparedPage {
  path: string
  etag: string
  bytes: number
}

export async function measurePages(url: string, load: LoadProcess, effort: Effort): Promise<Section> {
  const front = await prepare(url, "/")
  const article = await prepare(url, await articlePath(url))
  const port = Number(new URL(url).port)
  const rows: Row[] = []
  for (const connections of CONNECTIONS) {
    for (const [name, page] of Object.entries({ "Front page": front, Article: article })) {
      const requests =
        (host: string, conditional = false) =>
        () =>
          load.run({
            ...{ kind: "get", port, host, path: page.path, connections, milliseconds: effort.milliseconds },
            ...(conditional ? { status: 304, bytes: 0 } : { status: 200, bytes: page.bytes }),
            headers: conditional ? { "if-none-match": page.etag } : {},
          })
      const of = await alternate(
        {
          memory: requests(HOSTS.fromMemory),
          hit: requests(HOSTS.wire),
          memory304: requests(HOSTS.fromMemory, true),
          remembered304: requests(HOSTS.wire, true),
          hand: requests(HOSTS.pageByHand),
          miss: requests(HOSTS.behindTheEdge),
          hand304: requests(HOSTS.pageByHand, true),
          stored304: requests(HOSTS.behindTheEdge, true),
        },
        effort.rounds,
      )
      const row = perSecond(connections)
      rows.push(
        row(`${name}: HIT`, of.hit, "memory", of.memory),
        row(`${name}: 304 remembered`, of.remembered304, "memory", of.memory304),
        row(`${name}: 304 from D1`, of.stored304, "by hand", of.hand304),
        row(`${name}: MISS`, of.miss, "memory", of.memory),
        row(`${name}: MISS`, of.miss, "by hand", of.hand, 0.8),
      )
    }
  }
  const size = ({ bytes }: PreparedPage): string => `${Math.round(bytes / 1024)} KB`
  return {
    title: "Pages",
    about: [
      `The front page (${size(front)}) and the page of an article (${size(article)}) of the wire above. HIT, MISS, 304 and "memory" mean the same as in "Feeds".`,
      '"By hand" is a Worker that sends the very same statement to the same D1, reads the JSON of the rows, and concatenates its HTML from constants and from the texts, bodies and pictures of the rows. All else that a page computes (names, times, addresses, directions, which article stands where) is constant there, so it is the upper limit of what code for these two pages could do. The bench asserts before the rounds that all three answer the same bytes and headers.',
    ],
    rows,
  }
}

/** The article that leads the front page. */
async function articlePath(url: string): Promise<string> {
  const [, path = ""] =
    /href="(\/articles\/[^"]*)"/.exec(textOf(await get(url, { host: HOSTS.behindTheEdge, path: "/" }))) ?? []
  return path
}

/** Stores our answers in the other Workers, and asserts that all Workers give the same answers. */
async function prepare(url: string, path: string): Promise<PreparedPage> {
  const edge = { host: HOSTS.behindTheEdge, path }
  const { etag, miss, notModified } = await storeOwnAnswers(url, path)
  const headers = { "if-none-match": etag }
  for (const [answer, more] of [
    [miss, {}],
    [notModified, headers],
  ] as const) {
    const { query, parameters, rows } = await statementOf(url, path, more)
    const { status } = answer
    const page: StoredPage = {
      ...{ query, parameters, status, headers: Object.entries(answer.headers) },
      pieces: piecesOf(textOf(answer), rows),
    }
    await put(url + path, HOSTS.pageByHand, JSON.stringify(page), more)
    await getBoth(url, { ...edge, headers: more }, { host: HOSTS.pageByHand, path, headers: more })
  }
  return { path, etag, bytes: miss.body.length }
}

/** Returns the only statement that the wire sends for a page when it has read the directory. */
async function statementOf(url: string, path: string, headers: Record<string, string>): Promise<SentStatement> {
  const sent = async (): Promise<SentStatement[]> =>
    JSON.parse(textOf(await get(url, { host: HOSTS.recordedWire, path, headers })))
  await sent()
  const [statement, ...others] = await sent()
  if (statement === undefined || others.length > 0) throw new Error(`${path}: ${others.length + 1} statements`)
  return statement
}

/** The texts of articles on a page, the columns first. */
const COLUMNS = ["html", "title", "subtitle", "summary", "image.url", "image.caption", "image.alt"]
const SHORTEST = 12

/** Cuts a page into constants and places of texts of the rows. */
function piecesOf(html: string, rows: Record<string, unknown>[]): Piece[] {
  const places = new Map<string, Piece>()
  for (const [at, row] of rows.entries()) {
    const { image = {} } = typeof row.details === "string" ? JSON.parse(row.details) : {}
    for (const column of COLUMNS) {
      const text = column.startsWith("image.") ? image[column.slice("image.".length)] : row[column]
      if (typeof text === "string" && text.length >= SHORTEST && !/[&<>"']/.test(column === "html" ? "" : text))
        places.set(text, [at, column])
    }
  }
  const longestFirst = [...places.keys()].sort((a, b) => b.length - a.length)
  const pattern = new RegExp(
    longestFirst.map((text) => text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")).join("|") || "(?!)",
    "g",
  )
  const pieces: Piece[] = []
  let end = 0
  for (const { 0: text, index } of html.matchAll(pattern)) {
    pieces.push(html.slice(end, index), places.get(text) ?? text)
    end = index + text.length
  }
  return [...pieces, html.slice(end)]
}
