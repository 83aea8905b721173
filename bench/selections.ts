/** Feeds selected by parameters, pages of the history, archives and deltas: what of each costs more than a plain feed. */
import { type Answer, ask, askBoth, assertEntries, keepInMemory, linkOf, put, type Question } from "./answers.ts"
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

const edge = (path: string, headers: Record<string, string> = {}): Question => ({
  ...{ host: HOSTS.behindTheEdge, path, headers },
})
const memory = (path: string, headers: Record<string, string> = {}): Question => ({
  ...{ host: HOSTS.fromMemory, path, headers },
})
const byHand = (path: string): Question => ({ host: HOSTS.feedByHand, path })

/** What is asked for, with the answer that it must get. */
interface Asked {
  question: Question
  status: number
  bytes: number
}

/** Tells the Worker by hand what it cannot know, before anything is asked of it. */
export async function tellByHand(url: string): Promise<{ page: string }> {
  let page = await ask(url, edge(EVERYTHING))
  const tagEnd = (page.headers.etag ?? "").slice(1, -1).split(".").slice(2).join(".")
  let path = EVERYTHING
  for (let no = 1; no <= PAGE; no++) {
    path = linkOf(page, "next")
    page = await ask(url, edge(path))
    assertEntries(page, FEED_ENTRIES, path)
  }
  const cursorOf = (link: string) => new URLSearchParams(link.slice(link.indexOf("?"))).get("after") ?? ""
  const told = {
    tagEnd,
    nextOfSelection: cursorOf(linkOf(await ask(url, edge(SELECTION)), "next")),
    page: cursorOf(path),
    nextOfPage: cursorOf(linkOf(page, "next")),
  }
  for (const host of [HOSTS.feedByHand, HOSTS.countedByHand]) await put(url, host, JSON.stringify(told))
  return { page: path }
}

/**
 * @param page path of the hundredth page
 * @param heldBefore the ETag that the section's feed had before one of its articles was corrected
 */
export async function measureSelections(
  url: string,
  load: LoadProcess,
  { page, heldBefore }: { page: string; heldBefore: string },
  effort: Effort,
): Promise<Section> {
  const asked = await prepare(url, page, heldBefore)
  const port = Number(new URL(url).port)
  const rows: Row[] = []
  for (const connections of CONNECTIONS) {
    const get =
      ({ question, status, bytes }: Asked) =>
      () =>
        load.run({
          ...{ kind: "get", port, connections, milliseconds: effort.milliseconds, status, bytes },
          ...{ headers: {}, ...question },
        })
    const contestants = Object.fromEntries(Object.entries(asked).map(([name, one]) => [name, get(one)])) as Record<
      keyof typeof asked,
      () => Promise<number>
    >
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
  return { title: "Selections, history and deltas", about: aboutOf(asked), rows }
}

function aboutOf({
  section,
  delta,
  everything,
  selection,
  page,
  archive,
}: Awaited<ReturnType<typeof prepare>>): string[] {
  const size = ({ bytes }: Asked) => `${Math.max(1, Math.round(bytes / 1024))} KB`
  return [
    `The wire holds ${FILLED.toLocaleString("en")} articles, all pushed: ${FEED_ENTRIES} in the section above and, around them, ${HISTORY.toLocaleString("en")} in four others, two thirds of them Arabic and one third French; one in ten is sport, and another one in ten stands in sport beside its own section; ${REPORTS} long ones are older than all of them. Every request goes to D1 and renders, as the MISS above.`,
    `226: the section's feed (${size(section)}) asked with \`A-IM: feed\` and the ETag from before one of its articles was corrected: ${size(delta)}. "Our MISS" of it is the whole feed.`,
    `Filtered: \`${SELECTION}\`, ${FEED_ENTRIES} entries, ${size(selection)}. "Our MISS" is \`${EVERYTHING}\`, ${FEED_ENTRIES} entries, ${size(everything)}. "By hand, joined" asks for it as one says it (\`scope in (…)\`, a condition on the language, \`not exists\`, \`distinct\`, \`order by … limit 50\`); "by hand, in order" is written by somebody who reads query plans: down the Arabic standings, with \`exists\` and \`not exists\` for each. Neither bounds what it reads where few articles match.`,
    `Page ${PAGE}: after ${PAGE} \`next\` links from \`${EVERYTHING}\`, ${FEED_ENTRIES} entries in both languages, ${size(page)}; by hand \`limit 50 offset ${PAGE * FEED_ENTRIES}\`. Archive: \`${ARCHIVE}\`, ${ARCHIVE_ENTRIES} entries, ${size(archive)}.`,
    "Bytes and headers of all that is compared with memory or by hand are asserted to be equal. Rows read are those that D1 counts for one answer of a warm isolate.",
  ]
}

/** Teaches memory what the wire answers, and makes sure that all answer the same. */
async function prepare(url: string, page: string, heldBefore: string) {
  const heard = async (question: Question, status: number): Promise<[Asked, Answer]> => {
    const answer = await ask(url, question)
    if (answer.status !== status) throw new Error(`${question.path} answers ${answer.status}, not ${status}`)
    return [{ question, status, bytes: answer.body.length }, answer]
  }
  const remembered = async (question: Question, status: number): Promise<[ours: Asked, memory: Asked]> => {
    const [ours, answer] = await heard(question, status)
    await keepInMemory(url, question.path, answer)
    const kept = memory(question.path, question.headers)
    await askBoth(url, question, kept)
    return [ours, { ...ours, question: kept }]
  }
  const document = async (path: string, entries: number): Promise<[ours: Asked, memory: Asked]> => {
    assertEntries(await ask(url, edge(path)), entries, path)
    return remembered(edge(path), 200)
  }
  const twin = async (ours: Asked, path: string): Promise<Asked> => {
    await askBoth(url, ours.question, byHand(path))
    return { ...ours, question: byHand(path) }
  }
  const held = async (path: string) => ({ "if-none-match": (await ask(url, edge(path))).headers.etag ?? "" })

  const [section] = await heard(edge(FEED), 200)
  const [delta, deltaMemory] = await remembered(edge(FEED, { "a-im": "feed", "if-none-match": heldBefore }), 226)
  assertEntries(await ask(url, delta.question), 1, `the delta of ${FEED}`)
  const [everything, answer] = await heard(edge(EVERYTHING), 200)
  assertEntries(answer, FEED_ENTRIES, EVERYTHING)
  const [everything304] = await heard(edge(EVERYTHING, await held(EVERYTHING)), 304)
  const [selection, selectionMemory] = await document(SELECTION, FEED_ENTRIES)
  const [selection304, selection304Memory] = await remembered(edge(SELECTION, await held(SELECTION)), 304)
  const [hundredth, pageMemory] = await document(page, FEED_ENTRIES)
  const [archive, archiveMemory] = await document(ARCHIVE, ARCHIVE_ENTRIES)
  const selectionJoined = await twin(selection, "/selection-joined")
  const selectionInOrder = await twin(selection, "/selection-in-order")
  const pageByHand = await twin(hundredth, "/page")
  const archiveByHand = await twin(archive, "/archive")
  return {
    ...{ section, delta, deltaMemory },
    ...{ everything, selection, selectionMemory, selectionJoined, selectionInOrder },
    ...{ everything304, selection304, selection304Memory },
    ...{ page: hundredth, pageMemory, pageByHand },
    ...{ archive, archiveMemory, archiveByHand },
  }
}

/** What D1 counts, of the second answer: a cold isolate reads the names as well. */
async function rowsRead(url: string, what: string, ours: Question, against: string, theirs: Question): Promise<Row> {
  const count = async (question: Question) => {
    await ask(url, question)
    return Number((await ask(url, question)).headers["x-rows-read"])
  }
  const [own, other] = [
    await count({ ...ours, host: HOSTS.countedWire }),
    await count({ ...theirs, host: HOSTS.countedByHand }),
  ]
  return { what, unit: "rows read", ours: own, against, other, ratio: own / other }
}
