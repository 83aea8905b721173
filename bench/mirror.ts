/** Measures a partner that mirrors everything: by pages of changes from the beginning, and by the snapshot's stream. */
import { request } from "node:http"
import { type Answer, get, textOf } from "./answers.ts"
import { Connection } from "./connection.ts"
import { requestOf } from "./requests.ts"
import { compared, type Row, type Section } from "./results.ts"
import { sampleOf } from "./rounds.ts"
import { HOSTS } from "./wire.ts"

const HOST = HOSTS.behindTheEdge
const CHANGES = "/v1/changes"
const SNAPSHOT = "/v1/snapshot"
const LIST = "/v1/articles?limit=100"
/** How often a page of changes and a list are measured, in turns, after warm-ups that do not count. */
const [TRIALS, WARM_UPS] = [30, 3]

/** A page of changes, and the time from its request to its last byte. */
interface ChangesPage {
  path: string
  articles: number
  bytes: number
  milliseconds: number
}

interface Change {
  id: string
  article?: object
}

interface SnapshotResult {
  articles: number
  bytes: number
  /** Milliseconds from the request to the first byte. */
  firstByte: number
  /** Milliseconds from the request to the last byte. */
  milliseconds: number
  /** The position where the changes continue. Set if the snapshot was not complete. */
  cursor?: string
}

/** @param expected is the number of articles that a complete mirror has */
export async function measureMirror(url: string, expected: number): Promise<Section> {
  const pages = await readChanges(url, CHANGES)
  assertComplete("the list of changes", sum(pages, "articles"), expected)
  const snapshot = await readSnapshot(url)
  const rest = snapshot.cursor === undefined ? [] : await readChanges(url, `${CHANGES}?cursor=${snapshot.cursor}`)
  assertComplete("a snapshot", snapshot.articles + sum(rest, "articles"), expected)
  const tenth = Math.max(1, Math.floor(pages.length / 10))
  const rates = (from: number) => sampleOf(pages.slice(from, from + tenth).map(rateOf))
  const first = rates(0)
  const all = { articles: sum(pages, "articles"), milliseconds: sum(pages, "milliseconds") }
  const snapshotRow = { what: "Snapshot", unit: "articles/s", against: "changes from the beginning" }
  return {
    title: "Mirroring the archive",
    about: [
      `\`${CHANGES}\` from the beginning until there is nothing more, in pages of 100 changes or 2 MiB, one after the other over one connection: ${pages.length.toLocaleString("en")} pages with ${megabytes(sum(pages, "bytes"))}. The time is from a request to the last byte of its answer, without the mirror's own work. The bench asserts that every article came exactly once.`,
      `\`${SNAPSHOT}\`: ${snapshot.articles.toLocaleString("en")} articles in one stream of ${megabytes(snapshot.bytes)}${rest.length > 0 ? `, and the last ${sum(rest, "articles").toLocaleString("en")} in ${rest.length} pages of changes, because a Worker may call D1 at most a thousand times` : ""}. The rate is the rate of the stream.`,
      `A page of changes and \`${LIST}\`, a list of whole articles in the order of publication, were requested in turns, ${TRIALS} times each.`,
    ],
    rows: [
      { what: "Changes from the beginning", unit: "articles/s", ours: rateOf(all) },
      {
        what: "Changes from the beginning",
        unit: "MB/s",
        ours: mebibytes(sum(pages, "bytes")) / (all.milliseconds / 1000),
      },
      { what: "Pages of the first tenth", unit: "articles/s", ours: first },
      compared(
        { what: "Pages of the last tenth", unit: "articles/s", against: "the first tenth" },
        rates(pages.length - tenth),
        first,
      ),
      { ...snapshotRow, ours: rateOf(snapshot), other: rateOf(all), ratio: rateOf(snapshot) / rateOf(all) },
      { what: "Snapshot, to its first byte", unit: "ms", ours: snapshot.firstByte },
      await compareWithList(url, pages),
    ],
  }
}

const sum = (pages: ChangesPage[], member: "articles" | "bytes" | "milliseconds"): number =>
  pages.reduce((total, page) => total + page[member], 0)

const rateOf = ({ articles, milliseconds }: { articles: number; milliseconds: number }): number =>
  (articles * 1000) / milliseconds

const mebibytes = (bytes: number): number => bytes / 2 ** 20
const megabytes = (bytes: number): string => `${Math.round(mebibytes(bytes)).toLocaleString("en")} MB`

function assertComplete(source: string, articles: number, expected: number): void {
  if (articles !== expected) throw new Error(`${source} has ${articles} articles, the wire ${expected}`)
}

async function readChanges(url: string, from: string): Promise<ChangesPage[]> {
  const pages: ChangesPage[] = []
  const seen = new Set<string>()
  for (let path: string | undefined = from; path !== undefined; ) {
    const began = performance.now()
    const answer: Answer = await get(url, { host: HOST, path })
    const milliseconds = performance.now() - began
    if (answer.status !== 200) throw new Error(`${path} answers ${answer.status}: ${textOf(answer).slice(0, 300)}`)
    const { changes, cursor, more }: { changes: Change[]; cursor: string; more: boolean } = JSON.parse(textOf(answer))
    const articles = changes.filter(({ article }) => article)
    for (const { id } of articles) seen.add(id)
    pages.push({ path, articles: articles.length, bytes: answer.body.length, milliseconds })
    path = more ? `${CHANGES}?cursor=${cursor}` : undefined
  }
  if (seen.size !== sum(pages, "articles")) throw new Error("the pages of the changes have an article twice")
  return pages
}

/** Reads line by line, because the whole snapshot does not fit into a string. */
function readSnapshot(url: string): Promise<SnapshotResult> {
  return new Promise((resolve, reject) => {
    const began = performance.now()
    const snapshot: SnapshotResult = { articles: 0, bytes: 0, firstByte: Number.NaN, milliseconds: Number.NaN }
    let line = ""
    let last = ""
    const outgoing = request(url + SNAPSHOT, { headers: { host: HOST } }, (answer) => {
      if (answer.statusCode !== 200) reject(new Error(`${SNAPSHOT} answers ${answer.statusCode}`))
      answer.setEncoding("utf8")
      answer.on("data", (text: string) => {
        if (snapshot.bytes === 0) snapshot.firstByte = performance.now() - began
        snapshot.bytes += Buffer.byteLength(text)
        const lines = text.split("\n")
        lines[0] = line + lines[0]
        line = lines.pop() ?? ""
        for (const complete of lines) if (complete.includes('"article":{')) snapshot.articles += 1
        last = lines.at(-1) ?? last
      })
      answer.on("error", reject)
      answer.on("end", () => {
        snapshot.milliseconds = performance.now() - began
        const { cursor, complete }: { cursor: string; complete?: boolean } = JSON.parse(last)
        if (line !== "" || complete === undefined) reject(new Error(`${SNAPSHOT} ends in the middle: ${last}`))
        else resolve({ ...snapshot, ...(!complete && { cursor }) })
      })
    })
    outgoing.on("error", reject)
    outgoing.end()
  })
}

/** Compares the last full page of changes with a list of the same number of articles. */
async function compareWithList(url: string, pages: ChangesPage[]): Promise<Row> {
  const full = pages.findLast(({ articles }) => articles >= 90) ?? pages.at(-1)
  if (!full) throw new Error("there is no page of changes")
  const listSize = JSON.parse(textOf(await get(url, { host: HOST, path: LIST }))).articles.length as number
  const connection = await Connection.open(Number(new URL(url).port))
  const rates: { page: number[]; list: number[] } = { page: [], list: [] }
  const rate = async (path: string, articles: number): Promise<number> => {
    const began = performance.now()
    const { status } = await connection.send(requestOf("GET", HOST, path, {}, new Uint8Array()))
    if (status !== 200) throw new Error(`${path} answers ${status}`)
    return (articles * 1000) / (performance.now() - began)
  }
  for (let trial = 0; trial < WARM_UPS + TRIALS; trial++) {
    rates.page.push(await rate(full.path, full.articles))
    rates.list.push(await rate(LIST, listSize))
  }
  connection.close()
  const [page, list] = [rates.page, rates.list].map((all) => sampleOf(all.slice(WARM_UPS)))
  if (!page || !list) throw new Error("there was no trial")
  return compared({ what: "A page of changes", unit: "articles/s", against: "our MISS of a list of 100" }, page, list)
}
