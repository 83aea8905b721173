/** Measures how the time of reading grows with the length of a text, for the worst known texts and bodies. */
import { BODIES } from "../tests/unit/linear/bodies.ts"
import { FUNCTIONS } from "../tests/unit/linear/functions.ts"
import { PUSH_FUNCTIONS } from "../tests/unit/linear/push-functions.ts"
import type { Subject } from "../tests/unit/linear/subject.ts"
import { leastTimeOf, timeOf, worstShapes } from "../tests/unit/linear/worst.ts"
import type { Row, Section } from "./results.ts"

const [SHORT, LONG] = [10_000, 100_000]
const MAX_GROWTH = 15
/** A shorter time (in milliseconds) is only noise of the clock. */
const MIN_TIME = 0.5
/** How often each text is measured. The shortest time counts. */
const TIMES = 5

export async function measureHostile(): Promise<Section> {
  const rows: Row[] = []
  for (const subject of [...FUNCTIONS, ...PUSH_FUNCTIONS]) rows.push(await growthOf(subject))
  // The largest ratio comes first.
  const measurable = rows.filter(({ ours }) => typeof ours === "number" && ours >= MIN_TIME)
  measurable.sort((a, b) => (b.ratio ?? 0) - (a.ratio ?? 0))
  return {
    title: "Hostile texts",
    about: [
      `Milliseconds for ${LONG.toLocaleString("en")} characters, compared with ${SHORT.toLocaleString("en")} characters, for every exported function of the pure files that reads text. The text is the worst of some hundred shapes (runs of blanks, brackets, tags, marks and others). The ratio is about 10 if the time grows with the length, and 100 if it grows with the square of the length. ${rows.length - measurable.length} more functions take less than ${MIN_TIME} ms for the long text, mostly because they check its length first. Two functions that read forms and queries have a ratio above ${MAX_GROWTH}, because the time of Node's new URLSearchParams() grows with the square of the number of parameters. An address has at most 16 KB and a ping 64 KiB.`,
      "The last rows are the worst bodies of 1 MiB of each dialect and the worst feeds of 4 MiB: the time from the bytes to the events for the write batch, or to the problem that refuses them.",
    ],
    rows: [...measurable, ...(await worstBodies())],
  }
}

async function growthOf(subject: Subject): Promise<Row> {
  let worst = { short: 0, long: 0 }
  for (const { shape } of (await worstShapes(subject)).slice(0, 2)) {
    const long = await leastTimeOf(subject, shape.text(LONG), TIMES)
    if (long >= worst.long) worst = { short: await leastTimeOf(subject, shape.text(SHORT), 4 * TIMES), long }
  }
  const { short, long } = worst
  const against = `${SHORT.toLocaleString("en")} characters`
  const row: Row = { what: subject.name, unit: "ms", ours: long, against, other: short, ratio: long / short }
  return long < MIN_TIME ? row : { ...row, aim: { atMost: MAX_GROWTH } }
}

/** Measures the slowest body of each dialect. */
async function worstBodies(): Promise<Row[]> {
  const worst = new Map<string, Row>()
  for (const { name, dialect, read } of BODIES) {
    const ours = await timeOf({ function: read, name, work: read }, "")
    const slowest = worst.get(dialect)?.ours ?? -1
    if (ours > Number(slowest))
      worst.set(dialect, { what: `${dialect}: ${name.replaceAll("|", "\\|")}`, unit: "ms", ours })
  }
  return [...worst.values()]
}
