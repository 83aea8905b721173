/** The routes for operators, their tokens and their sessions in the console. */
import { Hono } from "hono"
import { ChangeOperator, CreateOperator, CreateOperatorToken } from "../operations/input-schemas.ts"
import { createToken, listTokens, revokeToken } from "../operations/operator-tokens.ts"
import { changeRole, createOperator, listOperators, removeOperator } from "../operations/operators.ts"
import { endSession, listSessions } from "../operations/sessions.ts"
import { readBody } from "./body.ts"
import type { AdminEnv } from "./env.ts"
import { operationContext } from "./operation-context.ts"

export const operators = new Hono<AdminEnv>()
  .get("/me", (c) => c.json(c.var.actor))
  .get("/operators", async (c) => c.json({ operators: await listOperators(operationContext(c)) }))
  .post("/operators", async (c) =>
    c.json(await createOperator(operationContext(c), await readBody(c.req.raw, CreateOperator)), 201),
  )
  .patch("/operators/:name", async (c) => {
    const { name } = c.req.param()
    return c.json(await changeRole(operationContext(c), name, await readBody(c.req.raw, ChangeOperator)))
  })
  .delete("/operators/:name", async (c) => {
    await removeOperator(operationContext(c), c.req.param("name"))
    return c.body(null, 204)
  })
  .get("/operators/:name/tokens", async (c) =>
    c.json({ tokens: await listTokens(operationContext(c), c.req.param("name")) }),
  )
  .post("/operators/:name/tokens", async (c) => {
    const { name } = c.req.param()
    return c.json(await createToken(operationContext(c), name, await readBody(c.req.raw, CreateOperatorToken)), 201)
  })
  .delete("/operators/:name/tokens/:id", async (c) => {
    const { name, id } = c.req.param()
    await revokeToken(operationContext(c), name, id)
    return c.body(null, 204)
  })
  .get("/sessions", async (c) => c.json({ sessions: await listSessions(operationContext(c)) }))
  .delete("/sessions/:id", async (c) => {
    await endSession(operationContext(c), c.req.param("id"))
    return c.body(null, 204)
  })
