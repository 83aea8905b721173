/** `npm run push -- FILE --publisher NAME`: signs and sends a file as a publisher does, and prints the outcome per article. */
import { readFileSync } from "node:fs"
import { parseArgs } from "node:util"
import { decodeSecret } from "../src/crypto/standard-webhooks.ts"
import { RefusedError } from "./admin-client.ts"
import { readKeys } from "./demo-memory.ts"
import { outcomeTable, type PushDoor, type PushResult, pushBody } from "./push-client.ts"
import { bodiesOf, type PushBody } from "./push-file.ts"
import { messageOf, Remedy, runScript } from "./terminal.ts"

const options = {
  publisher: { type: "string" },
  url: { type: "string" },
  deleted: { type: "boolean" },
  "dry-run": { type: "boolean" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const

const help = `npm run push -- FILE --publisher NAME [flags]
  Signs and sends FILE (- is standard input) and prints what became of each article. The exit code is 1 if one was rejected.

  FILE is an RSS or Atom document, a JSON Feed, a JSON Feed item or an array of items, or a message {type, timestamp, data}.
  JSON of more than 100 articles or 1 MiB is sent as several messages.

  --publisher NAME  slug of the publisher
  --url URL         the Worker (http://localhost:8787, or the port in PORT)
  --deleted         the items of FILE are withdrawn
  --dry-run         only say what would happen
  --json            print the outcomes as JSON
  --help            show this

The secret is taken from PUSH_SECRET, for a publisher of the local demo otherwise from .feedwire/keys.json.

Examples:
  npm run push -- article.json --publisher meridian
  npm run push -- feed.xml --publisher meridian --dry-run
  echo '{"id":"harbour-bridge-reopens"}' | npm run push -- - --publisher meridian --deleted
  PUSH_SECRET=whsec_… npm run push -- feed.json --publisher meridian --url https://news.example.org --json`

await runScript(async () => {
  const { values, positionals } = parse()
  if (values.help) {
    console.log(help)
    return 0
  }
  const [file, ...others] = positionals
  if (file === undefined || others.length > 0 || values.publisher === undefined) {
    throw new Remedy("write: npm run push -- FILE --publisher NAME; --help says more.")
  }
  const door = doorFor(values.publisher, values.url)
  const { results, stopped } = await pushAll(
    door,
    readBodies(file, values.deleted ?? false),
    values["dry-run"] ?? false,
  )
  if (values.json) console.log(JSON.stringify(results, null, 2))
  else if (results.length > 0) console.log(outcomeTable(results))
  else if (stopped === undefined) console.log(`${file} holds no article: nothing was pushed.`)
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

/** Which Worker, and the publisher's secret: those of the demo belong to the Worker of this machine. */
function doorFor(publisher: string, given: string | undefined): PushDoor {
  const url = given ?? `http://localhost:${process.env.PORT || 8787}`
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new Remedy(`--url ${url} is not a URL: write for example --url https://news.example.org`)
  }
  const { hostname, href } = new URL(url)
  const local = /^(localhost|127\.0\.0\.1|\[::1\])$/.test(hostname)
  const secret = process.env.PUSH_SECRET || (local ? readKeys()[publisher]?.secret : undefined)
  if (!secret) {
    throw new Remedy(
      `set PUSH_SECRET in the environment to a push secret of ${publisher}; \`npm run admin -- key create ${publisher}\` makes one.`,
    )
  }
  if (!decodeSecret(secret)) {
    const where = process.env.PUSH_SECRET ? "PUSH_SECRET" : `that of ${publisher} in .feedwire/keys.json`
    throw new Remedy(`${where} is not a push secret: it is whsec_ and base64 of 24 to 64 bytes.`)
  }
  return { url: href.replace(/\/+$/, ""), publisher, secret }
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

/** Sends one after the other, up to the first that is refused as a whole. What became of those before is not forgotten. */
async function pushAll(
  door: PushDoor,
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
      results.push(...(await pushBody(door, body, dryRun)))
    } catch (error) {
      if (!(error instanceof RefusedError) && !(error instanceof Remedy)) throw error
      const hint =
        error instanceof RefusedError && error.problem.status === 401 ? ` Is the secret that of ${door.publisher}?` : ""
      return { results, stopped: `${bodies.length > 1 ? `${name}: ` : ""}${error.message}${hint}` }
    }
  }
  return { results }
}
