/** Finds the data that a module keeps between two requests, as far as its syntax shows. */
import { isNode, list, type Node, nodesOf, type Source } from "./source.ts"

const CHANGING = /^(?:set|add|delete|clear|push|pop|shift|unshift|splice|sort|reverse|fill|copyWithin)$/
const FUNCTIONS = ["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"]
/** Classes of the platform whose objects do not change, or change only by a call that this file finds. */
const CONSTANT = /^(?:Map|Set|RegExp|TextEncoder|TextDecoder|URL|Date|Error|Uint8Array|Uint16Array|Intl\.\w+)$/

/** Returns a module's variables that its functions can change, and objects that may remember data. */
export function memoryOf(source: Source): string[] {
  const constants = new Set<string>()
  const found = new Set<string>()
  for (const statement of list(source.program.body)) {
    const declaration = isNode(statement.declaration) ? statement.declaration : statement
    if (declaration.type === "ClassDeclaration" && hasStatics(declaration)) found.add(textOf(source, declaration.id))
    if (declaration.type !== "VariableDeclaration" || declaration.declare === true) continue
    for (const { id, init } of list(declaration.declarations)) {
      const name = isNode(id) && id.type === "Identifier" ? String(id.name) : textOf(source, id)
      constants.add(name)
      const isObject = isNode(init) && init.type === "NewExpression" && !CONSTANT.test(textOf(source, init.callee))
      if (declaration.kind !== "const" || isObject) found.add(name)
    }
  }
  const functions = nodesOf(source, ...FUNCTIONS)
  const isLater = ({ start }: Node) => functions.some((each) => each.start <= start && start < Number(each.end))
  const changed = [
    ...nodesOf(source, "CallExpression").flatMap(({ callee }) =>
      isNode(callee) && isNode(callee.property) && CHANGING.test(String(callee.property.name)) ? [callee] : [],
    ),
    ...nodesOf(source, "AssignmentExpression").flatMap(({ left }) => (isNode(left) ? [left] : [])),
    ...nodesOf(source, "UpdateExpression", "UnaryExpression").flatMap(({ argument, operator }) =>
      isNode(argument) && /^(?:\+\+|--|delete)$/.test(String(operator)) ? [argument] : [],
    ),
  ]
  for (const node of changed.filter(isLater)) {
    const name = rootOf(node)
    if (name !== undefined && constants.has(name)) found.add(name)
  }
  return [...found]
}

/** Whether a class has static members that can change. */
const hasStatics = ({ body }: Node): boolean =>
  list((body as Node).body).some((member) => member.static === true && member.type === "PropertyDefinition")

const textOf = ({ text }: Source, node: unknown): string =>
  isNode(node) ? text.slice(node.start, Number(node.end)) : ""

/** Returns `cache` for `cache.entries[key]`; undefined for a plain name, which only `let` allows to change. */
function rootOf(node: Node): string | undefined {
  let object: unknown = node
  while (isNode(object) && object.type === "MemberExpression") object = object.object
  return object !== node && isNode(object) && object.type === "Identifier" ? String(object.name) : undefined
}
