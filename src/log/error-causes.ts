/** Finds the causes of an error, for code that recognizes an error of the database by its message. Pure. */

/**
 * A missing or wrong setting, key or migration. The log has its message for the operator, so the message contains no
 * text of a client. The log leaves out values in double quotes.
 */
export class ConfigurationError extends Error {}

/** Whether Drizzle made the error. Its message contains the parameters of the statement, which may be personal. */
const isWrapper = (error: Error): boolean => "query" in error && "params" in error

/** Returns the error and its causes, the outermost first. Drizzle's error is left out if it has a cause. */
export function causesOf(error: unknown): unknown[] {
  const causes: unknown[] = []
  for (let each = error; each !== undefined && !causes.includes(each); each = each.cause) {
    causes.push(each)
    if (!(each instanceof Error)) break
  }
  return causes.filter((each) => causes.length === 1 || !(each instanceof Error && isWrapper(each)))
}

/** Whether the message of the error or of a cause matches. The message of Drizzle's error is ignored. */
export const messageMatches = (error: unknown, pattern: RegExp): boolean =>
  causesOf(error).some((each) => each instanceof Error && !isWrapper(each) && pattern.test(each.message))
