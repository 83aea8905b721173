/** Tests the limits of the test files. */
import { expect, test } from "vitest"
import { filesIn, read } from "./project.ts"

const LINES = 500

test(`no file of tests has more than ${LINES} lines`, () => {
  const files = filesIn("tests", /\.tsx?$/)
  expect(files.length).toBeGreaterThan(150)
  expect(files.filter((path) => read(path).trimEnd().split("\n").length > LINES)).toEqual([])
})
