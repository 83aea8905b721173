/**
 * Runs `npm run deploy`: checks the settings, prepares bucket and queue, migrates the remote database, and passes its
 * arguments to `wrangler deploy`.
 */
import { spawn } from "node:child_process"
import { join } from "node:path"
import { unstable_readConfig } from "wrangler"
import { type CommandResult, prepareBucket } from "./deploy-bucket.ts"
import { prepareQueue } from "./deploy-queue.ts"
import { exitCodeOf, Remedy, root, runScript } from "./terminal.ts"

await runScript(async () => {
  const args = process.argv.slice(2)
  const environment = optionOf(args, "--env") ?? optionOf(args, "-e")
  const config = unstable_readConfig({ config: join(root, "wrangler.toml"), ...(environment && { env: environment }) })
  const dryRun = args.includes("--dry-run")
  const problem = problemOfUrl(feedsUrlFrom(args) ?? String(config.vars.FEEDS_URL ?? ""))
  if (problem && !dryRun) throw new Remedy(problem)
  if (problem) console.log(`Before a real deploy: ${problem}`)
  const manualSteps: string[] = []
  if (!dryRun) {
    const environmentOptions = environment ? ["--env", environment] : []
    const bucket = (config.r2_buckets as { binding: string; bucket_name?: string; jurisdiction?: string }[]).find(
      ({ binding }) => binding === "RECEIVED",
    )
    manualSteps.push(
      ...(await prepareBucket(run, bucket?.bucket_name ?? "feedwire-received", [
        ...(bucket?.jurisdiction ? ["--jurisdiction", bucket.jurisdiction] : []),
        ...environmentOptions,
      ])),
    )
    for (const { queue } of config.queues.producers ?? []) await prepareQueue(run, queue, environmentOptions)
    const database = (config.d1_databases as { binding: string; database_name?: string }[]).find(
      ({ binding }) => binding === "DB",
    )
    await migrateRemote(database?.database_name ?? "feedwire", environmentOptions)
  }
  const { code } = await run(["deploy", ...args])
  for (const line of manualSteps) console.log(`To do by hand: ${line}`)
  return code
})

/** Returns the reason why a URL cannot be the address of a deployed wire, in one line; undefined if it can. */
function problemOfUrl(url: string): string | undefined {
  const remedy = "set FEEDS_URL in wrangler.toml to the public address, for example https://news.example.org"
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (!parsed) return `FEEDS_URL is "${url}": ${remedy}.`
  if (/^(localhost|127\..*|\[::1\]|.*\.localhost)$/.test(parsed.hostname)) return `FEEDS_URL is ${url}: ${remedy}.`
  if (parsed.protocol !== "https:") return `FEEDS_URL is ${url}, which is not https: ${remedy}.`
  return undefined
}

function feedsUrlFrom(args: string[]): string | undefined {
  const pairs = args.flatMap((arg, index) => (arg === "--var" ? (args[index + 1] ?? "") : arg.replace(/^--var=/, "")))
  return pairs.find((pair) => pair.startsWith("FEEDS_URL:"))?.slice("FEEDS_URL:".length)
}

function optionOf(args: string[], name: string): string | undefined {
  const index = args.indexOf(name)
  return index >= 0 ? args[index + 1] : args.find((arg) => arg.startsWith(`${name}=`))?.slice(name.length + 1)
}

/** Applies the migrations. It first creates the database if this account has none. */
async function migrateRemote(database: string, environmentOptions: string[]): Promise<void> {
  const migrate = ["d1", "migrations", "apply", "DB", "--remote", ...environmentOptions]
  const first = await run(migrate)
  if (first.code === 0) return
  if (!/Couldn't find a D1 DB/.test(first.output))
    throw new Remedy("the migrations failed as shown above: nothing was deployed.")
  console.log(`This account has no database "${database}" yet: creating it.`)
  const created = await run(["d1", "create", database])
  if (created.code !== 0) throw new Remedy("the database could not be created, as shown above: nothing was deployed.")
  const second = await run(migrate)
  if (second.code !== 0) throw new Remedy("the migrations failed as shown above: nothing was deployed.")
}

function run(args: string[]): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, WRANGLER_SEND_METRICS: "false" }
    const child = spawn("wrangler", args, { cwd: root, stdio: ["inherit", "pipe", "pipe"], env })
    let output = ""
    child.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString()
      process.stdout.write(chunk)
    })
    child.stderr.on("data", (chunk: Buffer) => {
      output += chunk.toString()
      process.stderr.write(chunk)
    })
    child.on("error", reject)
    child.on("close", (code, signal) => resolve({ code: exitCodeOf(code, signal), output }))
  })
}
