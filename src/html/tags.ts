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

/**
 * Reads the attributes of all start tags. It does not follow which elements are open, which takes the parser longer the
 * more there are.
 */
export function readAttributes(html: string, read: (name: string, value: string) => void): void {
  let name = ""
  let value = ""
  const ignore = () => {}
  const tokenizer = new Tokenizer(
    { decodeEntities: true },
    {
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
      onattribend: () => read(name, value),
      ...{ oncdata: ignore, onclosetag: ignore, oncomment: ignore, ondeclaration: ignore, onend: ignore },
      ...{ onopentagend: ignore, onopentagname: ignore, onprocessinginstruction: ignore },
      ...{ onselfclosingtag: ignore, ontext: ignore, ontextentity: ignore },
    },
  )
  tokenizer.write(html)
  tokenizer.end()
}
