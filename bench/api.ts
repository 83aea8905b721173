/** Measures lists of whole articles as JSON, compared with answers from memory and with a hand-written Worker. */
import { type Answer, get, getBoth, put, storeOwnAnswers, textOf } from "./answers.ts"
import { LONG_BODY_BYTES } from "./articles.ts"
import { CONNECTIONS } from "./feeds.ts"
import { FILLED, REPORTS_SECTION } from "./filling.ts"
import type { LoadProcess } from "./load-process.ts"
import { perSecond, type Row, type Section } from "./results.ts"
import { alternate, type Effort } from "./rounds.ts"
import { HOSTS } from "./wire.ts"

/** How many articles a list without a limit has. */
const PAGE = 50
const LISTS = { short: "/v1/articles?section=news", long: `/v1/articles?section=${REPORTS_SECTION}` }
const EVERYTHING = "/v1/articles?limit=100"

/** The members that both our list and the hand-written list have. */
interface ListedArticle {
  id: string
  title: string
  summary?: string | null
  language: string
  direction: string
  date_published: string
  date_modified?: string | null
  content_html: string
  content_text: string
  tags: string[]
}

interface ApiArticle extends ListedArticle {
  canonical_url: string
  publisher: { name: string }
}

interface HandWrittenArticle extends ListedArticle {
  url: string
  publisher: string
}

/** The answer of each Worker for a list. */
interface PreparedList {
  path: string
  ours: { etag: string; bytes: number }
  hand: { etag: string; bytes: number }
}

export async function measureApi(url: string, load: LoadProcess, effort: Effort): Promise<Section> {
  await copyArticles(url)
  const [short, long] = [await prepare(url, LISTS.short), await prepare(url, LISTS.long)]
  const port = Number(new URL(url).port)
  const rows: Row[] = []
  for (const connections of CONNECTIONS) {
    const requests = (host: string, { path, ours, hand }: PreparedList, conditional = false) => {
      const { etag, bytes } = host === HOSTS.listByHand ? hand : ours
      return () =>
        load.run({
          ...{ kind: "get", port, host, path, connections, milliseconds: effort.milliseconds },
          ...(conditional ? { status: 304, bytes: 0 } : { status: 200, bytes }),
          headers: conditional ? { "if-none-match": etag } : {},
        })
    }
    const of = await alternate(
      {
        memory: requests(HOSTS.fromMemory, short),
        hit: requests(HOSTS.wire, short),
        memory304: requests(HOSTS.fromMemory, short, true),
        remembered304: requests(HOSTS.wire, short, true),
        hand: requests(HOSTS.listByHand, short),
        miss: requests(HOSTS.behindTheEdge, short),
        limited: requests(HOSTS.limited, short),
        hand304: requests(HOSTS.listByHand, short, true),
        stored304: requests(HOSTS.behindTheEdge, short, true),
        longMemory: requests(HOSTS.fromMemory, long),
        longHit: requests(HOSTS.wire, long),
        longHand: requests(HOSTS.listByHand, long),
        longMiss: requests(HOSTS.behindTheEdge, long),
      },
      effort.rounds,
    )
    const row = perSecond(connections)
    rows.push(
      row("HIT", of.hit, "memory", of.memory),
      row("304 remembered", of.remembered304, "memory", of.memory304),
      row("304 from D1", of.stored304, "memory", of.memory304),
      row("304 from D1", of.stored304, "by hand", of.hand304),
      row("MISS", of.miss, "memory", of.memory),
      row("MISS", of.miss, "by hand", of.hand, 0.85),
      row("MISS, counted by Miniflare", of.limited, "our MISS", of.miss),
      row("HIT, long bodies", of.longHit, "memory", of.longMemory),
      row("MISS, long bodies", of.longMiss, "memory", of.longMemory),
      row("MISS, long bodies", of.longMiss, "by hand", of.longHand, 0.85),
    )
  }
  return { title: "Lists of the API", about: aboutOf(short, long), rows }
}

function aboutOf(short: PreparedList, long: PreparedList): string[] {
  const size = ({ ours, hand }: PreparedList) => `ours ${kilobytes(ours)}, by hand ${kilobytes(hand)}`
  return [
    `\`${LISTS.short}\`: the whole ${PAGE} Arabic articles of the feed above, with their bodies as HTML and as text (${size(short)}). "Long bodies": \`${LISTS.long}\`, ${PAGE} with about ${LONG_BODY_BYTES / 1000} KB of HTML each (${size(long)}). HIT, MISS, 304 and "memory" mean the same as in "Feeds".`,
    'Compared with "by hand", a Worker that has a copy of all articles of the wire in a D1 database of its own. Its one table stores each member in the form of the answer, the text beside the HTML, and has an index in the order of the list. One raw batch reads the revision and the list, and `JSON.stringify` writes the rows. The bench asserts before the rounds that it answers the same articles with id, URL, title, summary, dates, language, direction, HTML, text, tags and the name of the publisher. It has no breadcrumbs, sections, authors, images, relations, attributions or pages, can only select one section, and does not know the client.',
    'A rate limit counts the requests of the API. The platform counts outside the Worker, but Miniflare counts in another Worker, which takes time. So the limit is replaced by one that always allows, except for HIT, 304 remembered and "counted by Miniflare".',
  ]
}

const kilobytes = ({ bytes }: { bytes: number }): string => `${Math.round(bytes / 1024)} KB`

/** Copies all articles of our list page by page into the hand-written Worker. */
async function copyArticles(url: string): Promise<void> {
  const seen = new Set<string>()
  for (let path: string | undefined = EVERYTHING; path !== undefined; ) {
    const page: Answer = await get(url, { host: HOSTS.behindTheEdge, path })
    const { articles, next }: { articles: ApiArticle[]; next?: string } = JSON.parse(textOf(page))
    for (const { id } of articles) seen.add(id)
    await put(url, HOSTS.listByHand, JSON.stringify(articles))
    path = next?.replace(/^https:\/\/[^/]*/, "")
  }
  if (seen.size !== FILLED) throw new Error(`all pages of the list show ${seen.size} articles, not ${FILLED}`)
}

/** Stores our answers in the "memory" Worker, and asserts that all Workers answer with the same articles. */
async function prepare(url: string, path: string): Promise<PreparedList> {
  const { etag, miss } = await storeOwnAnswers(url, path)
  const conditional = { path, headers: { "if-none-match": etag } }
  await getBoth(url, { host: HOSTS.behindTheEdge, ...conditional }, { host: HOSTS.fromMemory, ...conditional })

  const hand = await get(url, { host: HOSTS.listByHand, path })
  const handTag = hand.headers.etag ?? ""
  const handNotModified = await get(url, { host: HOSTS.listByHand, path, headers: { "if-none-match": handTag } })
  if (handNotModified.status !== 304)
    throw new Error(`the hand-written Worker answers its own ETag with ${handNotModified.status}`)
  assertSameArticles(path, miss, hand)
  return { path, ours: { etag, bytes: miss.body.length }, hand: { etag: handTag, bytes: hand.body.length } }
}

function assertSameArticles(path: string, ours: Answer, hand: Answer): void {
  const own: ListedArticle[] = (JSON.parse(textOf(ours)).articles as ApiArticle[]).map(
    ({ publisher, canonical_url, ...article }) => ({
      ...article,
      ...{ publisher: publisher.name, url: canonical_url },
    }),
  )
  const other: HandWrittenArticle[] = JSON.parse(textOf(hand)).articles
  if (own.length !== PAGE || other.length !== PAGE) {
    throw new Error(`${path}: ${own.length} articles, by hand ${other.length}, not ${PAGE}`)
  }
  for (const [at, article] of other.entries()) {
    const mine = own[at] as unknown as Record<string, unknown>
    const different = Object.entries(article).find(
      ([name, value]) => JSON.stringify(value) !== JSON.stringify(mine[name] ?? null),
    )
    if (different) throw new Error(`${path}, article ${at}: ${different[0]} differs`)
  }
}
