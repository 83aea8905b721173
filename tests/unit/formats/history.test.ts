import { expect, test } from "vitest"
import type { Tombstone } from "../../../src/formats/feed.ts"
import { historyLinks, tombstonesOf } from "../../../src/formats/history.ts"
import { entry, feed, NOON, urls } from "./samples.ts"

const gone: Tombstone = { id: "tag:wire.example,2026:gone", at: NOON, reason: "withdrawn" }

test("the subscription document needs no link to itself", () => {
  const any = feed([], { history: { next: urls("world/2"), archive: false } })
  expect(Object.fromEntries(historyLinks(any, "atom"))).toEqual({
    current: "",
    next: "https://wire.example/world/2.atom",
    "prev-archive": "",
    "next-archive": "",
  })
})

test("other documents link to the subscription document", () => {
  const any = feed([], { urls: urls("world/2") })
  expect(historyLinks(any, "rss")[0]).toEqual(["current", "https://wire.example/world.rss"])
})

test("an entry has one tombstone, the latest", () => {
  const later: Tombstone = { ...gone, at: NOON + 1, reason: "moved" }
  expect(tombstonesOf(feed([], { tombstones: [gone, later, gone] }))).toEqual([later])
})

test("an article in the feed has no tombstone, nor has one without an id", () => {
  const back: Tombstone = { ...gone, id: ` ${entry().id} ` }
  expect(tombstonesOf(feed([entry()], { tombstones: [back, { ...gone, id: "\u0008" }, gone] }))).toEqual([gone])
})
