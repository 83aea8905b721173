/** Measures feeds with parameters, pages of the history, archives and deltas, compared with a plain feed. */
import { type Answer, assertEntries, type GetRequest, get, getBoth, linkOf, put, storeInMemory } from "./answers.ts"
import { CONNECTIONS } from "./feeds.ts"
import { ARCHIVE_ENTRIES, FEED, FEED_ENTRIES, FILLED, HISTORY, REPORTS } from "./filling.ts"
import type { LoadProcess } from "./load-process.ts"
import { perSecond, type Row, type Section } from "./results.ts"
import { alternate, type Effort } from "./rounds.ts"
import { HOSTS } from "./wire.ts"

const EVERYTHING = "/feed.rss"
const SELECTION = "/feed.rss?lang=ar&not=sport&section=culture,economy,politics"
const PAGE = 100
const ARCHIVE = "/archives/30/feed.rss"

const edge = (path: string, headers: Record<string, string> = {}): GetRequest => ({
  ...{ host: HOSTS.behindTheEdge, path, headers },
})
const memory = (path: string, headers: Record<string, string> = {}): GetRequest => ({
  ...{ host: HOSTS.fromMemory, path, headers },
})
const byHand = (path: string): GetRequest => ({ host: HOSTS.feedByHand, path })

interface ExpectedAnswer {
  request: GetRequest
  status: number
  bytes: number
}

/** Sends values of the wire to the hand-written Workers, which cannot compute these values. */
export async function configureHandWritten(url: string): Promise<{ page: string }> {
  let page = await get(url, edge(EVERYTHING))
  const tagEnd = (page.headers.etag ?? "").slice(1, -1).split(".").slice(2).join(".")
  let path = EVERYTHING
  for (let no = 1; no <= PAGE; no++) {
    path = linkOf(page, "next")
    page = await get(url, edge(path))
    assertEntries(page, FEED_ENTRIES, path)
  }
  const cursorOf = (link: string) => new URLSearchParams(link.slice(link.indexOf("?"))).get("after") ?? ""
  const configuration = {
    tagEnd,
    nextOfSelection: cursorOf(linkOf(await get(url, edge(SELECTION)), "next")),
    page: cursorOf(path),
    nextOfPage: cursorOf(linkOf(page, "next")),
  }
  for (const host of [HOSTS.feedByHand, HOSTS.countedByHand]) await put(url, host, JSON.stringify(configuration))
  return { page: path }
}

/**
 * @param page is the path of the hundredth page
 * @param oldTag is the ETag of the section's feed before one of its articles was corrected
 */
export async function measureSelections(
  url: string,
  load: LoadProcess,
  { page, oldTag }: { page: string; oldTag: string },
  effort: Effort,
): Promise<Section> {
  const expected = await prepare(url, page, oldTag)
  const port = Number(new URL(url).port)
  const rows: Row[] = []
  for (const connections of CONNECTIONS) {
    const requests =
      ({ request, status, bytes }: ExpectedAnswer) =>
      () =>
        load.run({
          ...{ kind: "get", port, connections, milliseconds: effort.milliseconds, status, bytes },
          ...{ headers: {}, ...request },
        })
    const contestants = Object.fromEntries(
      Object.entries(expected).map(([name, each]) => [name, requests(each)]),
    ) as Record<keyof typeof expected, () => Promise<number>>
    const of = await alternate(contestants, effort.rounds)
    const row = perSecond(connections)
    rows.push(
      row("226", of.delta, "memory", of.deltaMemory),
      row("226", of.delta, "our MISS", of.section),
      row("Filtered MISS", of.selection, "our MISS", of.everything, 0.8),
      row("Filtered MISS", of.selection, "memory", of.selectionMemory),
      row("Filtered MISS", of.selection, "by hand, joined", of.selectionJoined),
      row("Filtered MISS", of.selection, "by hand, in order", of.selectionInOrder),
      row("304 of the filtered", of.selection304, "memory", of.selection304Memory),
      row("304 of the filtered", of.selection304, "our 304 from D1", of.everything304),
      row(`Page ${PAGE}`, of.page, "our MISS", of.everything),
      row(`Page ${PAGE}`, of.page, "memory", of.pageMemory),
      row(`Page ${PAGE}`, of.page, "by hand, OFFSET", of.pageByHand),
      row("Archive", of.archive, "memory", of.archiveMemory),
      row("Archive", of.archive, "by hand", of.archiveByHand),
    )
  }
  const read = (what: string, path: string, against: string, handPath: string) =>
    rowsRead(url, what, edge(path), against, byHand(handPath))
  rows.push(
    await read("MISS of a section", FEED, "by hand", "/feed"),
    await read("Filtered MISS", SELECTION, "by hand, joined", "/selection-joined"),
    await read("Filtered MISS", SELECTION, "by hand, in order", "/selection-in-order"),
    await read(`Page ${PAGE}`, page, "by hand, OFFSET", "/page"),
    await read("Archive", ARCHIVE, "by hand", "/archive"),
  )
  return { title: "Selections, history and deltas", about: aboutOf(expected), rows }
}

function aboutOf({
  section,
  delta,
  everything,
  selection,
  page,
  archive,
}: Awaited<ReturnType<typeof prepare>>): string[] {
  const size = ({ bytes }: ExpectedAnswer) => `${Math.max(1, Math.round(bytes / 1024))} KB`
  return [
    `The wire has ${FILLED.toLocaleString("en")} articles, all pushed: ${FEED_ENTRIES} in the section above and, at times between them, ${HISTORY.toLocaleString("en")} in four other sections. Two thirds of these are Arabic and one third French; one in ten is in sport only, and another one in ten is in sport besides its own section. ${REPORTS} articles with long bodies are older than all others. Every request goes to D1 and renders, as the MISS above.`,
    `226: the section's feed (${size(section)}) requested with \`A-IM: feed\` and the ETag from before one of its articles was corrected: ${size(delta)}. "Our MISS" is the whole feed.`,
    `Filtered: \`${SELECTION}\`, ${FEED_ENTRIES} entries, ${size(selection)}. "Our MISS" is \`${EVERYTHING}\`, ${FEED_ENTRIES} entries, ${size(everything)}. "By hand, joined" is the simplest query (\`scope in (…)\`, a condition on the language, \`not exists\`, \`distinct\`, \`order by … limit 50\`); "by hand, in order" is written for a good query plan: it scans the Arabic memberships and checks each with \`exists\` and \`not exists\`. Neither query has a limit of rows read if few articles match.`,
    `Page ${PAGE}: after ${PAGE} \`next\` links from \`${EVERYTHING}\`, ${FEED_ENTRIES} entries in both languages, ${size(page)}; by hand \`limit 50 offset ${PAGE * FEED_ENTRIES}\`. Archive: \`${ARCHIVE}\`, ${ARCHIVE_ENTRIES} entries, ${size(archive)}.`,
    "The bench asserts that answers compared with memory or by hand have equal bytes and headers. Rows read are counted by D1 for one answer of a warm isolate.",
  ]
}

/** Stores our answers in the "memory" Worker, and asserts that all Workers give the same answers. */
async function prepare(url: string, page: string, oldTag: string) {
  const expect = async (request: GetRequest, status: number): Promise<[ExpectedAnswer, Answer]> => {
    const answer = await get(url, request)
    if (answer.status !== status) throw new Error(`${request.path} answers ${answer.status}, not ${status}`)
    return [{ request, status, bytes: answer.body.length }, answer]
  }
  const expectSame = async (
    request: GetRequest,
    status: number,
  ): Promise<[ours: ExpectedAnswer, memory: ExpectedAnswer]> => {
    const [ours, answer] = await expect(request, status)
    await storeInMemory(url, request.path, answer)
    const fromMemory = memory(request.path, request.headers)
    await getBoth(url, request, fromMemory)
    return [ours, { ...ours, request: fromMemory }]
  }
  const document = async (path: string, entries: number): Promise<[ours: ExpectedAnswer, memory: ExpectedAnswer]> => {
    assertEntries(await get(url, edge(path)), entries, path)
    return expectSame(edge(path), 200)
  }
  const expectByHand = async (ours: ExpectedAnswer, path: string): Promise<ExpectedAnswer> => {
    await getBoth(url, ours.request, byHand(path))
    return { ...ours, request: byHand(path) }
  }
  const conditions = async (path: string) => ({ "if-none-match": (await get(url, edge(path))).headers.etag ?? "" })

  const [section] = await expect(edge(FEED), 200)
  const [delta, deltaMemory] = await expectSame(edge(FEED, { "a-im": "feed", "if-none-match": oldTag }), 226)
  assertEntries(await get(url, delta.request), 1, `the delta of ${FEED}`)
  const [everything, answer] = await expect(edge(EVERYTHING), 200)
  assertEntries(answer, FEED_ENTRIES, EVERYTHING)
  const [everything304] = await expect(edge(EVERYTHING, await conditions(EVERYTHING)), 304)
  const [selection, selectionMemory] = await document(SELECTION, FEED_ENTRIES)
  const [selection304, selection304Memory] = await expectSame(edge(SELECTION, await conditions(SELECTION)), 304)
  const [hundredth, pageMemory] = await document(page, FEED_ENTRIES)
  const [archive, archiveMemory] = await document(ARCHIVE, ARCHIVE_ENTRIES)
  const selectionJoined = await expectByHand(selection, "/selection-joined")
  const selectionInOrder = await expectByHand(selection, "/selection-in-order")
  const pageByHand = await expectByHand(hundredth, "/page")
  const archiveByHand = await expectByHand(archive, "/archive")
  return {
    ...{ section, delta, deltaMemory },
    ...{ everything, selection, selectionMemory, selectionJoined, selectionInOrder },
    ...{ everything304, selection304, selection304Memory },
    ...{ page: hundredth, pageMemory, pageByHand },
    ...{ archive, archiveMemory, archiveByHand },
  }
}

/**
 * Returns the rows that D1 reads for the second answer, because for its first answer an isolate also reads the
 * directory.
 */
async function rowsRead(
  url: string,
  what: string,
  ours: GetRequest,
  against: string,
  theirs: GetRequest,
): Promise<Row> {
  const count = async (request: GetRequest) => {
    await get(url, request)
    return Number((await get(url, request)).headers["x-rows-read"])
  }
  const [own, other] = [
    await count({ ...ours, host: HOSTS.countedWire }),
    await count({ ...theirs, host: HOSTS.countedByHand }),
  ]
  return { what, unit: "rows read", ours: own, against, other, ratio: own / other }
}
