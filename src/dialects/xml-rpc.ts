/**
 * Reads and writes the part of XML-RPC (http://xmlrpc.com/spec) that pings need: string calls, answers, faults. Pure.
 */
import { XMLParser, XMLValidator } from "fast-xml-parser"
import { element } from "../formats/xml.ts"
import type { ParseProblem } from "./message.ts"

export interface Call {
  method: string
  /** The text of each parameter; undefined for an array, a struct, or another type that is not a string. */
  params: (string | undefined)[]
}

/** Fault codes that XML-RPC servers agree on: https://xmlrpc-epi.sourceforge.net/specs/rfc.fault_codes.php */
export const FAULT_CODES = { notWellFormed: -32700, unknownMethod: -32601, wrongParameters: -32602 } as const

export interface Fault {
  problem: ParseProblem
  faultCode: (typeof FAULT_CODES)[keyof typeof FAULT_CODES]
}

/** The content type of requests (specification, "Header requirements") and of answers. */
export const XML_RPC_TYPE = "text/xml; charset=utf-8"

/** How deep elements may be nested. A call whose parameters are strings has 6 levels. */
const MAX_DEPTH = 64
/** How many characters of the parser's message are repeated. It contains parts of the input. */
const MAX_MESSAGE_CHARACTERS = 200
/** How many spaces may be before an equals sign. */
const MAX_GAP = 1000

/** Declarations are refused, because they can define entities that grow without end. Comments and CDATA are allowed. */
const DECLARATION_START = /<!(?!--|\[CDATA\[)/
/** XML does not allow these characters (1.0 §2.2), but the parser would accept them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is its purpose
const ILLEGAL_CHARACTER = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/

const PARSER = new XMLParser({
  parseTagValue: false,
  // This option decodes numeric references, because PHP's htmlspecialchars writes an apostrophe as &#039;.
  htmlEntities: true,
  isArray: (name) => name === "param",
  maxNestedTags: MAX_DEPTH,
  ignoreDeclaration: true,
  ignorePiTags: true,
})

/** Whether a body looks like a call, even if it is not well-formed. */
export function isCall(text: string): boolean {
  return /<methodCall[\s>]/.test(text)
}

/** Reads a call. A fault names the line and column. */
export function readCall(text: string): { call: Call } | Fault {
  const declaration = text.search(DECLARATION_START)
  if (declaration >= 0)
    return notWellFormed("a call has no DOCTYPE and no other declarations", placeAt(text, declaration))
  const illegal = text.search(ILLEGAL_CHARACTER)
  if (illegal >= 0) {
    const code = text.charCodeAt(illegal).toString(16).toUpperCase().padStart(4, "0")
    return notWellFormed(`the character U+${code} is not allowed in XML`, placeAt(text, illegal))
  }
  const gap = gapIn(text)
  if (gap >= 0) return notWellFormed(`there are more than ${MAX_GAP} blanks before "="`, placeAt(text, gap))
  const validity = XMLValidator.validate(text)
  if (validity !== true) {
    const { msg, line, col } = validity.err
    return notWellFormed(msg, `line ${line}, column ${col ?? 1}`)
  }
  let document: unknown
  try {
    document = PARSER.parse(text)
  } catch (error) {
    // The validator misses some errors, such as a section without end or too many levels, so the parser may throw.
    return notWellFormed(error instanceof Error ? error.message : String(error))
  }
  const call = memberOf(document, "methodCall")
  const method = memberOf(call, "methodName")
  if (typeof method !== "string") return invalidCall("/methodCall/methodName is missing: it must name one method")
  const params = memberOf(call, "params")
  if (Array.isArray(params)) return invalidCall("/methodCall/params must occur once")
  // PARSER has an option that always makes this a list.
  const list = (memberOf(params, "param") ?? []) as unknown[]
  return { call: { method: method.trim(), params: list.map((param) => textOf(memberOf(param, "value"))) } }
}

/** Returns the index of "=" after too many spaces, or -1. fast-xml-parser reads these spaces again for each "=". */
function gapIn(text: string): number {
  for (let sign = text.indexOf("="); sign !== -1; sign = text.indexOf("=", sign + 1)) {
    let start = sign
    while (start > 0 && /\s/.test(text.charAt(start - 1))) start -= 1
    if (sign - start > MAX_GAP) return sign
  }
  return -1
}

export function invalidCall(detail: string, faultCode: Fault["faultCode"] = FAULT_CODES.wrongParameters): Fault {
  return { problem: { code: "invalid_message", detail }, faultCode }
}

function notWellFormed(message: string, place?: string): Fault {
  const text = message.replace(/\s+/g, " ").slice(0, MAX_MESSAGE_CHARACTERS).replace(/\.$/, "")
  const detail = `The XML is not well-formed${place === undefined ? "" : ` at ${place}`}: ${text}`
  return { problem: { code: "invalid_document", detail }, faultCode: FAULT_CODES.notWellFormed }
}

function placeAt(text: string, index: number): string {
  const before = text.slice(0, index).split(/\r\n?|\n/)
  return `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`
}

function memberOf(value: unknown, name: string): unknown {
  const isObject = typeof value === "object" && value !== null && Object.hasOwn(value, name)
  return isObject ? (value as Record<string, unknown>)[name] : undefined
}

/** A value without a type is a string: "If no type is indicated, the type is string" ("Scalar <value>s"). */
function textOf(value: unknown): string | undefined {
  const text = typeof value === "string" ? value : memberOf(value, "string")
  return typeof text === "string" ? text : undefined
}

/** Writes the answer to weblogUpdates methods. WordPress sends a second ping with fewer parameters after a fault. */
export function writeAnswer({ flerror, message }: { flerror: boolean; message: string }): string {
  const members =
    memberElement("flerror", `<boolean>${flerror ? 1 : 0}</boolean>`) + memberElement("message", stringElement(message))
  return responseDocument(`<params>\n<param><value><struct>\n${members}</struct></value></param>\n</params>`)
}

/** Writes a fault, which has status 200 too: "Unless there's a lower-level error, always return 200 OK". */
export function writeFault(code: number, text: string): string {
  const members = memberElement("faultCode", `<int>${code}</int>`) + memberElement("faultString", stringElement(text))
  return responseDocument(`<fault><value><struct>\n${members}</struct></value></fault>`)
}

const stringElement = (text: string): string => element("string", text).trim() || "<string></string>"
const memberElement = (name: string, value: string): string =>
  `<member><name>${name}</name><value>${value}</value></member>\n`
const responseDocument = (content: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<methodResponse>\n${content}\n</methodResponse>\n`
