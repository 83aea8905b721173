/** Lists every change on the wire in the order of commits, for mirrors (partners' copies of the wire). */
import { Hono } from "hono"
import { ALL_SCOPE, suppressedScope } from "../../articles/model/scope.ts"
import type { MirrorStart } from "../../articles/read/mirror-changes.ts"
import { number, singleValue } from "../../http/parameter-types.ts"
import { Problem } from "../../http/problem.ts"
import type { ApiEnv } from "../access/env.ts"
import { answer, pageUrl } from "../answer.ts"
import type { Changes } from "../json/schema.ts"
import { type CursorReader, query } from "../parameters/parse-parameters.ts"
import { type MirrorState, mirrorPositionFrom, readMirrorPage } from "./mirror-page.ts"

/** Seconds after which a mirror should ask again. */
const POLL_SECONDS = 10

const startOf: CursorReader<MirrorStart> = async (values, _, c) => {
  const text = singleValue(values)?.trim()
  if (text === undefined) return "start"
  const from = text === "latest" ? text : await mirrorPositionFrom(c, text)
  if (from !== undefined) return from
  const detail =
    "is not a cursor of this list: begin without one or with latest, and continue with the cursor of each page"
  throw new Problem("invalid_parameter", detail)
}

export const CHANGES_PARAMETERS = { cursor: startOf, limit: number(1, 100, 100) }

export const changes = new Hono<ApiEnv>().get("/v1/changes", query(CHANGES_PARAMETERS), (c) => {
  const { cursor: from, limit } = c.req.valid("query")
  return answer<Changes, MirrorState>(c, {
    read: (knownValidators) => readMirrorPage(c, from, limit, knownValidators),
    // Mirrors also contain suppressed duplicates, which are not in the scope `all`.
    scopes: () => [ALL_SCOPE, suppressedScope(ALL_SCOPE)],
    render: ({ content }) => {
      if (!content) throw new Error("there is no page to render")
      const { cursor, more } = content
      const next = pageUrl(c, cursor)
      const rest: Omit<Changes, "changes"> = { cursor, more, next }
      return { body: `{"changes":[${content.changes.join(",")}],${JSON.stringify(rest).slice(1)}`, next }
    },
    pollSeconds: POLL_SECONDS,
  })
})
