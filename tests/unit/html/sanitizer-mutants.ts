/**
 * Builds of the sanitiser without one part: an option of the library, an entry of its tables, or another rule. The
 * edits are made in the text of the file.
 */
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { compileFunction } from "node:vm"
import { transformSync } from "esbuild"
import type { Sanitize } from "./sanitizer-checks.ts"

const FILE = new URL("../../../src/html/sanitize.ts", import.meta.url)
export const SOURCE = readFileSync(FILE, "utf8")

export interface Mutant {
  name: string
  source: string
}

/** Compiles a text of `sanitize.ts`, and returns its `sanitizeHtml`. */
export function built(source: string): Sanitize {
  const { code } = transformSync(source, { loader: "ts", format: "cjs" })
  const require = createRequire(FILE)
  const module: { exports: { sanitizeHtml?: Sanitize } } = { exports: {} }
  compileFunction(code, ["require", "module"])(require, module)
  if (module.exports.sanitizeHtml === undefined) throw new Error("the file exports no sanitizeHtml")
  return module.exports.sanitizeHtml
}

/** The position of a text that occurs exactly once in the file. */
function only(text: string): number {
  const start = SOURCE.indexOf(text)
  if (start === -1 || SOURCE.includes(text, start + 1)) throw new Error(`not once in the file: ${text}`)
  return start
}

function replaced(start: number, length: number, by: string): string {
  const source = SOURCE.slice(0, start) + by + SOURCE.slice(start + length)
  if (source === SOURCE) throw new Error(`nothing changes with ${by}`)
  return source
}

/** From the first text to the next occurrence of the second. */
function part(from: string, to: string): { start: number; text: string } {
  const start = only(from) + from.length
  const end = SOURCE.indexOf(to, start)
  if (end === -1) throw new Error(`nothing ends ${from}`)
  return { start, text: SOURCE.slice(start, end) }
}

/** A build for each match in a part of the file, with the match removed or replaced. */
function each(from: string, to: string, pattern: RegExp, by: (match: RegExpExecArray) => string = () => ""): Mutant[] {
  const { start, text } = part(from, to)
  const matches = [...text.matchAll(pattern)]
  if (matches.length === 0) throw new Error(`nothing in ${from} is like ${pattern}`)
  const name = /\w+(?=[: =]*\W*$|:)/.exec(from)?.[0]
  return matches.map((match) => ({
    name: `${name}: ${match[0].trim()}`,
    source: replaced(start + match.index, match[0].length, by(match)),
  }))
}

/** The same for a part that consists of such matches only. */
function every(from: string, to: string, pattern: RegExp): Mutant[] {
  const rest = part(from, to).text.replace(pattern, "").trim()
  if (rest !== "") throw new Error(`in ${from} this is left out of no build: ${rest}`)
  return each(from, to, pattern)
}

const edit = (name: string, text: string, by = ""): Mutant => ({ name, source: replaced(only(text), text.length, by) })

const WORD = /\b[a-z][a-z0-9]*\b(?= |")/g
const STRING = /"[^"]+",? ?/g
const MEMBER = /^ {2}\w+: .*,$/gm
const ATTRIBUTE = /(?<=\{ |, )(?:\w+: [a-zA-Z]+(?:\([^)]*\))?|rel|srcset|\.\.\.\w+)(?:, )?/g
/** `controls` is always implied, so its rule has no visible effect. */
const RULE = /(?<=\{ |, )(?!controls)(?:(\w+): (?!text\b)[a-zA-Z]+(?:\([^)]*\))?|rel\b|srcset\b)/g

const ELEMENT_ATTRIBUTES = "const ELEMENT_ATTRIBUTES: Record<string, Record<string, AttributeRule>> = {\n"

const loosened = (match: RegExpExecArray): string => `${match[1] ?? match[0]}: text`

export const MUTANTS: readonly Mutant[] = [
  // Options of the library.
  ...every("const OPTIONS: sanitize.IOptions = {\n", "\n}", MEMBER),
  ...each("  selfClosing: [", "]", STRING),
  ...every("    ...OPTIONS,\n", "\n  })", /^ {4}\w+: (?:.*[^{],|.*\{\n(?: {6}.*\n)+ {4}\},)$/gm),
  ...every("    transformTags: {\n", "\n    },", /^ {6}.*,$/gm),
  edit("a frame is a change", `name === "iframe" || `),
  edit("a tag that goes is a change", " || !RULES.has(name)"),
  edit("read again", "pass < 3", "pass < 1"),
  // Tables.
  ...each("const PLAIN_ELEMENTS =\n", "\n\n", WORD),
  ...each(ELEMENT_ATTRIBUTES, "\n}", MEMBER),
  ...each(ELEMENT_ATTRIBUTES, "\n}", ATTRIBUTE),
  ...each(ELEMENT_ATTRIBUTES, "\n}", RULE, loosened),
  ...each(ELEMENT_ATTRIBUTES, "\n}", /(?<=\(|", )"\w+"(?:, )?/g),
  ...[
    "const cell = ",
    "const size = ",
    "const edit = ",
    "const GLOBAL_ATTRIBUTES: Record<string, AttributeRule> = ",
  ].flatMap((name) => [
    ...each(name, "\n", ATTRIBUTE),
    ...(name === "const edit = " ? [] : each(name, "\n", RULE, loosened)),
  ]),
  edit("a link's source in quotations", "cite: link, datetime: text", "cite: text, datetime: text"),
  ...each("const GLOBAL_ATTRIBUTES: Record<string, AttributeRule> = ", "\n", /"\w+"(?:, )?/g),
  ...each("const REPLACEMENT_ELEMENTS: Record<string, string> = {", "}", /\w+: "\w+",? ?/g),
  ...each("for (const tag of ", ".split", WORD),
  ...each("const NON_TEXT_ELEMENTS =\n", "\n\n", WORD),
  ...each("const LINK_SCHEMES = [", "]", STRING),
  ...each("const MEDIA_SCHEMES = [", "]", STRING),
  ...each("const SOURCE_ELEMENTS = [", "]", STRING),
  ...each("const EMPTY_ELEMENTS = [", "]", STRING),
  // Addresses.
  edit("an empty address", `value.trim() === "" || `),
  edit("a long address", " || value.length > MAX_ADDRESS_CHARACTERS"),
  edit("the schemes", "!schemes.includes(url.protocol) || "),
  edit("a name before the host", `url.username !== "" || `),
  edit("a word before the host", ` || url.password !== ""`),
  edit("signs that no address may have", "escapeForbidden(url.href)", "url.href"),
  edit("an address that became long", "address.length > MAX_ADDRESS_CHARACTERS ? undefined : address", "address"),
  edit("the base has to be a page", "undefined, MEDIA_SCHEMES)", "undefined, LINK_SCHEMES)"),
  // Values.
  edit("blanks around a value", "? value.trim() : undefined", "? value : undefined"),
  edit("blanks around a value that is looked at", "pattern.test(value.trim())", "pattern.test(value)"),
  edit("blanks around a word", "value.trim().toLowerCase()", "value.toLowerCase()"),
  edit("capitals in a word", "value.trim().toLowerCase()", "value.trim()"),
  edit("the unit of a length", "(?:px)?\\s*$/i.exec", "\\s*$/i.exec"),
  edit("addresses in a srcset", "media(address, base)", "address"),
  edit("commas in a srcset", " || /,$|,,/.test(url)"),
  edit(
    "descriptors in a srcset",
    "else if (/^(?:[1-9]\\d{0,4}w|(?!0{1,3}(?:\\.0{1,3})?x)\\d{1,3}(?:\\.\\d{1,3})?x)$/.test(descriptor))",
    "else",
  ),
  edit("a density of nothing", "(?!0{1,3}(?:\\.0{1,3})?x)"),
  edit("the comma at an address", `match[1].endsWith(",") ? match[1].slice(0, -1) : match[1]`, "match[1]"),
  edit("capitals in rel", "value.toLowerCase().split", "value.split"),
  edit("words of rel", `.filter((word) => words.has(word))`),
  ...each("return [...[", "]", STRING),
  edit("no window that leads back", `, "noopener"`),
  // Frames.
  edit("a frame without https", `["https:"]`, "MEDIA_SCHEMES"),
  edit("a frame that loads late", ` ?? attributes["data-src"]`),
  edit("the words of a lost frame", `attribs: {}, text: ""`, "attribs: {}"),
  edit(
    "the name of a lost frame",
    `{ tagName: "a", attribs: {}, text: "" }`,
    `{ tagName: "iframe", attribs: {}, text: "" }`,
  ),
  edit(
    "the name of another lost frame",
    `{ tagName: "a", attribs: {}, text: "" }`,
    `{ tagName: "x", attribs: {}, text: "" }`,
  ),
  edit("the title of a frame", "attributes.title?.trim() || "),
  edit("blanks around a title", "attributes.title?.trim()", "attributes.title"),
  edit("the address of an untitled frame", `?.trim() || src`, `?.trim() ?? ""`),
  // Implied attributes, and invisible images.
  edit("a tracker", `  if (tag === "img" && isTracker(attributes)) return {}\n`),
  edit("what is implied", "implied[name] ?? "),
  edit("rel without an address", `  if (tag === "a" && result.href === undefined) delete result.rel\n`),
  edit("an image without its address", "return hasNoSource ? {} : result", "return result"),
  edit("an image with a set only", " && result.srcset === undefined"),
  edit("every link has rel", `  if (tag === "a") return { rel: attributes.rel ?? "" }\n`),
  edit("what a link says", `attributes.rel ?? ""`, `""`),
  edit("every player has controls", `  if (tag === "audio" || tag === "video") return { controls: "" }\n`),
  edit("sound has controls", `tag === "audio" || `),
  edit("film has controls", ` || tag === "video"`),
  edit("an image that loads late", `attributes["data-src"] || `),
  edit("an image that loads later", ` || attributes["data-lazy-src"]`),
  edit("an image that is there", ` || media(attributes.src ?? "", base) !== undefined`),
  edit(
    "an image that is not shown",
    `  if (/display\\s*:\\s*none|visibility\\s*:\\s*hidden/i.test(attributes.style ?? "")) return true\n`,
  ),
  edit("an image shown as nothing", "display\\s*:\\s*none|"),
  edit("an image that is hidden", "|visibility\\s*:\\s*hidden"),
  edit("a dot with a set", "attributes.srcset === undefined && isTrackerSize", "isTrackerSize"),
  edit("a dot is narrow", "isTrackerSize(attributes.width) && "),
  edit("a dot is low", " && isTrackerSize(attributes.height)"),
  edit("a dot may have its unit", "[01](?:px)?", "[01]"),
]
