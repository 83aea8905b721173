/** Measures the steps of a push before it writes to D1, in this process, compared with parsers alone. */
import { XMLParser, XMLValidator } from "fast-xml-parser"
import { parseAtomFeed, parseJsonFeed, parseRssFeed } from "feedsmith"
import type { PushItem } from "../scripts/demo-articles.ts"
import { hash128 } from "../src/articles/model/article.ts"
import type { Message } from "../src/dialects/message.ts"
import { sanitizeHtml } from "../src/html/sanitize.ts"
import type { Endpoint } from "../src/push/auth/endpoints.ts"
import { articles, LONG_BODY_BYTES, reports } from "./articles.ts"
import { messagesByDialect, type SentMessage } from "./messages.ts"
import { compared, type Row, type Section } from "./results.ts"
import { alternate, type Effort } from "./rounds.ts"

/** The time of the push in milliseconds UTC. */
const NOW = Date.UTC(2026, 10, 24)
const NEWEST = NOW - 3_600_000
/** A push has at most so many articles and 1 MiB, which these long articles fill. */
const LONG_ARTICLES = 95

const PUSHES: Record<string, PushItem[]> = {
  "1 article": articles(1, "dialect", "news", NEWEST),
  "50 articles": articles(50, "dialect", "news", NEWEST),
  [`${LONG_ARTICLES} long articles`]: reports(LONG_ARTICLES, "news", NEWEST),
}

/** The functions of src/push/ingest/ that are called here. They are the steps of a push before it writes to D1. */
interface Ingest {
  readMessage: (incoming: object, now: number) => Message
  identifyItems: (message: Message, publisher: object) => Promise<object>
  prepareEvents: (
    message: object,
    publisher: object,
    prior: object,
    now: number,
    wireLanguage: string,
  ) => Promise<{ events: { kind: string }[] }>
}

/** The path is computed, so that the compiler does not check the Worker with the bench's types, which are Node's. */
const importIngest = async (name: string): Promise<Partial<Ingest>> =>
  import(new URL(`../src/push/ingest/${name}.ts`, import.meta.url).href)

const PUBLISHER = {
  ...{ uid: "nahar", slug: "nahar", name: "وكالة نهار", language: "ar", state: "active" },
  ...{ timeZone: null, dateOrder: null },
}
const SECTION = { id: 1, slug: "news", parent: null, names: { ar: "أخبار" }, descriptions: {}, icon: null }
const DIRECTORY = { sections: [SECTION], publishers: [], redirects: {} }
/** The state of a wire that has one section and none of these articles. */
const PRIOR_STATE = {
  directory: DIRECTORY,
  taxonomy: { sectionIds: new Map([["news", 1]]), defaultSection: null, directory: DIRECTORY },
  states: new Map(),
}

const decoder = new TextDecoder()
const PARSER = new XMLParser({ ignoreAttributes: false })

type Work = (text: string) => unknown
const XML_PEERS: Record<string, Work> = {
  "XMLValidator alone": (text) => XMLValidator.validate(text),
  "XMLParser alone": (text) => PARSER.parse(text),
}
const JSON_PEERS: Record<string, Work> = { "JSON.parse alone": (text) => JSON.parse(text) }
const PEERS: Record<string, Record<string, Work>> = {
  RSS: { ...XML_PEERS, "feedsmith alone": (text) => parseRssFeed(text) },
  Atom: { ...XML_PEERS, "feedsmith alone": (text) => parseAtomFeed(text) },
  "JSON Feed": { ...JSON_PEERS, "feedsmith alone": (text) => parseJsonFeed(JSON.parse(text)) },
}

export async function measureDialects(effort: Effort): Promise<Section> {
  const ingest = {
    ...(await importIngest("read-message")),
    ...(await importIngest("identify-items")),
    ...(await importIngest("prepare-events")),
  } as Ingest
  const rows: Row[] = []
  for (const [name, write] of Object.entries(messagesByDialect)) {
    for (const [what, items] of Object.entries(PUSHES)) {
      rows.push(...(await rowsOf(ingest, name, what, items.length, write(items), effort)))
    }
  }
  return {
    title: "Dialects",
    about: [
      "Milliseconds in this process from the bytes of a push to the events for the write batch; smaller is better, and the ratio is our time to theirs. The bytes are decoded and parsed, articles are mapped, fitted, validated and classified, HTML is sanitised and versions are hashed. A push only adds its signature and its round trips to D1 and R2. The wire has none of the articles before, so no step is skipped.",
      `Arabic articles with about 2 KB of body, or long ones with about ${LONG_BODY_BYTES / 1000} KB, so that a push of ${LONG_ARTICLES} has about 1 MiB, which is the limit. The wire's own renderers wrote RSS, Atom and JSON Feed. Ghost sends one article a request, so 50 articles are 50 requests. "Mapped" is JSON of a CMS, read by the pointers of the preset github.`,
      '"Alone" is a parser on the same bytes without our code: fast-xml-parser only checks whether a document is well-formed, fast-xml-parser makes objects of it (with attributes), or feedsmith makes its own feed of it. These parsers do not validate, sanitise or hash. "Reading" is our time up to validated items, which feedsmith and a schema would give as well. "Cleaning" is the sanitiser. "Hashing" is the three digests of each article: Node computes them in other threads, workerd at once.',
    ],
    rows,
  }
}

async function rowsOf(
  ingest: Ingest,
  name: string,
  push: string,
  count: number,
  sent: SentMessage[],
  effort: Effort,
): Promise<Row[]> {
  const incoming = sent.map(incomingMessage)
  const { bodies, hashed } = await partsOf(ingest, incoming, count)
  const peers = Object.entries(PEERS[name] ?? JSON_PEERS)
  const contestants: Record<string, () => Promise<number>> = {
    events: () => timeOf(() => eventsOf(ingest, incoming), effort),
    reading: () => timeOf(() => incoming.map((each) => ingest.readMessage(each, NOW)), effort),
    cleaning: () => timeOf(() => bodies.map(({ html, url }) => sanitizeHtml(html, url)), effort),
    hashing: () => timeOf(() => Promise.all(hashed.map(hash128)), effort),
  }
  for (const [peer, work] of peers) {
    contestants[peer] = () => timeOf(() => sent.map(({ body }) => work(decoder.decode(body))), effort)
  }
  const times = await alternate(contestants, effort.rounds)
  const sample = (contestant: string) => times[contestant] ?? { median: Number.NaN, min: Number.NaN, max: Number.NaN }
  const what = `${name}, ${push}`
  const part = (contestant: string): Row =>
    compared({ what: `${what}: ${contestant}`, unit: "ms", against: "all of it" }, sample(contestant), sample("events"))
  return [
    ...peers.map(([against]) => compared({ what, unit: "ms", against }, sample("events"), sample(against))),
    part("reading"),
    part("cleaning"),
    part("hashing"),
  ]
}

interface IncomingMessage {
  endpoint: Endpoint
  contentType: string
  headers: Headers
  body: Uint8Array
  sender: {
    publisher: object
    messageAt: number
    source: { sender: string; settings: object } | undefined
    isSigned: boolean
  }
}

function incomingMessage({ endpoint, contentType, body, sender: preset }: SentMessage): IncomingMessage {
  const source = preset === undefined ? undefined : { sender: preset, settings: {} }
  const sender = { publisher: PUBLISHER, messageAt: NOW, source, isSigned: true }
  return { endpoint, contentType, headers: new Headers(), body, sender }
}

async function eventsOf(
  { readMessage, identifyItems, prepareEvents }: Ingest,
  incoming: IncomingMessage[],
): Promise<{ kind: string }[]> {
  const all = []
  for (const each of incoming) {
    const message = readMessage(each, NOW)
    const identified = await identifyItems(message, PUBLISHER)
    const { events } = await prepareEvents(identified, PUBLISHER, PRIOR_STATE, NOW, PUBLISHER.language)
    all.push(...events)
  }
  return all
}

/**
 * Asserts that every article becomes an event.
 * @returns the HTML that a push sanitizes, and texts as long as the texts that it hashes
 */
async function partsOf(ingest: Ingest, incoming: IncomingMessage[], count: number) {
  const events = await eventsOf(ingest, incoming)
  if (events.length !== count || events.some(({ kind }) => kind !== "publish")) {
    throw new Error(`${count} articles became ${events.length} events: ${JSON.stringify(events).slice(0, 500)}`)
  }
  const items = incoming.flatMap((each) => ingest.readMessage(each, NOW).items)
  return {
    bodies: items.map(({ item }) => ({ html: item?.content_html ?? "", url: item?.url ?? "" })),
    // An article's hashes are made from its id, the text as sent, and the version.
    hashed: items.flatMap(({ guid = "", raw, item }) => [guid, raw, JSON.stringify(item)]),
  }
}

async function timeOf(work: () => unknown, effort: Effort): Promise<number> {
  const started = performance.now()
  let times = 0
  let elapsed = 0
  while (elapsed < effort.milliseconds / 5) {
    await work()
    times++
    elapsed = performance.now() - started
  }
  return elapsed / times
}
