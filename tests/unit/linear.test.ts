/**
 * The time to read a client's input must grow with its length, and not with the square of its length. Every exported
 * function of the pure files that reads text gets a long awkward text and an eighth of this text, and the test compares
 * the times. Every dialect gets full bodies. Child processes run the functions and end after a minute of CPU time.
 */
import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { describe, expect, test } from "vitest"
import { filesIn, read } from "../house/project.ts"
import { importsOf, parse } from "../house/source.ts"
import { EXCUSED, UNUSED_FILES } from "./linear/excused.ts"
import { FUNCTIONS } from "./linear/functions.ts"
import { growingTime, LONG } from "./linear/growth.ts"
import { PUSH_FUNCTIONS } from "./linear/push-functions.ts"
import { SHAPES, type Shape } from "./linear/shapes.ts"
import { exportsOf } from "./linear/subject.ts"
import { worstShapes } from "./linear/worst.ts"

/** The limit of CPU time for a child. Other work on the machine does not count. */
const SECONDS = 60
const LIMITED = ["-c", `ulimit -t ${SECONDS} && exec "$0" "$@"`]
/** The limit of real time for a child in milliseconds. A child may wait for other children most of the time. */
const PATIENCE = 20 * 60_000

/** Packages for HTTP and databases. A file that imports one, or imports such a file, is not pure and not tested here. */
const IMPURE = /^(?:drizzle-orm|hono|cloudflare:)/

const sources = new Map(
  filesIn("src", /\.tsx?$/)
    .map((path) => parse(path.slice("src/".length), read(path)))
    .map((source) => [source.path, importsOf(source).filter(({ typeOnly }) => !typeOnly)]),
)
const seen = new Map<string, boolean>()
function isPure(path: string): boolean {
  const known = seen.get(path)
  if (known !== undefined) return known
  // This ends cycles of imports.
  seen.set(path, true)
  const pure = (sources.get(path) ?? []).every(({ specifier, target }) =>
    target === undefined ? !IMPURE.test(specifier) : isPure(target),
  )
  seen.set(path, pure)
  return pure
}

describe("every exported function that reads text", () => {
  const listed = new Set<unknown>([...FUNCTIONS, ...PUSH_FUNCTIONS].map((subject) => subject.function))

  test("of the pure files is tested, or excused with a reason", async () => {
    const pure = [...sources.keys()].filter(isPure)
    expect(pure).toContain("dialects/documents/xml-tokens.ts")
    const missing: string[] = []
    const needless: string[] = []
    const files = pure.filter((path) => !UNUSED_FILES.includes(path))
    for (const path of files) {
      for (const [name, value] of Object.entries(await exportsOf(path))) {
        if (typeof value !== "function") continue
        const excused = EXCUSED[path]?.[name] !== undefined
        if (!listed.has(value) && !excused) missing.push(`${path}: ${name} (tests/unit/linear/)`)
        if (listed.has(value) && excused) needless.push(`${path}: ${name}`)
      }
    }
    expect(missing).toEqual([])
    expect(needless).toEqual([])
  })

  test("that is excused exists", async () => {
    for (const [path, names] of Object.entries(EXCUSED)) {
      const found = await exportsOf(path)
      for (const name of Object.keys(names)) expect([path, name, typeof found[name]]).toEqual([path, name, "function"])
    }
  })
})

test.each<[string, (text: string) => unknown, RegExp]>([
  ["a run that does not end the text", (text) => text.replace(/\/+$/, ""), /\//],
  ["blanks before no line break", (text) => text.replace(/[ \t]+\n/g, ""), /[ \t]/],
  ["comments that are not closed", (text) => text.replace(/<!--[\s\S]*?-->/g, ""), /<!--/],
  ["marks out of order", (text) => text.normalize("NFKC"), /\p{M}{2}|\p{M}…\p{M}/u],
])("the worst shapes of %s are found", async (name, work, piece) => {
  const worst = await worstShapes({ function: work, name, work }, SHAPES)
  // Each of the worst is measured with a long text.
  expect(worst.map(({ shape }) => shape.name).join("\n")).toMatch(piece)
})

test("quadratic time fails the check, and linear time passes", async () => {
  const shape: Shape = { name: "x/…!", text: (length) => `x${"/".repeat(length)}!` }
  const square = (text: string) => text.replace(/\/+$/, "")
  const repeated = (text: string) => {
    for (let time = 0; time < 500; time++) text.replace(/[/x]/g, "!")
  }
  await expect(growingTime({ function: square, name: "square", work: square }, shape, 60_000)).rejects.toThrow(
    /square: time grows faster than the text "x\/…!"/,
  )
  // Shorter times are not compared.
  const time = await growingTime({ function: repeated, name: "repeated", work: repeated }, shape, 50_000)
  expect(time).toBeGreaterThan(LONG)
})

// Two children run at a time, because the smallest machine has two cores.
describe.concurrent.each([
  ["functions of all rooms", ["functions"]],
  ["functions of the dialects", ["push"]],
  ["bodies of 1 MiB, feeds of 4 MiB, and fitting a list that fills 1 MiB", ["bodies", "fitting"]],
])("%s", (_, groups) => {
  test(`end before ${SECONDS} seconds of CPU time`, { timeout: PATIENCE }, async ({ expect }) => {
    const child = fileURLToPath(new URL("linear/child.ts", import.meta.url))
    const { problem, output } = await new Promise<{ problem: string; output: string }>((resolve) => {
      execFile("sh", [...LIMITED, process.execPath, child, ...groups], (error, stdout, stderr) => {
        const problem = error?.signal ? `ended by ${error.signal} after ${SECONDS} s` : (error?.message ?? "")
        resolve({ problem: error === null ? "" : `${problem}\n${stderr}`, output: stdout })
      })
    })
    // The last line names the slow function and its shapes.
    expect({ problem, last: problem === "" ? "" : output.split("\n").slice(-2).join("\n") }).toEqual({
      problem: "",
      last: "",
    })
    expect(output.split("\n").length).toBeGreaterThan(4)
  })
})
