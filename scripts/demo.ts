/** Loads the demo newsroom into a local Worker: creates what is missing, and pushes missing or changed articles. */
import { type AdminConnection, callAdmin, RefusedError } from "./admin/client.ts"
import { replaceKeys } from "./admin/key.ts"
import { listPublishers } from "./admin/publisher.ts"
import { listSections, type Section } from "./admin/section.ts"
import {
  type DemoArticle,
  itemTime,
  type Newsroom,
  newestTime,
  type PushItem,
  timeMover,
  toPushItem,
} from "./demo-articles.ts"
import { readDemoArticles, readNewsroom } from "./demo-files.ts"
import { readDemo } from "./demo-readers.ts"
import { digestOf, readKeys, readPushed, type StoredKey, writeKeys, writePushed } from "./demo-state.ts"
import { type InventoryArticle, listInventory, type PushConnection, type PushResult, push } from "./push-client.ts"
import { secondsSince } from "./terminal.ts"

const BATCH_SIZE = 50

/** The values that the guide prints after the demo newsroom is loaded. */
export interface LoadedNewsroom {
  sections: Section[]
  publishers: string[]
  connections: PushConnection[]
}

/** Creates publishers, sections and keys if they are missing, and pushes the articles like their publishers. */
export async function loadDemo(admin: AdminConnection): Promise<LoadedNewsroom> {
  const started = Date.now()
  const newsroom = readNewsroom()
  const articles = readDemoArticles()
  await createMissing(admin, newsroom)
  const connected: Awaited<ReturnType<typeof connect>>[] = []
  for (const { slug } of newsroom.publishers) connected.push(await connect(admin, slug))
  const items = pushItems(
    newsroom,
    articles,
    connected.flatMap(({ inventory }) => inventory),
    admin.url,
  )
  const counts = new Map<string, number>()
  for (const { connection, inventory } of connected) {
    const results = await pushMissing(connection, inventory, articles, items)
    for (const { outcome } of results) counts.set(outcome, (counts.get(outcome) ?? 0) + 1)
  }
  const connections = connected.map(({ connection }) => connection)
  const outcome = [...counts].map(([name, count]) => `${count} ${name}`).join(", ") || "nothing to push"
  console.log(`Demo newsroom: ${articles.length} articles, ${outcome} (${secondsSince(started)})`)
  reportPictures(admin.url)
  await readDemo(
    admin.url,
    newsroom.publishers.map(({ slug }) => slug),
  )
  const [sections, publishers] = await Promise.all([listSections(admin), listPublishers(admin)])
  return { sections, publishers: publishers.map((publisher) => publisher.slug), connections }
}

/** Makes the items of all articles, with the times of the first start. */
function pushItems(
  newsroom: Newsroom,
  articles: DemoArticle[],
  stored: InventoryArticle[],
  url: string,
): Map<string, PushItem> {
  const times = stored.flatMap(({ guid, date_published: time }) => (time ? [[guid, time] as const] : []))
  const timeOf = timeMover(newsroom, articles, new Map(times), Date.now())
  return new Map(articles.map((article) => [article.id, toPushItem(article, articles, url, timeOf)]))
}

async function createMissing(admin: AdminConnection, newsroom: Newsroom): Promise<void> {
  const [publishers, sections] = await Promise.all([listPublishers(admin), listSections(admin)])
  const known = new Set(sections.map((section) => section.slug))
  // The file lists parents before their children.
  for (const section of newsroom.sections.filter(({ slug }) => !known.has(slug))) {
    await create(admin, "section", section)
  }
  const slugs = new Set(publishers.map((publisher) => publisher.slug))
  for (const publisher of newsroom.publishers.filter(({ slug }) => !slugs.has(slug))) {
    await create(admin, "publisher", publisher)
  }
}

/** Creates an object, unless its slug is already used, for example by a renamed section. */
async function create(
  admin: AdminConnection,
  kind: "publisher" | "section",
  body: { slug: string } & object,
): Promise<void> {
  try {
    await callAdmin(admin, "POST", `/${kind}s`, body)
    console.log(`  Created ${kind} ${body.slug}`)
  } catch (error) {
    if (!(error instanceof RefusedError) || error.problem.status !== 409) throw error
    console.log(`  Did not create ${kind} ${body.slug}: ${error.message}`)
  }
}

/** Connects with the stored key, or with a new key if the Worker does not know the stored key. */
async function connect(
  admin: AdminConnection,
  publisher: string,
): Promise<{ connection: PushConnection; inventory: InventoryArticle[] }> {
  const keys = readKeys()
  const stored = keys[publisher]
  if (stored) {
    const connection = { url: admin.url, publisher, secret: stored.secret }
    try {
      return { connection, inventory: await listInventory(connection) }
    } catch (error) {
      if (!(error instanceof RefusedError) || error.problem.status !== 401) throw error
    }
  }
  const created = await replaceKeys(admin, publisher)
  const key: StoredKey = { id: created.id, secret: created.secret ?? "" }
  writeKeys({ ...keys, [publisher]: key })
  console.log(`  Created a push key for ${publisher}`)
  const connection = { url: admin.url, publisher, secret: key.secret }
  return { connection, inventory: await listInventory(connection) }
}

/** Pushes missing or changed articles, then withdraws the articles that the file marks as withdrawn. */
async function pushMissing(
  connection: PushConnection,
  inventory: InventoryArticle[],
  all: DemoArticle[],
  items: Map<string, PushItem>,
): Promise<PushResult[]> {
  const before = new Map(inventory.map((article) => [article.guid, article]))
  const pushed = readPushed()
  const own = all.filter((article) => article.publisher === connection.publisher)
  const missing = own.filter((article) => {
    const current = before.get(article.id)
    if (!current) return true
    if (article.withdrawn && current.state === "deleted") return false
    const last = pushed[article.id]
    return last?.item !== digestOf(items.get(article.id)) || last.version !== versionOf(current)
  })
  if (missing.length === 0) return []
  const results = await publish(
    connection,
    missing.flatMap((article) => items.get(article.id) ?? []),
  )
  const withdrawn = missing.filter((article) => article.withdrawn)
  if (withdrawn.length > 0) {
    const data = withdrawn.map(({ id, url }) => ({ id, url }))
    results.push(...(await push(connection, { type: "article.deleted", timestamp: new Date().toISOString(), data })))
  }
  const current = new Map((await listInventory(connection)).map((article) => [article.guid, article]))
  for (const { id } of missing) {
    const [item, article] = [items.get(id), current.get(id)]
    if (item && article) pushed[id] = { item: digestOf(item), version: versionOf(article), picture: item.image }
  }
  writePushed(pushed)
  reportProblems(connection.publisher, results)
  return results
}

async function publish(connection: PushConnection, items: PushItem[]): Promise<PushResult[]> {
  const results: PushResult[] = []
  const sorted = items.toSorted((a, b) => Date.parse(itemTime(a)) - Date.parse(itemTime(b)))
  for (let start = 0; start < sorted.length; start += BATCH_SIZE) {
    const data = sorted.slice(start, start + BATCH_SIZE)
    const first = await push(connection, { type: "article.published", timestamp: newestTime(data.map(itemTime)), data })
    // For an article that was edited without a new date, the Worker answers `stale`. Push it with the current time.
    const stale = new Set(first.filter(({ outcome }) => outcome === "stale").map(({ guid }) => guid))
    results.push(...first.filter(({ outcome }) => outcome !== "stale"))
    if (stale.size > 0) {
      const again = data.filter((item) => stale.has(item.id))
      results.push(
        ...(await push(connection, { type: "article.updated", timestamp: new Date().toISOString(), data: again })),
      )
    }
    console.log(
      `  ${connection.publisher}: pushed ${Math.min(start + BATCH_SIZE, sorted.length)} of ${sorted.length} articles`,
    )
  }
  return results
}

/**
 * Says where pictures are missing: on another port, articles keep the pictures of the first port, because a new address
 * of a picture would be a correction.
 */
function reportPictures(url: string): void {
  const pictures = Object.values(readPushed()).flatMap(({ picture }) => picture ?? [])
  const [other] = pictures.map((picture) => new URL(picture).origin).filter((origin) => origin !== url)
  if (other) console.log(`  Pictures are shown on ${other}, where the demo was started first`)
}

/** Prints errors and warnings of the Worker. */
function reportProblems(publisher: string, results: PushResult[]): void {
  for (const { guid, outcome, errors = [], warnings = [] } of results) {
    const name = `  ${publisher} ${guid ?? "?"}`
    if (outcome === "rejected") console.log(`${name} was rejected:`)
    if (outcome === "stale") console.log(`${name}: the Worker has a later version; give it a later \`updated\`.`)
    for (const { pointer, detail } of [...errors, ...warnings]) console.log(`${name} ${pointer ?? ""} ${detail ?? ""}`)
  }
}

function versionOf(article: InventoryArticle): string {
  return `${article.content_hash ?? article.version ?? ""} ${article.state ?? ""}`
}
