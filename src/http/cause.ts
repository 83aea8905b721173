/** An error and what caused it, for code that decides by what the store said. Pure. */

/**
 * A setting, a key or a migration is missing or wrong. The message tells the operator what to do and is logged, so it holds
 * nothing that somebody sent; values stand in double quotes, which the log leaves out.
 */
export class ConfigurationError extends Error {}

/** Drizzle's wrapper repeats the statement with its parameters, which are what people typed. */
const isWrapper = (error: Error): boolean => "query" in error && "params" in error

/** The error and its causes, outermost first. Drizzle's wrapper stands there only if it has no cause. */
export function causesOf(error: unknown): unknown[] {
  const causes: unknown[] = []
  for (let each = error; each !== undefined && !causes.includes(each); each = each.cause) {
    causes.push(each)
    if (!(each instanceof Error)) break
  }
  return causes.filter((each) => causes.length === 1 || !(each instanceof Error && isWrapper(each)))
}

/** Whether the error or one of its causes says so. What people typed is not looked at. */
export const says = (error: unknown, pattern: RegExp): boolean =>
  causesOf(error).some((each) => each instanceof Error && !isWrapper(each) && pattern.test(each.message))
