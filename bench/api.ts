/** Lists of whole articles as JSON, against answers from memory and against a Worker written by hand for them. */
import { type Answer, ask, askBoth, keepInMemory, put, textOf } from "./answers.ts"
import { LONG_BODY_BYTES } from "./articles.ts"
import { CONNECTIONS } from "./feeds.ts"
import { FILLED, REPORTS_SECTION } from "./filling.ts"
import type { LoadProcess } from "./load-process.ts"
import { perSecond, type Row, type Section } from "./results.ts"
import { alternate, type Effort } from "./rounds.ts"
import { HOSTS } from "./wire.ts"

/** What a list has if nobody says how many. */
const PAGE = 50
const LISTS = { short: "/v1/articles?section=news", long: `/v1/articles?section=${REPORTS_SECTION}` }
const EVERYTHING = "/v1/articles?limit=100"

/** Members that both answer alike. */
interface Listed {
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

interface Ours extends Listed {
  canonical_url: string
  publisher: { name: string }
}

interface ByHand extends Listed {
  url: string
  publisher: string
}

/** A list as each of them answers it. */
interface Prepared {
  path: string
  ours: { etag: string; bytes: number }
  hand: { etag: string; bytes: number }
}

export async function measureApi(url: string, load: LoadProcess, effort: Effort): Promise<Section> {
  await copyByHand(url)
  const [short, long] = [await prepare(url, LISTS.short), await prepare(url, LISTS.long)]
  const port = Number(new URL(url).port)
  const rows: Row[] = []
  for (const connections of CONNECTIONS) {
    const get = (host: string, { path, ours, hand }: Prepared, conditional = false) => {
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
        memory: get(HOSTS.fromMemory, short),
        hit: get(HOSTS.wire, short),
        memory304: get(HOSTS.fromMemory, short, true),
        remembered304: get(HOSTS.wire, short, true),
        hand: get(HOSTS.listByHand, short),
        miss: get(HOSTS.behindTheEdge, short),
        limited: get(HOSTS.limited, short),
        hand304: get(HOSTS.listByHand, short, true),
        stored304: get(HOSTS.behindTheEdge, short, true),
        longMemory: get(HOSTS.fromMemory, long),
        longHit: get(HOSTS.wire, long),
        longHand: get(HOSTS.listByHand, long),
        longMiss: get(HOSTS.behindTheEdge, long),
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

function aboutOf(short: Prepared, long: Prepared): string[] {
  const size = ({ ours, hand }: Prepared) => `ours ${kilobytes(ours)}, by hand ${kilobytes(hand)}`
  return [
    `\`${LISTS.short}\`: the ${PAGE} Arabic articles of the feed above, whole, with HTML and text of their bodies (${size(short)}). "Long bodies": \`${LISTS.long}\`, ${PAGE} with about ${LONG_BODY_BYTES / 1000} KB of HTML each (${size(long)}). HIT, MISS, 304 and "memory" are those of "Feeds".`,
    'Compared with "by hand", a Worker that holds a copy of all articles of the wire in a D1 of its own: one table in which each member stands as it is answered, the text beside the HTML, an index in the order of the list, the revision and the list by one raw batch, `JSON.stringify` of the rows. It answers the same articles with id, URL, title, summary, dates, language, direction, HTML, text, tags and the name of the publisher, which is asserted before the rounds. It has no breadcrumbs, sections, authors, images, relations, attributions or pages, chooses nothing but one section, and does not ask who asks.',
    'Requests of the API are counted by a rate limit. The platform does that beside the Worker; Miniflare has another Worker do it. So a stand-in says yes at once, but for HIT, 304 remembered and "counted by Miniflare".',
  ]
}

const kilobytes = ({ bytes }: { bytes: number }): string => `${Math.round(bytes / 1024)} KB`

/** Gives the Worker by hand all articles, as our list answers them from page to page. */
async function copyByHand(url: string): Promise<void> {
  const seen = new Set<string>()
  for (let path: string | undefined = EVERYTHING; path !== undefined; ) {
    const page: Answer = await ask(url, { host: HOSTS.behindTheEdge, path })
    const { articles, next }: { articles: Ours[]; next?: string } = JSON.parse(textOf(page))
    for (const { id } of articles) seen.add(id)
    await put(url, HOSTS.listByHand, JSON.stringify(articles))
    path = next?.replace(/^https:\/\/[^/]*/, "")
  }
  if (seen.size !== FILLED) throw new Error(`a walk through the list shows ${seen.size} articles, not ${FILLED}`)
}

/** Teaches memory what the wire answers, and makes sure that all show the same articles. */
async function prepare(url: string, path: string): Promise<Prepared> {
  const edge = { host: HOSTS.behindTheEdge, path }
  const wire = { host: HOSTS.wire, path }
  const memory = { host: HOSTS.fromMemory, path }
  const miss = await ask(url, edge)
  const etag = miss.headers.etag ?? ""
  const headers = { "if-none-match": etag }
  const known = await ask(url, { ...edge, headers })
  if (miss.status !== 200 || known.status !== 304)
    throw new Error(`${path} answers ${miss.status}, then ${known.status}`)
  await ask(url, wire)
  const hit = await ask(url, wire)
  if (!hit.headers["cache-status"]?.includes("hit")) throw new Error(`a warm ${path} is no hit`)
  for (const answer of [hit, known]) await keepInMemory(url, path, answer)
  await askBoth(url, wire, memory)
  await askBoth(url, { ...edge, headers }, { ...memory, headers })

  const hand = await ask(url, { host: HOSTS.listByHand, path })
  const handTag = hand.headers.etag ?? ""
  const handKnown = await ask(url, { host: HOSTS.listByHand, path, headers: { "if-none-match": handTag } })
  if (handKnown.status !== 304) throw new Error(`the Worker by hand answers its own ETag with ${handKnown.status}`)
  assertSameArticles(path, miss, hand)
  return { path, ours: { etag, bytes: miss.body.length }, hand: { etag: handTag, bytes: hand.body.length } }
}

function assertSameArticles(path: string, ours: Answer, hand: Answer): void {
  const own: Listed[] = (JSON.parse(textOf(ours)).articles as Ours[]).map(
    ({ publisher, canonical_url, ...article }) => ({
      ...article,
      ...{ publisher: publisher.name, url: canonical_url },
    }),
  )
  const other: ByHand[] = JSON.parse(textOf(hand)).articles
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
