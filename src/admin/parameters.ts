/** Query parameters of the lists of the admin API. Pure. */
import * as v from "valibot"
import { time } from "../dialects/item-schema.ts"
import { Problem } from "../http/problem.ts"

const DEFAULT_LIMIT = 50
const MAX_LIMIT = 200

/** Which rows of a list: older than `before`, at most `limit`. */
export function pageOf({ before, limit }: { before?: string; limit?: string }): {
  before: number | undefined
  limit: number
} {
  const count = limit === undefined ? DEFAULT_LIMIT : Number(limit)
  if (limit !== undefined && !(/^\d{1,4}$/.test(limit) && count >= 1 && count <= MAX_LIMIT)) {
    throw invalidParameter("limit", `must be a number from 1 to ${MAX_LIMIT}`)
  }
  if (before !== undefined && !/^\d{1,15}$/.test(before))
    throw invalidParameter("before", "must be an id, such as the value of next")
  return { before: before === undefined ? undefined : Number(before), limit: count }
}

/** @returns an HTTP status, or the first digit of a class of statuses. */
export function statusOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^[1-5]\d\d$/.test(text)) return Number(text)
  if (/^[1-5]xx$/i.test(text)) return Number(text[0])
  throw invalidParameter("status", "must be a status such as 200, or a class such as 4xx")
}

/** @returns milliseconds UTC. */
export function timeOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  // In a query, a + that is not encoded means a space; a time has no space, so the client meant the +.
  const result = v.safeParse(time, text.replace(/ (\d\d:\d\d)$/, "+$1"))
  if (result.success) return result.output
  throw invalidParameter(name, result.issues[0].message)
}

function invalidParameter(parameter: string, detail: string): Problem {
  return new Problem("invalid_parameter", `${parameter} ${detail}.`, [{ parameter, detail }])
}
