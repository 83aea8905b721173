/** Reads a body with the parser of the sanitizer, and says where its tags are. Pure. */
import { Parser } from "htmlparser2"
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
