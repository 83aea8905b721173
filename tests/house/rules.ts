/** The rules of the code. Each function takes a source file and returns its violations. */
import { posix } from "node:path"
import { getTableColumns, type Table } from "drizzle-orm"
import * as hoursSchema from "../../src/db/hours-schema.ts"
import * as operatorSchema from "../../src/db/operator-schema.ts"
import * as partnerSchema from "../../src/db/partner-schema.ts"
import * as schema from "../../src/db/schema.ts"
import * as takedownSchema from "../../src/db/takedown-schema.ts"
import * as viewCountsSchema from "../../src/db/view-counts-schema.ts"
import { at, dotted, importsOf, isNode, list, type Node, namesOf, nodesOf, type Source, stringsOf } from "./source.ts"

export type Rule = (source: Source) => string[]

export const EDGE_CACHE = "http/edge-cache.ts"
const CACHE_HEADER = /\b(?:cache-control|cache-tag|surrogate-key)\b/i
const CONTEXT = /(?:^|\.)(?:ctx|context|executionCtx|executionContext)$/i

export const cacheWords: Rule = (source) => {
  if (source.path === EDGE_CACHE) return []
  const isContext = (value: unknown) => CONTEXT.test(dotted(value) ?? "")
  const found = [
    ...namesOf(source, "caches"),
    ...nodesOf(source, "MemberExpression").filter((node) => dotted(node) === "globalThis.caches"),
    ...nodesOf(source, "MemberExpression").filter(
      (node) => isContext(node.object) && isNode(node.property) && node.property.name === "cache",
    ),
    ...nodesOf(source, "VariableDeclarator").filter(
      ({ id, init }) =>
        isContext(init) && isNode(id) && list(id.properties).some(({ key }) => isNode(key) && key.name === "cache"),
    ),
    ...nodesOf(source, "CallExpression").filter(
      ({ callee }) =>
        isNode(callee) &&
        callee.type === "MemberExpression" &&
        isNode(callee.property) &&
        callee.property.name === "purge",
    ),
    ...stringsOf(source)
      .filter(({ value }) => CACHE_HEADER.test(value) || value === "hono/cache")
      .map(({ node }) => node),
  ]
  return found.map((node) => `${at(source, node)}: knows the edge cache; only ${EDGE_CACHE} does`)
}

/** Files and folders besides db/ that may contain SQL. */
export const SQL_PLACES = [
  "after-commit/purge.ts",
  "api/access/partner-keys.ts",
  "articles/",
  "health/alarms.ts",
  "health/checks.ts",
  "health/hours.ts",
  "health/request-counts.ts",
  "operations/",
  "push/auth/keys.ts",
  "push/auth/publishers.ts",
  "push/auth/sources.ts",
  "push/attempts/erase-taken-down.ts",
  "push/attempts/read-attempts.ts",
  "push/attempts/retention.ts",
  "push/attempts/write-attempts.ts",
  "push/pull/schedule.ts",
  "push/replay.ts",
]

const SCHEMA = /^db\/(?:\w+-)?schema\.ts$/

/** Finds statements, prepared statements, and imports of Drizzle or its tables, except imports of types. */
export function sqlIn(source: Source): Node[] {
  const isSql = (value: unknown) => /^sql(?:\.|$)/.test(dotted(value) ?? "")
  return [
    ...importsOf(source)
      .filter(({ specifier, target, typeOnly }) => {
        const speaks = /^drizzle-orm(?:\/|$)/.test(specifier) || SCHEMA.test(target ?? "")
        return speaks && !typeOnly
      })
      .map(({ node }) => node),
    ...nodesOf(source, "TaggedTemplateExpression").filter(({ tag }) => isSql(tag)),
    ...nodesOf(source, "CallExpression").filter(
      ({ callee }) =>
        isSql(callee) || (isNode(callee) && isNode(callee.property) && callee.property.name === "prepare"),
    ),
  ]
}

export const sqlPlaces: Rule = (source) => {
  const allowed = ["db/", ...SQL_PLACES].some((place) =>
    place.endsWith("/") ? source.path.startsWith(place) : source.path === place,
  )
  return allowed ? [] : sqlIn(source).map((node) => `${at(source, node)}: contains SQL and is not in SQL_PLACES`)
}

/** Folders whose row types must come from the schema. Statements in articles/ may return columns of several tables. */
const ROOMS_WITH_BUILDER = /^(?:admin|after-commit|api|health|operations|push)\//

/** The SQL names of each table's columns. */
const TABLE_COLUMNS = [schema, hoursSchema, viewCountsSchema, partnerSchema, operatorSchema, takedownSchema]
  .flatMap((tables): Table[] => Object.values(tables))
  .map((table) => new Set(Object.values(getTableColumns(table)).map(({ name }) => name)))

/**
 * Refuses a row type that is written by hand, because it may differ from the table. In articles/, only types with columns
 * of one table are refused, because statements there join several tables.
 */
export const rowTypes: Rule = (source) => {
  const isSetBased = source.path.startsWith("articles/")
  if (!isSetBased && !ROOMS_WITH_BUILDER.test(source.path)) return []
  return rowTypesIn(source)
    .filter((node) => !isSetBased || isRowOfOneTable(node))
    .map(
      (node) =>
        `${at(source, node)}: take the row's type from the schema: $inferSelect, StoredColumns, or what a select returns`,
    )
}

/** Finds interfaces and object types called Row, and object types that a statement gets as the type of its rows. */
function rowTypesIn(source: Source): Node[] {
  const isRow = ({ id }: Node) => /Row$/.test(dotted(id) ?? "")
  const returnsRows = ({ callee }: Node) =>
    isNode(callee) && isNode(callee.property) && /^(?:all|get)$/.test(String(callee.property.name))
  return [
    ...nodesOf(source, "TSInterfaceDeclaration").filter(isRow),
    ...[
      ...nodesOf(source, "TSTypeAliasDeclaration")
        .filter(isRow)
        .map(({ typeAnnotation }) => typeAnnotation),
      ...[
        ...nodesOf(source, "TaggedTemplateExpression").filter(({ tag }) => dotted(tag) === "sql"),
        ...nodesOf(source, "CallExpression").filter(returnsRows),
      ].flatMap(({ typeArguments }) => (isNode(typeArguments) ? list(typeArguments.params) : [])),
    ].filter((type): type is Node => isNode(type) && type.type === "TSTypeLiteral"),
  ]
}

function isRowOfOneTable({ members, body }: Node): boolean {
  const columns = list(members ?? (isNode(body) ? body.body : [])).map(({ key }) => dotted(key) ?? "")
  return columns.length > 0 && TABLE_COLUMNS.some((table) => columns.every((column) => table.has(column)))
}

const ENTRIES = ["index.ts", "app.ts"]
/** Runs in browsers, which have a clock of their own. */
const BROWSER_SCRIPT = "site/scripts/site.ts"

/** Functions get the time as `now`, so that a test can choose it. */
export const clock: Rule = (source) => {
  if (ENTRIES.includes(source.path) || source.path === BROWSER_SCRIPT) return []
  const found = [
    ...nodesOf(source, "MemberExpression").filter((node) =>
      /^(?:globalThis\.)?(?:Date\.now|performance\.(?:now|timeOrigin)|Temporal\.Now)$/.test(dotted(node) ?? ""),
    ),
    ...nodesOf(source, "NewExpression").filter(
      (node) => dotted(node.callee) === "Date" && list(node.arguments).length === 0,
    ),
    ...nodesOf(source, "CallExpression").filter(({ callee }) => dotted(callee) === "Date"),
  ]
  return found.map((node) => `${at(source, node)}: reads the clock; only ${ENTRIES.join(" and ")} do`)
}

/** A statement that reads the clock could change its result while the revision stays the same. */
export const clockInSql: Rule = (source) =>
  nodesOf(source, "TaggedTemplateExpression")
    .filter(({ tag, quasi }) => /^sql(?:\.|$)/.test(dotted(tag) ?? "") && isNode(quasi))
    .filter(({ quasi }) =>
      list((quasi as Node).quasis).some(({ value }) =>
        /\b(?:unixepoch|julianday|current_(?:timestamp|time|date))\b|'now'/i.test((value as { raw: string }).raw),
      ),
    )
    .map((node) => `${at(source, node)}: the statement reads the clock`)

const NAMELESS = /(?:^|[-_.])(?:utils?|utilit(?:y|ies)|helpers?|common|services?|managers?|misc|shared|lib)(?:$|[-_.])/i

export const names: Rule = ({ path }) => {
  const [, ...parts] = posix.parse(`/${path}`).dir.split("/")
  return [...parts, posix.parse(path).name]
    .filter((name) => NAMELESS.test(name))
    .map((name) => `${path}: the name ${name} says nothing`)
}

export const noBarrels: Rule = ({ path, program }) => {
  const body = list(program.body)
  const passesOn = ({ type, declaration }: Node): boolean =>
    type === "ImportDeclaration" ||
    type === "ExportAllDeclaration" ||
    (type === "ExportNamedDeclaration" && !isNode(declaration)) ||
    (type === "ExportDefaultDeclaration" && isNode(declaration) && declaration.type === "Identifier")
  return body.some(({ type }) => type.startsWith("Export")) && body.every(passesOn)
    ? [`${path}: only passes on what others export`]
    : []
}

const LINES = 300
/** Exempt files, each with the reason. */
const LONG = new Map<string, string>()

export const length: Rule = ({ path, text }) => {
  const lines = text.trimEnd().split("\n").length
  if (LONG.has(path)) return lines > LINES ? [] : [`${path}: is short again; strike it from the list of long files`]
  return lines > LINES ? [`${path}: has ${lines} lines, more than ${LINES}`] : []
}

/**
 * Finds objects that spread two records. The reader does not see their members, and the second record may overwrite
 * members of the first.
 */
export const twoSpreadsIn = (source: Source): Node[] =>
  nodesOf(source, "ObjectExpression").filter(({ properties }) => {
    const spread = list(properties).filter(({ type, argument }) => type === "SpreadElement" && isRecord(argument))
    return spread.length > 1
  })

/** A spread value is a record, unless it is a literal, whose members are visible, or a condition on literals. */
function isRecord(value: unknown): boolean {
  if (!isNode(value)) return false
  const wrappers = ["ParenthesizedExpression", "TSAsExpression", "TSSatisfiesExpression", "TSNonNullExpression"]
  if (wrappers.includes(value.type)) return isRecord(value.expression)
  if (value.type === "ConditionalExpression") return isRecord(value.consequent) || isRecord(value.alternate)
  if (value.type === "LogicalExpression") {
    return isRecord(value.right) || (value.operator !== "&&" && isRecord(value.left))
  }
  return value.type !== "ObjectExpression" || list(value.properties).some(({ argument }) => isRecord(argument))
}

export const oneSpread: Rule = (source) =>
  twoSpreadsIn(source).map((node) => `${at(source, node)}: makes an object of two records`)

export const noAny: Rule = (source) => nodesOf(source, "TSAnyKeyword").map((node) => `${at(source, node)}: any`)
