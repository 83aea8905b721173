/**
 * Reads the query parameters of the API by tables of readers. A problem lists all errors of a request at once. The typed client has
 * its parameter names from the same tables.
 */
import type { Context, Input, MiddlewareHandler } from "hono"
import { Problem, type ProblemError } from "../../http/problem.ts"
import { didYouMean } from "../../text/near-matches.ts"
import { isTrackingParameter } from "../../text/tracking-parameters.ts"
import type { ApiEnv } from "../access/env.ts"
import { findSlugErrors, parameterProblem } from "./slugs.ts"

/** How many unknown names a problem lists, each with a suggestion; the others are counted. */
export const MAX_NAMED = 50

/** Reads the values of one parameter; the list is empty if it was not sent. @throws Problem with errors or a detail to show */
export type ParameterReader<T> = (values: string[], name: string) => T

/** Reads a cursor, which may be encrypted. @throws Problem as a ParameterReader does; foreign_cursor for one that is no longer valid */
export type CursorReader<T> = (values: string[], name: string, c: Context<ApiEnv>) => Promise<T>

export type ParameterReaders = Record<string, (values: string[], name: string, c: Context<ApiEnv>) => unknown>
export type ParameterValues<S extends ParameterReaders> = { [K in keyof S]: Awaited<ReturnType<S[K]>> }
type QueryInput<S> = { [K in keyof S]?: string | string[] }

/**
 * Reads a route's parameters into `c.req.valid("query")`. The handler has its readers as a member:
 * a test compares them with openapi.json.
 * @param crossCheck finds errors of parameters in combination; those that could not be read are left out.
 */
export function query<const S extends ParameterReaders>(
  readers: S,
  crossCheck: (read: Partial<ParameterValues<S>>) => ProblemError[] = () => [],
): MiddlewareHandler<ApiEnv, string, { in: { query?: QueryInput<S> }; out: { query: ParameterValues<S> } } & Input> {
  const read: MiddlewareHandler<ApiEnv> = async (c, next) => {
    // Hono types validated data by its own validators; here the table of readers gives the type.
    c.req.addValidatedData("query", (await readParameters(c, readers, crossCheck)) as never)
    await next()
  }
  return Object.assign(read, { readers })
}

/** @throws Problem unknown_parameter, invalid_parameter with all errors; else foreign_cursor */
async function readParameters<S extends ParameterReaders>(
  c: Context<ApiEnv>,
  readers: S,
  crossCheck: (result: Partial<ParameterValues<S>>) => ProblemError[],
): Promise<ParameterValues<S>> {
  const input = c.req.queries()
  const errors: ProblemError[] = []
  const names = Object.keys(readers)
  const unknownNames = Object.keys(input).filter((name) => !names.includes(name) && !isTrackingParameter(name))
  for (const parameter of unknownNames.slice(0, MAX_NAMED)) {
    errors.push({ parameter, detail: `is not known here.${didYouMean(parameter, names)}` })
  }
  const [next, ...more] = unknownNames.slice(MAX_NAMED)
  if (next !== undefined) errors.push({ parameter: next, detail: `is not known here, nor are ${more.length} more` })
  const unknownCount = errors.length
  const result: Record<string, unknown> = {}
  /** All values that could be read, even of parameters with errors, so that slugs among them are checked too. */
  const readableValues: Record<string, unknown> = {}
  let foreignCursorError: Problem | undefined
  for (const [name, reader] of Object.entries(readers)) {
    const rawValues = input[name] ?? []
    const values = rawValues.filter((value) => value.trim() !== "")
    const isWhole = values.length === rawValues.length
    if (!isWhole) errors.push({ parameter: name, detail: "is empty: give it a value or leave it out" })
    try {
      readableValues[name] = await reader(values, name, c)
      if (isWhole) result[name] = readableValues[name]
    } catch (error) {
      if (error instanceof Problem && error.code === "foreign_cursor") {
        foreignCursorError = error
        continue
      }
      errors.push(...errorsOf(error).map((each) => ({ ...each, parameter: name })))
      if (error instanceof InvalidValues) readableValues[name] = error.validValues
    }
  }
  errors.push(...crossCheck(result as Partial<ParameterValues<S>>))
  if (errors.length === 0 && foreignCursorError) throw foreignCursorError
  if (errors.length === 0) return result as ParameterValues<S>
  // Usually slugs are looked up together with the answer. There will be none, so they are looked up here for a complete problem.
  const [slugErrors] = await Promise.all([findSlugErrors(c, readableValues), c.var.charge()])
  errors.push(...slugErrors)
  throw parameterProblem(errors, errors.length === unknownCount ? "unknown_parameter" : "invalid_parameter")
}

export const invalidValue = (detail: string): Problem => new Problem("invalid_parameter", detail)

/** Some values of a list are invalid. */
export class InvalidValues extends Problem {
  readonly validValues: unknown[]

  constructor(errors: ProblemError[], validValues: unknown[]) {
    super("invalid_parameter", "", errors)
    this.validValues = validValues
  }
}

/** The errors that a reader threw. @throws the error itself if it is not a Problem */
export function errorsOf(problem: unknown): ProblemError[] {
  if (!(problem instanceof Problem)) throw problem
  return problem.errors.length > 0 ? problem.errors : [{ detail: problem.message }]
}
