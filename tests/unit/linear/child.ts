/**
 * Runs functions over awkward texts, and fails if the time of a function grows faster than its text. It prints the name
 * of each function first, so if this process is killed, its last line is the slow function.
 */
import { writeSync } from "node:fs"
import { BODIES } from "./bodies.ts"
import { FUNCTIONS } from "./functions.ts"
import { growingTime, LENGTH } from "./growth.ts"
import { PUSH_FUNCTIONS } from "./push-functions.ts"
import { IS_LONG, SEARCHED, worstShapes } from "./worst.ts"

/**
 * Limits in ms for a function. When the estimated or the measured total reaches its limit, the other texts are skipped.
 */
const ENOUGH = IS_LONG ? { expected: 12, measured: 200 } : { expected: 6, measured: 100 }

const groups = process.argv.slice(2)
const functions = groups.flatMap((group) => ({ functions: FUNCTIONS, push: PUSH_FUNCTIONS })[group] ?? [])
for (const subject of functions) {
  writeSync(1, `${subject.name}:`)
  const started = performance.now()
  let expected = 0
  let measured = 0
  for (const { shape, time } of await worstShapes(subject)) {
    writeSync(1, ` ${JSON.stringify(shape.name)}`)
    measured += await growingTime(subject, shape)
    expected += (time * LENGTH) / SEARCHED
    if (expected > ENOUGH.expected || measured > ENOUGH.measured) break
  }
  writeSync(1, ` ${Math.round(performance.now() - started)} ms\n`)
}
for (const { name, group, read } of BODIES) {
  if (!groups.includes(group)) continue
  writeSync(1, `${name}:`)
  const started = performance.now()
  await read()
  writeSync(1, ` ${Math.round(performance.now() - started)} ms\n`)
}
