/** Reads the query parameters of the API, decrypts cursors, finds wrong slugs, and declares types for the client. */
import type { Context, Input, MiddlewareHandler } from "hono"
import { type ParameterReader, ParameterReading, type ParameterValues } from "../../http/parameters.ts"
import { Problem, type ProblemError } from "../../http/problem.ts"
import type { ApiEnv } from "../access/env.ts"
import { findSlugErrors } from "./slugs.ts"

/** Reads a plain or encrypted cursor. @throws Problem invalid_parameter; foreign_cursor for an outdated cursor */
export type CursorReader<T> = (values: string[], name: string, c: Context<ApiEnv>) => Promise<T>

type ApiReaders = Record<string, ParameterReader<unknown> | CursorReader<unknown>>
type QueryInput<S> = { [K in keyof S]?: string | string[] }

/** Reads a route's parameters into `c.req.valid("query")`. A test compares its `readers` with openapi.json. */
export function query<const S extends ApiReaders>(
  readers: S,
  crossCheck: (read: Partial<ParameterValues<S>>) => ProblemError[] = () => [],
): MiddlewareHandler<ApiEnv, string, { in: { query?: QueryInput<S> }; out: { query: ParameterValues<S> } } & Input> {
  const read: MiddlewareHandler<ApiEnv> = async (c, next) => {
    // Hono gives types only to data that its own validators check, so the type comes from the table of readers.
    c.req.addValidatedData("query", (await readApiParameters(c, readers, crossCheck)) as never)
    await next()
  }
  return Object.assign(read, { readers })
}

/** @throws Problem unknown_parameter or invalid_parameter with all errors; without such errors foreign_cursor */
async function readApiParameters<S extends ApiReaders>(
  c: Context<ApiEnv>,
  readers: S,
  crossCheck: (result: Partial<ParameterValues<S>>) => ProblemError[],
): Promise<ParameterValues<S>> {
  const reading = new ParameterReading(new URL(c.req.url).searchParams, Object.keys(readers))
  let foreignCursorError: Problem | undefined
  for (const [name, reader] of Object.entries(readers)) {
    try {
      reading.accept(name, await reader(reading.valuesOf(name), name, c))
    } catch (error) {
      if (error instanceof Problem && error.code === "foreign_cursor") foreignCursorError = error
      else reading.reject(name, error)
    }
  }
  reading.errors.push(...crossCheck(reading.values as Partial<ParameterValues<S>>))
  if (reading.errors.length === 0 && foreignCursorError) throw foreignCursorError
  if (reading.errors.length > 0) {
    // Usually the query for the answer also looks up the slugs. After an error this query does not run.
    const [slugErrors] = await Promise.all([findSlugErrors(c, reading.readableValues), c.var.charge()])
    reading.errors.push(...slugErrors)
  }
  const problem = reading.problem()
  if (problem) throw problem
  return reading.values as ParameterValues<S>
}
