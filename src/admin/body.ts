/** Reads the JSON body of a request by a schema. */
import { readBytes } from "../http/body.ts"
import { Problem } from "../http/problem.ts"
import { type Input, type InputSchema, validInput } from "../operations/input.ts"

const DEFAULT_BODY_LIMIT_BYTES = 64 * 1024

/** @param limit is in bytes @throws Problem body_too_large, invalid_json, or invalid_request with all errors */
export async function readBody<const S extends InputSchema>(
  request: Request,
  schema: S,
  limit = DEFAULT_BODY_LIMIT_BYTES,
): Promise<Input<S>> {
  const bytes = await readBytes(request, limit)
  if (!bytes) throw new Problem("body_too_large", `The body has more than ${limit} bytes.`)
  let body: unknown
  try {
    body = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes))
  } catch {
    throw new Problem("invalid_json", "The body is not UTF-8 encoded JSON.")
  }
  return validInput(schema, body)
}
