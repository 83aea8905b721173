/** Tests that an isolate keeps the documents that it used last, up to a limit of memory. */
import { beforeEach, expect, test } from "vitest"
import { wireWith } from "../../sqlite/articles.ts"
import { exportsOf } from "../linear/subject.ts"

interface Functions {
  rememberDocument(url: string, document: object): void
  rememberedDocument(url: string, settings: object): object | undefined
}

// Imported without types; each function is given only the members that it reads.
const cache = (await exportsOf("feeds/entry-cache.ts")) as unknown as Functions
const { readDirectory } = await exportsOf("articles/taxonomy/directory.ts")
const { epoch, revision } = await readDirectory((await wireWith([])).db)

const MB = 1024 * 1024
const SETTINGS = { fingerprint: "f" }

function remember(url: string, bytes: number, count = 0): void {
  const entries = new Map(Array.from({ length: count }, (_, no) => [String(no), {}]))
  const document = { bytes: new Uint8Array(bytes), directory: { epoch, revision }, ...SETTINGS, entries }
  cache.rememberDocument(url, document)
}

const isRemembered = (url: string): boolean => cache.rememberedDocument(url, SETTINGS) !== undefined

// Takes the place of all documents of the test before, and is the first to be forgotten.
beforeEach(() => remember("large", 8 * MB - 512))

test("the document that was not used for the longest time is forgotten first", () => {
  remember("a", 3 * MB)
  remember("b", 3 * MB)
  expect(isRemembered("a")).toBe(true)
  remember("c", 3 * MB)
  expect(["large", "a", "b", "c"].map(isRemembered)).toEqual([false, true, false, true])
})

test("a document takes the place of its older version", () => {
  remember("a", 3 * MB)
  for (let version = 0; version < 5; version++) remember("b", 4 * MB)
  expect(["a", "b"].map(isRemembered)).toEqual([true, true])
})

test("a document that is too large is not remembered, and no older version of it", () => {
  remember("a", 3 * MB)
  remember("b", 3 * MB)
  remember("b", 8 * MB)
  expect(["a", "b"].map(isRemembered)).toEqual([true, false])
})

test("the objects of documents and entries count, because they are larger than short entries", () => {
  remember("a", 4 * MB)
  remember("b", 2 * MB, 3 * 1024)
  expect(["a", "b"].map(isRemembered)).toEqual([true, true])
  remember("c", 2 * MB, 4 * 1024)
  expect(["a", "b", "c"].map(isRemembered)).toEqual([false, true, true])
})
