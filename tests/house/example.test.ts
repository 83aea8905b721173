/**
 * Runs the examples of the docs for readers, publishers and partners against the running Worker. An example is a fenced
 * block with `example: NAME` in its first line. The variable EXAMPLES lists the required interpreters.
 */
import { execFile, spawnSync } from "node:child_process"
import { createHmac } from "node:crypto"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { promisify } from "node:util"
import { Miniflare } from "miniflare"
import { afterAll, beforeAll, expect, test } from "vitest"
import { createTables } from "../local-tables.ts"
import { bundle, workerOptions } from "../local-worker.ts"

const ADMIN_TOKEN = "an-admin-token-for-the-tests-only-long-enough"
const folder = mkdtempSync(join(tmpdir(), "feedwire-example-"))
let miniflare: Miniflare
let wire: string

beforeAll(async () => {
  const script = join(folder, "worker.js")
  await bundle("src/index.ts", script)
  miniflare = new Miniflare(workerOptions({ bundle: script, bindings: { ADMIN_TOKEN } }))
  wire = (await miniflare.ready).origin
  await createTables(miniflare)
  await admin("/sections", { slug: "world", names: { en: "World" } })
}, 60_000)

afterAll(async () => {
  await miniflare?.dispose()
  rmSync(folder, { recursive: true, force: true })
})

async function admin(path: string, body: object, status = 201): Promise<Record<string, unknown>> {
  const response = await fetch(`${wire}/admin/api${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  })
  expect(response.status, await response.clone().text()).toBe(status)
  return (await response.json()) as Record<string, unknown>
}

/** Creates a publisher for each example, because all examples push the same article. @returns its secret */
async function newPublisher(slug: string): Promise<string> {
  await admin("/publishers", { slug, name: slug, home_page_url: "https://meridian.example/" })
  return String((await admin(`/publishers/${slug}/keys`, {})).secret)
}

/** The interpreter of each language of fenced blocks, and the name of the file that it runs. */
const INTERPRETERS: Record<string, [command: string, file: string]> = {
  sh: ["sh", "example.sh"],
  js: ["node", "example.mjs"],
  python: ["python3", "example.py"],
  php: ["php", "example.php"],
}

interface Example {
  name: string
  language: string
  code: string
}

const FENCE = /^```(\w+)\n((?:# |\/\/ |<\?php \/\/ )example: ([\w-]+)\n[\s\S]*?)^```$/gm
const examples: Example[] = ["publishers", "senders", "readers", "partners"].flatMap((page) =>
  [...readFileSync(`docs/${page}.md`, "utf8").matchAll(FENCE)].map(([, language = "", code = "", name = ""]) => ({
    ...{ name, language, code },
  })),
)

const required = (process.env.EXAMPLES ?? "").split(/[\s,]+/).filter(Boolean)
const missing = Object.values(INTERPRETERS)
  .map(([command]) => command)
  .filter((command) => spawnSync(command, command === "sh" ? ["-c", ":"] : ["--version"]).status !== 0)

/** The output has the examples that did not run. */
const when = (language: string) => (missing.includes(INTERPRETERS[language]?.[0] ?? "") ? test.skip : test)

/** Runs an example with its variables, as a reader would. Examples that build on each other share a folder. */
async function run(name: string, variables: Record<string, string>, directory?: string): Promise<string> {
  const example = examples.find((each) => each.name === name)
  if (!example) throw new Error(`docs/ has no example ${name}`)
  const [command, file] = INTERPRETERS[example.language] ?? ["", ""]
  const code = Object.entries(variables).reduce(
    (text, [variable, value]) =>
      text.replace(
        new RegExp(`^((?:const )?${variable} ?= ?)(["']?).*?\\2(;?)$`, "m"),
        (_, before: string, quote: string, end: string) => `${before}${quote}${value}${quote}${end}`,
      ),
    example.code,
  )
  const cwd = directory ?? mkdtempSync(join(folder, `${name}-`))
  writeFileSync(join(cwd, file), code)
  const flags = command === "sh" ? ["-eu"] : []
  const { stdout } = await promisify(execFile)(command, [...flags, file], { cwd, timeout: 20_000 })
  return stdout
}

/** Runs an example that pushes, for its own publisher. @returns the outcome of its article */
async function push(name: string): Promise<string> {
  const SECRET = await newPublisher(name)
  const answer = JSON.parse(await run(name, { WIRE: wire, PUBLISHER: name, SECRET }))
  const feed = await fetch(`${wire}/publishers/${name}/feed.json`)
  expect(await feed.text()).toContain("Harbour bridge reopens")
  return answer.results[0].outcome
}

/** Returns the JSON after a file's name in the docs. */
function fileIn(page: string, name: string): string {
  const pattern = new RegExp(`<!-- example: ${name.replace(".", "\\.")} -->\\n\\n\`\`\`json\\n([\\s\\S]*?)\`\`\``)
  const text = pattern.exec(readFileSync(`docs/${page}.md`, "utf8"))?.[1]
  if (text === undefined) throw new Error(`docs/${page}.md has no ${name}`)
  return text
}

test("the required interpreters are installed", () => {
  if (missing.length > 0) console.warn(`examples in the docs were not run: there is no ${missing.join(", ")} here`)
  expect(missing.filter((command) => required.includes(command))).toEqual([])
})

test("every example is run below, and each is short", () => {
  expect(examples.map(({ name }) => name)).toEqual([
    ...["push", "push-node", "push-python", "push-php", "keypair", "push-v1a", "document", "inventory"],
    ...["feed", "again"],
    ...["first", "front-html", "mirror-node", "mirror-php", "snapshot", "search", "keyed"],
  ])
  expect(examples.filter(({ code }) => code.split("\n").length > 50).map(({ name }) => name)).toEqual([])
})

test("curl and openssl push an article, which is in its section's feeds", async () => {
  expect(await push("push")).toBe("created")
  for (const format of ["rss", "atom", "json"]) {
    const feed = await fetch(`${wire}/sections/world/feed.${format}`)
    expect([format, feed.status, (await feed.text()).includes("Harbour bridge reopens")]).toEqual([format, 200, true])
  }
})

when("js")("Node pushes an article", async () => {
  expect(await push("push-node")).toBe("created")
})

when("python")("Python pushes an article", async () => {
  expect(await push("push-python")).toBe("created")
})

when("php")("PHP pushes an article", async () => {
  expect(await push("push-php")).toBe("created")
})

when("js")("a key pair is made, its public half registered, and a message signed with it is accepted", async () => {
  await newPublisher("pair")
  const directory = mkdtempSync(join(folder, "pair-"))
  const printed = await run("keypair", {}, directory)
  const key = /^whpk_\S+$/m.exec(printed)?.[0]
  await admin("/publishers/pair/keys", { public_key: key })
  const answer = JSON.parse(await run("push-v1a", { WIRE: wire, PUBLISHER: "pair" }, directory))
  expect(answer.results[0].outcome).toBe("created")
})

test("curl pushes a document by the key, and lists the inventory", async () => {
  const SECRET = await newPublisher("document")
  const variables = { WIRE: wire, PUBLISHER: "document", SECRET }
  const answer = JSON.parse(await run("document", variables))
  expect(answer.results).toMatchObject([{ outcome: "created", guid: "harbour-bridge-reopens" }])
  const { articles } = JSON.parse(await run("inventory", variables))
  expect(articles).toMatchObject([{ guid: "harbour-bridge-reopens", state: "published" }])
})

test("the mapping of the docs makes the article that their text shows", async () => {
  await newPublisher("mapped")
  const body = Buffer.from(fileIn("senders", "entry.json")).toString("base64")
  const mapping = JSON.parse(fileIn("senders", "mapping.json"))
  const { results } = await admin("/publishers/mapped/preview", { body, sender: "github", mapping }, 200)
  expect(results).toMatchObject([
    {
      pointer: "/article",
      outcome: "created",
      guid: "42",
      article: {
        title: "Harbour bridge reopens",
        html: "<p>Two weeks early.</p>",
        url: "https://meridian.example/2026/harbour-bridge",
        sections: ["world"],
      },
    },
  ])
})

test("a source with the scheme and the mapping of the docs accepts a message signed by Svix", async () => {
  await newPublisher("svix")
  const scheme = JSON.parse(fileIn("senders", "svix-scheme.json"))
  const mapping = JSON.parse(fileIn("senders", "mapping.json"))
  await admin("/publishers/svix/sources", { name: "cms", sender: "custom", scheme, mapping })
  const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`
  await admin("/publishers/svix/keys", { source: "cms", secret })
  const body = fileIn("senders", "entry.json")
  const [id, time] = ["msg_docs", String(Math.floor(Date.now() / 1000))]
  const signature = createHmac("sha256", Buffer.alloc(32, 7)).update(`${id}.${time}.${body}`).digest("base64")
  const headers = { "svix-id": id, "svix-timestamp": time, "svix-signature": `v1,${signature}` }
  const response = await fetch(`${wire}/push/svix/sources/cms`, { method: "POST", headers, body })
  expect([response.status, await response.json()]).toMatchObject([200, { results: [{ outcome: "created" }] }])
})

test("a source with the scheme of the docs accepts a message signed with SHA-1", async () => {
  await newPublisher("sha1")
  const scheme = JSON.parse(fileIn("senders", "sha1-scheme.json"))
  const mapping = JSON.parse(fileIn("senders", "mapping.json"))
  await admin("/publishers/sha1/sources", { name: "cms", sender: "custom", scheme, mapping })
  const { secret } = await admin("/publishers/sha1/keys", { source: "cms" })
  const body = fileIn("senders", "entry.json")
  const signature = createHmac("sha1", String(secret)).update(body).digest("hex")
  const headers = { "x-hub-signature": `sha1=${signature}` }
  const response = await fetch(`${wire}/push/sha1/sources/cms`, { method: "POST", headers, body })
  expect([response.status, await response.json()]).toMatchObject([200, { results: [{ outcome: "created" }] }])
})

test("a reader fetches a feed, and learns that it has not changed", async () => {
  const { version } = JSON.parse(await run("feed", { WIRE: wire }))
  expect(version).toBe("https://jsonfeed.org/version/1.1")
  const directory = mkdtempSync(join(folder, "again-"))
  const statuses = [await run("again", { WIRE: wire }, directory), await run("again", { WIRE: wire }, directory)]
  expect(statuses).toEqual(["200\n", "304\n"])
})

/** Publishes an article in Arabic by its own publisher, in a section whose name has characters of markup. */
async function arabicArticle(slug: string): Promise<(data: object, type?: string) => Promise<void>> {
  const key = Buffer.from((await newPublisher(slug)).replace("whsec_", ""), "base64")
  return async (data, type = "article.published") => {
    const body = JSON.stringify({ type, timestamp: new Date().toISOString(), data })
    const [id, time] = [`msg_${crypto.randomUUID()}`, String(Math.floor(Date.now() / 1000))]
    const signature = createHmac("sha256", key).update(`${id}.${time}.${body}`).digest("base64")
    const response = await fetch(`${wire}/push/${slug}`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "webhook-id": id,
        "webhook-timestamp": time,
        "webhook-signature": `v1,${signature}`,
      },
      body,
    })
    expect(response.status, await response.clone().text()).toBe(200)
  }
}

const ARABIC = {
  id: "elections",
  url: "https://meridian.example/elections",
  title: "الانتخابات <غدا> في المدينة",
  content_html: "<p>تبدأ الاِنتِخاباتُ صباح الغد.</p>",
  language: "ar",
  _feedwire: { sections: ["world"] },
}

test("a partner lists articles, loads a snapshot, searches in Arabic and sends a key", async () => {
  const push = await arabicArticle("listed")
  await push(ARABIC)
  const { articles } = JSON.parse(await run("first", { WIRE: wire }))
  expect(Object.keys(articles[0])).toEqual(["view_url", "title", "date_published"])
  expect(JSON.parse(await run("snapshot", { WIRE: wire }))).toEqual({ cursor: expect.any(String), complete: true })
  const found = JSON.parse(await run("search", { WIRE: wire }))
  expect(found.articles[0]).toMatchObject({ title: ARABIC.title })
  await admin("/partners", { slug: "portal", name: "Portal" })
  const { secret: KEY } = await admin("/partners/portal/keys", {})
  expect(JSON.parse(await run("keyed", { WIRE: wire, KEY: String(KEY) })).articles).toHaveLength(1)
})

when("js")("headlines become HTML without a script, and their content is text", async () => {
  const push = await arabicArticle("shown")
  await push(ARABIC)
  // Neither the article nor its origin has a page.
  const { url: _, ...homeless } = { ...ARABIC, id: "homeless", title: "بلا عنوان" }
  await push({ ...homeless, _feedwire: { ...ARABIC._feedwire, attribution: { name: "وكالة <أ>" } } })
  const html = await run("front-html", { WIRE: wire })
  expect(html).toMatch(/<a href="https:\/\/meridian\.example\/">بلا عنوان<\/a>\s*<small><bdi>وكالة &#60;أ&#62;</)
  expect(html).toContain('dir="rtl"')
  expect(html).toContain("الانتخابات &#60;غدا&#62; في المدينة")
  expect(html).not.toMatch(/<غدا|<script/)
})

when("js")("a mirror in Node has what is on the wire, and hears of a correction and a withdrawal", () =>
  mirrors("node"),
)
when("php")("a mirror in PHP has what is on the wire, and hears of a correction and a withdrawal", () => mirrors("php"))

/** @param language of the mirror, which runs repeatedly in one folder, as for its user */
async function mirrors(language: "node" | "php"): Promise<void> {
  const push = await arabicArticle(`mirrored-${language}`)
  const directory = mkdtempSync(join(folder, "mirror-"))
  const mirrored = async () => {
    await run(`mirror-${language}`, { WIRE: wire }, directory)
    const items = new DatabaseSync(join(directory, "mirror.db"))
    const rows = items.prepare("select json from items where kind = 'article'").all() as { json: string }[]
    items.close()
    return rows.map(({ json }) => JSON.parse(json)).find(({ publisher }) => publisher.slug === `mirrored-${language}`)
  }
  await push(ARABIC)
  expect(await mirrored()).toMatchObject({ title: ARABIC.title, content_text: "تبدأ الاِنتِخاباتُ صباح الغد." })
  await push({ ...ARABIC, title: "الانتخابات", _feedwire: { ...ARABIC._feedwire, correction: { note: "العنوان" } } })
  expect(await mirrored()).toMatchObject({ title: "الانتخابات", correction: { note: "العنوان" } })
  await push({ id: ARABIC.id }, "article.deleted")
  expect(await mirrored()).toBeUndefined()
}
