/** The causes of an error, for code that decides by the message of the database. Pure. */

/**
 * A setting, a key or a migration is missing or wrong. The message is for the operator and is logged, so it contains
 * nothing from a client. The log leaves out its values, which are in double quotes.
 */
export class ConfigurationError extends Error {}

/** The message of Drizzle's wrapper contains the parameters of the statement, which may be personal. */
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

/** Whether the message of the error or of one of its causes matches. Drizzle's wrapper is skipped. */
export const messageMatches = (error: unknown, pattern: RegExp): boolean =>
  causesOf(error).some((each) => each instanceof Error && !isWrapper(each) && pattern.test(each.message))
