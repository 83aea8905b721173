/** Defines in which order the folders of src/ import each other, and which folders are pure. */
import { posix } from "node:path"
import type { Rule } from "./rules.ts"
import { at, dotted, importsOf, namesOf, nodesOf } from "./source.ts"

/** A file may import from its own line and from lines further down. Folders in one line never import each other. */
const ORDER = [
  ["index.ts"],
  ["app.ts"],
  ["api", "site", "admin", "console"],
  ["operations"],
  ["health"],
  ["push"],
  ["push/pull"],
  ["push/ingest"],
  ["push/attempts"],
  ["push/auth"],
  ["feeds"],
  ["after-commit"],
  ["articles/compose"],
  ["articles/search", "articles/views"],
  ["articles/jobs"],
  ["articles/read"],
  ["articles/taxonomy"],
  ["articles/write"],
  ["articles/model"],
  ["dialects"],
  ["env.ts"],
  ["html"],
  ["formats", "http", "db"],
  ["crypto"],
  ["log"],
  ["text"],
]

/** Imports that are forbidden although the order permits them. Shared code belongs to folders further down. */
const WALLS = [{ from: "api", to: "feeds" }]

/** Folders that count as a part of the folder around them. */
const PARTS = new Map([
  ["api/access", "api"],
  ["api/json", "api"],
  ["api/parameters", "api"],
  ["api/resources", "api"],
  ["dialects/documents", "dialects"],
  ["site/scripts", "site"],
])

/** The order inside api/. A file imports from its own line or from lines further down. */
const API_ORDER = [
  "api/client.ts",
  "api/routes.ts",
  "api/resources/",
  "api/parameters/",
  "api/answer.ts",
  "api/access/",
  "api/json/",
]
const apiRankOf = (path: string): number => API_ORDER.findIndex((place) => path.startsWith(place))

/** Returns the folder of a file in src/, or the file itself if it is directly in src/. */
export const placeOf = (path: string): string => {
  const folder = posix.dirname(path)
  return folder === "." ? path : (PARTS.get(folder) ?? folder)
}
const rankOf = (path: string): number => ORDER.findIndex((places) => places.includes(placeOf(path)))

/** Returns folders in the order that contain none of these files. */
export const emptyPlaces = (paths: string[]): string[] => {
  const folders = new Set(paths.map((path) => posix.dirname(path)))
  return [...ORDER.flat(), ...PARTS.keys()].filter((place) => !folders.has(place) && !paths.includes(place))
}

export const importOrder: Rule = (source) => {
  const own = rankOf(source.path)
  if (own === -1 || (placeOf(source.path) === "api" && apiRankOf(source.path) === -1))
    return [`${source.path}: ${placeOf(source.path)} has no place in the order of imports`]
  return importsOf(source).flatMap(({ node, specifier, target }) => {
    if (specifier === "(computed)") return [`${at(source, node)}: the source does not say what is imported`]
    if (target === undefined) return []
    if (placeOf(target) === placeOf(source.path))
      return apiRankOf(target) >= apiRankOf(source.path) ? [] : [`${at(source, node)}: imports ${target}`]
    if (target.startsWith("../")) return [`${at(source, node)}: imports ${specifier}, outside src`]
    const isWall = WALLS.some(({ from, to }) => placeOf(source.path) === from && placeOf(target) === to)
    return rankOf(target) > own && !isWall ? [] : [`${at(source, node)}: ${placeOf(source.path)} imports ${target}`]
  })
}

interface Pure {
  rooms: string[]
  packages: string[]
  /** Other files, from which the folder imports only types. */
  types?: string[]
}

/** Pure folders, whose functions only compute values from values, with the imports that they may have. */
const PURE = new Map<string, Pure>([
  ["text", { rooms: [], packages: [] }],
  ["formats", { rooms: ["text"], packages: [] }],
  ["html", { rooms: ["text"], packages: ["htmlparser2", "sanitize-html"] }],
  [
    "dialects",
    {
      rooms: ["html", "formats", "text"],
      packages: ["feedsmith", "fast-xml-parser", "valibot"],
      // A preset has a mapping and a scheme. The type of the scheme comes from the schema that checks it.
      types: ["crypto/signature-scheme.ts"],
    },
  ],
])

/** Globals that give a function more than its arguments. */
const OUTSIDE = [
  ...["fetch", "caches", "console", "crypto", "performance", "process", "navigator", "scheduler", "globalThis", "self"],
  ...["setTimeout", "setInterval", "setImmediate", "WebSocket", "EventSource", "XMLHttpRequest"],
]
/** Types of bindings, which give a function more than values. */
const BINDINGS = /^(?:Env|D1Database|R2Bucket|KVNamespace|Queue|RateLimit|Cache|ExecutionContext)$/

export const purity: Rule = (source) => {
  const room = placeOf(source.path)
  const pure = PURE.get(room)
  if (pure === undefined) return []
  const { rooms, packages, types = [] } = pure
  const imports = importsOf(source).filter(({ specifier, target, typeOnly }) => {
    if (target === undefined) return !packages.some((name) => specifier === name || specifier.startsWith(`${name}/`))
    return ![room, ...rooms].includes(placeOf(target)) && !(typeOnly && types.includes(target))
  })
  const outside = [
    ...OUTSIDE.flatMap((name) => namesOf(source, name)),
    ...nodesOf(source, "TSTypeReference").filter(({ typeName }) => BINDINGS.test(dotted(typeName) ?? "")),
    ...nodesOf(source, "MemberExpression").filter((node) => dotted(node) === "Math.random"),
  ]
  return [
    ...imports.map(({ node, specifier }) => `${at(source, node)}: ${room} is pure and imports ${specifier}`),
    ...outside.map((node) => `${at(source, node)}: ${room} is pure and reaches outside its arguments`),
  ]
}

/** Only one folder fetches addresses from outside, and it protects this machine. */
const FETCHING = ["push/pull"]

export const outboundFetch: Rule = (source) => {
  if (FETCHING.includes(placeOf(source.path))) return []
  const members = nodesOf(source, "MemberExpression").filter((node) =>
    ["globalThis.fetch", "self.fetch"].includes(dotted(node) ?? ""),
  )
  const sockets = importsOf(source).filter(({ specifier }) => specifier === "cloudflare:sockets")
  return [...namesOf(source, "fetch"), ...members, ...sockets.map(({ node }) => node)].map(
    (node) => `${at(source, node)}: reaches out; only ${FETCHING.join(", ")} does`,
  )
}
