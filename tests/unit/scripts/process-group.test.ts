/** Tests that all processes of `npm start` or `npm test` end with it in every case, and that the port is then free. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from "vitest"
import { root } from "../../../scripts/terminal.ts"
import { checkPortFree } from "../../../scripts/worker.ts"
import { copyProject, killAll, type ProjectCopy, run } from "../../npm.ts"

afterEach(killAll)

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
  let project: ProjectCopy

  beforeAll(async () => {
    project = await copyProject()
  })

  afterAll(() => project.remove())

  // `npm test` sends one of the signals, chosen by the seed of the run, because each start takes seconds.
  const SIGNALS = ["SIGTERM", "SIGKILL"] as const
  const sent = inject("effort") > 1 ? SIGNALS : [SIGNALS[inject("seed") % 2] ?? "SIGTERM"]
  test.each(sent)("start ends with all its children on %s", async (signal) => {
    const { child, closed, printed } = project.npm("start")
    await printed(/feedwire runs on/)
    child.kill(signal)
    await closed
    await checkPortFree(project.port)
  })

  test("test ends with all its children on SIGTERM", async () => {
    const { child, closed, printed } = project.npm("test")
    await printed(/── Types of the Worker/)
    child.kill("SIGTERM")
    await closed
  })

  test("runs long-running scripts in place of its shell, which would pass on no signal", () => {
    const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))
    for (const name of ["start", "test", "dev", "check"]) expect(scripts[name]).toMatch(/^exec node /)
  })
})
