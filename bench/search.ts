/** Measures searches in an archive, compared with an uncached list of the same number of articles. */
import { get, textOf } from "./answers.ts"
import { HISTORY_SECTIONS, sentences } from "./articles.ts"
import { Connection } from "./connection.ts"
import { requestOf } from "./requests.ts"
import type { Row, Section } from "./results.ts"
import { percentile } from "./rounds.ts"
import { wordOf } from "./vocabulary.ts"
import { HOSTS } from "./wire.ts"

const HOST = HOSTS.behindTheEdge
const LIST = "/v1/articles"
const QUERIES = 20
const TURNS = 12
const PERCENTS = [50, 99]

interface QueryKind {
  name: string
  /** Returns the parameters of a query, for each number from 0 on. */
  query(no: number): Record<string, string>
}

/** Words that are in many articles of an archive, because many of its sentences have these words. */
const common = commonWords()
/** Three consecutive words of each sentence. */
const phrases = sentences.flatMap((words) => {
  const at = words.findIndex((_, index) => index > 0 && words.slice(index, index + 3).every(({ plain }) => plain))
  const three = at === -1 ? [] : words.slice(at, at + 3)
  return three.length === 3 ? [three.map(({ word }) => word).join(" ")] : []
})

const one = <T>(list: readonly T[], no: number): T => list[no % list.length] as T

const KINDS: QueryKind[] = [
  { name: "a common word", query: (no) => ({ q: one(common, no) }) },
  { name: "a rare word", query: (no) => ({ q: wordOf(10_000 + no * 997) }) },
  { name: "two words", query: (no) => ({ q: `${one(common, no)} ${wordOf(20 + no)}` }) },
  { name: "a phrase", query: (no) => ({ q: `"${one(phrases, no * 7)}"` }) },
  { name: "the beginning of a word", query: (no) => ({ q: `${one(common, no).slice(0, 2 + (no % 3))}*` }) },
  { name: "a word without another", query: (no) => ({ q: `${one(common, no)} -${one(common, no + 1)}` }) },
  {
    name: "a word in a section",
    query: (no) => ({ q: one(common, no), section: one(HISTORY_SECTIONS, no) }),
  },
]

/** Returns the words of more than three letters that are in the most sentences. */
function commonWords(): string[] {
  const counts = new Map<string, number>()
  for (const words of sentences) {
    for (const word of new Set(words.flatMap(({ word, plain }) => (plain && word.length > 3 ? [word] : [])))) {
      counts.set(word, (counts.get(word) ?? 0) + 1)
    }
  }
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .slice(0, QUERIES)
    .map(([word]) => word)
}

const pathOf = (parameters: Record<string, string>): string => `${LIST}?${new URLSearchParams(parameters)}`

/** @param articles is the number of articles on the wire, all of which are indexed */
export async function measureSearch(url: string, articles: number): Promise<Section> {
  const paths = KINDS.map(({ query }) => Array.from({ length: QUERIES }, (_, no) => pathOf(query(no))))
  const firstPages: number[] = []
  for (const [at, kind] of paths.entries()) {
    const counts: number[] = []
    for (const path of kind) counts.push(await countOf(url, path))
    if (!counts.some((count) => count > 0)) throw new Error(`${KINDS[at]?.name}: no query has a result`)
    firstPages.push(percentile(counts, 50))
  }
  await countOf(url, LIST)
  const times: Record<string, number[]> = {}
  const connection = await Connection.open(Number(new URL(url).port))
  const measure = async (name: string, path: string) => {
    const began = performance.now()
    const { status } = await connection.send(requestOf("GET", HOST, path, {}, new Uint8Array()))
    if (status !== 200) throw new Error(`${path} answers ${status}`)
    const sample = times[name] ?? []
    sample.push(performance.now() - began)
    times[name] = sample
  }
  for (let turn = 0; turn < TURNS; turn++) {
    for (let no = 0; no < QUERIES; no++) {
      await measure(LIST, LIST)
      for (const [at, { name }] of KINDS.entries()) await measure(name, one(paths[at] ?? [], no))
    }
  }
  connection.close()
  const list = times[LIST] ?? []
  const all = KINDS.flatMap(({ name }) => times[name] ?? [])
  const row = (what: string, values: number[], percent: number, aim?: Row["aim"]): Row => {
    const [ours, other] = [percentile(values, percent), percentile(list, percent)]
    const labels = { what: `${what}, p${percent}`, unit: "ms", against: `our MISS of a list, p${percent}` }
    return { ...labels, ours, other, ratio: ours / other, ...(aim && { aim }) }
  }
  return {
    title: "Searching the archive",
    about: [
      `\`${LIST}?q=…\` over ${articles.toLocaleString("en")} indexed articles, compared with \`${LIST}\`: both answer up to 50 whole articles without a cache. ${QUERIES} queries of each kind, each sent ${TURNS} times, in turns with the list, over one connection. Milliseconds from the request to the last byte.`,
      `Common words are in most articles (${one(common, 0)}, ${one(common, 1)}, …), rare words in one of some thousand. Phrases are three words of a sentence; beginnings have two to four letters. Results on the first page, of the median query: ${KINDS.map(({ name }, at) => `${name} ${firstPages[at]}`).join(", ")}.`,
    ],
    rows: [
      ...KINDS.flatMap(({ name }) => PERCENTS.map((percent) => row(name, times[name] ?? [], percent))),
      row("All of them", all, 50),
      row("All of them", all, 99, { atMost: 3 }),
    ],
  }
}

async function countOf(url: string, path: string): Promise<number> {
  const answer = await get(url, { host: HOST, path })
  if (answer.status !== 200) throw new Error(`${path} answers ${answer.status}: ${textOf(answer).slice(0, 300)}`)
  return JSON.parse(textOf(answer)).articles.length
}
