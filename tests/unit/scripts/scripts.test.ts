import { execFileSync } from "node:child_process"
import { createHmac } from "node:crypto"
import { once } from "node:events"
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { completeDevVars, parseDevVars } from "../../../scripts/dev-vars.ts"
import { curlExample, urlsToTry } from "../../../scripts/guide.ts"
import { countTests, type VitestReport } from "../../../scripts/test-counts.ts"
import { makeOwnersOnly, openLog } from "../../../scripts/worker.ts"
import { isWorthShowing } from "../../../scripts/worker-output.ts"

describe(".dev.vars", () => {
  it("gets both secrets if it is new, and keeps its content", () => {
    const fresh = parseDevVars(completeDevVars(""))
    expect(fresh.ADMIN_TOKEN).toMatch(/^[0-9a-f]{64}$/)
    expect(Buffer.from(fresh.MASTER_KEY ?? "", "base64")).toHaveLength(32)
    const completed = completeDevVars('ADMIN_TOKEN="mine"\nOTHER=1')
    expect(completed).toMatch(/^ADMIN_TOKEN="mine"\nOTHER=1\nMASTER_KEY=.{44}\n$/)
    expect(completeDevVars(completed)).toBe(completed)
    expect(parseDevVars(completed).ADMIN_TOKEN).toBe("mine")
  })
})

describe("the report of vitest", () => {
  const report: VitestReport = { success: true, numPassedTests: 3, numFailedTests: 0 }

  it("is counted test by test", () => {
    expect(countTests(0, report)).toEqual({ passed: 3, failed: 0, notes: [] })
    expect(countTests(1, { ...report, success: false, numFailedTests: 2 })).toMatchObject({ passed: 3, failed: 2 })
  })

  it("counts as a failure: no report, no test, a file that does not load, an error outside of tests", () => {
    expect(countTests(1, undefined)).toMatchObject({ passed: 0, failed: 1 })
    expect(countTests(0, { ...report, numPassedTests: 0 })).toMatchObject({ passed: 0, failed: 1 })
    const broken = [{ name: "a.test.ts", status: "failed", assertionResults: [] }]
    expect(countTests(1, { ...report, success: false, testResults: broken })).toMatchObject({ passed: 3, failed: 1 })
    expect(countTests(1, report)).toMatchObject({ passed: 3, failed: 1 })
  })
})

describe("the Worker's output", () => {
  it.each([
    ["[wrangler:info] GET /feed.rss 200 OK (7ms)", false],
    ['{"level":"info","path":"/feed.rss","status":200}', false],
    ["", false],
    ['{"level":"error","path":"/feed.rss","status":500}', true],
    ['{"path":"/feed.rss","status":503}', true],
    ["✘ [ERROR] Uncaught TypeError: x is not a function", true],
    ["    at render (src/feeds/render.ts:12:3)", true],
  ])("%s", (line, shown) => {
    expect(isWorthShowing(line)).toBe(shown)
  })
})

describe("the Worker's log", () => {
  it.each(["new", "old"])("is a file that only its owner can read: a %s one", async (age) => {
    const folder = mkdtempSync(join(tmpdir(), "feedwire-log-"))
    try {
      const path = join(folder, "worker.log")
      if (age === "old") {
        writeFileSync(path, "of yesterday")
        chmodSync(path, 0o644)
      }
      const log = openLog(path)
      expect(statSync(path).mode & 0o777).toBe(0o600)
      log.end("of today")
      await once(log, "close")
      expect(readFileSync(path, "utf8")).toBe("of today")
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

it("is in a folder with wrangler's records that only its owner can open", () => {
  const folder = mkdtempSync(join(tmpdir(), "feedwire-state-"))
  try {
    chmodSync(folder, 0o755)
    makeOwnersOnly(folder)
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    makeOwnersOnly(join(folder, "new"))
    expect(statSync(join(folder, "new")).mode & 0o777).toBe(0o700)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

describe("the guide", () => {
  it("lists three formats for each section and publisher", () => {
    const text = urlsToTry("http://localhost:8787", [{ slug: "world", names: {} }], ["nahar"])
    for (const path of ["/feed", "/sections/world/feed", "/publishers/nahar/feed"]) {
      for (const format of ["rss", "atom", "json"]) expect(text).toContain(`http://localhost:8787${path}.${format}`)
    }
  })

  it("prints commands that any POSIX shell runs, with a valid signature", () => {
    const secret = Buffer.from("a key of at least twenty-four bytes")
    const connection = {
      url: "http://localhost:8787",
      publisher: "nahar",
      secret: `whsec_${secret.toString("base64")}`,
    }
    const print = 'printf "%s\\n" "$id" "$ts" "$sig" "$body"'
    const script = `${curlExample(connection).split("\ncurl ")[0]}\n${print}`
    const [id, ts, sig, body = ""] = execFileSync("sh", ["-c", script], { encoding: "utf8" }).split("\n")
    expect(sig).toBe(createHmac("sha256", secret).update(`${id}.${ts}.${body}`).digest("base64"))
    const message = JSON.parse(body)
    expect(message).toMatchObject({ type: "article.published", data: { _feedwire: { sections: ["world"] } } })
    expect(Date.parse(message.timestamp)).toBe(Number(ts) * 1000)
    expect(message.data.id).toBe(`try-${ts}`)
  })
})
