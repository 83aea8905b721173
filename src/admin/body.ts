/** Bodies of requests: JSON of a known shape, or everything that is wrong with it at once. */
import * as v from "valibot"
import { readBytes } from "../http/body.ts"
import { didYouMean } from "../http/near.ts"
import { Problem, type ProblemError } from "../http/problem.ts"

const BODY_LIMIT = 64 * 1024

/**
 * @param limit bytes
 * @throws Problem body_too_large, invalid_json, invalid_request with every pointer
 */
export async function readBody<const S extends v.GenericSchema & { entries: v.ObjectEntries }>(
  request: Request,
  schema: S,
  limit = BODY_LIMIT,
): Promise<v.InferOutput<S>> {
  const bytes = await readBytes(request, limit)
  if (!bytes) throw new Problem("body_too_large", `The body has more than ${limit} bytes.`)
  let body: unknown
  try {
    body = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes))
  } catch {
    throw new Problem("invalid_json", "The body is not UTF-8 encoded JSON.")
  }
  const result = v.safeParse(schema, body)
  if (result.success) return result.output
  const errors = [
    // Valibot names only the first unknown member.
    ...result.issues.filter(({ expected }) => expected !== "never").map(problemOf),
    ...unknownIn(schema, body, []),
  ]
  throw invalid(errors)
}

/** What is wrong with members that no shape alone can tell. */
export function invalid(errors: ProblemError[]): Problem {
  return new Problem("invalid_request", `${errors[0]?.pointer || "The body"} ${errors[0]?.detail}`, errors)
}

function problemOf(issue: v.BaseIssue<unknown>): ProblemError {
  const pointer = pointerTo((issue.path ?? []).map(({ key }) => String(key)))
  // The object itself says so of a member that is not there, in place of a message.
  if (issue.type === "strict_object") {
    return { pointer, detail: issue.received === "undefined" ? "is missing" : "must be an object" }
  }
  return { pointer, detail: issue.message }
}

/** Members that no shape knows, at whatever depth. */
function unknownIn(schema: v.GenericSchema, value: unknown, path: string[]): ProblemError[] {
  if ("wrapped" in schema) return unknownIn(schema.wrapped as v.GenericSchema, value, path)
  if (schema.type !== "strict_object" || typeof value !== "object" || value === null) return []
  const { entries } = schema as v.GenericSchema & { entries: Record<string, v.GenericSchema> }
  return Object.entries(value).flatMap(([name, member]) => {
    const [here, known] = [[...path, name], Object.hasOwn(entries, name) ? entries[name] : undefined]
    if (known !== undefined) return unknownIn(known, member, here)
    return [{ pointer: pointerTo(here), detail: `is not known here.${didYouMean(name, Object.keys(entries))}` }]
  })
}

/** JSON Pointer (RFC 6901). */
function pointerTo(path: string[]): string {
  return path.map((key) => `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("")
}
