/** Tests that names and messages use the terms of the field, and not former words of the project. */
import { describe, expect, test } from "vitest"
import { filesIn, read } from "./project.ts"
import { sources } from "./rule-cases.ts"
import { parse } from "./source.ts"
import { declaredTypes, tokensIn, type Wording, wordingsOf, wordsOf } from "./vocabulary.ts"
import { OLD_WORDS, oldWordsIn, WIRE_TYPES } from "./words.ts"

const wordings: [path: string, Wording[]][] = [
  ...["src", "scripts", "bench"].flatMap((folder) =>
    filesIn(folder, /\.(?:tsx?|mjs)$/).map((path): [string, Wording[]] => [path, wordingsOf(parse(path, read(path)))]),
  ),
  ...filesIn("migrations", /\.sql$/).map((path): [string, Wording[]] => [path, tokensIn(read(path), /--.*$/gm)]),
  ["wrangler.toml", tokensIn(read("wrangler.toml"), /^\s*#.*$/gm)],
]

test("no name and no message contains a word that was given up", () => {
  const old = wordings.flatMap(([path, texts]) => [
    ...oldWordsIn(path, { text: path.replace(/\.\w+$/, ""), isName: true, line: 0 }),
    ...texts.flatMap((wording) => oldWordsIn(path, wording)),
  ])
  expect([...new Set(old)]).toEqual([])
})

test("every exception is needed", () => {
  const needless = OLD_WORDS.flatMap(({ words, allowed = [] }) =>
    allowed.filter(
      ({ name, in: place }) =>
        !wordings.some(
          ([path, texts]) =>
            path.startsWith(place) &&
            texts.some(
              ({ text, isName }) => isName && name.test(text) && wordsOf(text).some((word) => words.includes(word)),
            ),
        ),
    ),
  )
  expect(needless).toEqual([])
})

test("only types of the deployment are named after the wire", () => {
  const types = wordings.flatMap(([path]) => (/\.tsx?$/.test(path) ? declaredTypes(parse(path, read(path))) : []))
  const named = types.filter((name) => wordsOf(name).includes("wire"))
  expect(new Set(named)).toEqual(WIRE_TYPES)
})

test("no type is declared twice", () => {
  const paths = new Map<string, string[]>()
  for (const source of sources) {
    for (const name of declaredTypes(source)) paths.set(name, [...(paths.get(name) ?? []), source.path])
  }
  expect([...paths].filter(([, files]) => files.length > 1)).toEqual([])
})

describe("the check for old words", () => {
  const inSource = (path: string, text: string): string[] =>
    wordingsOf(parse(path, text)).flatMap((wording) => oldWordsIn(path, wording))
  const inSql = (text: string): string[] =>
    tokensIn(text, /--.*$/gm).flatMap((wording) => oldWordsIn("migrations/0001_articles.sql", wording))

  test.each([
    ["src/push/replay.ts", "export const letter = 1"],
    ["src/push/replay.ts", "interface Letter { body: Uint8Array }"],
    ["src/push/replay.ts", "export const openLetters = 1"],
    ["src/push/replay.ts", "export function takeMessage() {}"],
    ["src/push/replay.ts", "export const a = { was_withheld: 1 }"],
    ["src/push/replay.ts", "export const STRANGER_RATE = 1"],
    ["src/push/replay.ts", "interface A { standing: 1 }"],
    ["src/push/replay.ts", "const acceptedItems = 1"],
    ["src/push/replay.ts", "const told = 1"],
    ["src/push/replay.ts", "function walkPages() {}"],
    ["src/push/replay.ts", "const a = sql`select k.sealed from publisher_keys k`"],
    ["src/push/replay.ts", "function fileUnder() {}"],
    ["src/push/replay.ts", "class A { #held = 1 }"],
    ["src/push/replay.ts", 'logEvent("warn", "letter_lost", {})'],
    ["src/push/replay.ts", 'app.post("/admin/api/restandings", a)'],
    ["src/push/replay.ts", 'problem("door_closed")'],
    ["src/push/replay.ts", 'const a = { "same-story": 1 }'],
    ["src/push/replay.ts", "const a = sql`select articles.story from articles`"],
    ["src/push/replay.ts", `const a = sql\`select 1 from \${b} join standings on \${c}\``],
    ["src/push/replay.ts", 'throw new Problem("gone", "This article is withheld.")'],
    ["src/push/replay.ts", `throw new Problem(\`Whoever sent \${a} is unknown.\`)`],
    ["src/push/replay.ts", 'throw new Problem("There are none, and there is none.")'],
    ["src/push/replay.ts", 'throw new Problem("This is kept for ever.")'],
    ["src/push/replay.ts", "export const label = 1"],
    ["src/site/pages.tsx", "const a = <p>Whoever reads this</p>"],
    ["src/site/pages.tsx", "const a = <p data-door={1} />"],
  ])("it catches in %s: %s", (path, text) => {
    expect(inSource(path, text)).not.toEqual([])
  })

  test.each([
    ["src/push/replay.ts", "/** whoever sent this letter */ export const a = 1"],
    ["src/push/replay.ts", "export const openDeadLetters = 1"],
    ["src/push/replay.ts", "const fileNames = underscored"],
    ["src/push/replay.ts", 'const a = "at least two letters, whose story is told"'],
    ["src/push/replay.ts", 'headers.set("accept", "text/html")'],
    ["src/push/replay.ts", "const a = sql`select received_at from attempts -- whoever\n`"],
    ["src/push/replay.ts", "export const admission = understanding"],
    ["src/text/direction.ts", "export const FIRST_LETTER = 1"],
    ["src/formats/atom.ts", "export const label = 1"],
  ])("it permits in %s: %s", (path, text) => {
    expect(inSource(path, text)).toEqual([])
  })

  test("it reads statements, but not their comments", () => {
    expect(inSql("create table standings (scope text);\ncreate index a on b (quiet);")).toHaveLength(2)
    expect(inSql("-- A standing is quiet.\ncreate table memberships (silent integer);")).toEqual([])
  })
})
