/** Finds out whether the database refused a search because of its query, and what the client may do. */
import { parameterProblem } from "../../http/parameters.ts"
import { Problem, type ProblemError } from "../../http/problem.ts"
import { messageMatches } from "../../log/error-causes.ts"
import { logError } from "../../log/log.ts"
import { EVERYTHING } from "../read/selection-terms.ts"

/** FTS5 cannot parse the expression. Only q can cause this error, because scopes contain only digits and letters. */
const INVALID_EXPRESSION = /fts5: syntax error|unterminated string/i
/** The statement is too large for SQLite, so a retry does not help. */
const TOO_COMPLEX = /parser stack overflow|too (?:big|complex|large|long|many)\b/i
/** SQLite or D1 stopped the query, so a retry may succeed. */
const TOO_EXPENSIVE = /out of memory|SQLITE_NOMEM|SQLITE_INTERRUPT|exceeded|timed? ?out/i

/**
 * Returns the problem of a search that the database refuses; undefined if the search failed for another reason.
 * @param parameters the parameters of the request with their values
 */
export function refusedSearchProblem(error: unknown, parameters: object, requestId: string): Problem | undefined {
  const isInvalid = messageMatches(error, INVALID_EXPRESSION)
  const isTooComplex = messageMatches(error, TOO_COMPLEX)
  if (!isInvalid && !isTooComplex && !messageMatches(error, TOO_EXPENSIVE)) return undefined
  logError("search_refused", error, { id: requestId })
  if (isInvalid || isTooComplex) return parameterProblem(complexityErrors(isInvalid ? [] : listNames(parameters)))
  const detail = `The database has too little memory or time for this search: ${FEWER_WORDS}, or try again later.`
  return new Problem("storage_unavailable", detail, [], { "retry-after": "30" })
}

const FEWER_WORDS = "search for fewer words, phrases and prefixes"

/** Returns the used parameters of the selection, each of which makes the statement longer. */
const listNames = (parameters: object): string[] =>
  Object.entries(parameters).flatMap(([name, value]) =>
    Object.hasOwn(EVERYTHING, name) && Array.isArray(value) && value.length > 0 ? [name] : [],
  )

/** Returns an error for each parameter, if only all parameters together are too large. */
function complexityErrors(lists: string[]): ProblemError[] {
  const names = ["q", ...lists]
  return names.map((parameter) => {
    const others = names.filter((name) => name !== parameter).join(", ")
    const sum = others === "" ? "" : ` together with ${others}`
    const remedy = parameter === "q" ? FEWER_WORDS : "give fewer values"
    return { parameter, detail: `is too complex for the database${sum}: ${remedy}` }
  })
}
