/** Reads the JSON body of a request by a schema, and reports all errors in one problem. */
import * as v from "valibot"
import { unknownMembers } from "../dialects/unknown-members.ts"
import { readBytes } from "../http/body.ts"
import { Problem, type ProblemError } from "../http/problem.ts"
import { didYouMean } from "../text/near-matches.ts"

const DEFAULT_BODY_LIMIT_BYTES = 64 * 1024

/** @param limit is in bytes @throws Problem body_too_large, invalid_json, or invalid_request with all errors */
export async function readBody<const S extends v.GenericSchema & { entries: v.ObjectEntries }>(
  request: Request,
  schema: S,
  limit = DEFAULT_BODY_LIMIT_BYTES,
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
    // Valibot reports only the first unknown member.
    ...result.issues.filter(({ expected }) => expected !== "never").map(bodyError),
    ...unknownMembers(schema, body).map(({ path, name, knownNames }) => ({
      pointer: pointerTo([...path, name]),
      detail: `is not known here.${didYouMean(name, knownNames)}`,
    })),
  ]
  throw invalidRequest(errors)
}

export function invalidRequest(errors: ProblemError[]): Problem {
  return new Problem("invalid_request", `${errors[0]?.pointer || "The body"} ${errors[0]?.detail}`, errors)
}

export const invalidMember = (pointer: string, detail: string): Problem => invalidRequest([{ pointer, detail }])

function bodyError(issue: v.BaseIssue<unknown>): ProblemError {
  const pointer = pointerTo((issue.path ?? []).map(({ key }) => String(key)))
  // For a missing member, Valibot reports the object and not our message for the member.
  if (issue.type === "strict_object") {
    return { pointer, detail: issue.received === "undefined" ? "is missing" : "must be an object" }
  }
  return { pointer, detail: issue.message }
}

/** Makes a JSON Pointer (RFC 6901) from a path. */
function pointerTo(path: string[]): string {
  return path.map((key) => `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("")
}
