/** Brings the demo newsroom to a local Worker: creates what is missing, pushes what is lacking or different. */
import { createHash } from "node:crypto"
import {
  type AdminConnection,
  callAdmin,
  createKey,
  listPublishers,
  listSections,
  RefusedError,
  type Section,
} from "./admin-client.ts"
import { type DemoArticle, itemTime, type Newsroom, newestTime, type PushItem, toPushItem } from "./demo-articles.ts"
import { readDemoArticles, readNewsroom } from "./demo-files.ts"
import { type KeptKey, readKeys, readPushed, writeKeys, writePushed } from "./demo-memory.ts"
import { type HeldArticle, listHeld, type PushDoor, type PushResult, push } from "./push-client.ts"
import { secondsSince } from "./terminal.ts"

const batchSize = 50

/** What the guide that is printed afterwards needs to know. */
export interface LoadedNewsroom {
  sections: Section[]
  publishers: string[]
  doors: PushDoor[]
}

/** Creates publishers, sections and keys as needed, and pushes the articles through the push route. */
export async function loadDemo(admin: AdminConnection): Promise<LoadedNewsroom> {
  const started = Date.now()
  const newsroom = readNewsroom()
  const articles = readDemoArticles()
  await createMissing(admin, newsroom)
  const counts = new Map<string, number>()
  const doors: PushDoor[] = []
  for (const { slug } of newsroom.publishers) {
    const { door, held } = await openDoor(admin, slug)
    doors.push(door)
    for (const result of await pushLacking(door, held, articles, admin.url)) {
      counts.set(result.outcome, (counts.get(result.outcome) ?? 0) + 1)
    }
  }
  const outcome = [...counts].map(([name, count]) => `${count} ${name}`).join(", ") || "nothing to push"
  console.log(`Demo newsroom: ${articles.length} articles, ${outcome} (${secondsSince(started)})`)
  const [sections, publishers] = await Promise.all([listSections(admin), listPublishers(admin)])
  return { sections, publishers: publishers.map((publisher) => publisher.slug), doors }
}

async function createMissing(admin: AdminConnection, newsroom: Newsroom): Promise<void> {
  const [publishers, sections] = await Promise.all([listPublishers(admin), listSections(admin)])
  const known = new Set(sections.map((section) => section.slug))
  // Parents stand before their children in the file.
  for (const section of newsroom.sections.filter(({ slug }) => !known.has(slug))) {
    await create(admin, "section", section)
  }
  const taken = new Set(publishers.map((publisher) => publisher.slug))
  for (const publisher of newsroom.publishers.filter(({ slug }) => !taken.has(slug))) {
    await create(admin, "publisher", publisher)
  }
}

/** A slug that is taken otherwise, for example by a section that was renamed since, is left alone. */
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

/** A publisher's door with a key that the Worker knows, and what the Worker holds of this publisher. */
async function openDoor(admin: AdminConnection, publisher: string): Promise<{ door: PushDoor; held: HeldArticle[] }> {
  const keys = readKeys()
  const kept = keys[publisher]
  if (kept) {
    const door = { url: admin.url, publisher, secret: kept.secret }
    try {
      return { door, held: await listHeld(door) }
    } catch (error) {
      if (!(error instanceof RefusedError) || error.problem.status !== 401) throw error
    }
  }
  const made = await createKey(admin, publisher)
  const key: KeptKey = { id: made.id, secret: made.secret ?? "" }
  writeKeys({ ...keys, [publisher]: key })
  console.log(`  Made a push key for ${publisher}`)
  const door = { url: admin.url, publisher, secret: key.secret }
  return { door, held: await listHeld(door) }
}

/** Pushes what the Worker lacks, then withdraws what the file says is withdrawn. */
async function pushLacking(
  door: PushDoor,
  held: HeldArticle[],
  all: DemoArticle[],
  feedsUrl: string,
): Promise<PushResult[]> {
  const before = new Map(held.map((article) => [article.guid, article]))
  const pushed = readPushed()
  const own = all.filter((article) => article.publisher === door.publisher)
  const items = new Map(own.map((article) => [article.id, toPushItem(article, all, feedsUrl)]))
  const lacking = own.filter((article) => {
    const there = before.get(article.id)
    if (!there) return true
    if (article.withdrawn && there.state === "deleted") return false
    const last = pushed[article.id]
    return last?.item !== digest(items.get(article.id)) || last.held !== heldVersion(there)
  })
  if (lacking.length === 0) return []
  const results = await publish(
    door,
    lacking.flatMap((article) => items.get(article.id) ?? []),
  )
  const withdrawn = lacking.filter((article) => article.withdrawn)
  if (withdrawn.length > 0) {
    const data = withdrawn.map(({ id, url }) => ({ id, url }))
    results.push(...(await push(door, { type: "article.deleted", timestamp: new Date().toISOString(), data })))
  }
  for (const article of await listHeld(door)) {
    const item = items.get(article.guid)
    if (item) pushed[article.guid] = { item: digest(item), held: heldVersion(article) }
  }
  writePushed(pushed)
  reportTroubles(door.publisher, results)
  return results
}

async function publish(door: PushDoor, items: PushItem[]): Promise<PushResult[]> {
  const results: PushResult[] = []
  const sorted = items.toSorted((a, b) => Date.parse(itemTime(a)) - Date.parse(itemTime(b)))
  for (let start = 0; start < sorted.length; start += batchSize) {
    const data = sorted.slice(start, start + batchSize)
    const first = await push(door, { type: "article.published", timestamp: newestTime(data.map(itemTime)), data })
    // Edited under the same date, an article may lose against the version that is held: sent now, it is the later one.
    const stale = new Set(first.filter(({ outcome }) => outcome === "stale").map(({ guid }) => guid))
    results.push(...first.filter(({ outcome }) => outcome !== "stale"))
    if (stale.size > 0) {
      const again = data.filter((item) => stale.has(item.id))
      results.push(...(await push(door, { type: "article.updated", timestamp: new Date().toISOString(), data: again })))
    }
    console.log(
      `  ${door.publisher}: pushed ${Math.min(start + batchSize, sorted.length)} of ${sorted.length} articles`,
    )
  }
  return results
}

/** Says what the Worker did not take as it was. */
function reportTroubles(publisher: string, results: PushResult[]): void {
  for (const { guid, outcome, errors = [], warnings = [] } of results) {
    const name = `  ${publisher} ${guid ?? "?"}`
    if (outcome === "rejected") console.log(`${name} was rejected:`)
    if (outcome === "stale") console.log(`${name}: the Worker holds a later version; give it a later \`updated\`.`)
    for (const { pointer, detail } of [...errors, ...warnings]) console.log(`${name} ${pointer ?? ""} ${detail ?? ""}`)
  }
}

function digest(item: PushItem | undefined): string {
  return createHash("sha256").update(JSON.stringify(item)).digest("base64url")
}

function heldVersion(article: HeldArticle): string {
  return `${article.content_hash ?? article.version ?? ""} ${article.state ?? ""}`
}
