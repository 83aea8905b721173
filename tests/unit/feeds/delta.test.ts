/** Tests that a delta has only changes, and is made only if client's copy and delta are the whole document. */
import { describe, expect, test } from "vitest"
import type { SelectionPage, StoredArticle } from "../../../src/articles/read/read-selection.ts"
import { type FeedAddress, parseAddress } from "../../../src/feeds/address.ts"
import { deltaOf } from "../../../src/feeds/delta.ts"
import type { DocumentPage } from "../../../src/feeds/load.ts"
import * as fc from "../../fast-check.ts"
import { articleOf, directoryOf } from "./pages.ts"

const LIMIT = 4
const BASE = 10

function addressOf(path: string): FeedAddress {
  const parsed = parseAddress(new URL(path, "https://feeds.example"))
  if (!parsed || !("address" in parsed)) throw new Error(path)
  return { ...parsed.address, limit: LIMIT }
}
const ATOM = addressOf("/sections/world/feed.atom")

/** A page of articles with these commits, the newest publication first. */
function pageOf(commits: number[], more: Partial<SelectionPage> = {}): SelectionPage {
  const articles = commits.map((commitNo, at) => articleOf({ id: `a${at}`, commitNo, publishedAt: 1000 - at }))
  const revision = Math.max(BASE, ...commits, ...(more.deletedEntries ?? []).map(({ commitNo }) => commitNo))
  return {
    validator: { epoch: "e", revision, changedAt: 0, lastSilentRemoval: 0 } as SelectionPage["validator"],
    scopes: [["section:1"]],
    excludedScopes: [],
    directory: directoryOf(),
    archives: 0,
    articles,
    deletedEntries: [],
    names: new Map(),
    ...more,
  }
}
const deltaFrom = (page: DocumentPage, address = ATOM, base = BASE) => deltaOf(page, [`e.${base}`], address)
const idsOf = (page: DocumentPage | undefined) => page?.articles?.map((article) => (article as StoredArticle).id)
const deleted = (id: string, commitNo: number) => ({ id, commitNo, at: 0, reason: "withdrawn" as const })

test("a delta has the articles that changed since the client's copy", () => {
  expect(idsOf(deltaFrom(pageOf([12, 5, 11])))).toEqual(["a0", "a2"])
})

test("a delta has articles deleted since, except those that the client knows to be deleted", () => {
  const delta = deltaFrom(pageOf([5, 6, 7], { deletedEntries: [deleted("gone", 12), deleted("before", 9)] }))
  expect(delta?.deletedEntries.map(({ id }) => id)).toEqual(["gone"])
})

test("a delta has articles that moved up in place of those that left, although they did not change", () => {
  const page = pageOf([5, 6, 7, 8], { deletedEntries: [deleted("gone", 12)] })
  expect(idsOf(deltaFrom(page))).toEqual(["a3"])
})

describe("no delta is made", () => {
  const page = pageOf([12, 5, 6])
  test.each<[string, DocumentPage, FeedAddress?, number?]>([
    ["for a copy that is as new", page, ATOM, page.validator.revision],
    ["for a copy that is newer", page, ATOM, page.validator.revision + 1],
    ["if a name changed since", { ...page, directory: directoryOf({ revision: 11 }) }],
    ["if an article left without a trace", { ...page, validator: { ...page.validator, lastSilentRemoval: 11 } }],
    ["of an intersection", { ...page, scopes: [["section:1"], ["lang:ar"]] }],
    ["of a selection that excludes something", { ...page, excludedScopes: ["section:2"] }],
    [
      "in RSS, if something was deleted",
      pageOf([12, 5], { deletedEntries: [deleted("gone", 12)] }),
      addressOf("/feed.rss"),
    ],
    ["if as much changed as a page shows", pageOf([11, 12, 13, 14, 5])],
    ["if everything changed", pageOf([11, 12, 13])],
    ["if it would be the whole page", pageOf([11])],
  ])("%s", (_, of, address = ATOM, base = BASE) => {
    expect(deltaFrom(of, address, base)).toBeUndefined()
  })

  test("if it is unknown to which of several copies the client applies it", () => {
    expect(deltaOf(page, ["e.10", "e.9"], ATOM)).toBeUndefined()
    expect(deltaOf(page, ["other.10"], ATOM)).toBeUndefined()
    expect(deltaOf(page, [], ATOM)).toBeUndefined()
  })
})

test("a client's copy and the delta are the whole page, after any changes", () => {
  const change = fc.record({
    kind: fc.constantFrom("publish", "correct", "withdraw"),
    which: fc.nat(9),
    date: fc.nat(99),
  })
  fc.assert(
    fc.property(fc.array(fc.nat(99), { maxLength: 8 }), fc.array(change, { maxLength: 4 }), (dates, changes) => {
      let all = dates.map((date, at) => articleOf({ id: `a${at}`, publishedAt: date, commitNo: 1 }))
      const gone = new Map<string, number>()
      const shown = () =>
        [...all].sort((a, b) => b.publishedAt - a.publishedAt || (a.id < b.id ? 1 : -1)).slice(0, LIMIT)
      const copy = new Set(shown().map(({ id }) => id))
      for (const [at, { kind, which, date }] of changes.entries()) {
        const commitNo = BASE + 1 + at
        const article = all[which % Math.max(1, all.length)]
        if (kind === "publish") all.push(articleOf({ id: `b${at}`, publishedAt: date, commitNo }))
        else if (article && kind === "correct") {
          all = all.map((each) => (each === article ? { ...article, commitNo } : each))
        } else if (article) {
          all = all.filter((each) => each !== article)
          gone.set(article.id, commitNo)
        }
      }
      const page = pageOf([], { articles: shown(), deletedEntries: [...gone].map(([id, no]) => deleted(id, no)) })
      page.validator.revision = BASE + 1 + changes.length
      const delta = deltaFrom(page)
      if (!delta) return
      const inDelta = new Set(idsOf(delta))
      for (const { id, commitNo } of shown()) {
        expect(inDelta.has(id) || (copy.has(id) && commitNo <= BASE), id).toBe(true)
      }
      expect(delta.deletedEntries.map(({ id }) => id).sort()).toEqual([...gone.keys()].sort())
    }),
    { numRuns: 2000 },
  )
})
