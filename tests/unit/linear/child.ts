/** Runs functions over a million awkward characters. Prints each function before it runs, so that the last line of a child that was ended names the slow one. */
import { writeSync } from "node:fs"
import { BODIES } from "./bodies.ts"
import { FUNCTIONS } from "./functions.ts"
import { PUSH_FUNCTIONS } from "./push-functions.ts"
import { SEARCHED, timeOf, worstShapes } from "./worst.ts"

const LENGTH = 1_000_000
/** Milliseconds after which no further shape of a function is tried: as expected from a short text, and as measured. */
const ENOUGH = { expected: 60, measured: 1000 }

const [group = "", part = "0"] = process.argv.slice(2)
/** Functions are divided among so many children. */
const PARTS = 2
const all = { functions: FUNCTIONS, push: PUSH_FUNCTIONS }[group] ?? []
for (const subject of all.filter((_, at) => at % PARTS === Number(part))) {
  writeSync(1, `${subject.name}:`)
  const started = performance.now()
  let expected = 0
  let measured = 0
  for (const { shape, time } of await worstShapes(subject)) {
    writeSync(1, ` ${JSON.stringify(shape.name)}`)
    measured += await timeOf(subject, shape.text(LENGTH))
    expected += (time * LENGTH) / SEARCHED
    if (expected > ENOUGH.expected || measured > ENOUGH.measured) break
  }
  writeSync(1, ` ${Math.round(performance.now() - started)} ms\n`)
}
for (const { name, group: own, read } of BODIES) {
  if (own !== group) continue
  writeSync(1, `${name}:`)
  const started = performance.now()
  await read()
  writeSync(1, ` ${Math.round(performance.now() - started)} ms\n`)
}
