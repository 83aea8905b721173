import { expect, test } from "vitest"
import { joinErrors } from "../../../src/http/problem.ts"

test.each([
  [[{ parameter: "limit", detail: "must be a number from 1 to 100" }], "limit must be a number from 1 to 100"],
  [
    [
      { parameter: "foo", detail: "is not known here." },
      { parameter: "limt", detail: "is not known here. Did you mean limit?" },
      { parameter: "lang", detail: "is empty" },
      { parameter: "not", detail: "excludes world, which section includes" },
    ],
    "foo is not known here. limt is not known here. Did you mean limit? lang is empty; not excludes world, which section includes",
  ],
  [
    [
      { pointer: "", detail: "must be an object" },
      { pointer: "/articles", detail: "is missing" },
    ],
    "The body must be an object; /articles is missing",
  ],
])("all errors are joined to one text without a full stop before a semicolon: %#", (errors, text) => {
  expect(joinErrors(errors)).toBe(text)
})
