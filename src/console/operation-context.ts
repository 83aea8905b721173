/** Makes the context of an operation from a request of the console. */
import { workContext } from "../env.ts"
import { type ParameterReaders, type ParameterValues, readParameters } from "../http/parameters.ts"
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

/** Reads the query of a list. A form sends its empty fields too. @throws Problem invalid_parameter, unknown_parameter */
export function readList<const S extends ParameterReaders>(c: ConsoleContext, readers: S): ParameterValues<S> {
  const { searchParams } = new URL(c.req.url)
  const stated = [...searchParams].filter(([name, value]) => value.trim() !== "" && name !== "done")
  return readParameters(new URLSearchParams(stated), readers)
}
