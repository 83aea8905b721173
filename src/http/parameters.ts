/** Reads query parameters by a table of readers, and reports all errors of a request in one problem. */
import { didYouMean } from "../text/near-matches.ts"
import { isTrackingParameter, TRACKING_PARAMETERS } from "../text/tracking-parameters.ts"
import { joinErrors, Problem, type ProblemCode, type ProblemError } from "./problem.ts"

/** How many unknown names a problem lists. Further names are only counted. */
export const MAX_NAMED = 50

/**
 * Parses the values of one parameter; the list is empty if the parameter is absent.
 * @throws Problem with errors or detail
 */
export type ParameterReader<T> = (values: string[], name: string) => T

export type ParameterReaders = Record<string, ParameterReader<unknown>>
export type ParameterValues<S extends Record<string, (...args: never) => unknown>> = {
  [K in keyof S]: Awaited<ReturnType<S[K]>>
}

/** @throws Problem unknown_parameter, invalid_parameter with all errors */
export function readParameters<const S extends ParameterReaders>(
  search: URLSearchParams,
  readers: S,
): ParameterValues<S> {
  const reading = new ParameterReading(search, Object.keys(readers))
  for (const [name, reader] of Object.entries(readers)) {
    try {
      reading.accept(name, reader(reading.valuesOf(name), name))
    } catch (error) {
      reading.reject(name, error)
    }
  }
  const problem = reading.problem()
  if (problem) throw problem
  return reading.values as ParameterValues<S>
}

/** Reads the parameters of a request. @throws Problem as readParameters() does */
export const readQuery = <const S extends ParameterReaders>(c: { req: { url: string } }, readers: S) =>
  readParameters(new URL(c.req.url).searchParams, readers)

/** Collects the parameters of one request with all their errors. */
export class ParameterReading {
  /** The values of parameters without errors. */
  readonly values: Record<string, unknown> = {}
  /** All readable values, even values of parameters with errors. */
  readonly readableValues: Record<string, unknown> = {}
  readonly errors: ProblemError[] = []
  readonly #input = new Map<string, string[]>()
  readonly #unknownCount: number

  /** @param names are the parameters that the route knows */
  constructor(search: URLSearchParams, names: string[]) {
    for (const [name, value] of search) {
      const values = this.#input.get(name)
      if (values) values.push(value.trim())
      else if (!isTrackingParameter(name)) this.#input.set(name, [value.trim()])
    }
    const unknownNames = [...this.#input.keys()].filter((name) => !names.includes(name))
    for (const parameter of unknownNames.slice(0, MAX_NAMED)) {
      const suggestion = didYouMean(parameter, [...names, ...TRACKING_PARAMETERS])
      this.errors.push({ parameter, detail: `is not known here.${suggestion}` })
    }
    const [next, ...more] = unknownNames.slice(MAX_NAMED)
    if (next !== undefined) {
      this.errors.push({ parameter: next, detail: `is not known here, nor are ${more.length} more` })
    }
    this.#unknownCount = this.errors.length
  }

  /** Returns the values of a parameter that are not empty. */
  valuesOf(name: string): string[] {
    const values = this.#input.get(name) ?? []
    const filledValues = values.filter((value) => value !== "")
    if (filledValues.length < values.length) {
      this.errors.push({ parameter: name, detail: "is empty: give it a value or leave it out" })
    }
    return filledValues
  }

  accept(name: string, value: unknown): void {
    this.readableValues[name] = value
    if (!this.errors.some(({ parameter }) => parameter === name)) this.values[name] = value
  }

  /** @throws the error itself if it is not a Problem */
  reject(name: string, error: unknown): void {
    for (const { detail } of errorsOf(error)) this.errors.push({ parameter: name, detail })
    if (error instanceof InvalidValues) this.readableValues[name] = error.validValues
  }

  problem(): Problem | undefined {
    if (this.errors.length === 0) return undefined
    const areAllUnknown = this.errors.length === this.#unknownCount
    return parameterProblem(this.errors, areAllUnknown ? "unknown_parameter" : "invalid_parameter")
  }
}

/** Makes one problem of all errors. */
export function parameterProblem(errors: ProblemError[], code: ProblemCode = "invalid_parameter"): Problem {
  return new Problem(code, joinErrors(errors), errors)
}

/** Makes the problem of one invalid value, which a reader throws. */
export const invalidValue = (detail: string): Problem => new Problem("invalid_parameter", detail)

/** The problem of a list with some invalid values. */
export class InvalidValues extends Problem {
  readonly validValues: unknown[]

  constructor(errors: ProblemError[], validValues: unknown[]) {
    super("invalid_parameter", "", errors)
    this.validValues = validValues
  }
}

/** Returns the errors that a reader threw. @throws the error itself if it is not a Problem */
export function errorsOf(problem: unknown): ProblemError[] {
  if (!(problem instanceof Problem)) throw problem
  return problem.errors.length > 0 ? problem.errors : [{ detail: problem.message }]
}
