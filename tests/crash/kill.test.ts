/**
 * Kills a real process with its workerd at named points of the Worker, and starts another process on the same state.
 * Acknowledged messages must not be lost. Other messages must be stored completely or not at all.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { createHash, randomUUID } from "node:crypto"
import { once } from "node:events"
import { mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { createServer } from "node:http"
import { type AddressInfo, connect } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { readD1Migrations } from "@cloudflare/vitest-plugin"
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest"
import { sign } from "../../scripts/sign.ts"
import { decodeSecret } from "../../src/crypto/standard-webhooks.ts"
import { bundle } from "../local-worker.ts"
import type { Question, Report, Start } from "./process.ts"

const START_LIMIT = 20_000
const ANSWER_LIMIT = 10_000
const HOUR = 3_600_000
const IS_LONG = inject("effort") > 1

type Kill = { point: string; delay?: number; left?: "whole" | "nothing"; bytes?: boolean }

/**
 * A start of a Worker takes seconds. So `npm test` kills at some of the points that leave the same state, chosen by the
 * seed of the run, and `npm run test:long` at all.
 */
const oneOf = (points: Kill[]): Kill[] => points.filter((_, at) => IS_LONG || at === inject("seed") % points.length)

const place = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const folder = mkdtempSync(join(tmpdir(), "feedwire-crash-"))
const adminToken = "an-admin-token-for-the-tests-only-long-enough"

/** The controller answers at every point except the armed point, where it kills the Worker's whole process group. */
let armed: { point: string; delay?: number } | undefined
let reached = false
const controller = createServer((request, response) => {
  let point = ""
  request.on("data", (chunk) => {
    point += chunk
  })
  request.on("end", () => {
    if (point !== armed?.point) return response.end()
    const { delay } = armed
    armed = undefined
    reached = true
    const victim = running
    if (delay === undefined) return kill(victim)
    response.end()
    setTimeout(() => kill(victim), delay)
  })
})

interface Running {
  child: ChildProcess
  url: string
  ask<T>(question: Question): Promise<T>
}
const started: Running[] = []
let running: Running | undefined

async function start(): Promise<Running> {
  const argument: Start = {
    bundle: join(folder, "worker.js"),
    state: join(folder, "state"),
    controller: `http://127.0.0.1:${(controller.address() as AddressInfo).port}/`,
    adminToken,
  }
  const child = spawn(process.execPath, [place("process.ts"), JSON.stringify(argument)], {
    detached: true,
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    env: { ...process.env, TMPDIR: join(folder, "tmp"), NODE_OPTIONS: "", NODE_NO_WARNINGS: "1" },
  })
  const open = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>()
  const worker: Running = {
    child,
    url: "",
    ask: <T>(question: Question) => {
      const no = ++questions
      const answer = new Promise<unknown>((resolve, reject) => {
        open.set(no, { resolve, reject })
        child.send({ no, question }, (error) => error && reject(error))
      })
      return within(answer, ANSWER_LIMIT, question.kind) as Promise<T>
    },
  }
  started.push(worker)
  running = worker
  const ready = new Promise<void>((resolve, reject) => {
    child.on("message", (report: Report) => {
      if (report.kind === "ready") {
        worker.url = report.url
        return resolve()
      }
      const { resolve: answered, reject: refused } = open.get(report.no) ?? {}
      if (report.error === undefined) answered?.(report.value)
      else refused?.(new Error(report.error))
    })
    child.on("exit", () => {
      const exit = new Error("The Worker's process is gone.")
      reject(exit)
      for (const { reject: refused } of open.values()) refused(exit)
    })
  })
  await within(ready, START_LIMIT, "the start")
  return worker
}
let questions = 0

/** The process and its workerd are one group, so one signal kills both. */
function kill(victim: Running | undefined): void {
  const { pid, exitCode, signalCode } = victim?.child ?? {}
  if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, "SIGKILL")
}

/** Waits until the process has ended and nothing listens on workerd's port any more. */
async function ended({ child, url }: Running): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await within(once(child, "exit"), ANSWER_LIMIT, "the end")
  for (let tries = 0; url !== "" && (await listens(url)); tries++) {
    if (tries === 100) throw new Error(`${url} still listens.`)
    await wait(50)
  }
}

function listens(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port) })
    socket.on("connect", () => resolve(true)).on("error", () => resolve(false))
    socket.on("connect", () => socket.destroy())
  })
}

async function within<T>(promise: Promise<T>, limit: number, what: string): Promise<T> {
  const timer = new AbortController()
  const late = wait(limit, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`${what} took more than ${limit} ms.`)
  })
  late.catch(() => {})
  return Promise.race([promise, late]).finally(() => timer.abort())
}

async function restart(): Promise<Running> {
  if (running) {
    kill(running)
    await ended(running)
  }
  return start()
}

const now = (): Running => {
  if (!running) throw new Error("No Worker runs.")
  return running
}
const sql = <T>(query: string, ...values: unknown[]) => now().ask<T[]>({ kind: "sql", query, values })

async function send(path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(now().url + path, { ...init, signal: AbortSignal.timeout(ANSWER_LIMIT) })
}

async function admin(path: string, body: object, method = "POST"): Promise<Record<string, string>> {
  const headers = { authorization: `Bearer ${adminToken}`, "content-type": "application/json" }
  const response = await send(`/admin/api${path}`, { method, headers, body: JSON.stringify(body) })
  if (!response.ok) throw new Error(await response.text())
  return response.json() as Promise<Record<string, string>>
}

interface Message {
  id: string
  n: number
  body: string
  embargoed: boolean
  /** Whether the message also contains a version of the article that all messages share. */
  hasRunning: boolean
}
let secret: Uint8Array
let serial = 0
const acknowledged: Message[] = []

/** Makes a message with its own article, and with the next version of an article that all messages share. */
function message(embargo?: number): Message {
  const n = ++serial
  const published = Date.UTC(2026, 9, 1) + n * 60_000
  const date = (at: number) => new Date(at).toISOString()
  const item = (id: string, more: object) => ({
    id,
    title: `${id} number ${n}.`,
    content_html: `<p>Text of ${id} number ${n}.</p>`,
    ...more,
  })
  const own = item(`article-${n}`, {
    date_published: date(published),
    ...(embargo && { _feedwire: { embargo: date(embargo) } }),
  })
  const running = item("running", { date_published: date(Date.UTC(2026, 9, 1)), date_modified: date(published) })
  const data = embargo ? [own] : [own, running]
  const body = JSON.stringify({ type: "article.published", timestamp: date(Date.now()), data })
  return { id: randomUUID(), n, body, embargoed: embargo !== undefined, hasRunning: embargo === undefined }
}

interface Answer {
  repeated: boolean
  outcomes: string[]
  commit: number
}

/** @returns undefined without an answer */
async function push({ id, body }: Message): Promise<Answer | undefined> {
  const timestamp = Math.floor(Date.now() / 1000)
  const sending = send("/push/one", {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "webhook-id": id,
      "webhook-timestamp": String(timestamp),
      "webhook-signature": await sign(new TextEncoder().encode(body), id, timestamp, secret),
    },
    body,
  })
  // If the answer is incomplete, the message counts as not acknowledged.
  const received = await sending
    .then(async (response) => ({ response, text: await response.text() }))
    .catch((error) => {
      if (error.name === "TimeoutError") throw error
      return undefined
    })
  if (!received) return undefined
  const { response, text } = received
  if (response.status !== 200) throw new Error(text)
  const { delivery, results } = JSON.parse(text) as { delivery: Answer; results: { outcome: string }[] }
  return {
    repeated: response.headers.has("webhook-repeated"),
    outcomes: results.map(({ outcome }) => outcome),
    commit: delivery.commit,
  }
}

async function pushAcknowledged(sent: Message): Promise<Answer> {
  const answer = await push(sent)
  if (!answer) throw new Error("The connection ended without an answer.")
  acknowledged.push(sent)
  return answer
}

const objectOf = ({ body }: Message) =>
  now().ask<string | null>({ kind: "object", key: `received/${createHash("sha256").update(body).digest("hex")}` })

let clock = 0
/** Each sweep is later than the sweep before it by more than the pause between two purges. */
function sweep(later = 30_000): Promise<string> {
  clock += later
  return now().ask({ kind: "sweep", at: Date.now() + clock })
}

/** Counts the rows that contradict other tables, by kind of contradiction. */
async function contradictions(): Promise<Record<string, number>> {
  const [row] = await sql<Record<string, number>>(`with
    expected as (select s.value scope, a.published_at, a.id from articles a, json_each(a.scopes) s),
    touched as (select s.value key, max(c.no) no from commits c, json_each(c.scopes) s group by 1)
    select
      (select count(*) from deliveries where commit_no is not null and commit_no not in (select no from commits))
        "deliveries without their commit",
      (select count(*) from deliveries d, json_each(d.outcomes) o
        where not exists (select 1 from articles a where a.id = o.value ->> 'id' and a.commit_no >= d.commit_no))
        "deliveries without their article",
      (select count(*) from articles a where not exists (select 1 from deliveries d, json_each(d.outcomes) o
        where o.value ->> 'id' = a.id)) "articles without a delivery",
      (select count(*) from articles where commit_no not in (select no from commits)) "articles without their commit",
      (select count(*) from articles where seq not in (select seq from bodies)) "articles without a body",
      (select count(*) from bodies where seq not in (select seq from articles)) "bodies without an article",
      (select count(*) from bodies b join articles a using (seq)
        where b.html not like '%' || a.title || '%') "bodies of another version",
      (select count(*) from (select * from expected except select scope, published_at, article_id from memberships))
        "missing memberships",
      (select count(*) from (select scope, published_at, article_id from memberships except select * from expected))
        "memberships too many",
      (select count(*) from scopes where article_count <> (select count(*) from memberships where scope = key))
        "scopes that count wrongly",
      (select count(*) from touched t where not exists (select 1 from (select key, revision from scopes
        union all select 'wire', revision from wire) s where s.key = t.key and s.revision = t.no))
        "scopes that are not at their last commit",
      (select count(*) from scopes where revision > (select max(no) from commits)) "scopes without a commit",
      (select max(no) - count(*) from commits) "lost commits"`)
  return row ?? {}
}

/** Whether a message is stored completely or not at all, together with its articles. */
async function stored({ id, n }: Message): Promise<"whole" | "nothing"> {
  const [row] = await sql<{ delivery: number; own: number; running: number }>(
    `select (select count(*) from deliveries where id = ?) delivery,
      (select count(*) from articles a join bodies b using (seq) where guid = ? and title = ?) own,
      (select count(*) from articles where guid = 'running' and title = ?) running`,
    ...[id, `article-${n}`, `article-${n} number ${n}.`, `running number ${n}.`],
  )
  const { delivery, own, running } = row ?? {}
  expect([own, running], "a delivery and its articles come together").toEqual([delivery, delivery])
  return delivery === 1 ? "whole" : "nothing"
}

/** Every acknowledged article is in D1 and in three formats of the section's feed, and its message is in R2. */
async function expectNothingLost(): Promise<void> {
  const feeds = await Promise.all(
    ["rss", "atom", "json"].map(async (format) => (await send(`/sections/world/feed.${format}`)).text()),
  )
  const rows = await sql<{ guid: string; state: string; n: number }>(
    `select a.guid, a.state, count(*) over (partition by a.guid) n from articles a join bodies b using (seq)`,
  )
  const deliveries = new Set((await sql<{ id: string }>("select id from deliveries")).map(({ id }) => id))
  expect(acknowledged.length).toBeGreaterThan(0)
  for (const one of acknowledged) {
    const guid = `article-${one.n}`
    const visible = !one.embargoed
    expect(deliveries.has(one.id), `delivery ${one.n}`).toBe(true)
    const own = rows.filter((row) => row.guid === guid)
    expect(own, guid).toEqual([{ guid, state: visible ? "published" : "embargoed", n: 1 }])
    const shown = feeds.map((feed) => feed.includes(`Text of ${guid} number`))
    expect(shown, `${guid} in rss, atom, json`).toEqual([visible, visible, visible])
    expect(await objectOf(one), `bytes of ${guid}`).toBe(one.body)
  }
  const last = acknowledged.filter(({ hasRunning }) => hasRunning).at(-1)
  expect(feeds.map((feed) => feed.includes(`running number ${last?.n}.`))).toEqual([true, true, true])
  expect(Object.entries(await contradictions()).filter(([, count]) => count !== 0)).toEqual([])
}

/** The sweep does the work that the killed Worker could not do, so every commit is purged after it. */
async function expectSweep(): Promise<void> {
  expect(await sweep()).toBe("ok")
  expect(await sql("select purged_commit_no - (select max(no) from commits) behind from purge")).toEqual([
    { behind: 0 },
  ])
}

beforeAll(async () => {
  mkdirSync(join(folder, "tmp"))
  await bundle(place("worker.ts"), join(folder, "worker.js"))
  controller.listen(0, "127.0.0.1")
  await once(controller, "listening")
  await start()
  for (const { queries } of await readD1Migrations(place("../../migrations"))) {
    for (const query of queries) await sql(query)
  }
  await admin("/sections", { slug: "world", names: { en: "World" } })
  const home = { home_page_url: "https://one.example/", default_section: "world" }
  await admin("/publishers", { slug: "one", name: "One", language: "en", ...home })
  secret = decodeSecret((await admin("/publishers/one/keys", {})).secret ?? "") ?? new Uint8Array()
  expect((await pushAcknowledged(message())).outcomes).toEqual(["created", "created"])
}, 60_000)

afterAll(async () => {
  for (const each of started) kill(each)
  const ends = await Promise.allSettled(started.map(ended))
  controller.closeAllConnections()
  controller.close()
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
  expect(ends.filter(({ status }) => status === "rejected")).toEqual([])
}, 30_000)

describe("a push is stored completely or not at all if the Worker is killed, and once after it is sent again", () => {
  test.for<Kill>([
    ...oneOf([
      { point: "before reading state", left: "nothing" },
      { point: "after reading state", left: "nothing" },
      { point: "before the bytes go to R2", left: "nothing", bytes: false },
    ]),
    ...oneOf([
      { point: "after the bytes go to R2", left: "nothing", bytes: true },
      { point: "before the write batch", left: "nothing", bytes: true },
    ]),
    ...oneOf([
      { point: "before the write batch", delay: 2, bytes: true },
      { point: "before the write batch", delay: 5, bytes: true },
    ]),
    { point: "after the write batch", left: "whole", bytes: true },
  ])("$point (delay: $delay ms)", async ({ point, delay, left, bytes }) => {
    const sent = message()
    reached = false
    armed = delay === undefined ? { point } : { point, delay }
    const first = await push(sent)
    expect(reached, `${point} was reached`).toBe(true)
    if (delay === undefined) expect(first, "no answer").toBeUndefined()
    if (first) acknowledged.push(sent)

    await restart()
    const outcome = await stored(sent)
    if (left) expect(outcome).toBe(left)
    if (first) expect(outcome).toBe("whole")
    if (bytes !== undefined) expect(await objectOf(sent)).toBe(bytes ? sent.body : null)
    await expectSweep()
    if (outcome === "nothing") await expectNothingLost()

    const again = await pushAcknowledged(sent)
    expect(again).toMatchObject({ repeated: outcome === "whole", outcomes: ["created", "updated"] })
    await expectNothingLost()
  })

  test("a Worker that is killed after the acknowledgement has stored the push", async () => {
    const sent = message()
    const first = await pushAcknowledged(sent)
    expect(first).toMatchObject({ repeated: false, outcomes: ["created", "updated"] })
    await restart()
    expect(await stored(sent)).toBe("whole")
    await expectNothingLost()
    await expectSweep()
    expect(await pushAcknowledged(sent)).toEqual({ ...first, repeated: true })
    acknowledged.pop()
    await expectNothingLost()
  })
})

describe("a sweep ends an embargo completely or not at all if the Worker is killed, and the next sweep ends it", () => {
  test.for([
    { point: "before the release batch", released: false },
    { point: "after the release batch", released: true },
  ])("$point", async ({ point, released }) => {
    const sent = message(Date.now() + clock + HOUR)
    expect((await pushAcknowledged(sent)).outcomes).toEqual(["created"])
    const [before] = await sql<{ no: number }>("select max(no) no from commits")
    reached = false
    armed = { point }
    await expect(sweep(2 * HOUR)).rejects.toThrow("gone")
    expect(reached, `${point} was reached`).toBe(true)

    await restart()
    expect(
      await sql("select state, commit_no - ? later from articles where guid = ?", before?.no, `article-${sent.n}`),
    ).toEqual([released ? { state: "published", later: 1 } : { state: "embargoed", later: 0 }])
    // An article under embargo must not be visible.
    if (released) sent.embargoed = false
    await expectNothingLost()

    expect(await sweep()).toBe("ok")
    sent.embargoed = false
    await expectNothingLost()
    await expectSweep()
    expect(await sql("select max(no) - ? later from commits", before?.no)).toEqual([{ later: 1 }])
    expect(await pushAcknowledged(sent)).toMatchObject({ repeated: true, outcomes: ["created"] })
    acknowledged.pop()
  })
})

describe("a change of sections is not lost if the Worker is killed, and all articles are reclassified", () => {
  const ARTICLES = 130
  const countIn = async (slug: string) =>
    (
      await sql<{ n: number }>(
        `select count(*) n from memberships where scope = (select 'section:' || id from sections where slug = ?)`,
        slug,
      )
    )[0]?.n
  const reclassifications = () =>
    sql(
      "select scope, processed, changed, finished_at is not null done from reclassifications order by id desc limit 1",
    )

  beforeAll(async () => {
    for (const slug of ["upper", "lower"]) await admin("/sections", { slug, names: { en: slug } })
    await admin("/sections", { slug: "moving", names: { en: "moving" }, parent: "upper" })
    for (let at = 0; at < ARTICLES; at += 65) {
      const data = Array.from({ length: 65 }, (_, i) => ({
        id: `moving-${at + i}`,
        title: `moving-${at + i}`,
        content_html: `<p>moving-${at + i}</p>`,
        date_published: new Date(Date.UTC(2026, 8, 1) + (at + i) * 60_000).toISOString(),
        _feedwire: { sections: ["moving"] },
      }))
      const body = JSON.stringify({ type: "article.published", timestamp: new Date().toISOString(), data })
      const sent = await push({ id: randomUUID(), n: 0, body, embargoed: false, hasRunning: false })
      expect(sent?.outcomes).toEqual(Array(65).fill("created"))
    }
  })

  test.for([
    { point: "before a reclassification batch", from: "upper", to: "lower", processed: 0 },
    { point: "after a reclassification batch", from: "lower", to: "upper", processed: 100 },
  ])("$point", async ({ point, from, to, processed }) => {
    expect([await countIn(from), await countIn(to)]).toEqual([ARTICLES, 0])
    reached = false
    armed = { point }
    await expect(admin("/sections/moving", { parent: to }, "PATCH")).rejects.toThrow()
    expect(reached, `${point} was reached`).toBe(true)

    await restart()
    expect(await reclassifications()).toMatchObject([{ processed, changed: processed, done: 0 }])
    expect([await countIn(from), await countIn(to)]).toEqual([ARTICLES - processed, processed])
    await expectNothingLost()

    expect(await sweep()).toBe("ok")
    expect(await reclassifications()).toMatchObject([{ processed: ARTICLES, changed: ARTICLES, done: 1 }])
    expect([await countIn(from), await countIn(to), await countIn("moving")]).toEqual([0, ARTICLES, ARTICLES])
    await expectNothingLost()
    await expectSweep()
  })
})
