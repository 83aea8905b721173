/** The routes for the log of attempts and its dead letters. */
import { Hono } from "hono"
import { readQuery } from "../http/parameters.ts"
import {
  dismissDeadLetter,
  findAttempts,
  listDeadLetters,
  readAttemptBody,
  replayAttempt,
  replayAttempts,
  showAttempt,
} from "../operations/attempts.ts"
import { ReplayRange } from "../operations/input-schemas.ts"
import { LIST_PARAMETERS } from "../operations/parameters.ts"
import { readBody } from "./body.ts"
import type { AdminEnv } from "./env.ts"
import { operationContext } from "./operation-context.ts"

export const attempts = new Hono<AdminEnv>()
  .get("/attempts", async (c) =>
    c.json(await findAttempts(operationContext(c), readQuery(c, LIST_PARAMETERS.attempts))),
  )
  .get("/attempts/:id", async (c) => c.json(await showAttempt(operationContext(c), c.req.param("id"))))
  .get("/attempts/:id/body", async (c) => {
    const { id, body } = await readAttemptBody(operationContext(c), c.req.param("id"))
    return c.body(new Uint8Array(body), 200, {
      // No browser may show it as a page: app.ts adds nosniff.
      "content-type": "text/plain; charset=utf-8",
      "content-disposition": `attachment; filename="attempt-${id}.txt"`,
    })
  })
  .post("/attempts/replay", async (c) =>
    c.json(await replayAttempts(operationContext(c), await readBody(c.req.raw, ReplayRange))),
  )
  .post("/attempts/:id/replay", async (c) => c.json(await replayAttempt(operationContext(c), c.req.param("id"))))
  .get("/dead-letters", async (c) =>
    c.json(await listDeadLetters(operationContext(c), readQuery(c, LIST_PARAMETERS.deadLetters))),
  )
  .post("/dead-letters/:id/dismiss", async (c) =>
    c.json(await dismissDeadLetter(operationContext(c), c.req.param("id"))),
  )
