/**
 * `npm run bench`: measures the wire against what it is compared with, prints a table and writes bench/results.md.
 * `npm run bench -- --quick` does one short round to see that everything works, and writes nothing.
 */
import { randomBytes } from "node:crypto"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import type { Miniflare } from "miniflare"
import { Remedy, root, runScript, secondsSince } from "../scripts/terminal.ts"
import { ask } from "./answers.ts"
import { bundle } from "./bundles.ts"
import { measureFeeds } from "./feeds.ts"
import { assertStored, correctOne, FEED, FEED_ENTRIES, fill, fillHistory, HISTORY } from "./filling.ts"
import { LoadProcess } from "./load-process.ts"
import { measurePushes } from "./pushes.ts"
import { measureRendering } from "./rendering.ts"
import { type Section, toMarkdown, toTable, verdictOf } from "./results.ts"
import type { Effort } from "./rounds.ts"
import { measureSelections, tellByHand } from "./selections.ts"
import { measureWeight, workerdMegabytes } from "./weight.ts"
import { type Bundles, HOSTS, migrate, startAll } from "./wire.ts"

const FULL: Effort = { rounds: 7, milliseconds: 700, share: 0.7 }
const QUICK: Effort = { rounds: 1, milliseconds: 200, share: 0.1 }

/** What must not outlive us. */
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
  const unknown = process.argv.slice(2).filter((argument) => argument !== "--quick")
  if (unknown.length > 0) throw new Remedy(`${unknown[0]} is unknown: npm run bench [-- --quick]`)
  const quick = process.argv.includes("--quick")
  const effort = quick ? QUICK : FULL
  try {
    const sections = await measure(effort)
    console.log(toTable(sections))
    console.log(`\n${verdictOf(sections)}`)
    if (quick) return 0
    const how = `${effort.rounds} alternating rounds of ${effort.milliseconds / 1000} s after one that does not count.`
    writeFileSync(join(root, "bench", "results.md"), toMarkdown(sections, new Date(), how))
    console.log("Written to bench/results.md")
    return 0
  } finally {
    await stop()
  }
})

async function measure(effort: Effort): Promise<Section[]> {
  const bundles = await step("Bundling", bundleAll)
  const at = new LoadProcess()
  load = at
  const weight = await step("Starting and stopping", () =>
    measureWeight(bundles, at, effort, (miniflare) => {
      running = miniflare
    }),
  )

  const byHandSecret = `whsec_${randomBytes(32).toString("base64")}`
  const miniflare = startAll(bundles, byHandSecret)
  running = miniflare
  const url = (await miniflare.ready).origin
  const { writerSecret, heldBefore } = await step("Filling the wire", async () => {
    await migrate(miniflare, ["wire", "pushByHand", "pushByHandClean"])
    const { reader, writerSecret } = await fill(url)
    await fillHistory(reader)
    const { headers } = await ask(url, { host: HOSTS.behindTheEdge, path: FEED })
    await correctOne(reader)
    return { writerSecret, heldBefore: headers.etag ?? "" }
  })
  const { page } = await step("Walking the history", () => tellByHand(url))
  const { section: feeds, missMilliseconds } = await step("Feeds", () => measureFeeds(url, at, effort))
  const selections = await step("Selections, history and deltas", () =>
    measureSelections(url, at, { page, heldBefore }, effort),
  )
  const rendering = await step("Rendering", () => measureRendering(missMilliseconds, effort))
  const secrets = { wire: writerSecret, byHand: byHandSecret }
  const pushes = await step("Pushes", () => measurePushes(url, at, secrets, effort))
  await assertStored(miniflare, FEED_ENTRIES + HISTORY)
  const megabytes = workerdMegabytes()
  weight.rows.push({ what: "Memory of the workerd that ran all of the above", unit: "MB", ours: megabytes })
  return [feeds, selections, rendering, pushes, weight]
}

async function bundleAll(): Promise<Bundles> {
  const [wire, fromMemory, feedByHand, pushByHand] = await Promise.all([
    bundle(),
    bundle("bench/workers/from-memory.ts"),
    bundle("bench/workers/feed-by-hand.ts"),
    bundle("bench/workers/push-by-hand.ts"),
  ])
  return { wire, fromMemory, feedByHand, pushByHand }
}

async function step<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
  const started = Date.now()
  const result = await work()
  console.log(`${name}: ${secondsSince(started)}`)
  return result
}
