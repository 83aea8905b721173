/** Shared by the flows of changes: two publishers, and the changes as a mirror reads them. */
import { afterAll, beforeAll, expect, vi } from "vitest"
import type { Change } from "../../src/api/json/schema.ts"
import { now as clockNow, rfc3339, until, wait } from "./clock.ts"
import { type Answer, admin, article, type Publisher, publisher, push, send } from "./world.ts"

export let paper: Publisher
export let agency: Publisher

/** Pushes an article that is dated by the clock. */
export const publish = (by: Publisher, id: string, more: object = {}): Promise<Answer> => {
  wait(1000)
  const times = { date_published: "2026-11-01T08:00:00Z", date_modified: rfc3339(clockNow) }
  return push(by, { ...article({ id, url: `https://${by.slug}.example/${id}`, ...times }, 5), title: id, ...more })
}

export const withdraw = (by: Publisher, id: string): Promise<Answer> => {
  wait(1000)
  return push(by, { id }, { type: "article.deleted" })
}

/** The changes after a cursor, each as a short text. */
export async function since(cursor: string): Promise<string[]> {
  wait(2000)
  return (await changesFrom(`/v1/changes?cursor=${cursor}`)).map(wordFor)
}

/** All changes from a page on. */
export async function changesFrom(url: string): Promise<Change[]> {
  const { json, status, text } = await send(url)
  expect([status, text]).toEqual([200, expect.anything()])
  return json.more ? [...json.changes, ...(await changesFrom(json.next))] : json.changes
}

export function wordFor(change: Change): string {
  if ("article" in change) return `${change.article.suppressed ? "suppressed " : ""}${change.article.title}`
  if ("section" in change) return `section ${change.section.slug}`
  if ("publisher" in change) return `publisher ${change.publisher.slug}`
  return change.reason
}

export async function latest(): Promise<string> {
  wait(2000)
  return (await send("/v1/changes?cursor=latest")).json.cursor
}

export const patch = async (path: string, body: object) => {
  wait(1000)
  const sent = await admin("PATCH", path, body)
  expect([sent.status, sent.text]).toEqual([200, expect.anything()])
}

export async function makePublishers(): Promise<void> {
  paper = await publisher("paper", { language: "en", default_section: "world" })
  agency = await publisher("agency")
}

/** Creates an empty wire before the tests of a file. */
export function prepareChanges(): void {
  beforeAll(async () => {
    until(clockNow)
  })

  afterAll(() => vi.useRealTimers())
}
