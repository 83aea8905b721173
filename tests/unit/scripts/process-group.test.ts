/** Tests that all processes of `npm start` or `npm test` end with it in every case, and that the port is then free. */
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process"
import { once } from "node:events"
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs"
import { type AddressInfo, createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from "vitest"
import { root } from "../../../scripts/terminal.ts"
import { checkPortFree } from "../../../scripts/worker.ts"

const started: ChildProcess[] = []

/** A process whose output is read. The output closes when the last process that inherited it has ended. */
function run(program: string, args: string[], more: { cwd?: string; env?: Record<string, string | undefined> } = {}) {
  const child = spawn(program, args, { ...(more as SpawnOptions), detached: true, stdio: ["ignore", "pipe", "pipe"] })
  started.push(child)
  let output = ""
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString()
    })
  }
  let isClosed = false
  const closed = once(child, "close").finally(() => {
    isClosed = true
  })
  const printed = async (text: RegExp): Promise<string[]> => {
    while (!text.test(output)) {
      if (isClosed) throw new Error(`It ended before it printed ${text}:\n${output}`)
      await wait(20)
    }
    return text.exec(output) ?? []
  }
  return { child, closed, printed }
}

afterEach(() => {
  for (const { pid } of started.splice(0)) {
    try {
      process.kill(-(pid as number), "SIGKILL")
    } catch (error) {
      // The process has ended, as it should.
      expect((error as NodeJS.ErrnoException).code).toBe("ESRCH")
    }
  }
})

describe("a process group", () => {
  /** Starts a process that ignores signals, and then continues or ends. */
  const program = (after: string) => `
    const ignoringSignals = "for (const s of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(s, () => {});" +
      "setInterval(() => {}, 1000); console.log('child', process.pid)"
    require("node:child_process").spawn(process.execPath, ["-e", ignoringSignals], { stdio: "inherit" })
    ${after}`
  /** Starts it in a group as the scripts do, and prints that it runs. */
  const owner = (after: string, then = "") => `
    import { endGroup, spawnGroup } from ${JSON.stringify(join(root, "scripts/process-group.ts"))}
    const stdio = ["ignore", "inherit", "inherit"]
    const child = spawnGroup(process.execPath, ["-e", ${JSON.stringify(program(after))}], { stdio })
    child.on("exit", (code) => console.log("program", code))
    process.on("SIGTERM", () => endGroup(child))
    ${then}`
  const start = (after: string) => run(process.execPath, ["--input-type=module", "-e", owner(after)])

  test("ends on request, and a process in it that ignores signals is killed", async () => {
    const { child, closed, printed } = start("setInterval(() => {}, 1000)")
    await printed(/child \d+/)
    child.kill("SIGTERM")
    expect((await closed)[0]).toBe(0)
  })

  test("ends when the process that started it is killed", async () => {
    const { child, closed, printed } = start("setInterval(() => {}, 1000)")
    await printed(/child \d+/)
    child.kill("SIGKILL")
    expect(await closed).toEqual([null, "SIGKILL"])
  })

  test("ends with its program, and returns its exit code", async () => {
    const { closed, printed } = start("setTimeout(() => process.exit(7), 500)")
    await printed(/child \d+/)
    expect((await printed(/program (\d+)/))[1]).toBe("7")
    expect((await closed)[0]).toBe(0)
  })

  test("reports a program that does not exist", async () => {
    const text = owner("").replace("process.execPath, [", '"no-such-program", [')
    const { printed } = run(process.execPath, ["--input-type=module", "-e", text])
    expect((await printed(/no-such-program does not start.*program (\d+)/s))[1]).toBe("127")
  })
})

describe("npm", () => {
  let folder: string
  let port: number
  const npm = (script: string) => {
    const { PATH, HOME } = process.env
    return run("npm", [script], {
      cwd: folder,
      env: { PATH, HOME, PORT: String(port) } as unknown as NodeJS.ProcessEnv,
    })
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "feedwire-npm-"))
    const folders = ["demo", "migrations", "public", "scripts", "src"]
    const files = ["package.json", "package-lock.json", "tsconfig.json", "worker-configuration.d.ts", "wrangler.toml"]
    for (const name of [...folders, ...files]) cpSync(join(root, name), join(folder, name), { recursive: true })
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"))
    const server = createServer().listen(0, "127.0.0.1")
    await once(server, "listening")
    port = (server.address() as AddressInfo).port
    server.close()
    await once(server, "close")
  })

  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  // `npm test` sends one of the signals, chosen by the seed of the run, because each start takes seconds.
  const SIGNALS = ["SIGTERM", "SIGKILL"] as const
  const sent = inject("effort") > 1 ? SIGNALS : [SIGNALS[inject("seed") % 2] ?? "SIGTERM"]
  test.each(sent)("start ends with all its children on %s", async (signal) => {
    const { child, closed, printed } = npm("start")
    await printed(/feedwire runs on/)
    child.kill(signal)
    await closed
    await checkPortFree(port)
  })

  test("test ends with all its children on SIGTERM", async () => {
    const { child, closed, printed } = npm("test")
    await printed(/── Types of the Worker/)
    child.kill("SIGTERM")
    await closed
  })

  test("runs long-running scripts in place of its shell, which would pass on no signal", () => {
    const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))
    for (const name of ["start", "test", "dev", "check"]) expect(scripts[name]).toMatch(/^exec node /)
  })
})
