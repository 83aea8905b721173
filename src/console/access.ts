/** Decides who may open a page of the console or send one of its forms. */
import type { Context, Next } from "hono"
import { createMiddleware } from "hono/factory"
import { matchedRoutes } from "hono/route"
import { constantTimeEqual } from "../crypto/constant-time.ts"
import { Problem, SAFE_METHODS } from "../http/problem.ts"
import { hasRights } from "../operations/roles.ts"
import { roleFor } from "../operations/route-roles.ts"
import { findSession } from "../operations/sessions.ts"
import { formTokenOf, readSession } from "./cookie.ts"
import type { ConsoleEnv } from "./env.ts"

/** The path of the console, which the patterns of its routes begin with. */
export const CONSOLE_PATH = "/console"

/** A form has at most this many bytes, apart from a form with a mapping. */
const MAX_FORM_BYTES = 64 * 1024

/** Without a session, the page to log in is shown. @throws Problem unauthorized; forbidden if another role is needed */
export const authorizeConsole = createMiddleware<ConsoleEnv>(async (c, next) => {
  const { db, now } = c.var
  const secret = await readSession(c)
  const session = secret === undefined ? undefined : await findSession(db, secret, now)
  if (secret === undefined || session === undefined) throw new Problem("unauthorized", "Log in first.")
  c.set("session", session)
  c.set("formToken", await formTokenOf(c, secret))
  if (!SAFE_METHODS.has(c.req.method)) await refuseForeignForm(c)
  const { actor } = session
  // Middleware matches every method. An address without a route has nothing to protect.
  for (const { method, path } of matchedRoutes(c).filter((route) => route.method !== "ALL")) {
    const needed = roleFor(method, path.slice(CONSOLE_PATH.length))
    if (!hasRights(actor.role, needed))
      throw new Problem("forbidden", `This needs the role ${needed}, and the role of ${actor.name} is ${actor.role}.`)
  }
  return next()
})

/** Refuses a form that a page of another site sends (Fetch Standard, "Origin" and Fetch Metadata, "Sec-Fetch-Site"). */
export function refuseForeignOrigin(c: Context<ConsoleEnv>): void {
  const site = c.req.header("sec-fetch-site") ?? "same-origin"
  if (c.req.header("origin") === new URL(c.req.url).origin && site === "same-origin") return
  throw new Problem("forbidden", "This form was not sent by a page of this console: open the page again.")
}

async function refuseForeignForm(c: Context<ConsoleEnv>): Promise<void> {
  refuseForeignOrigin(c)
  const token = (await readForm(c)).form_token ?? ""
  if (await constantTimeEqual(c.var.formToken, token)) return
  throw new Problem("forbidden", "This form is of an older session: open the page again.")
}

/** Reads the fields of a form, each once. @throws Problem body_too_large, unsupported_media_type */
export async function readForm(c: Context<ConsoleEnv>): Promise<Record<string, string>> {
  const type = c.req.header("content-type") ?? ""
  if (!type.startsWith("application/x-www-form-urlencoded"))
    throw new Problem("unsupported_media_type", "Send the form as application/x-www-form-urlencoded.")
  if (Number(c.req.header("content-length") ?? MAX_FORM_BYTES + 1) > MAX_FORM_BYTES)
    throw new Problem("body_too_large", `A form may have ${MAX_FORM_BYTES} bytes.`)
  const fields = await c.req.parseBody()
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) => (typeof value === "string" ? [[name, value]] : [])),
  )
}

/** A page of the console runs nothing, and sends its forms only to us. As all answers that no route opens, it is never stored. */
export async function secure(c: Context<ConsoleEnv>, next: Next): Promise<void> {
  await next()
  c.header(
    "content-security-policy",
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  )
  // With `no-referrer`, a browser would send no origin with a form.
  c.header("referrer-policy", "same-origin")
}
