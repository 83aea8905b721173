/** Tests that the style sheets and the script are current, and that the words of the interface are complete. */
import { gzipSync } from "node:zlib"
import { expect, test } from "vitest"
import { scriptFiles } from "../../scripts/script-files.ts"
import { styleFiles } from "../../scripts/style-files.ts"
import { WORDS } from "../../src/console/words.ts"
import { TRANSLATIONS } from "../../src/site/translations.ts"
import { filesIn, read } from "./project.ts"

const files = styleFiles()
const scripts = scriptFiles()

test.each([...Object.entries(files), ...Object.entries(scripts)])("%s is current", (path, text) => {
  expect(read(path) === text, `${path} is not up to date: run \`npm run styles\``).toBe(true)
})

test("there are no other style sheets", () => {
  expect(filesIn("public", /\.css$/).sort()).toEqual(
    Object.keys(files)
      .filter((path) => path.endsWith(".css"))
      .sort(),
  )
})

test("there is one script, which is small and loads and evaluates nothing", () => {
  const [path = "", ...others] = Object.keys(scripts).filter((name) => name.endsWith(".js"))
  expect([filesIn("public", /\.js$/), others]).toEqual([[path], []])
  expect(gzipSync(scripts[path] ?? "").length).toBeLessThan(1500)
  expect(scripts[path]).not.toMatch(
    /https?:|\beval\b|Function\(|import|innerHTML|outerHTML|insertAdjacentHTML|cookie|[lS]torage/,
  )
})

test("style sheets load nothing, so that a page needs only one", () => {
  for (const text of Object.values(files)) expect(text).not.toMatch(/@import|url\(|https?:/)
})

test("style sheets read from either side", () => {
  for (const path of filesIn("src", /\.css$/))
    expect(read(path), path).not.toMatch(
      /(?:margin|padding|border|inset)-(?:left|right)|\b(?:left|right|float)\s*:|text-align\s*:\s*(?:left|right)/,
    )
})

test("every language has all words, and no word is empty or still English", () => {
  const english = TRANSLATIONS.get("en") as Record<string, string>
  expect([...TRANSLATIONS.keys()]).toEqual(["ar", "en", "fr"])
  for (const [tag, words] of TRANSLATIONS) {
    expect(Object.keys(words), tag).toEqual(Object.keys(english))
    for (const [phrase, word] of Object.entries(words)) {
      expect(word, `${tag} ${phrase}`).not.toBe("")
      if (tag === "ar") expect(word, `${tag} ${phrase}`).toMatch(/[\u0600-\u06ff]/)
    }
  }
})

test("the console has all words in both languages", () => {
  expect([...WORDS.keys()]).toEqual(["ar", "en"])
  const [arabic, english] = [...WORDS.values()].map((words) => Object.entries(words))
  expect(arabic?.map(([phrase]) => phrase)).toEqual(english?.map(([phrase]) => phrase))
  for (const [phrase, word] of arabic ?? []) expect(word, phrase).toMatch(/[\u0600-\u06ff]/)
})
