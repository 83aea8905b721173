/** The page to log in, and its two forms. */
import { Hono } from "hono"
import { workContext } from "../env.ts"
import { Problem } from "../http/problem.ts"
import { chargeUnauthenticated } from "../http/rate-limit.ts"
import { findActor } from "../operations/operator-tokens.ts"
import { endSession, openSession } from "../operations/sessions.ts"
import { CONSOLE_PATH, readForm, refuseForeignOrigin } from "./access.ts"
import { forgetSession, writeSession } from "./cookie.ts"
import type { ConsoleContext, ConsoleEnv } from "./env.ts"
import { answerPage, Field } from "./layout.tsx"
import { operationContext } from "./operation-context.ts"

/** The only form that needs no session. */
export const logIn = new Hono<ConsoleEnv>().post("/log-in", async (c) => {
  refuseForeignOrigin(c)
  await chargeUnauthenticated(c, "Too many attempts to log in.")
  const { token = "", to = "" } = await readForm(c)
  const found = await findActor(c.var.db, c.env.ADMIN_TOKEN, token.trim())
  if (found === undefined) return answerLogIn(c, c.var.words.wrongToken)
  const context = { ...workContext(c), now: c.var.now, actor: found.actor }
  await writeSession(c, await openSession(context, found.holder?.tokenId))
  return c.redirect(isOwnPath(to) ? to : CONSOLE_PATH, 303)
})

export const logOut = new Hono<ConsoleEnv>().post("/log-out", async (c) => {
  await endSession(operationContext(c), c.var.session.id).catch((error: unknown) => {
    // The session was ended elsewhere at the same moment.
    if (!(error instanceof Problem && error.code === "not_found")) throw error
  })
  forgetSession(c)
  return c.redirect(CONSOLE_PATH, 303)
})

/** Only a path of the console, so that no link leads to another site after a log-in. */
const isOwnPath = (path: string): boolean => /^\/console(?:\/[\w./-]*)?$/.test(path) && !path.includes("//")

/** @param problem is why the token was refused */
export function answerLogIn(c: ConsoleContext, problem?: string): Response | Promise<Response> {
  const { words } = c.var
  const to = c.req.method === "GET" ? c.req.path : ""
  return answerPage(
    c,
    words.logIn,
    <form method="post" action={`${CONSOLE_PATH}/log-in`}>
      {problem !== undefined && (
        <p class="warning" role="alert">
          {problem}
        </p>
      )}
      {isOwnPath(to) && <input type="hidden" name="to" value={to} />}
      <Field title={words.token} name="token" type="password" isRequired isLatin />
      <button type="submit">{words.logIn}</button>
      <p class="help">{words.logInHelp}</p>
    </form>,
    401,
  )
}
