/** Finds names and messages of the project for the tests of its vocabulary. */
import { dotted, isNode, type Node, nodesOf, type Source, stringsOf } from "./source.ts"

/** A name or a message with its line. */
export interface Wording {
  text: string
  /** Whether the text is a name without spaces: an identifier, column, route, code, event or file. */
  isName: boolean
  line: number
}

/** Returns the words of a name in lower case: `deadLetterOf`, `DEAD_LETTER_OF`, `dead-letter/of` → dead, letter, of. */
export const wordsOf = (name: string): string[] =>
  name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replace(/([A-Z])([A-Z][a-z])/g, "$1 $2")
    .split(/[^A-Za-z]+/)
    .filter((word) => word !== "")
    .map((word) => word.toLowerCase())

const lineAt = (text: string, index: number): number => text.slice(0, index).split("\n").length

/** Returns the tokens of a text that consists of code. */
const tokensOf = (text: string, from: string, start = 0): Wording[] =>
  [...text.matchAll(/[A-Za-z_][\w-]*/g)].map((match) => ({
    text: match[0],
    isName: true,
    line: lineAt(from, start + match.index),
  }))

/** Identifiers, strings without blanks and the statements in templates are names; other strings are messages. */
export function wordingsOf(source: Source): Wording[] {
  const statements = nodesOf(source, "TaggedTemplateExpression")
    .filter(({ tag }) => /^sql(?:\.|$)/.test(dotted(tag) ?? ""))
    .map(({ quasi }) => quasi as Node)
  const isInStatement = ({ start }: Node) =>
    statements.some(({ start: from, end }) => start >= from && start < Number(end))
  const line = ({ start }: Node) => lineAt(source.text, start)
  const strings = stringsOf(source).flatMap(({ node, value }): Wording[] => {
    if (isInStatement(node))
      return tokensOf(
        value.replace(/--.*$/gm, (comment) => " ".repeat(comment.length)),
        source.text,
        node.start,
      )
    return [{ text: value, isName: !/\s/.test(value.trim()), line: line(node) }]
  })
  const identifiers = nodesOf(source, "Identifier", "PrivateIdentifier", "JSXIdentifier")
  const texts = nodesOf(source, "JSXText").map((node) => ({
    text: String(node.value),
    isName: false,
    line: line(node),
  }))
  return [
    ...identifiers.map((node) => ({ text: String(node.name), isName: true, line: line(node) })),
    ...strings,
    ...texts,
  ]
}

/** Returns the tokens of a file in another language, without its comments. */
export const tokensIn = (text: string, comment: RegExp): Wording[] => {
  const code = text.replace(comment, (match) => match.replace(/[^\n]/g, " "))
  return tokensOf(code, code)
}

/** Finds types, interfaces and classes in a file. A schema and a type of the same name count once. */
export const declaredTypes = (source: Source): string[] => [
  ...new Set(
    nodesOf(
      source,
      "TSTypeAliasDeclaration",
      "TSInterfaceDeclaration",
      "ClassDeclaration",
      "TSEnumDeclaration",
    ).flatMap(({ id }) => (isNode(id) ? [String(id.name)] : [])),
  ),
]
