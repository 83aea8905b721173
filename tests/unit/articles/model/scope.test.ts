/** Tests the keys of scopes (lists of articles), and the times that order the versions of an article. */
import { describe, expect, test } from "vitest"
import { deletionHash, versionTime } from "../../../../src/articles/model/article.ts"
import { normalizeName, scopesOf, suppressedScopes, tagScope } from "../../../../src/articles/model/scope.ts"
import { EVERYTHING, type Selection, scopeSelection } from "../../../../src/articles/read/selection-terms.ts"

test.each([
  ["case", "Middle East", "middle EAST"],
  ["width", "ＡＢＣ", "abc"],
  ["spaces", " a \t b ", "a b"],
  ["composition", "e\u0301", "é"],
  ["a capital letter of two characters", "J\u030c", "ǰ"],
])("names that differ only by %s are the same tag", (_, one, other) => {
  expect(tagScope(one)).toBe(tagScope(other))
  expect(normalizeName(normalizeName(one))).toBe(normalizeName(one))
})

test("an article is in every scope once, and in the scope of each language that includes its own", () => {
  const article = { publisherUid: "1a", sections: [2, 1, 2], language: "ar-LB", tags: ["A", "a"], authors: ["B"] }
  expect(scopesOf(article)).toEqual([
    "all",
    "publisher:1a",
    "section:2",
    "section:1",
    "lang:ar",
    "lang:ar-lb",
    "tag:a",
    "author:b",
  ])
  expect(scopesOf({ ...article, sections: [], language: undefined, tags: [], authors: [] })).toEqual([
    "all",
    "publisher:1a",
  ])
})

test("a suppressed article is in its publisher's scope, and otherwise only in scopes of suppressed articles", () => {
  expect(suppressedScopes("1a", ["all", "publisher:1a", "section:2"])).toEqual(["~all", "publisher:1a", "~section:2"])
})

describe("a version's time", () => {
  test("is the date of change that the publisher states, otherwise the time of the message", () => {
    expect([versionTime(5, 9), versionTime(undefined, 9)]).toEqual([5, 9])
  })

  test("is the same for two deletions that state the same time, or none", () => {
    expect(deletionHash(undefined)).toBe(deletionHash(undefined))
    expect(deletionHash(5)).toBe(deletionHash(5))
    expect(new Set([deletionHash(undefined), deletionHash(5), deletionHash(6)]).size).toBe(3)
  })
})

describe("a selection", () => {
  const of = (terms: Partial<Selection>, visible?: string[]) => scopeSelection({ ...EVERYTHING, ...terms }, visible)

  test("without values selects everything", () => {
    expect(of({})).toEqual({ all: [["all"]], not: [] })
  })

  test("has a list of alternatives for each member, and the excluded sections", () => {
    expect(of({ section: ["a", "b"], lang: ["AR"], tag: ["X"], author: ["Y"], not: ["c"] })).toEqual({
      all: [["sections/a", "sections/b"], ["lang:ar"], ["tag:x"], ["author:y"]],
      not: ["sections/c"],
    })
  })

  test("of one publisher includes its suppressed articles, whatever else is selected or excluded", () => {
    expect(of({ publisher: ["p"], section: ["a"], not: ["c"] })).toEqual({
      all: [["sections/a", "~sections/a"], ["publishers/p"]],
      not: ["sections/c", "~sections/c"],
    })
  })

  test("of several publishers has only articles that all feeds show", () => {
    expect(of({ publisher: ["p", "q"] })).toEqual({ all: [["publishers/p", "publishers/q"]], not: ["~all"] })
  })

  test("of an audience has only its publishers, and nothing if it has none", () => {
    expect(of({ section: ["a"] }, ["1a", "1b"])).toEqual({
      all: [["sections/a"], ["publisher:1a", "publisher:1b"]],
      not: ["~all"],
    })
    expect(of({}, [])).toEqual({ all: [["publisher:"]], not: [] })
  })

  test("never uses text that is no slug as a path into the directory", () => {
    expect(of({ section: ['a".x'], not: ["../b"] })).toEqual({ all: [["sections/?"]], not: ["sections/?"] })
  })
})
