/** Parses source files to syntax trees, so that a rule never matches a comment or a string by mistake. */
import { posix } from "node:path"
import { parseAst } from "vitest/node"

export interface Node {
  type: string
  start: number
  [member: string]: unknown
}

/** A node, its parent, and the name of the parent's member that contains it. */
export interface Place {
  node: Node
  key: string
  parent: Node | undefined
}

export interface Source {
  /** The path from src/: `articles/write/write-batch.ts`. */
  path: string
  text: string
  program: Node
  places: Place[]
}

export interface Import {
  node: Node
  specifier: string
  /** The path from src/, with `../` for each folder above it; undefined for a package. */
  target: string | undefined
  typeOnly: boolean
}

export function parse(path: string, text: string): Source {
  const program = parseAst(text, { lang: path.endsWith("x") ? "tsx" : "ts" }, path) as unknown as Node
  const places: Place[] = []
  visit(program, "", undefined, places)
  return { path, text, program, places }
}

function visit(value: unknown, key: string, parent: Node | undefined, places: Place[]): void {
  if (Array.isArray(value)) {
    for (const item of value) visit(item, key, parent, places)
  } else if (isNode(value)) {
    places.push({ node: value, key, parent })
    for (const [member, child] of Object.entries(value)) visit(child, member, value, places)
  }
}

export const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && "type" in value && typeof value.type === "string"

export const nodesOf = ({ places }: Source, ...types: string[]): Node[] =>
  places.filter(({ node }) => types.includes(node.type)).map(({ node }) => node)

export const list = (value: unknown): Node[] => (Array.isArray(value) ? value.filter(isNode) : [])

/** Returns file and line: `store.ts:12`. */
export const at = ({ path, text }: Source, { start }: Node): string =>
  `${path}:${text.slice(0, start).split("\n").length}`

/** Finds every import of another module: import and export declarations, import(), import types. */
export function importsOf(source: Source): Import[] {
  const importing = ["ImportDeclaration", "ExportNamedDeclaration", "ExportAllDeclaration", "ImportExpression"]
  return nodesOf(source, ...importing, "TSImportType").flatMap((node) => {
    if (!isNode(node.source)) return []
    const specifier = node.source.type === "Literal" ? String(node.source.value) : "(computed)"
    const target = specifier.startsWith(".") ? posix.join(posix.dirname(source.path), specifier) : undefined
    const names = list(node.specifiers)
    const typeOnly =
      node.type === "TSImportType" ||
      [node.importKind, node.exportKind].includes("type") ||
      (names.length > 0 && names.every((name) => [name.importKind, name.exportKind].includes("type")))
    return [{ node, specifier, target, typeOnly }]
  })
}

/** Returns `Date.now` for a member expression of plain names; undefined for any other expression. */
export function dotted(value: unknown): string | undefined {
  if (!isNode(value)) return undefined
  if (value.type === "Identifier") return String(value.name)
  if (value.type === "ThisExpression") return "this"
  if (value.type === "ChainExpression" || value.type === "TSNonNullExpression") return dotted(value.expression)
  if (value.type !== "MemberExpression" || !isNode(value.property)) return undefined
  const property = value.computed ? value.property.value : value.property.name
  const object = dotted(value.object)
  return object === undefined || typeof property !== "string" ? undefined : `${object}.${property}`
}

/** Finds uses of a name as a value, and not as a member, key or type. */
export function namesOf({ places }: Source, name: string): Node[] {
  return places
    .filter(({ node, key, parent }) => {
      if (node.type !== "Identifier" || node.name !== name) return false
      if (key === "property" && parent?.type === "MemberExpression") return parent.computed === true
      return !(key === "key" || key === "typeName" || key === "label" || key === "imported" || key === "exported")
    })
    .map(({ node }) => node)
}

/** Finds strings and the fixed parts of templates, including quoted keys. */
export function stringsOf(source: Source): { node: Node; value: string }[] {
  return nodesOf(source, "Literal", "TemplateElement").flatMap((node) => {
    const value = node.type === "Literal" ? node.value : (node.value as { raw: string }).raw
    return typeof value === "string" ? [{ node, value }] : []
  })
}
