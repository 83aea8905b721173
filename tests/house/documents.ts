/** Finds names and links in the docs. */
import { posix } from "node:path"

const METHODS = /\b(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)\b/g

export interface Route {
  method: string
  /** Parameters are written as `:name`. */
  path: string
}

/** Writes all spellings of a parameter in the same way: `:slug`, `{slug}`, `<slug>`. */
const plainPath = (path: string): string => path.replace(/:\w+|\{\w+\}|<\w+>/g, "{}")

/** Expands `feed.{rss,atom}` to `feed.rss`, `feed.atom`. */
function expand(text: string): string[] {
  const match = /\{([^{}]*,[^{}]*)\}/.exec(text)
  if (!match) return [text]
  const [braces, choices = ""] = match
  return choices.split(",").flatMap((choice) => expand(text.replace(braces, choice.trim())))
}

/** @returns routes that are absent: a line must have the path and, unless it is GET, the method */
export function unnamedRoutes(text: string, routes: Route[]): string[] {
  const named = text.split("\n").flatMap((line) => {
    const methods: string[] = line.match(METHODS) ?? []
    const paths = line.replace(/https?:\/\/[^/\s`)]+/g, "").match(/(?<![\w}>.-])\/[\w/{},.:<>*-]*/g) ?? []
    return paths.flatMap(expand).map((path) => ({ methods, path: plainPath(path.replace(/[.,:]+$/, "")) }))
  })
  const isNamed = ({ method, path }: Route) =>
    named.some(
      (name) =>
        name.path === plainPath(path) && (name.methods.includes(method) || (method === "GET" && !name.methods.length)),
    )
  return routes.filter((route) => !isNamed(route)).map(({ method, path }) => `${method} ${path}`)
}

/** @returns settings whose names are absent */
export const unnamedSettings = (text: string, settings: string[]): string[] =>
  settings.filter((name) => !new RegExp(`\\b${name}\\b`).test(text))

/** @returns absent codes. Many codes are common words, so only code style, headings and URLs count */
export const unnamedCodes = (text: string, codes: string[]): string[] =>
  codes.filter((code) => !new RegExp(`\`${code}\`|^#+ ${code}$|/problems/${code}\\b`, "m").test(text))

/** @returns codes without a line that also has their status */
export const codesWithoutStatus = (text: string, codes: [code: string, status: number][]): string[] =>
  codes
    .filter(
      ([code, status]) =>
        !text.split("\n").some((line) => new RegExp(`\\b${code}\\b`).test(line) && line.includes(String(status))),
    )
    .map(([code, status]) => `${code} with ${status}`)

const withoutCode = (text: string): string => text.replace(/^( *)(```+|~~~+)[\s\S]*?^\1\2 *$|`[^`\n]*`/gm, "")

/** @returns relative links to missing files */
export function deadLinks(path: string, text: string, exists: (path: string) => boolean): string[] {
  const links = withoutCode(text).matchAll(
    /\]\(\s*<?([^\s)>]+)>?(?:\s+["'(][^\n]*?)?\)|^ {0,3}\[[^\]\n]+\]:\s*<?([^\s>]+)|\b(?:href|src|srcset)="([^"\s]+)/gm,
  )
  return [...links].flatMap(([, inline, reference, attribute]) => {
    const link = inline ?? reference ?? attribute ?? ""
    const target = decodeURI(link.replace(/[?#].*$/, ""))
    if (target === "" || /^(?:[a-z][a-z0-9+.-]*:|\/\/)/i.test(link)) return []
    const from = target.startsWith("/") ? target.slice(1) : posix.join(posix.dirname(path), target)
    return !from.startsWith("..") && exists(from) ? [] : [`${path}: ${link}`]
  })
}

/** @returns npm commands in the text that do not exist */
export function unknownScripts(path: string, text: string, scripts: string[]): string[] {
  const commands = text.matchAll(/\bnpm (?:(?:run|run-script) (?:-{1,2}[\w-]+ )*([\w:.-]*\w)|(start|test)\b)/g)
  return [...commands].flatMap(([command, name, short]) =>
    scripts.includes(name ?? short ?? "") ? [] : [`${path}: ${command}`],
  )
}

/** @returns paths in code style without a file. A path may start at the root, at `src/` or at the page. */
export const missingFiles = (path: string, text: string, exists: (path: string) => boolean): string[] =>
  [...text.matchAll(/`((?:[\w-]+\/)+[\w.-]+\.(?:tsx?|mjs|sql|toml|md|json|ya?ml))`/g)].flatMap(([, name = ""]) =>
    [name, `src/${name}`, posix.join(posix.dirname(path), name)].some(exists) ? [] : [`${path}: ${name}`],
  )

/**
 * @param sources is the text of each source by its path
 * @returns functions in the text as `name()` that no source declares; if a line has files of the page's folder,
 * functions that these files neither declare nor call
 */
export const missingFunctions = (path: string, text: string, sources: Map<string, string>): string[] =>
  text.split("\n").flatMap((line) => {
    const names = [...line.matchAll(/`([\w/.-]+\.tsx?)`/g)].map(([, name = ""]) =>
      posix.join(posix.dirname(path), name),
    )
    const files = names.flatMap((name) => sources.get(name) ?? [])
    const isThere = (name: string) =>
      files.length > 0
        ? files.some((source) => new RegExp(`\\b(?:const ${name}\\b|${name}(?:<.*>)?\\()`).test(source))
        : [...sources.values()].some((source) => new RegExp(`\\b(?:function|const) ${name}\\b`).test(source))
    return [...line.matchAll(/`(\w+)\(\)`/g)].flatMap(([, name = ""]) => (isThere(name) ? [] : [`${path}: ${name}()`]))
  })
