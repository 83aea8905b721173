/** Reads the parameter cursor, which is the position in a list at which a page begins. */
import type { Context } from "hono"
import { type CursorKind, decodeCursor } from "../../articles/model/cursor.ts"
import { singleValue } from "../../http/parameter-types.ts"
import { invalidValue } from "../../http/parameters.ts"
import { Problem } from "../../http/problem.ts"
import { decryptedCursor } from "../access/encrypted-cursors.ts"
import type { ApiEnv } from "../access/env.ts"
import { canonicalPath } from "../answer.ts"
import type { CursorReader } from "./parse-parameters.ts"

export interface CursorPosition {
  kind: CursorKind
  /** The epoch (the installation of the wire) that made the cursor. */
  epoch: string
  position: string[]
}

export const cursor =
  (kinds: readonly CursorKind[]): CursorReader<CursorPosition | undefined> =>
  async (values, _, c) => {
    const rawText = singleValue(values)
    if (rawText === undefined) return undefined
    const text = await decryptedCursor(c, rawText)
    if (text === undefined) throw foreignCursorProblem(c)
    return cursorPosition(text, kinds)
  }

/** @throws Problem if the text is not a cursor of these kinds */
export function cursorPosition(text: string, kinds: readonly CursorKind[]): CursorPosition {
  for (const kind of kinds) {
    const content = decodeCursor(text, kind)
    if (content && matchesPatterns(content.position, POSITION_PATTERNS[kind])) return { kind, ...content }
  }
  throw invalidValue("is not a cursor of this list: begin without one, and follow next")
}

const ID_PATTERN = /^[0-9a-f]{32}$/

const COUNT_PATTERN = /^\d{1,15}$/

/** Patterns for the positions of some cursors. For the other kinds, each endpoint checks the position itself. */
const POSITION_PATTERNS: Partial<Record<CursorKind, RegExp[]>> = {
  page: [COUNT_PATTERN, ID_PATTERN],
  changed: [COUNT_PATTERN, ID_PATTERN],
}

const matchesPatterns = (position: string[], shape: RegExp[] | undefined): boolean =>
  shape === undefined || (position.length === shape.length && shape.every((part, at) => part.test(position[at] ?? "")))

export function foreignCursorProblem(c: Context<ApiEnv>): Problem {
  const url = new URL(canonicalPath(new URL(c.req.url)), c.var.settings.feedsUrl)
  url.searchParams.delete("cursor")
  const detail =
    "This cursor was issued before this wire was restored, by another endpoint, or to clients with other rights: begin again without it."
  return new Problem("foreign_cursor", detail, [], {}, { start_url: url.href })
}
