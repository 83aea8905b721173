/** Reads a body with the parser of the sanitizer: its tags with their places, or only its attributes. Pure. */
import { Parser, Tokenizer } from "htmlparser2"
import type { Attributes } from "./visibility.ts"

export interface TagReader {
  /** The start tag is from the first index to before the second. */
  open(name: string, attributes: Attributes, from: number, to: number): void
  text(text: string): void
  /**
   * The element ends before the index.
   * @param isImplied whether it has no end tag
   */
  close(end: number, isImplied: boolean): void
}

export function readTags(html: string, reader: TagReader): void {
  let from = 0
  let hasEnded = false
  const parser: Parser = new Parser(
    {
      // The start index of the parser is wrong after an end tag with attributes.
      onopentagname: () => {
        from = html.lastIndexOf("<", parser.endIndex)
      },
      onopentag: (name, attributes) => reader.open(name, attributes, from, parser.endIndex + 1),
      ontext: (text) => reader.text(text),
      onclosetag: (_, isImplied) => {
        if (hasEnded) reader.close(html.length, true)
        // An element that is not closed ends before the tag that closes its parent.
        else reader.close(isImplied ? html.lastIndexOf("<", parser.endIndex) : parser.endIndex + 1, isImplied)
      },
    },
    { decodeEntities: true },
  )
  parser.write(html)
  hasEnded = true
  parser.end()
}

export interface AttributeReader {
  attribute(element: string, name: string, value: string): void
  /** The text of a `noscript`. */
  noscript(text: string): void
}

/** How many characters of a `noscript` are searched for escaped markup. */
export const MAX_ESCAPED = 16_384

/**
 * Reads the attributes of all start tags, of repeated ones only the first. It does not follow which elements are open,
 * which takes the parser longer the more there are.
 */
export function readAttributes(html: string, reader: AttributeReader): void {
  let [element, name, value] = ["", "", ""]
  let names = new Set<string>()
  let noscript: string | undefined
  const ignore = () => {}
  const addText = (text: string) => {
    if (noscript !== undefined && noscript.length < MAX_ESCAPED) noscript += text
  }
  const endNoscript = () => {
    if (noscript !== undefined) reader.noscript(noscript)
    noscript = undefined
  }
  const tokenizer = new Tokenizer(
    { decodeEntities: true },
    {
      onopentagname(start, end) {
        element = html.slice(start, end).toLowerCase()
        names = new Set()
        if (element === "noscript") noscript ??= ""
      },
      onclosetag(start, end) {
        if (noscript !== undefined && html.slice(start, end).toLowerCase() === "noscript") endNoscript()
      },
      onattribname(start, end) {
        name = html.slice(start, end).toLowerCase()
        value = ""
      },
      onattribdata(start, end) {
        value += html.slice(start, end)
      },
      onattribentity(codePoint) {
        value += String.fromCodePoint(codePoint)
      },
      onattribend() {
        if (!names.has(name)) reader.attribute(element, name, value)
        names.add(name)
      },
      ontext: (start, end) => addText(html.slice(start, end)),
      ontextentity: (codePoint) => addText(String.fromCodePoint(codePoint)),
      onend: endNoscript,
      ...{ oncdata: ignore, oncomment: ignore, ondeclaration: ignore, onopentagend: ignore },
      ...{ onprocessinginstruction: ignore, onselfclosingtag: ignore },
    },
  )
  tokenizer.write(html)
  tokenizer.end()
}
