/** An error may contain a user's input, so only one file may choose the part of it for the log or the database. */
import type { Rule } from "./rules.ts"
import { at, dotted, isNode, list, type Node, nodesOf, type Source } from "./source.ts"

export const ERROR_LOG = "log/log.ts"

/** Other files that read the text of errors, with the reason why it reaches neither a log nor a dead letter. */
export const READERS = new Map([
  ["dialects/xml-rpc.ts", "tells the sender what is wrong with their own document"],
  ["push/pull/conditional-get.ts", "keeps what the runtime says of a peer as state of the source"],
  ["api/access/authorization.ts", "its error is a parameter of WWW-Authenticate"],
])

const USUAL = /^(?:e|err|error|exception|cause|thrown)$/
const SAYING = new Set(["message", "stack", "toString"])

/** Finds the names of errors in a file: the usual names, and the variables of its catch clauses. */
function errorNames(source: Source): (name: string) => boolean {
  const caught = [
    ...nodesOf(source, "CatchClause").map(({ param }) => param),
    ...nodesOf(source, "CallExpression").flatMap(({ callee, arguments: given }) => {
      const method = isNode(callee) && isNode(callee.property) ? callee.property.name : undefined
      const handler = list(given)[method === "then" ? 1 : 0]
      return ["catch", "then", "onError"].includes(String(method)) && handler ? [list(handler.params)[0]] : []
    }),
  ]
  const names = new Set(caught.flatMap((param) => (isNode(param) && param.type === "Identifier" ? [param.name] : [])))
  return (name) => USUAL.test(name) || names.has(name)
}

/** Returns the expression without type assertions. */
function bare(value: unknown): unknown {
  return isNode(value) && /^(?:TS(?:As|NonNull|Satisfies)|Parenthesized|Chain)/.test(value.type)
    ? bare(value.expression)
    : value
}

/** Whether the value is an error, or the cause of an error. */
function isError(value: unknown, isName: (name: string) => boolean): boolean {
  const node = bare(value)
  if (!isNode(node)) return false
  if (node.type === "Identifier") return isName(String(node.name))
  const isCause = node.type === "MemberExpression" && isNode(node.property) && node.property.name === "cause"
  return isCause && isError(node.object, isName)
}

const keysOf = (pattern: unknown): unknown[] =>
  isNode(pattern) && pattern.type === "ObjectPattern"
    ? list(pattern.properties).map(({ key }) => (isNode(key) ? (key.name ?? key.value) : undefined))
    : []

/** Refuses `String(error)`, `${error}`, `error.message` and `error.stack`, whatever the name of the error. */
export const errorTexts: Rule = (source) => {
  if (source.path === ERROR_LOG || READERS.has(source.path)) return []
  return textsOfErrors(source).map((node) => `${at(source, node)}: reads what an error says; ${ERROR_LOG} describes it`)
}

export function textsOfErrors(source: Source): Node[] {
  const isName = errorNames(source)
  const isOne = (value: unknown): boolean => isError(value, isName)
  const said = (keys: unknown[]): boolean => keys.some((key) => SAYING.has(String(key)))
  return [
    ...nodesOf(source, "CallExpression").filter(({ callee, arguments: given }) => {
      const name = dotted(callee) ?? ""
      const [first] = list(given)
      if (/^(?:String|Object\.(?:entries|values)|\w+\.concat)$/.test(name)) return isOne(first)
      if (name === "JSON.stringify") return isOne(first) || members(first).some(isOne)
      return (
        /(?:errors|failures|causes)\.(?:map|join)$/.test(name) && (name.endsWith("join") || dotted(first) === "String")
      )
    }),
    ...nodesOf(source, "TemplateLiteral").filter(({ expressions }) => list(expressions).some(isOne)),
    ...nodesOf(source, "BinaryExpression").filter(
      ({ operator, left, right }) => operator === "+" && (isOne(left) || isOne(right)),
    ),
    ...nodesOf(source, "MemberExpression").filter(
      ({ object, property }) => isOne(object) && isNode(property) && said([property.name ?? property.value]),
    ),
    ...nodesOf(source, "VariableDeclarator").filter(({ id, init }) => isOne(init) && said(keysOf(id))),
    ...nodesOf(source, "CatchClause").filter(({ param }) => said(keysOf(param))),
    ...nodesOf(source, "CallExpression").filter(
      ({ callee, arguments: given }) =>
        isNode(callee) &&
        isNode(callee.property) &&
        callee.property.name === "catch" &&
        said(list(list(given)[0]?.params).flatMap(keysOf)),
    ),
  ]
}

const members = (object: unknown): unknown[] =>
  isNode(object) && object.type === "ObjectExpression"
    ? list(object.properties).map(({ value, argument }) => value ?? argument)
    : []

/** One function writes every line of the log. */
export const logs: Rule = (source) => {
  if (source.path === ERROR_LOG) return []
  return nodesOf(source, "MemberExpression")
    .filter(({ object }) => /^(?:globalThis\.)?console$/.test(dotted(object) ?? ""))
    .map((node) => `${at(source, node)}: writes to the log; only ${ERROR_LOG} does`)
}
