/** Tests `npm run admin` as a process, with a server that replaces the Worker and records the requests. */
import { spawn } from "node:child_process"
import { mkdtempSync, readFileSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { root } from "../../../../scripts/terminal.ts"

interface Run {
  code: number | null
  out: Buffer
  err: string
  /** "GET /path body" */
  requests: string[]
}

type Answer = [status: number, body: unknown]

const token = "0123456789abcdef0123456789abcdef"
/** Runs a command whose requests get these answers in order. */
async function run(args: string[], answers: Answer[], input = ""): Promise<Run> {
  const requests: string[] = []
  const server = createServer((request, response) => {
    let body = ""
    request.on("data", (chunk: Buffer) => {
      body += chunk
    })
    request.on("end", () => {
      requests.push([request.method, request.url, body].filter(Boolean).join(" "))
      const isOpen = request.headers.authorization === `Bearer ${token}`
      const [status, answer] = (isOpen ? answers[requests.length - 1] : undefined) ?? [500, { detail: "not expected" }]
      response.writeHead(status).end(Buffer.isBuffer(answer) ? answer : JSON.stringify(answer))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const child = spawn(process.execPath, [join(root, "scripts/admin.ts"), ...args, "--url", url], {
    env: { ...process.env, FEEDWIRE_TOKEN: token },
  })
  const [out, err]: [Buffer[], Buffer[]] = [[], []]
  child.stdout.on("data", (chunk: Buffer) => out.push(chunk))
  child.stderr.on("data", (chunk: Buffer) => err.push(chunk))
  child.stdin.end(input)
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve))
  server.close()
  return { code, out: Buffer.concat(out), err: Buffer.concat(err).toString(), requests }
}

const replay = (id: number, outcome: string) => ({
  id,
  publisher: "nahar",
  delivery_id: `msg_${id}`,
  outcome,
  errors: [],
})

describe("npm run admin", () => {
  it("removes nothing without --yes, and continues until all articles are withdrawn", async () => {
    const refused = await run(["publisher", "remove", "nahar"], [])
    expect(refused).toMatchObject({ code: 1, requests: [] })
    expect(refused.err).toContain("Repeat the command with --yes.")
    const removal = (processed: number): Answer => [
      202,
      {
        removal: {
          publisher: "nahar",
          total: 600,
          processed,
          started_at: "",
          finished_at: processed < 600 ? null : "now",
        },
      },
    ]
    const { code, out, requests } = await run(["publisher", "remove", "nahar", "--yes"], [removal(500), removal(600)])
    expect({ code, requests }).toEqual({ code: 0, requests: Array(2).fill("DELETE /admin/api/publishers/nahar") })
    expect(out.toString()).toMatch(/500 of 600 .*sweep[\s\S]*600 of 600 .*done/)
  })

  it("retires no section without --yes", async () => {
    for (const more of [[], ["--into", "people"]]) {
      const refused = await run(["section", "retire", "celebrity", ...more], [])
      expect(refused).toMatchObject({ code: 1, requests: [] })
      expect(refused.err).toMatch(/celebrity will end permanently.* Repeat the command with --yes\./)
    }
    const answer: Answer = [200, { slug: "celebrity", successor: "people" }]
    const { requests } = await run(["section", "retire", "celebrity", "--into", "people", "--yes"], [answer])
    expect(requests[0]).toBe('POST /admin/api/sections/celebrity/retire {"into":"people"}')
  })

  it("replays page after page, and its exit code says whether anything was refused", async () => {
    const { code, out, requests } = await run(
      ["dead-letter", "replay", "--publisher", "nahar"],
      [
        [200, { replays: [replay(3, "replayed")], next: 5 }],
        [200, { replays: [{ ...replay(5, "refused"), code: "invalid_message", detail: "/id is missing" }] }],
      ],
    )
    expect({ code, requests }).toEqual({
      code: 1,
      requests: [
        'POST /admin/api/attempts/replay {"publisher":"nahar","dead_letters":true}',
        'POST /admin/api/attempts/replay {"publisher":"nahar","dead_letters":true,"from":5}',
      ],
    })
    expect(out.toString()).toBe(
      "3  nahar  msg_3  replayed\n5  nahar  msg_5  refused: invalid_message: /id is missing\n",
    )
  })

  it("replays several attempts with one request each, up to one that is missing", async () => {
    const missing: Answer = [404, { detail: "There is no attempt 8." }]
    const { code, err, requests } = await run(
      ["attempt", "replay", "7", "8", "9"],
      [[200, replay(7, "replayed")], missing],
    )
    expect({ code, requests }).toEqual({
      code: 1,
      requests: ["POST /admin/api/attempts/7/replay", "POST /admin/api/attempts/8/replay"],
    })
    expect(err).toContain("There is no attempt 8.")
  })

  it("writes bytes unchanged, to standard output or to a file", async () => {
    const bytes = Buffer.from([0, 0xff, 0x0a, 0xc3, 0x28, 0x0d])
    expect((await run(["attempt", "body", "7"], [[200, bytes]])).out).toEqual(bytes)
    const file = join(mkdtempSync(join(tmpdir(), "feedwire-body-")), "body")
    const { out } = await run(["attempt", "body", "7", "--out", file], [[200, bytes]])
    expect(out.toString()).toBe(`Wrote 6 bytes to ${file}\n`)
    expect(readFileSync(file)).toEqual(bytes)
  })

  it("reads a secret from standard input, and sends it only to the Worker", async () => {
    const answer: Answer = [201, { id: "k1", source: "cms", kind: "imported" }]
    const args = ["key", "import", "nahar", "--source", "cms", "--secret-file", "-"]
    const { code, out, err, requests } = await run(args, [answer], "made-by-the-cms\n")
    expect({ code, requests }).toEqual({
      code: 0,
      requests: ['POST /admin/api/publishers/nahar/keys {"source":"cms","secret":"made-by-the-cms"}'],
    })
    expect(`${out}${err}`).not.toContain("made-by-the-cms")
  })
})
