/** Runs `npm run push -- FILE --publisher NAME`: signs and sends a file, and prints the outcome of each article. */
import { readFileSync } from "node:fs"
import { parseArgs } from "node:util"
import { decodeSecret } from "../src/crypto/standard-webhooks.ts"
import { RefusedError } from "./admin/client.ts"
import { readKeys } from "./demo-state.ts"
import { outcomeTable, type PushConnection, type PushResult, pushBody } from "./push-client.ts"
import { bodiesOf, type PushBody } from "./push-file.ts"
import { messageOf, Remedy, runScript } from "./terminal.ts"
import { parseWorkerUrl, withPort } from "./worker-url.ts"

const options = {
  publisher: { type: "string" },
  url: { type: "string" },
  deleted: { type: "boolean" },
  "dry-run": { type: "boolean" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const

const help = `npm run push -- FILE --publisher NAME [flags]
  Signs and sends FILE (- is standard input) and prints the outcome of each article. The exit code is 1 if one was rejected.

  FILE is an RSS or Atom document, a JSON Feed, a JSON Feed item or an array of items, or a message {type, timestamp, data}.
  JSON of more than 100 articles or 1 MiB is sent as several messages.

  --publisher NAME  slug of the publisher
  --url URL         address of the Worker (http://localhost:8787, or the port in PORT)
  --deleted         withdraw the items of FILE
  --dry-run         say what would happen, without storing anything
  --json            print the outcomes as JSON
  --help            show this help

The secret is read from PUSH_SECRET in the environment. If that is not set, the secret of a publisher of the local demo is
read from .feedwire/keys.json.

Examples:
  ${withPort("npm run push --")} article.json --publisher meridian
  ${withPort("npm run push --")} feed.xml --publisher meridian --dry-run
  echo '{"id":"harbour-bridge-reopens"}' | ${withPort("npm run push --")} - --publisher meridian --deleted
  PUSH_SECRET=whsec_… npm run push -- feed.json --publisher meridian --url https://news.example.org --json`

await runScript(async () => {
  const { values, positionals } = parse()
  if (values.help) {
    console.log(help)
    return 0
  }
  const [file, ...others] = positionals
  if (file === undefined || others.length > 0 || values.publisher === undefined) {
    throw new Remedy(`usage: ${withPort("npm run push --")} FILE --publisher NAME; --help says more.`)
  }
  const connection = connectionFor(values.publisher, values.url)
  const { results, stopped } = await pushAll(
    connection,
    readBodies(file, values.deleted ?? false),
    values["dry-run"] ?? false,
  )
  if (values.json) console.log(JSON.stringify(results, null, 2))
  else if (results.length > 0) console.log(outcomeTable(results))
  else if (stopped === undefined) console.log(`${file} has no article: nothing was pushed.`)
  if (stopped !== undefined) throw new Remedy(stopped)
  return results.some(({ outcome }) => outcome === "rejected") ? 1 : 0
})

function parse() {
  try {
    return parseArgs({ options, allowPositionals: true })
  } catch (error) {
    throw new Remedy(`${messageOf(error)}. --help lists the flags.`)
  }
}

/** Returns the Worker's URL and the publisher's secret. Demo keys are used only for the Worker on this machine. */
function connectionFor(publisher: string, option: string | undefined): PushConnection {
  const { url, isLocal } = parseWorkerUrl(option)
  const secret = process.env.PUSH_SECRET || (isLocal ? readKeys()[publisher]?.secret : undefined)
  if (!secret) {
    throw new Remedy(
      `set PUSH_SECRET in the environment to a push secret of ${publisher}; \`${withPort("npm run admin --")} key create ${publisher}\` creates one.`,
    )
  }
  if (!decodeSecret(secret)) {
    const label = process.env.PUSH_SECRET ? "PUSH_SECRET" : `the secret of ${publisher} in .feedwire/keys.json`
    throw new Remedy(`${label} is not a push secret: it is whsec_ and base64 of 24 to 64 bytes.`)
  }
  return { url, publisher, secret }
}

function readBodies(file: string, deleted: boolean): PushBody[] {
  const name = file === "-" ? "standard input" : file
  let bytes: Uint8Array
  try {
    bytes = readFileSync(file === "-" ? 0 : file)
  } catch (error) {
    throw new Remedy(`${name} cannot be read (${messageOf(error)}).`)
  }
  try {
    return bodiesOf(bytes, { deleted, now: Date.now() })
  } catch (error) {
    if (error instanceof Remedy) throw new Remedy(`${name} cannot be sent: ${error.message}`)
    throw error
  }
}

/** Sends the bodies one after the other, and stops at the first refused body. Returns the results so far. */
async function pushAll(
  connection: PushConnection,
  bodies: PushBody[],
  dryRun: boolean,
): Promise<{ results: PushResult[]; stopped?: string }> {
  const results: PushResult[] = []
  for (const [index, body] of bodies.entries()) {
    const name = `message ${index + 1} of ${bodies.length}`
    if (bodies.length > 1) {
      console.error(`  ${name}: ${body.articles.length} articles, ${Math.ceil(body.bytes.length / 1024)} KiB`)
    }
    try {
      results.push(...(await pushBody(connection, body, dryRun)))
    } catch (error) {
      if (!(error instanceof RefusedError) && !(error instanceof Remedy)) throw error
      const hint =
        error instanceof RefusedError && error.problem.status === 401
          ? ` Is PUSH_SECRET a secret of ${connection.publisher}?`
          : ""
      return { results, stopped: `${bodies.length > 1 ? `${name}: ` : ""}${error.message}${hint}` }
    }
  }
  return { results }
}
