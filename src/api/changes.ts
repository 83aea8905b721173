/** The mirror: every change on the wire, in the order of commits. */
import { Hono } from "hono"
import type { From } from "../articles/mirror.ts"
import { ALL, shadowOf } from "../articles/scope.ts"
import { Problem } from "../http/problem.ts"
import type { ApiEnv } from "./access.ts"
import { answer, pageUrl } from "./answer.ts"
import { readMirror, type State, walkFrom } from "./mirrored.ts"
import { type CursorReader, number, once, query } from "./parameters.ts"
import type { Changes } from "./schema.ts"

/** Seconds after which a mirror should ask again. */
const POLL_SECONDS = 10

/** Where the page begins. */
const beginning: CursorReader<From> = async (values, _, c) => {
  const given = once(values)?.trim()
  if (given === undefined) return "start"
  const from = given === "latest" ? given : await walkFrom(c, given)
  if (from !== undefined) return from
  const detail = "is no cursor of changes: begin without one or with latest, and go on with the cursor of each page"
  throw new Problem("invalid_parameter", detail)
}

export const CHANGES = { cursor: beginning, limit: number(1, 100, 100) }

export const changes = new Hono<ApiEnv>().get("/v1/changes", query(CHANGES), (c) => {
  const { cursor: from, limit } = c.req.valid("query")
  return answer<Changes, State>(c, {
    read: (known) => readMirror(c, from, limit, known),
    // Withheld articles stand beside all, and mirrors have them too.
    tags: () => [ALL, shadowOf(ALL)],
    next: ({ content }) => content && pageUrl(c, content.cursor),
    render: ({ content }) => {
      if (!content) throw new Error("there is no page to render")
      const { cursor, more } = content
      const rest: Omit<Changes, "changes"> = { cursor, more, next: pageUrl(c, cursor) }
      return `{"changes":[${content.changes.join(",")}],${JSON.stringify(rest).slice(1)}`
    },
    pollSeconds: POLL_SECONDS,
  })
})
