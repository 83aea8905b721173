/** An error and what caused it, for code that decides by the message of the store. Pure. */

/**
 * A setting, a key or a migration is missing or wrong. The message tells the operator what to do and is logged, so it holds
 * nothing that a client sent; values stand in double quotes, which the log leaves out.
 */
export class ConfigurationError extends Error {}

/** Drizzle's wrapper repeats the statement with its parameters, which are what people typed. */
const isWrapper = (error: Error): boolean => "query" in error && "params" in error

/** The error and its causes, outermost first. Drizzle's wrapper is included only if it has no cause. */
export function causesOf(error: unknown): unknown[] {
  const causes: unknown[] = []
  for (let each = error; each !== undefined && !causes.includes(each); each = each.cause) {
    causes.push(each)
    if (!(each instanceof Error)) break
  }
  return causes.filter((each) => causes.length === 1 || !(each instanceof Error && isWrapper(each)))
}

/** Whether the message of the error or of one of its causes matches. The wrapper, with what people typed, is skipped. */
export const messageMatches = (error: unknown, pattern: RegExp): boolean =>
  causesOf(error).some((each) => each instanceof Error && !isWrapper(each) && pattern.test(each.message))
