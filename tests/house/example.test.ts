/** The example that publishers paste: taken from the docs as it stands, run by a shell against the running Worker. */
import { execFile } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { readD1Migrations } from "@cloudflare/vitest-plugin"
import { Miniflare } from "miniflare"
import { afterAll, beforeAll, expect, test } from "vitest"
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
  const db = await miniflare.getD1Database("DB")
  for (const { queries } of await readD1Migrations("migrations")) {
    for (const query of queries) await db.prepare(query).run()
  }
}, 60_000)

afterAll(async () => {
  await miniflare?.dispose()
  rmSync(folder, { recursive: true, force: true })
})

async function admin(path: string, body: object): Promise<Record<string, unknown>> {
  const response = await fetch(`${wire}/admin/api${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  })
  expect(response.status, await response.clone().text()).toBe(201)
  return (await response.json()) as Record<string, unknown>
}

test("docs/publishers.md: curl and openssl push an article that stands in its section's feeds", async () => {
  await admin("/sections", { slug: "world", names: { en: "World" } })
  await admin("/publishers", { slug: "meridian", name: "Meridian Wire", home_page: "https://meridian.example/" })
  const { secret } = await admin("/publishers/meridian/keys", {})
  const example = /```sh\n(# example: push\n[\s\S]*?)```/.exec(readFileSync("docs/publishers.md", "utf8"))?.[1] ?? ""
  const script = example
    .replace(/^WIRE=.*$/m, `WIRE=${wire}`)
    .replace(/^PUBLISHER=.*$/m, "PUBLISHER=meridian")
    .replace(/^SECRET=.*$/m, `SECRET=${secret}`)
  const { stdout } = await promisify(execFile)("sh", ["-eu", "-c", script], { timeout: 20_000 })
  expect(JSON.parse(stdout).results[0].outcome).toBe("created")
  for (const format of ["rss", "atom", "json"]) {
    const feed = await fetch(`${wire}/sections/world/feed.${format}`)
    expect([format, feed.status, (await feed.text()).includes("Harbour bridge reopens")]).toEqual([format, 200, true])
  }
})
