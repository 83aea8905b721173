/**
 * Parses JSON from untrusted clients. JSON.parse does not say where a text is invalid or that a member occurs twice, and it has
 * no limits. So the text is scanned first, by the grammar of RFC 8259; JSON.parse accepts every text that passes. Pure.
 */
import type { ParseProblem } from "./message.ts"

/** Characters of a name that a problem repeats: a name may be as long as the body. */
const MAX_NAME_CHARACTERS = 100

export interface JsonLimits {
  /** Arrays and objects within each other. */
  depth: number
  /** `<` in all strings together, however written. */
  tags: number
}

const [TAB, LF, CR, SPACE, QUOTE, PLUS, COMMA, MINUS, DOT] = [0x09, 0x0a, 0x0d, 0x20, 0x22, 0x2b, 0x2c, 0x2d, 0x2e]
const [ZERO, NINE, COLON, LESS_THAN, BRACKET, BACKSLASH, BRACE] = [0x30, 0x39, 0x3a, 0x3c, 0x5b, 0x5c, 0x7b]
const [LETTER_A, LETTER_E, LETTER_F, LETTER_U] = [0x61, 0x65, 0x66, 0x75]
/** The bit that is set in lower-case ASCII letters. */
const LOWER_CASE_BIT = 0x20

/** The characters that may follow a backslash, except `u`. */
const ESCAPE_CODES = new Set(Array.from('"\\/bfnrt', (letter) => letter.charCodeAt(0)))

/** Names are stored with their quotes. Otherwise some were array indices, and a sender could make their hashes collide. */
const PROTO = '"__proto__"'

/**
 * Reads a body that must be one JSON value in UTF-8. A byte order mark is ignored (RFC 8259, 8.1). NUL and lone surrogates in
 * strings are allowed: texts are cleaned before they are stored.
 *
 * @returns the value, or invalid_json or body_too_large. Lines and columns begin with 1, columns count UTF-16 units.
 */
export function parseJson(bytes: Uint8Array, limits: JsonLimits): { value: unknown } | { problem: ParseProblem } {
  const text = decodeUtf8(bytes)
  if (text === undefined) {
    const detail = `The body is not UTF-8: byte ${firstInvalidByte(bytes)} (counted from 0) begins no character.`
    return { problem: { code: "invalid_json", detail } }
  }
  const problem = new JsonScanner(text, limits).problem()
  return problem ? { problem } : { value: JSON.parse(text) }
}

/** The text; undefined if the bytes are not UTF-8, because replaced characters would be another text. */
function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes)
  } catch (error) {
    if (error instanceof TypeError) return undefined
    throw error
  }
}

/** Offset of the first ill-formed sequence: there the text, encoded again, first differs from the bytes. */
function firstInvalidByte(bytes: Uint8Array): number {
  const rewritten = new TextEncoder().encode(new TextDecoder("utf-8", { fatal: false, ignoreBOM: true }).decode(bytes))
  let at = rewritten.findIndex((byte, index) => byte !== bytes[index])
  // U+FFFD may begin with the same bytes as what it replaces.
  while (((rewritten[at] ?? 0) & 0xc0) === 0x80) at -= 1
  return at
}

/** Ends the scan. Thrown and caught in this file only. */
class ScanProblem extends Error {
  readonly problem: ParseProblem
  constructor(problem: ParseProblem) {
    super(problem.detail)
    this.problem = problem
  }
}

class JsonScanner {
  private readonly text: string
  private readonly limits: JsonLimits
  private at = 0
  private tags = 0
  /** The path of the current value: the index in each open array, the name (a JSON literal) in each open object. */
  private readonly path: (number | string)[] = []
  /** For each depth, the last object that has a name. One map for all objects of a depth is cheaper than many. */
  private readonly lastObjectOfName: Map<string, number>[] = []
  /** For each depth, the number of its last object. */
  private readonly objects: number[] = []

  constructor(text: string, limits: JsonLimits) {
    this.text = text
    this.limits = limits
  }

  /** @returns why the text cannot be parsed. */
  problem(): ParseProblem | undefined {
    try {
      this.scan()
      return undefined
    } catch (error) {
      if (error instanceof ScanProblem) return error.problem
      throw error
    }
  }

  /** Without recursion, because the sender chooses the depth. */
  private scan(): void {
    this.skipSpace()
    do {
      if (this.enterValue()) continue
      while (this.path.length > 0 && this.leaveValue());
    } while (this.path.length > 0)
    this.skipSpace()
    if (this.at < this.text.length) throw this.syntaxProblem("nothing more", this.at)
  }

  /** Reads a scalar, or the start of an array or object up to its first value. @returns whether such a value follows. */
  private enterValue(): boolean {
    const first = this.text.charCodeAt(this.at)
    if (first !== BRACE && first !== BRACKET) {
      this.readScalar(first)
      return false
    }
    if (this.path.length >= this.limits.depth) throw this.refusal(`is nested deeper than ${this.limits.depth}`)
    this.at += 1
    this.skipSpace()
    // The closing character is two code points after the opening one.
    if (this.text.charCodeAt(this.at) === first + 2) {
      this.at += 1
      return false
    }
    if (first === BRACKET) this.path.push(0)
    else {
      const depth = this.path.push("") - 1
      this.objects[depth] = (this.objects[depth] ?? 0) + 1
      this.readName(depth)
    }
    return true
  }

  /** Reads what follows a value in an array or object. @returns whether the array or object ended, and so is a complete value. */
  private leaveValue(): boolean {
    const depth = this.path.length - 1
    const step = this.path[depth]
    this.skipSpace()
    const next = this.text.charCodeAt(this.at)
    const end = typeof step === "number" ? BRACKET : BRACE
    if (next === end + 2) {
      this.path.pop()
      this.at += 1
      return true
    }
    if (next !== COMMA) throw this.syntaxProblem(`a comma or ${String.fromCharCode(end + 2)}`, this.at)
    this.at += 1
    this.skipSpace()
    if (typeof step === "number") this.path[depth] = step + 1
    else this.readName(depth)
    return false
  }

  private readName(depth: number): void {
    const start = this.at
    if (this.text.charCodeAt(start) !== QUOTE) throw this.syntaxProblem("a name in double quotes", start)
    const hasEscapes = this.readString()
    const literal = this.text.slice(start, this.at)
    const name = hasEscapes ? JSON.stringify(JSON.parse(literal)) : literal
    this.path[depth] = name
    // JSON.parse treats it as any other name, but code that copies the value may not.
    if (name === PROTO) throw this.refusal("is a name that is not accepted", start)
    this.lastObjectOfName[depth] ??= new Map()
    const object = this.objects[depth] ?? 0
    if (this.lastObjectOfName[depth].get(name) === object) throw this.refusal("occurs twice in its object", start)
    this.lastObjectOfName[depth].set(name, object)
    this.skipSpace()
    if (this.text.charCodeAt(this.at) !== COLON) throw this.syntaxProblem("a colon", this.at)
    this.at += 1
    this.skipSpace()
  }

  private skipSpace(): void {
    const { text } = this
    let { at } = this
    let next = text.charCodeAt(at)
    while (next === SPACE || next === LF || next === CR || next === TAB) next = text.charCodeAt(++at)
    this.at = at
  }

  private readScalar(first: number): void {
    if (first === QUOTE) this.readString()
    else if (first === MINUS || (first >= ZERO && first <= NINE)) this.readNumber()
    else {
      const word = ["true", "false", "null"].find((each) => this.text.startsWith(each, this.at))
      if (word === undefined) throw this.syntaxProblem("a value", this.at)
      this.at += word.length
    }
  }

  /** @returns whether anything in it is escaped. */
  private readString(): boolean {
    const { text } = this
    let hasEscapes = false
    let at = this.at + 1
    for (;;) {
      const next = text.charCodeAt(at)
      if (next === QUOTE) break
      if (next === BACKSLASH) {
        hasEscapes = true
        at = this.readEscape(at)
      } else if (next >= SPACE) {
        if (next === LESS_THAN) this.countTag()
        at += 1
      } else
        throw this.syntaxProblem(
          at < text.length ? "an escape instead of a control character" : "the end of a string",
          at,
        )
    }
    this.at = at + 1
    return hasEscapes
  }

  /** @returns the index after the escape. */
  private readEscape(at: number): number {
    const letter = this.text.charCodeAt(at + 1)
    if (ESCAPE_CODES.has(letter)) return at + 2
    let code = letter === LETTER_U ? 0 : Number.NaN
    for (let digit = at + 2; digit < at + 6; digit++) code = code * 16 + hexValue(this.text.charCodeAt(digit))
    if (Number.isNaN(code)) throw this.syntaxProblem('one of \\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX', at)
    if (code === LESS_THAN) this.countTag()
    return at + 6
  }

  private countTag(): void {
    this.tags += 1
    if (this.tags <= this.limits.tags) return
    const detail = `The body has at least ${this.tags} "<"; at most ${this.limits.tags} are accepted. Split the batch.`
    throw new ScanProblem({ code: "body_too_large", detail })
  }

  private readNumber(): void {
    let at = this.text.charCodeAt(this.at) === MINUS ? this.at + 1 : this.at
    at = this.text.charCodeAt(at) === ZERO ? at + 1 : this.skipDigits(at)
    if (this.text.charCodeAt(at) === DOT) at = this.skipDigits(at + 1)
    if ((this.text.charCodeAt(at) | LOWER_CASE_BIT) === LETTER_E) {
      const sign = this.text.charCodeAt(at + 1)
      at = this.skipDigits(sign === PLUS || sign === MINUS ? at + 2 : at + 1)
    }
    this.at = at
  }

  private skipDigits(from: number): number {
    let at = from
    for (;;) {
      const next = this.text.charCodeAt(at)
      if (!(next >= ZERO && next <= NINE)) break
      at += 1
    }
    if (at === from) throw this.syntaxProblem("a digit", at)
    return at
  }

  private syntaxProblem(expected: string, at: number): ScanProblem {
    const end = at >= this.text.length ? ", where the body ends" : ""
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

function hexValue(digit: number): number {
  if (digit >= ZERO && digit <= NINE) return digit - ZERO
  const lower = digit | LOWER_CASE_BIT
  return lower >= LETTER_A && lower <= LETTER_F ? lower - LETTER_A + 10 : Number.NaN
}

/** A step of a JSON Pointer (RFC 6901, 3). */
function tokenOf(step: number | string): string {
  const name = typeof step === "number" ? String(step) : (JSON.parse(step) as string)
  return shorten(name).replaceAll("~", "~0").replaceAll("/", "~1")
}

const shorten = (text: string): string =>
  text.length > MAX_NAME_CHARACTERS ? `${text.slice(0, MAX_NAME_CHARACTERS)}…` : text
