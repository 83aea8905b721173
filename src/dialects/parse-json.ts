/**
 * Parses JSON (RFC 8259) from untrusted clients, after a scan for errors, duplicate names and exceeded limits. Pure.
 */
import type { ParseProblem } from "./message.ts"

/** How many characters of a name a problem repeats, because a name may be as long as the body. */
const MAX_NAME_CHARACTERS = 100

export interface JsonLimits {
  /** How deep arrays and objects may be nested. */
  depth: number
  /** How many `<` all strings together may have, escaped or not. */
  tags: number
}

/** Each sticky pattern matches the valid part of a token, so an error is at the end of the match. */
const SPACE = /[\t\n\r ]*/y
const WORD = /(?:true|false|null)?/y
const NUMBER = /-?(?:(?:0|[1-9]\d*)(?:\.(?:\d+(?:[eE][+-]?\d*)?)?|[eE][+-]?\d*)?)?/y
/** How many characters every integer above 2^53 has at least, such as 1e16. */
const MIN_LONG_INTEGER = 4
/** How many zeros are written for an exponent. With more, the number stays as it is written. */
const MAX_ZEROS = 20
/** A match has at most 1000 escapes, because the engine of regular expressions needs memory for each. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: strings of JSON may not contain them
const STRING_PART = /[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[\dA-Fa-f]{4})[^"\\\u0000-\u001f]*){0,1000}/y

/** An escaped `<`. The lookbehind checks that the backslash is not escaped. It is last because it costs most. */
const ESCAPED_LESS_THAN = /\\u003[cC](?<=(?<!\\)(?:\\\\)*\\u003[cC])/g

/** Names keep their quotes. Without quotes, a name may be an array index, and senders could make hashes collide. */
const PROTO = '"__proto__"'

/**
 * Reads a body that must be one JSON value in UTF-8. NUL and unpaired surrogates are allowed, because texts are cleaned
 * before they are stored. An integer above 2^53 becomes a text, because JSON.parse would change its digits.
 * @returns the value, or invalid_json or body_too_large. Lines and columns begin with 1; columns count UTF-16 units
 */
export function parseJson(bytes: Uint8Array, limits: JsonLimits): { value: unknown } | { problem: ParseProblem } {
  const text = decodeUtf8(bytes)
  if (text === undefined) {
    const detail = `The body is not UTF-8: byte ${firstInvalidByte(bytes)} (counted from 0) begins no character.`
    return { problem: { code: "invalid_json", detail } }
  }
  const scanner = new JsonScanner(text, limits.depth)
  const scanProblem = scanner.problem()
  const problem = tagProblem(text.slice(0, scanner.at), limits.tags) ?? scanProblem
  return problem ? { problem } : { value: JSON.parse(quoted(text, scanner.longIntegers)) }
}

/** Writes the integers at these places as strings. */
function quoted(text: string, places: JsonScanner["longIntegers"]): string {
  if (places.length === 0) return text
  const parts: string[] = []
  let rest = 0
  for (const [start, end, digits] of places) {
    parts.push(text.slice(rest, start), '"', digits, '"')
    rest = end
  }
  return parts.join("") + text.slice(rest)
}

/** Returns undefined if the bytes are not UTF-8, because replacement characters would change the text. */
function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes)
  } catch (error) {
    if (error instanceof TypeError) return undefined
    throw error
  }
}

/** Returns the offset of the first invalid byte: there, decoding and encoding the text changes the bytes. */
function firstInvalidByte(bytes: Uint8Array): number {
  const rewritten = new TextEncoder().encode(new TextDecoder("utf-8", { fatal: false, ignoreBOM: true }).decode(bytes))
  let at = rewritten.findIndex((byte, index) => byte !== bytes[index])
  // U+FFFD may have the same first bytes as the invalid sequence that it replaces.
  while (((rewritten[at] ?? 0) & 0xc0) === 0x80) at -= 1
  return at
}

/** Counts every `<` in the text. The scan has made sure that each `<` is in a string. */
function tagProblem(text: string, limit: number): ParseProblem | undefined {
  let tags = text.match(ESCAPED_LESS_THAN)?.length ?? 0
  for (let at = text.indexOf("<"); at !== -1 && tags <= limit; at = text.indexOf("<", at + 1)) tags += 1
  if (tags <= limit) return undefined
  const detail = `The body has at least ${limit + 1} "<"; at most ${limit} are accepted. Split the batch.`
  return { code: "body_too_large", detail }
}

/** Ends the scan with a problem. Only this file throws and catches this error. */
class ScanProblem extends Error {
  readonly problem: ParseProblem
  constructor(problem: ParseProblem) {
    super(problem.detail)
    this.problem = problem
  }
}

class JsonScanner {
  private readonly text: string
  private readonly maxDepth: number
  /** Index of the next character to scan, or of the problem. */
  at = 0
  /** The places of integers that JavaScript would round. */
  readonly longIntegers: [start: number, end: number, digits: string][] = []
  /** The path of the current value: an index for each open array, and a name (a JSON literal) for each open object. */
  private readonly path: (number | string)[] = []
  /** For each depth, the index in the text of the start of the last object. */
  private readonly starts: number[] = []
  /** For each depth, maps a name to the start of the last object with this name, so that one map is enough. */
  private readonly names: Map<string, number>[] = []

  constructor(text: string, maxDepth: number) {
    this.text = text
    this.maxDepth = maxDepth
  }

  /** @returns the reason why the text cannot be parsed */
  problem(): ParseProblem | undefined {
    try {
      this.scan()
      return undefined
    } catch (error) {
      if (error instanceof ScanProblem) return error.problem
      throw error
    }
  }

  /** Scans without recursion, because the sender chooses the depth. */
  private scan(): void {
    this.skipSpace()
    do {
      if (this.enterValue()) continue
      while (this.path.length > 0 && this.leaveValue());
    } while (this.path.length > 0)
    this.skipSpace()
    if (this.at < this.text.length) throw this.syntaxProblem("nothing more")
  }

  /** Reads a scalar, or the start of an array or object up to its first value. @returns whether it has a first value */
  private enterValue(): boolean {
    const first = this.text[this.at]
    if (first !== "{" && first !== "[") {
      this.readScalar(first)
      return false
    }
    if (this.path.length >= this.maxDepth) throw this.refusal(`is nested deeper than ${this.maxDepth}`)
    this.starts[this.path.length] = this.at
    this.at += 1
    this.skipSpace()
    if (this.text[this.at] === (first === "{" ? "}" : "]")) {
      this.at += 1
      return false
    }
    if (first === "[") this.path.push(0)
    else this.readName(this.path.push("") - 1)
    return true
  }

  /** Reads the text after a value in an array or object. @returns whether the array or object is complete */
  private leaveValue(): boolean {
    this.skipSpace()
    const depth = this.path.length - 1
    const step = this.path[depth]
    const end = typeof step === "number" ? "]" : "}"
    const next = this.text[this.at]
    if (next !== end && next !== ",") throw this.syntaxProblem(`a comma or ${end}`)
    this.at += 1
    if (next === end) {
      this.path.pop()
      return true
    }
    this.skipSpace()
    if (typeof step === "number") this.path[depth] = step + 1
    else this.readName(depth)
    return false
  }

  private readName(depth: number): void {
    const start = this.at
    if (this.text[start] !== '"') throw this.syntaxProblem("a name in double quotes")
    this.readString()
    const literal = this.text.slice(start, this.at)
    const name = literal.includes("\\") ? JSON.stringify(JSON.parse(literal)) : literal
    this.path[depth] = name
    const objectStart = this.starts[depth] ?? 0
    this.names[depth] ??= new Map()
    // This name is harmless in JSON.parse, but code that copies the value may set its prototype.
    if (name === PROTO) throw this.refusal("is a name that is not accepted", start)
    if (this.names[depth].get(name) === objectStart) throw this.refusal("occurs twice in its object", start)
    this.names[depth].set(name, objectStart)
    this.skipSpace()
    if (this.text[this.at] !== ":") throw this.syntaxProblem("a colon")
    this.at += 1
    this.skipSpace()
  }

  private readScalar(first: string | undefined): void {
    if (first === '"') {
      this.readString()
      return
    }
    const start = this.at
    this.skip(NUMBER)
    const last = this.text.charAt(this.at - 1)
    if (this.at > start && (last < "0" || last > "9")) throw this.syntaxProblem("a digit")
    if (this.at - start >= MIN_LONG_INTEGER) this.noteLongInteger(start)
    if (this.at === start) this.skip(WORD)
    if (this.at === start) throw this.syntaxProblem("a value")
  }

  private noteLongInteger(start: number): void {
    const number = this.text.slice(start, this.at)
    // Most numbers are short, and only these few comparisons are made for them.
    if (number.length < 16 && !/e/i.test(number)) return
    const digits = longInteger(number)
    if (digits !== undefined) this.longIntegers.push([start, this.at, digits])
  }

  private readString(): void {
    this.at += 1
    let start: number
    do {
      start = this.at
      this.skip(STRING_PART)
    } while (this.text[this.at] === "\\" && this.at > start)
    const end = this.text[this.at]
    if (end === undefined) throw this.syntaxProblem("the end of a string")
    if (end === "\\") throw this.syntaxProblem('one of \\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX')
    if (end !== '"') throw this.syntaxProblem("an escape instead of a control character")
    this.at += 1
  }

  private skipSpace(): void {
    if (this.text.charCodeAt(this.at) <= 0x20) this.skip(SPACE)
  }

  private skip(pattern: RegExp): void {
    pattern.lastIndex = this.at
    pattern.test(this.text)
    this.at = pattern.lastIndex
  }

  private syntaxProblem(expected: string): ScanProblem {
    const { at, text } = this
    const end = at >= text.length ? ", where the body ends" : ""
    const detail = `The body is not JSON: ${this.placeOf(at)} should be ${expected}${end}.`
    return new ScanProblem({ code: "invalid_json", detail })
  }

  private refusal(detail: string, at = this.at): ScanProblem {
    const pointer = this.path.map((step) => `/${tokenOf(step)}`).join("")
    const subject = pointer === "" ? "The body" : shorten(pointer)
    const place = this.placeOf(at)
    return new ScanProblem({
      code: "invalid_json",
      detail: `${subject} ${detail} (${place}).`,
      errors: [{ pointer, detail: `${detail} (${place})` }],
    })
  }

  private placeOf(at: number): string {
    let line = 1
    let start = 0
    for (let next = this.text.indexOf("\n"); next !== -1 && next < at; next = this.text.indexOf("\n", start)) {
      line += 1
      start = next + 1
    }
    return `line ${line}, column ${at - start + 1}`
  }
}

/** Returns all digits of an integer above 2^53, however it is written, such as 9007199254740993.0 or 1e16. */
function longInteger(number: string): string | undefined {
  if (Number.isSafeInteger(Number(number)) || Number(number) === 0) return undefined
  const [, sign = "", whole = "", fraction = "", exponent = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(number) ?? []
  const digits = (whole + fraction).replace(/^0+/, "")
  const zeros = Number(exponent) - fraction.length
  if (zeros > MAX_ZEROS) return number
  if (zeros >= 0) return sign + digits + "0".repeat(zeros)
  return /^0+$/.test(digits.slice(zeros)) ? sign + digits.slice(0, zeros) : undefined
}

/** Escapes a step of a JSON Pointer (RFC 6901 §3). */
function tokenOf(step: number | string): string {
  const name = typeof step === "number" ? String(step) : (JSON.parse(step) as string)
  return shorten(name).replaceAll("~", "~0").replaceAll("/", "~1")
}

const shorten = (text: string): string =>
  text.length > MAX_NAME_CHARACTERS ? `${text.slice(0, MAX_NAME_CHARACTERS)}…` : text
