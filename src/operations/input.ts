/** Validates the input of an operation by its schema, and reports all errors in one problem. Pure. */
import * as v from "valibot"
import { unknownMembers } from "../dialects/unknown-members.ts"
import { Problem, type ProblemError } from "../http/problem.ts"
import { didYouMean } from "../text/near-matches.ts"

/** The schema of an input: an object whose members are listed. */
export type InputSchema = v.GenericSchema & { entries: v.ObjectEntries }

/** The validated input. */
export type Input<S extends InputSchema> = v.InferOutput<S>

/** @throws Problem invalid_request with all errors */
export function validInput<const S extends InputSchema>(schema: S, value: unknown): Input<S> {
  const result = v.safeParse(schema, value)
  if (result.success) return result.output
  const errors = [
    // Valibot reports only the first unknown member.
    ...result.issues.filter(({ expected }) => expected !== "never").map(memberError),
    ...unknownMembers(schema, value).map(({ path, name, knownNames }) => ({
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

function memberError(issue: v.BaseIssue<unknown>): ProblemError {
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
