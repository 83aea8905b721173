/** Tests that the modules that all flows share remember no data of a wire. */
import { expect, test } from "vitest"
import { FOLDERS_WITHOUT_MEMORY } from "../flows/without-memory.ts"
import { memoryOf } from "./memory.ts"
import { filesIn, read } from "./project.ts"
import { importsOf, parse } from "./source.ts"

/** Variables of these folders that change, but never change an answer. */
const HARMLESS: Record<string, string> = {
  "db/client.ts: dialect": "writes statements, and remembers none",
  "dialects/date-words.ts: months": "the same words, whenever they are read",
  "dialects/date-words.ts: weekdays": "the same words, whenever they are read",
  "dialects/xml-rpc.ts: PARSER": "starts again with each document",
  "formats/dates.ts: lastDay": "the last argument of a function",
  "formats/dates.ts: lastDates": "the function's result",
  "text/encode.ts: kept": "a buffer, which is written before it is read",
  "text/scan.ts: table": "filled before the first request",
  "text/scan.ts: lastText": "the last argument of a function",
  "text/scan.ts: lastFlags": "the function's result",
  "text/script.ts: tags": "the scripts of a language tag, which are always the same",
  "text/time-zone.ts: formatters": "the formatter of each time zone, which is always the same",
}

const found = (text: string) => memoryOf(parse("text/a.ts", text)).length

test.each([
  "let last = 0",
  "export let last: string | undefined",
  "const cache = new Map(); export const get = (k: string, v: string) => cache.set(k, v)",
  "const list: string[] = []; export function add(name: string) { list.push(name) }",
  "const counts: Record<string, number> = {}; export const count = (name: string) => { counts[name] = 1 }",
  "const state = { n: 0 }; export const next = () => state.n++",
  "const state = { a: {} as any }; export const drop = (k: string) => { delete state.a[k] }",
  "export const cache = new Cache()",
  "export class A { static last = 0 }",
])("is found: %s", (text) => {
  expect(found(text)).toBe(1)
})

test.each([
  "const NAMES = new Set(['a']); export const has = (name: string) => NAMES.has(name)",
  "const TABLE: number[] = []; for (let i = 0; i < 9; i++) TABLE.push(i)",
  "export const list = () => { const all: string[] = []; all.push('a'); return all }",
  "const encoder = new TextEncoder(); export const encode = (text: string) => encoder.encode(text)",
  "export class A { last = 0; set(n: number) { this.last = n } }",
])("is no memory: %s", (text) => {
  expect(found(text)).toBe(0)
})

test("no module in these folders has a memory, or imports a module of another folder", () => {
  const inside = new RegExp(`^(?:${FOLDERS_WITHOUT_MEMORY.join("|")})/`)
  const sources = filesIn("src", /\.tsx?$/)
    .map((path) => parse(path.slice("src/".length), read(path)))
    .filter(({ path }) => inside.test(path))
  expect(sources.length).toBeGreaterThan(50)
  expect(sources.flatMap((source) => memoryOf(source).map((name) => `${source.path}: ${name}`)).sort()).toEqual(
    Object.keys(HARMLESS).sort(),
  )
  const outside = sources.flatMap((source) =>
    importsOf(source).filter(({ target, typeOnly }) => !typeOnly && target !== undefined && !inside.test(target)),
  )
  expect(outside.map(({ target }) => target)).toEqual([])
})
