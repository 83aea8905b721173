/** Makes the problem answers of openapi.json from the codes of problems. */
import { PROBLEMS, type ProblemCode } from "../src/http/problem.ts"
import { EXAMPLE_PROBLEMS } from "./openapi-examples.ts"
import { reference } from "./openapi-schemas.ts"

export const COMMON_PROBLEMS: ProblemCode[] = ["internal_error", "storage_unavailable"]

const HEADERS: Partial<Record<ProblemCode, Record<string, object>>> = {
  unauthorized: { "WWW-Authenticate": { $ref: "#/components/headers/WWW-Authenticate" } },
  too_many_requests: {
    "Retry-After": { $ref: "#/components/headers/Retry-After" },
    "RateLimit-Policy": { $ref: "#/components/headers/RateLimit-Policy" },
  },
  storage_unavailable: { "Retry-After": { $ref: "#/components/headers/Retry-After" } },
}

/** Returns references to the answers with these codes, by status. */
export function problemAnswers(codes: readonly ProblemCode[]): Record<string, { $ref: string }> {
  return Object.fromEntries(
    [...byStatus(codes)].map(([status, group]) => [status, { $ref: `#/components/responses/${nameOf(group)}` }]),
  )
}

/** Returns the answers, one for each set of codes with the same status in an operation. */
export function problemComponents(operations: readonly (readonly ProblemCode[])[]): Record<string, object> {
  const groups = operations.flatMap((codes) => [...byStatus(codes).values()])
  return Object.fromEntries(
    groups.map((codes): [string, object] => [nameOf(codes), problemAnswer(codes)]).sort(([a], [b]) => (a < b ? -1 : 1)),
  )
}

function byStatus(codes: readonly ProblemCode[]): Map<number, ProblemCode[]> {
  const groups = new Map<number, ProblemCode[]>()
  const sorted = Object.keys(PROBLEMS).filter((code) => (codes as readonly string[]).includes(code)) as ProblemCode[]
  for (const code of sorted) groups.set(PROBLEMS[code][0], [...(groups.get(PROBLEMS[code][0]) ?? []), code])
  return new Map([...groups].sort(([a], [b]) => a - b))
}

const nameOf = (codes: ProblemCode[]): string =>
  codes.map((code) => code.replace(/(^|_)([a-z])/g, (_, __, letter: string) => letter.toUpperCase())).join("Or")

function problemAnswer(codes: ProblemCode[]): object {
  const headers = Object.assign({}, ...codes.map((code) => HEADERS[code] ?? {})) as Record<string, object>
  return {
    description: codes.map((code) => `\`${code}\`: ${PROBLEMS[code][1]}. ${PROBLEMS[code][2]}`).join("\n\n"),
    ...(Object.keys(headers).length > 0 && { headers }),
    content: {
      "application/problem+json": {
        schema: {
          allOf: [
            reference("ProblemDetails"),
            { type: "object", properties: { code: { type: "string", enum: codes } } },
          ],
        },
        examples: Object.fromEntries(codes.map((code) => [code, { value: EXAMPLE_PROBLEMS[code] }])),
      },
    },
  }
}
