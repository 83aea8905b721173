/**
 * Runs `npm run bench`: measures the wire and the other contestants, prints a table and writes bench/results.md. With
 * `-- --quick` it does one short round to check that everything works, and writes nothing. With `-- --archive` it loads
 * an archive and writes the archive's section of bench/results.md. With `-- --archive=2000` it loads a smaller archive
 * and writes nothing.
 */
import { randomBytes } from "node:crypto"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { Miniflare } from "miniflare"
import { Remedy, root, runScript, secondsSince } from "../scripts/terminal.ts"
import { get } from "./answers.ts"
import { measureApi } from "./api.ts"
import { FULL_ARCHIVE, MIN_ARCHIVE, measureArchive } from "./archive.ts"
import { bundle } from "./bundles.ts"
import { measureDialects } from "./dialects.ts"
import { measureFeeds } from "./feeds.ts"
import { assertStored, correctOne, FEED, FILLED, fill, fillHistory } from "./filling.ts"
import { measureHostile } from "./hostile.ts"
import { untilIndexed } from "./indexing.ts"
import { measureLatency } from "./latency.ts"
import { LoadProcess } from "./load-process.ts"
import { measurePages } from "./pages.ts"
import { measurePushes } from "./pushes.ts"
import { measureRender } from "./render.ts"
import { archiveMarkdown, partsOf, type Section, toMarkdown, toTable, verdictOf } from "./results.ts"
import type { Effort } from "./rounds.ts"
import { configureHandWritten, measureSelections } from "./selections.ts"
import { measureWeight, workerdMegabytes } from "./weight.ts"
import { type Bundles, HOSTS, migrate, startAll } from "./wire.ts"

const FULL: Effort = { rounds: 7, milliseconds: 500, scale: 0.6 }
const QUICK: Effort = { rounds: 1, milliseconds: 200, scale: 0.1 }

const results = join(root, "bench", "results.md")
const readResults = () => partsOf(existsSync(results) ? readFileSync(results, "utf8") : "")

/** The processes to end when this process ends. */
let load: LoadProcess | undefined
let running: Miniflare | undefined

async function stop(): Promise<void> {
  load?.stop()
  await running?.dispose()
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.once(signal, () => {
    void stop().finally(() => process.exit(130))
  })
}

await runScript(async () => {
  const args = process.argv.slice(2)
  const [mode = "", ...more] = args
  const archive = /^--archive(?:=(\d{1,7}))?$/.exec(mode)
  if (more.length > 0 || (mode !== "" && mode !== "--quick" && !archive)) {
    throw new Remedy(
      `${args.join(" ")} is not understood. Usage: npm run bench [-- --quick | --archive | --archive=2000]`,
    )
  }
  try {
    return archive ? await runArchive(Number(archive[1] ?? FULL_ARCHIVE)) : await runAll(mode === "--quick")
  } finally {
    await stop()
  }
})

async function runAll(quick: boolean): Promise<number> {
  const effort = quick ? QUICK : FULL
  const sections = await measure(effort)
  console.log(toTable(sections))
  console.log(`\n${verdictOf(sections)}`)
  if (quick) return 0
  const how = `${effort.rounds} alternating rounds of ${effort.milliseconds / 1000} s after one that does not count.`
  writeFileSync(results, toMarkdown(sections, new Date(), how) + readResults().archive)
  console.log("Written to bench/results.md")
  return 0
}

async function runArchive(count: number): Promise<number> {
  if (count < MIN_ARCHIVE)
    throw new Remedy(`an archive has ${MIN_ARCHIVE} articles or more: npm run bench -- --archive=${MIN_ARCHIVE}`)
  const script = await step("Bundling", () => bundle())
  const sections = await step("Loading, mirroring and searching", () =>
    measureArchive(script, count, (miniflare) => {
      running = miniflare
    }),
  )
  console.log(toTable(sections))
  console.log(`\n${verdictOf(sections)}`)
  if (count !== FULL_ARCHIVE) return 0
  writeFileSync(results, readResults().plain + archiveMarkdown(sections, new Date()))
  console.log("Written to bench/results.md")
  return 0
}

async function measure(effort: Effort): Promise<Section[]> {
  const bundles = await step("Bundling", bundleAll)
  const loadProcess = new LoadProcess()
  load = loadProcess
  const weight = await step("Starting and stopping", () =>
    measureWeight(bundles, loadProcess, effort, (miniflare) => {
      running = miniflare
    }),
  )

  const byHandSecret = `whsec_${randomBytes(32).toString("base64")}`
  const miniflare = startAll(bundles, byHandSecret)
  running = miniflare
  const url = (await miniflare.ready).origin
  const { writerSecret, oldTag } = await step("Filling the wire", async () => {
    await migrate(miniflare, ["wire", "pushByHand", "pushByHandClean"])
    const { reader, writerSecret } = await fill(url)
    await fillHistory(reader)
    await untilIndexed(miniflare)
    const { headers } = await get(url, { host: HOSTS.behindTheEdge, path: FEED })
    await correctOne(reader)
    await untilIndexed(miniflare)
    return { writerSecret, oldTag: headers.etag ?? "" }
  })
  const { page } = await step("Reading the history", () => configureHandWritten(url))
  const feeds = await step("Feeds", () => measureFeeds(miniflare, url, loadProcess, effort))
  const selections = await step("Selections, history and deltas", () =>
    measureSelections(url, loadProcess, { page, oldTag }, effort),
  )
  const api = await step("Lists of the API", () => measureApi(url, loadProcess, effort))
  const pages = await step("Pages", () => measurePages(url, loadProcess, effort))
  const renders = await step("Cold renders", () => measureRender(effort))
  const dialects = await step("Dialects", () => measureDialects(effort))
  const hostile = await step("Hostile texts", () => measureHostile())
  const secrets = { wire: writerSecret, byHand: byHandSecret }
  const pushes = await step("Pushes", () => measurePushes(miniflare, url, loadProcess, secrets, effort))
  const latency = await step("Latency", () => measureLatency(miniflare, url, loadProcess, secrets, effort))
  await assertStored(miniflare, FILLED)
  const megabytes = workerdMegabytes()
  weight.rows.push({ what: "Memory of the workerd that ran all of the above", unit: "MB", ours: megabytes })
  return [feeds, selections, api, pages, renders, dialects, hostile, pushes, latency, weight]
}

async function bundleAll(): Promise<Bundles> {
  const [wire, fromMemory, feedByHand, listByHand, pageByHand, pushByHand] = await Promise.all([
    bundle(),
    bundle("bench/workers/from-memory.ts"),
    bundle("bench/workers/feed-by-hand.ts"),
    bundle("bench/workers/list-by-hand.ts"),
    bundle("bench/workers/page-by-hand.ts"),
    bundle("bench/workers/push-by-hand.ts"),
  ])
  return { wire, fromMemory, feedByHand, listByHand, pageByHand, pushByHand }
}

async function step<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
  const started = Date.now()
  const result = await work()
  console.log(`${name}: ${secondsSince(started)}`)
  return result
}
