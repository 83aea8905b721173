/** Makes the context of an operation from a request of the console. */
import { workContext } from "../env.ts"
import type { OperationContext } from "../operations/context.ts"
import { CONSOLE_PATH, readForm } from "./access.ts"
import type { ConsoleContext } from "./env.ts"

export const operationContext = (c: ConsoleContext): OperationContext => ({
  ...workContext(c),
  now: c.var.now,
  actor: c.var.session.actor,
})

/** Leads to a page of the console after an act, which the page confirms. */
export const redirectDone = (c: ConsoleContext, path: string): Response =>
  c.redirect(`${CONSOLE_PATH}${path}?done=1`, 303)

/** Reads the fields of a form that are not empty, without the token. */
export async function readFields(c: ConsoleContext): Promise<Record<string, string>> {
  const { form_token: _, ...fields } = await readForm(c)
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value.trim() !== ""))
}

/** Reads the number of the parameter `before`, the last row of the page before. */
export function beforeOf(c: ConsoleContext): number | undefined {
  const before = c.req.query("before") ?? ""
  return /^\d{1,15}$/.test(before) ? Number(before) : undefined
}
