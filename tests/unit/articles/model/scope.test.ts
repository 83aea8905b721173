/** Tests the keys of scopes (lists of articles), and the times that order the versions of an article. */
import { describe, expect, test } from "vitest"
import { deletionHash, versionTime } from "../../../../src/articles/model/article.ts"
import { scopeNames, scopesOf, suppressedScopes } from "../../../../src/articles/model/scope.ts"
import { EVERYTHING, type Selection, scopeSelection } from "../../../../src/articles/read/selection-terms.ts"

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

test("a scope of a tag or an author is named as it was first written, without invisible characters and tatweel", () => {
  const article = { tags: ["\u200fريـاضة", "رياضه", "a:", "ـ"], authors: ["Zoë  Ö", "zoe o", "\u2060"] }
  const scopes = scopesOf({ publisherUid: "1a", sections: [2], language: "ar", ...article })
  expect(scopes).toEqual(["all", "publisher:1a", "section:2", "lang:ar", "tag:رياضه", "tag:a:", "author:zoe o"])
  expect(scopeNames(scopes, article)).toEqual([null, null, null, null, "رياضة", "a:", "Zoë Ö"])
  expect(scopeNames(suppressedScopes("1a", scopes), article)).toEqual(scopes.map(() => null))
})

test("a name is in its scope, whatever is left out of a long row of marks", () => {
  const tags = [`a${"\ufe0f\u3099\u200d".repeat(40)}`]
  const scopesWith = (names: string[]) =>
    scopesOf({ publisherUid: "1a", sections: [], language: undefined, tags: names, authors: [] })
  const [, , name] = scopeNames(scopesWith(tags), { tags, authors: [] })
  expect(scopesWith([name ?? ""])).toEqual(scopesWith(tags))
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
