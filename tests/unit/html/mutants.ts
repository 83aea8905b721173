/** Makes builds of the sanitiser without one part, by edits in the text of its files. */
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { compileFunction } from "node:vm"
import { transform } from "esbuild"
import type { Sanitize } from "./check.ts"

const FOLDER = new URL("../../../src/html/", import.meta.url)
const FILES = (
  "addresses directions embedded-media footnotes formulas media-markup media-places open-elements open-region picture-address picture-names same-picture late-attributes pictures visibility " +
  "players sanitize empty-links"
).split(" ")
const SOURCES = new Map(FILES.map((name) => [name, readFileSync(new URL(`${name}.ts`, FOLDER), "utf8")]))

export interface Mutant {
  name: string
  /** The file without its extension, and its changed text. */
  file: string
  source: string
  /** The part of the file that is removed or replaced. */
  part: string
}

const requireFile = createRequire(new URL("sanitize.ts", FOLDER))

/** esbuild's transformSync() would start a process for each call. */
const compiled = async (source: string): Promise<string> =>
  (await transform(source, { loader: "ts", format: "cjs" })).code
const ORIGINALS = new Map(
  await Promise.all([...SOURCES].map(async ([name, source]) => [name, await compiled(source)] as const)),
)

/** Compiles the sanitiser with the changed file of a mutant, and returns its `sanitizeHtml`. */
export async function built(mutant?: Mutant): Promise<Sanitize> {
  const changed = mutant && (await compiled(mutant.source))
  const loaded = new Map<string, object>()
  const load = (name: string): object => {
    const before = loaded.get(name)
    if (before !== undefined) return before
    const code = (name === mutant?.file ? changed : ORIGINALS.get(name)) ?? ""
    const module = { exports: {} }
    loaded.set(name, module.exports)
    const require = (path: string): unknown => {
      const own = /^\.\/([\w-]+)\.ts$/.exec(path)?.[1]
      return own !== undefined && SOURCES.has(own) ? load(own) : requireFile(path)
    }
    compileFunction(code, ["require", "module"])(require, module)
    loaded.set(name, module.exports)
    return module.exports
  }
  const { sanitizeHtml } = load("sanitize") as { sanitizeHtml?: Sanitize }
  if (sanitizeHtml === undefined) throw new Error("the file exports no sanitizeHtml")
  return sanitizeHtml
}

/** Makes mutants of one file. */
export function mutantsOf(file: string) {
  const whole = SOURCES.get(file) ?? ""
  /** The position of a text that occurs exactly once in the file. */
  const only = (text: string): number => {
    const start = whole.indexOf(text)
    if (start === -1 || whole.includes(text, start + 1)) throw new Error(`not once in ${file}: ${text}`)
    return start
  }
  const replaced = (start: number, length: number, by: string): Omit<Mutant, "name"> => {
    const source = whole.slice(0, start) + by + whole.slice(start + length)
    if (source === whole) throw new Error(`nothing changes with ${by}`)
    return { file, source, part: whole.slice(start, start + length) }
  }
  /** From the first text to the next occurrence of the second. */
  const part = (from: string, to: string): { start: number; text: string } => {
    const start = only(from) + from.length
    const end = whole.indexOf(to, start)
    if (end === -1) throw new Error(`nothing ends ${from}`)
    return { start, text: whole.slice(start, end) }
  }
  /** A build for each match in a part of the file, with the match removed or replaced. */
  const each = (
    from: string,
    to: string,
    pattern: RegExp,
    by: (match: RegExpExecArray) => string = () => "",
  ): Mutant[] => {
    const { start, text } = part(from, to)
    const matches = [...text.matchAll(pattern)]
    if (matches.length === 0) throw new Error(`nothing in ${from} is like ${pattern}`)
    const name = /\w+(?=[: =]*\W*$|:)/.exec(from)?.[0]
    return matches.map((match) => ({
      name: `${name}: ${match[0].trim()}`,
      ...replaced(start + match.index, match[0].length, by(match)),
    }))
  }
  /** The same for a part that consists of such matches only. */
  const every = (from: string, to: string, pattern: RegExp): Mutant[] => {
    const rest = part(from, to).text.replace(pattern, "").trim()
    if (rest !== "") throw new Error(`in ${from} this is left out of no build: ${rest}`)
    return each(from, to, pattern)
  }
  const edit = (name: string, text: string, by = ""): Mutant => ({
    name,
    ...replaced(only(text), text.length, by),
  })
  return { each, every, edit }
}
