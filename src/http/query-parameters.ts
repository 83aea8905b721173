/** Reads the query parameters of a route that has few of them. */
import type { Context } from "hono"
import { didYouMean } from "../text/near-matches.ts"
import { Problem } from "./problem.ts"

/**
 * @returns the parameters of the request, each of which may be given once.
 * @throws Problem unknown_parameter, with a suggestion; invalid_parameter for a repeated one
 */
export function queryParameters<const N extends string>(c: Context, names: readonly N[]): Partial<Record<N, string>> {
  const parameters: Partial<Record<string, string>> = {}
  for (const [name, values] of Object.entries(c.req.queries())) {
    if (!(names as readonly string[]).includes(name)) {
      const detail = `The parameter ${JSON.stringify(name)} is not known here.${didYouMean(name, names)}`
      throw new Problem("unknown_parameter", detail, [{ parameter: name, detail: "unknown parameter" }])
    }
    if (values.length > 1) {
      throw new Problem("invalid_parameter", `The parameter ${name} was given ${values.length} times.`, [
        { parameter: name, detail: "must be given once" },
      ])
    }
    parameters[name] = values[0]
  }
  return parameters as Partial<Record<N, string>>
}
